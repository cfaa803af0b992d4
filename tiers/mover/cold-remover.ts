import { performance } from 'node:perf_hooks';
import { KEY_CHECK, KEY_HEADER_BYTES, KEY_KEYSPACE, KEY_POSITION, KEY_SLOT } from '../cold/record.ts';
import { STATE_COLD, STATE_MASK } from '../index/layout.ts';
import { SlotTables, TABLE_USED } from '../index/slot-tables.ts';
import type { StoreView } from '../index/store-view.ts';
import { asHandle } from '../memory/handle.ts';
import type { DutyCycle } from './duty-cycle.ts';
import { RecordBatch, THEN_BURY } from './record-batch.ts';
import type { BatchWriter } from './writer.ts';

/** A record that was found on disk, by the key that it has there. */
export interface FoundRecord {
  readonly table: number;
  readonly recordKey: Buffer;
  /** It is to be deleted also when no entry leads to it: it says itself that it is dead. */
  readonly dead: boolean;
}

/**
 * Removes cold keys together with their records, in the writer's turn and by its rules: under the slot's lock, which says whether the key
 * is still cold and still to go, the key becomes a tombstone, and the tombstone's deletion goes into the batch that is written next. So no
 * record that was written meanwhile is deleted, what is deleted is deleted for a crash as well, and RAM is taken for one batch at a time. When the
 * write fails the tombstones stay, and the next checkpoint deletes the records.
 */
export class ColdRemover {
  private readonly store: StoreView;
  private readonly writer: BatchWriter;
  private readonly duty: DutyCycle;
  private readonly batch = new RecordBatch();

  constructor(store: StoreView, writer: BatchWriter, duty: DutyCycle) {
    this.store = store;
    this.writer = writer;
    this.duty = duty;
  }

  /**
   * Removes those of the keys that are cold and that `goes` wants to go; it is asked under the slot's lock, the index at the entry, and gets
   * word 1. Answers how many were removed.
   * @throws ColdStoreError: the keys of the batch that failed are gone, their records are not yet
   */
  async remove(
    found: readonly FoundRecord[],
    cause: 'expired' | 'evicted',
    goes: (word1: number) => boolean,
  ): Promise<number> {
    let removed = 0;
    for (let next = 0; next < found.length; ) {
      let startedAt = 0;
      try {
        await this.writer.write(this.batch, (batch) => {
          startedAt = performance.now();
          for (; next < found.length && !batch.full; next++) {
            const record = found[next];
            if (record !== undefined && this.removeOne(batch, record, cause, goes)) removed++;
          }
        });
      } finally {
        if (startedAt > 0) this.duty.worked(performance.now() - startedAt);
      }
    }
    return removed;
  }

  private removeOne(
    batch: RecordBatch,
    { table, recordKey, dead }: FoundRecord,
    cause: 'expired' | 'evicted',
    goes: (word1: number) => boolean,
  ): boolean {
    const { store } = this;
    const { tables, index } = store;
    const keyspaceId = tables.keyspaceId(table);
    // Flushed: its records go as one range.
    if (tables.tableState(table) !== TABLE_USED || keyspaceId !== recordKey.readUInt32BE(KEY_KEYSPACE)) return false;
    const slot = recordKey.readUInt16BE(KEY_SLOT);
    const position = recordKey.readInt32BE(KEY_POSITION);
    const check = recordKey.readInt32BE(KEY_CHECK);
    const slotAt = SlotTables.at(table, slot);
    const view = new DataView(recordKey.buffer, recordKey.byteOffset, recordKey.length);
    const length = recordKey.length - KEY_HEADER_BYTES;
    tables.lock(slotAt);
    try {
      const word1 = index.find(slotAt, position, check, view, KEY_HEADER_BYTES, length);
      if (word1 === 0) {
        if (dead) batch.deleteRecord(recordKey);
        return false;
      }
      if ((word1 & STATE_MASK) !== STATE_COLD || !goes(word1)) return false;
      // Without memory for the tombstone the key stays, and is met again.
      if (!store.removeKey(slotAt, position, view, KEY_HEADER_BYTES, length)) return false;
      store.onGone?.(cause, slotAt, view, KEY_HEADER_BYTES, length);
      const handle = asHandle(index.view.getUint32(index.entry, true));
      batch.add(store, keyspaceId, slotAt, slot, position, check, handle, THEN_BURY);
      return true;
    } finally {
      tables.unlock(slotAt);
    }
  }
}
