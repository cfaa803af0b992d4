import {
  COLD_TREE,
  COLD_TYPE_MASK,
  ENTRY_DIRTY,
  ENTRY_EXPIRES,
  ENTRY_FREQUENCY_MASK,
  ENTRY_FREQUENCY_SHIFT,
  ENTRY_ON_DISK,
  ENTRY_TAG_MASK,
  SLOT_INTEREST,
  STATE_COLD,
  STATE_HOT,
  STATE_MASK,
  STATE_TOMBSTONE,
} from '../index/layout.ts';
import { COUNT_COLD, COUNT_DIRTY, COUNT_EXPIRES, COUNT_KEYS } from '../index/slot-tables.ts';
import type { StoreView } from '../index/store-view.ts';
import { asHandle, type Handle } from '../memory/handle.ts';
import { OBJECT_QUEUE, objectExpiry, objectType, sameVersion } from '../memory/object.ts';
import { heatOf, usedSinceWritten } from '../policy/cold-heat.ts';
import { QUEUE_MAIN } from '../policy/hot-queues.ts';
import { isTreeObject } from '../tree/walk.ts';
import { THEN_BURY, THEN_DEMOTE, type Written } from './record-batch.ts';

/** Word 0 of a cold entry: 28 bits of the check lane and the value's type. */
export function coldWord(check: number, type: number): number {
  return ((check & ~COLD_TYPE_MASK) | type) >>> 0;
}

/**
 * HOT or DEMOTING, clean, at the index's place: the object is freed and the entry says COLD. The slot is locked.
 * `heat` is the entry's from then on, by default what the object itself tells. False (and still hot) when there is no memory for the entry's
 * expiry.
 */
export function makeCold(store: StoreView, slotAt: number, position: number, check: number, heat = -1): boolean {
  const { index, arena, tables } = store;
  const { view, entry } = index;
  const word1 = view.getUint32(entry + 4, true);
  const handle = asHandle(view.getUint32(entry, true));
  const object = arena.view(handle);
  const at = arena.offset(handle);
  const word0 = coldWord(check, objectType(object, at) | (isTreeObject(object, at) ? COLD_TREE : 0));
  const known = heat >= 0 ? heat : heatOf(false, 0, usedSinceWritten(object, at));
  const tag = (word1 & ENTRY_TAG_MASK) | (known << ENTRY_FREQUENCY_SHIFT);
  if ((word1 & ENTRY_EXPIRES) !== 0) {
    // The entry takes a neighbour along for its expiry: it is placed anew.
    index.remove(slotAt, position);
    const cold = (tag | ENTRY_ON_DISK | ENTRY_EXPIRES | STATE_COLD) >>> 0;
    if (!index.insert(slotAt, position, word0, cold, objectExpiry(object, at))) {
      const back = index.insert(slotAt, position, handle, ((word1 & ~STATE_MASK) | STATE_HOT) >>> 0);
      if (!back) throw new Error('an entry that was just removed has room to return');
      return false;
    }
  } else {
    view.setUint32(entry, word0, true);
    view.setUint32(entry + 4, (tag | ENTRY_ON_DISK | STATE_COLD) >>> 0, true);
    index.epoch++;
  }
  store.freeObject(handle);
  tables.count(slotAt, COUNT_COLD, 1);
  tables.nextColdGeneration(slotAt);
  return true;
}

/**
 * Forgets the cold key at the index's place, and leaves its record on disk: nobody knows its name. The slot is locked. Pieces of a collection
 * stay until the next start.
 */
export function dropCold(store: StoreView, slotAt: number, position: number): void {
  const { index, tables, interests } = store;
  const word1 = index.view.getUint32(index.entry + 4, true);
  if (tables.view.getUint32(slotAt + SLOT_INTEREST, true) !== 0) {
    interests.touchedCold(slotAt, index.view.getUint32(index.entry, true), word1);
  }
  index.remove(slotAt, position);
  tables.count(slotAt, COUNT_KEYS, -1);
  tables.count(slotAt, COUNT_COLD, -1);
  if ((word1 & ENTRY_EXPIRES) !== 0) tables.count(slotAt, COUNT_EXPIRES, -1);
}

/** Puts an object that left the queues on its way out back into one; its slot is locked. */
export function requeue(store: StoreView, handle: Handle, queue: number): void {
  const view = store.arena.view(handle);
  const at = store.arena.offset(handle) + OBJECT_QUEUE;
  if (view.getUint32(at, true) === 0) view.setUint32(at, store.queues.add(queue, handle), true);
}

/** What became of an object whose record is on disk now. */
export const SETTLED = 1;
export const CHANGED_MEANWHILE = 0;

/** Finishes one written record: if the object is still the one that was copied, its entry becomes cold, clean, or nothing. */
export function settle(store: StoreView, written: Written): typeof SETTLED | typeof CHANGED_MEANWHILE {
  const { index, tables, arena } = store;
  const { slotAt, position, handle } = written;
  tables.lock(slotAt);
  try {
    const word1 = index.findHandle(slotAt, position, handle);
    if (
      word1 === 0 ||
      !sameVersion(arena.view(handle), arena.offset(handle), written.versionLow, written.versionHigh)
    ) {
      return CHANGED_MEANWHILE;
    }
    const state = word1 & STATE_MASK;
    if (written.then === THEN_BURY) {
      if (state !== STATE_TOMBSTONE) return CHANGED_MEANWHILE;
      store.buryTombstone(slotAt, position);
      return SETTLED;
    }
    // One that only became clean stays HOT or DEMOTING, as it is: a demotion of it that waits for its turn goes on.
    const next = written.then === THEN_DEMOTE ? STATE_HOT : state;
    const clean = ((word1 & ~(STATE_MASK | ENTRY_DIRTY)) | ENTRY_ON_DISK | next) >>> 0;
    index.view.setUint32(index.entry + 4, clean, true);
    if ((word1 & ENTRY_DIRTY) !== 0) tables.count(slotAt, COUNT_DIRTY, -1);
    if (written.then !== THEN_DEMOTE) return SETTLED;
    // Used again while the record was written: worth keeping, and back in the queues.
    const wanted = (word1 & ENTRY_FREQUENCY_MASK) !== 0;
    if (wanted || !makeCold(store, slotAt, position, written.check, written.heat)) {
      requeue(store, handle, QUEUE_MAIN);
      return CHANGED_MEANWHILE;
    }
    return SETTLED;
  } finally {
    tables.unlock(slotAt);
  }
}
