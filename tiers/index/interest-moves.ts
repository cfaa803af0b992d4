import { SLOTS } from '../base/limits.ts';
import { asHandle, type Handle, NULL_HANDLE } from '../memory/handle.ts';
import { objectExpiry, objectKeyAt, objectKeyLength } from '../memory/object.ts';
import { typeByHash } from './key-type.ts';
import { ENTRY_EXPIRES, SLOT_INTEREST, STATE_COLD, STATE_MASK } from './layout.ts';
import { SlotTables } from './slot-tables.ts';
import type { StoreView } from './store-view.ts';

/**
 * A database is about to lose its table `from` to get the empty table `to` instead (FLUSHDB): whoever is interested in a key that exists is
 * told, and all records go along. Under the exclusive lock.
 */
export function interestsOfFlushed(store: StoreView, from: number, to: number): void {
  if (store.interests.count() === 0) return;
  const { view } = store.tables;
  for (let slot = 0; slot < SLOTS; slot++) {
    const fromAt = SlotTables.at(from, slot);
    const first = view.getUint32(fromAt + SLOT_INTEREST, true);
    if (first === 0) continue;
    const toAt = SlotTables.at(to, slot);
    view.setUint32(toAt + SLOT_INTEREST, first, true);
    view.setUint32(fromAt + SLOT_INTEREST, 0, true);
    tell(store, toAt, (node) => mayExist(store, fromAt, node));
  }
}

/**
 * Two databases are about to exchange their tables (SWAPDB): the same. A key counts as changed when its database had it, or gets one that has not
 * expired; one that it had and that has expired was there when somebody became interested.
 */
export function interestsOfSwapped(store: StoreView, a: number, b: number, nowMs: number): void {
  if (store.interests.count() === 0) return;
  const { view } = store.tables;
  for (let slot = 0; slot < SLOTS; slot++) {
    const atA = SlotTables.at(a, slot);
    const atB = SlotTables.at(b, slot);
    if ((view.getUint32(atA + SLOT_INTEREST, true) | view.getUint32(atB + SLOT_INTEREST, true)) === 0) continue;
    // What has expired would be removed, and count as a change, when it is looked up in its new place.
    removeExpired(store, atA, atB, nowMs);
    removeExpired(store, atB, atA, nowMs);
    const firstA = view.getUint32(atA + SLOT_INTEREST, true);
    view.setUint32(atA + SLOT_INTEREST, view.getUint32(atB + SLOT_INTEREST, true), true);
    view.setUint32(atB + SLOT_INTEREST, firstA, true);
    const exists = (node: Handle) => mayExist(store, atA, node) || mayExist(store, atB, node);
    tell(store, atA, exists);
    tell(store, atB, exists);
  }
}

/** Removes keys from one slot that somebody is interested in, in the other, and that have expired. Those on disk stay: their names are not known. */
function removeExpired(store: StoreView, interestAt: number, slotAt: number, nowMs: number): void {
  const { interests, index, arena } = store;
  for (let node = interests.firstNode(interestAt); node !== NULL_HANDLE; node = interests.nextNode(node)) {
    if (!nodeExists(store, slotAt, node)) continue;
    const word1 = index.view.getUint32(index.entry + 4, true);
    if ((word1 & ENTRY_EXPIRES) === 0 || (word1 & STATE_MASK) === STATE_COLD) continue;
    const handle = asHandle(index.view.getUint32(index.entry, true));
    const view = arena.view(handle);
    const at = arena.offset(handle);
    if (objectExpiry(view, at) > nowMs) continue;
    // Without memory for a tombstone it stays as it is, and a transaction may fail that need not.
    store.removeKey(slotAt, interests.position(node), view, objectKeyAt(view, at), objectKeyLength(view, at));
  }
}

function tell(store: StoreView, slotAt: number, exists: (node: Handle) => boolean): void {
  const { interests } = store;
  let node = interests.firstNode(slotAt);
  while (node !== NULL_HANDLE) {
    // Telling may end the node.
    const next = interests.nextNode(node);
    if (exists(node)) interests.touchNode(slotAt, node);
    node = next;
  }
}

/** Of what may be on disk without an entry nobody can tell here: it counts as changed. */
function mayExist(store: StoreView, slotAt: number, node: Handle): boolean {
  return !store.tables.isIndexed(slotAt) || nodeExists(store, slotAt, node);
}

function nodeExists(store: StoreView, slotAt: number, node: Handle): boolean {
  const { interests } = store;
  return typeByHash(store, slotAt, interests.position(node), interests.check(node)) !== 0;
}
