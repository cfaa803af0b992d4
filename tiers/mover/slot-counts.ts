import { SLOTS } from '../base/limits.ts';
import { hashBytes, metaKey } from '../cold/record.ts';
import { ColdBatch, type ColdStore, ColdStoreError } from '../cold/store.ts';
import { COUNT_EXPIRES, COUNT_KEYS, COUNT_UNSEEN, COUNT_UNSEEN_EXPIRES, SlotTables } from '../index/slot-tables.ts';

/**
 * How many keys each slot of a table has, and how many of them expire: what DBSIZE and INFO say of slots that are not indexed yet after the next start. Exact
 * after an orderly end; after a crash as old as the last time they were written. One record per table in the meta keyspace:
 *
 *   0 checksum of the rest | 4 keys of each slot, u32 LE each | 4 + SLOTS x 4 expiring keys of each slot, the same
 */
export interface SlotCounts {
  readonly keys: Uint32Array;
  readonly expires: Uint32Array;
}

const RECORD_BYTES = 4 + SLOTS * 8;

const recordKey = (keyspaceId: number): Buffer => metaKey(`slot-counts:${keyspaceId}`);

/** Undefined when nobody has counted, or the record is damaged: it is a hint. */
export async function readSlotCounts(cold: ColdStore, keyspaceId: number): Promise<SlotCounts | undefined> {
  let record: Buffer | undefined;
  try {
    [record] = await cold.getMany([recordKey(keyspaceId)]);
  } catch (error) {
    if (!(error instanceof ColdStoreError) || error.kind !== 'corrupt') throw error;
  }
  if (record?.length !== RECORD_BYTES) return undefined;
  const view = new DataView(record.buffer, record.byteOffset, record.length);
  if (hashBytes(view, 4, RECORD_BYTES, keyspaceId) !== view.getUint32(0, true)) return undefined;
  const keys = new Uint32Array(SLOTS);
  const expires = new Uint32Array(SLOTS);
  for (let slot = 0; slot < SLOTS; slot++) {
    keys[slot] = view.getUint32(4 + slot * 4, true);
    expires[slot] = view.getUint32(4 + (SLOTS + slot) * 4, true);
  }
  return { keys, expires };
}

/**
 * The keyspace is no more.
 * @throws ColdStoreError
 */
export async function dropSlotCounts(cold: ColdStore, keyspaceId: number): Promise<void> {
  const batch = new ColdBatch();
  batch.delete(recordKey(keyspaceId));
  await cold.write(batch);
}

/** @throws ColdStoreError */
export async function writeSlotCounts(cold: ColdStore, tables: SlotTables, table: number): Promise<void> {
  const keyspaceId = tables.keyspaceId(table);
  const record = Buffer.alloc(RECORD_BYTES);
  const view = new DataView(record.buffer, record.byteOffset, record.length);
  let any = false;
  for (let slot = 0; slot < SLOTS; slot++) {
    const slotAt = SlotTables.at(table, slot);
    const keys = tables.slotCount(slotAt, COUNT_KEYS) + tables.slotCount(slotAt, COUNT_UNSEEN);
    const expires = tables.slotCount(slotAt, COUNT_EXPIRES) + tables.slotCount(slotAt, COUNT_UNSEEN_EXPIRES);
    any ||= keys > 0;
    view.setUint32(4 + slot * 4, keys, true);
    view.setUint32(4 + (SLOTS + slot) * 4, expires, true);
  }
  view.setUint32(0, hashBytes(view, 4, RECORD_BYTES, keyspaceId), true);
  const batch = new ColdBatch();
  if (any) batch.put(recordKey(keyspaceId), record);
  else batch.delete(recordKey(keyspaceId));
  await cold.write(batch);
}
