import { KEY_HEADER_BYTES, keysRange, RecordReader } from '../cold/record.ts';
import { type ColdStore, ColdStoreError } from '../cold/store.ts';
import { ENTRY_EXPIRES, ENTRY_ON_DISK, ENTRY_TAG_MASK, STATE_COLD } from '../index/layout.ts';
import { COUNT_COLD, COUNT_EXPIRES, COUNT_KEYS, SlotTables } from '../index/slot-tables.ts';
import type { StoreView } from '../index/store-view.ts';
import { ENCODING_TREE } from '../tree/layout.ts';
import { coldWord } from './transitions.ts';

/** What loading found. */
export interface Loaded {
  readonly keys: number;
  readonly expired: number;
  readonly damaged: number;
}

/**
 * Fills the index with the records of one table, at start, before anybody serves. Expired records are left out (they are as good
 * as gone: nothing leads to them). A damaged record is left out and counted.
 * @throws Error when the index does not fit into the memory
 */
export async function loadTable(store: StoreView, cold: ColdStore, table: number, nowMs: number): Promise<Loaded> {
  const { tables, index, hasher } = store;
  const reader = new RecordReader();
  const iterator = cold.iterate(keysRange(tables.keyspaceId(table)));
  let keys = 0;
  let expired = 0;
  let damaged = 0;
  try {
    for (let chunk = await iterator.nextChunk(); chunk !== undefined; chunk = await iterator.nextChunk()) {
      for (let i = 0; i < chunk.keys.length; i++) {
        const key = chunk.keys[i];
        const value = chunk.values[i];
        if (key === undefined || value === undefined) continue;
        if (reader.read(key, value) !== undefined) {
          damaged++;
          continue;
        }
        if (reader.expiryMs >= 0 && reader.expiryMs <= nowMs) {
          expired++;
          continue;
        }
        const view = new DataView(key.buffer, key.byteOffset, key.length);
        hasher.hash(view, KEY_HEADER_BYTES, key.length - KEY_HEADER_BYTES);
        if (hasher.slot !== reader.slot || hasher.position !== (reader.position | 0)) {
          damaged++;
          continue;
        }
        const expires = reader.expiryMs >= 0;
        const slotAt = SlotTables.at(table, reader.slot);
        const word1 = (hasher.position & ENTRY_TAG_MASK) | ENTRY_ON_DISK | (expires ? ENTRY_EXPIRES : 0) | STATE_COLD;
        if (
          !index.insert(
            slotAt,
            hasher.position,
            coldWord(hasher.check, reader.type | (reader.encoding & ENCODING_TREE)),
            word1,
            reader.expiryMs,
          )
        ) {
          throw new ColdStoreError(
            'io',
            `the index of the cold tier does not fit into maxmemory (${keys} keys loaded): raise maxmemory and start again`,
          );
        }
        tables.count(slotAt, COUNT_KEYS, 1);
        tables.count(slotAt, COUNT_COLD, 1);
        if (expires) {
          tables.count(slotAt, COUNT_EXPIRES, 1);
          tables.noteExpiry(slotAt, reader.expiryMs);
        }
        keys++;
      }
    }
  } finally {
    await iterator.close();
  }
  return { keys, expired, damaged };
}
