import type { ColdName, NameRange } from '../../engine/keyspace/key-scanner.ts';
import type { NamedHotKey } from '../../engine/server/link.ts';
import { ENTRY_BYTES } from '../../tiers/base/limits.ts';
import { ENTRY_TAG_MASK, ENTRY_TAG_SHIFT, STATE_COLD, STATE_MASK, STATE_TOMBSTONE } from '../../tiers/index/layout.ts';
import { isKeyEntry } from '../../tiers/index/slot-index.ts';
import { SlotTables } from '../../tiers/index/slot-tables.ts';
import type { StoreView } from '../../tiers/index/store-view.ts';
import { asHandle } from '../../tiers/memory/handle.ts';
import { objectKeyAt, objectKeyLength } from '../../tiers/memory/object.ts';
import type { HotKey } from '../../tiers/mrc/hot-keys.ts';

/** Names of cold keys, read from disk. */
export type ReadNames = (ranges: readonly NameRange[]) => Promise<readonly (readonly ColdName[])[]>;

/** Samples tell of keys by their hash; this finds their names. Keys that are gone are left out, `count` are enough. */
export async function nameHotKeys(
  store: StoreView,
  hot: readonly HotKey[],
  count: number,
  readNames: ReadNames | undefined,
): Promise<NamedHotKey[]> {
  const named: NamedHotKey[] = [];
  for (const one of hot) {
    if (named.length === count) break;
    const db = store.tables.databaseOf(one.table);
    if (db < 0) continue;
    const found = lookInIndex(store, one);
    // The disk may still have what the index knows to be deleted.
    const key = found === 'on-disk' ? readNames && (await nameOnDisk(store, one, readNames)) : found;
    if (key === undefined) continue;
    const { uses, error, perSecond } = one;
    named.push({ db, key, uses, error, perSecond });
  }
  return named;
}

/** The key's name when it is in RAM; else whether one with its tag is on disk only. */
function lookInIndex(store: StoreView, { table, slot, position, check }: HotKey): Buffer | 'on-disk' | undefined {
  const { tables, index, arena, hasher, exclusive } = store;
  const slotAt = SlotTables.at(table, slot);
  let found: Buffer | 'on-disk' | undefined;
  exclusive.enter();
  tables.lock(slotAt);
  if (index.walk(slotAt, position)) {
    for (let at = index.firstEntry; at < index.endOfPage; at += ENTRY_BYTES) {
      const word1 = index.view.getUint32(at + 4, true);
      const state = word1 & STATE_MASK;
      if (!isKeyEntry(word1) || state === STATE_TOMBSTONE) continue;
      if (word1 >>> ENTRY_TAG_SHIFT !== position >>> ENTRY_TAG_SHIFT) continue;
      if (state === STATE_COLD) {
        found = 'on-disk';
        continue;
      }
      const handle = asHandle(index.view.getUint32(at, true));
      const object = arena.view(handle);
      const keyAt = objectKeyAt(object, arena.offset(handle));
      const length = objectKeyLength(object, arena.offset(handle));
      hasher.hash(object, keyAt, length);
      if (hasher.position !== position || hasher.check !== check) continue;
      found = Buffer.from(arena.bytes(handle).subarray(keyAt, keyAt + length));
      break;
    }
  }
  tables.unlock(slotAt);
  exclusive.leave();
  return found;
}

async function nameOnDisk(store: StoreView, hot: HotKey, readNames: ReadNames): Promise<Buffer | undefined> {
  const from = (hot.position & ENTRY_TAG_MASK) >>> 0;
  const keyspaceId = store.tables.keyspaceId(hot.table);
  const [names = []] = await readNames([{ keyspaceId, slot: hot.slot, from, to: from + 0xff }]);
  const check = hot.check >>> 0;
  return names.find((one) => one.position === hot.position >>> 0 && one.check === check)?.key;
}
