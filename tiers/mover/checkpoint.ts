import { ENTRY_BYTES, SLOTS } from '../base/limits.ts';
import { ENTRY_DIRTY, ENTRY_ON_DISK, STATE_HOT, STATE_MASK, STATE_TOMBSTONE } from '../index/layout.ts';
import { COUNT_DIRTY, SlotTables, TABLE_USED } from '../index/slot-tables.ts';
import type { StoreView } from '../index/store-view.ts';
import { asHandle } from '../memory/handle.ts';
import { OBJECT_QUEUE, objectKeyAt, objectKeyLength } from '../memory/object.ts';
import { provenIn, usedSinceWritten } from '../policy/cold-heat.ts';
import { isTreeObject } from '../tree/walk.ts';
import type { StorageAdmission } from './admission.ts';
import type { Pace } from './pace.ts';
import { RecordBatch, THEN_BURY, THEN_MARK_CLEAN } from './record-batch.ts';
import type { TreeItem, TreeMover } from './tree-mover.ts';
import type { BatchWriter } from './writer.ts';

/** Collections that are written together. */
const MAX_LARGE = 1024;

/**
 * Writes every value that is dirty when it begins, and every deletion that the disk does not know yet, slot by slot. What becomes
 * dirty meanwhile waits for the next one, unless its slot has not been reached.
 */
export class Checkpoint {
  private readonly store: StoreView;
  private readonly writer: BatchWriter;
  private readonly trees: TreeMover;
  private readonly pace: Pace;
  private readonly batch = new RecordBatch();
  /** Collections of many blocks that the batch at hand came across: they take more than one batch, perhaps. */
  private large: TreeItem[] = [];

  /** Knows what need not be written yet. */
  admission: StorageAdmission | undefined;
  /** The same while a checkpoint runs that heeds it. */
  private asking: StorageAdmission | undefined;

  /** Write-through: what is dirty is written as commits write it. */
  commit: (() => Promise<void>) | undefined;

  /** `pace`: spreads the batches over a time; started by whoever runs a checkpoint. */
  constructor(store: StoreView, writer: BatchWriter, trees: TreeMover, pace: Pace) {
    this.store = store;
    this.writer = writer;
    this.trees = trees;
    this.pace = pace;
  }

  /** `everything`: also what storage-admission has not admitted yet. @throws ColdStoreError: what was not written stays dirty */
  async run(everything = true): Promise<void> {
    this.asking = everything ? undefined : this.admission;
    const doomed = await this.writer.takeDoomed();
    try {
      await (this.commit?.() ?? this.writeAll());
    } catch (error) {
      this.writer.keepDoomed(doomed);
      throw error;
    }
    // Only now does no record on disk refer to them.
    await this.writer.deletePieces(doomed);
  }

  private async writeAll(): Promise<void> {
    const { tables } = this.store;
    // At least once, so that a change of the databases' mapping is on disk even if no key is dirty.
    await this.writer.write(this.batch, () => {});
    const dirty = this.dirtyObjects();
    let written = 0;
    for (let table = 0; table < tables.tables; table++) {
      if (tables.tableState(table) !== TABLE_USED || tables.total(table, COUNT_DIRTY) <= 0) continue;
      let slot = 0;
      let position = 0;
      while (slot < SLOTS) {
        written += await this.writer.write(this.batch, (batch) => {
          while (slot < SLOTS && !batch.full && this.large.length < MAX_LARGE) {
            const slotAt = SlotTables.at(table, slot);
            if (tables.slotCount(slotAt, COUNT_DIRTY) > 0)
              position = this.addSlot(batch, table, slot, slotAt, position);
            else position = 2 ** 32;
            if (position < 2 ** 32) break;
            slot++;
            position = 0;
          }
        });
        const { large } = this;
        this.large = [];
        await this.trees.write(large);
        written += large.length;
        // Stores that write at once would keep evictions and reads waiting until the last batch.
        await this.pace.rest(dirty === 0 ? 1 : written / dirty);
      }
    }
  }

  private dirtyObjects(): number {
    const { tables } = this.store;
    let objects = 0;
    for (let table = 0; table < tables.tables; table++) {
      if (tables.tableState(table) === TABLE_USED) objects += Math.max(0, tables.total(table, COUNT_DIRTY));
    }
    return objects;
  }

  /** Copies a slot's dirty objects from `from` on into the batch; answers where to go on, 2^32 when the slot is done. */
  private addSlot(batch: RecordBatch, table: number, slot: number, slotAt: number, from: number): number {
    const { tables, index, arena, hasher, queues } = this.store;
    const keyspaceId = tables.keyspaceId(table);
    let position = from;
    tables.lock(slotAt);
    // A flush may have taken the table from its database while this batch waited for its turn.
    const used = tables.tableState(table) === TABLE_USED;
    while (used && position < 2 ** 32 && !batch.full && index.walk(slotAt, position)) {
      const { view } = index;
      for (let at = index.firstEntry; at < index.endOfPage; at += ENTRY_BYTES) {
        const word1 = view.getUint32(at + 4, true);
        const state = word1 & STATE_MASK;
        // One that is on its way out is written here too: its demotion may wait for its turn longer than this checkpoint lasts.
        if ((state & 1) === 0 || (word1 & ENTRY_DIRTY) === 0) continue;
        const handle = asHandle(view.getUint32(at, true));
        const object = arena.view(handle);
        const objectAt = arena.offset(handle);
        if (state === STATE_HOT && this.asking?.active === true) {
          const place = object.getUint32(objectAt + OBJECT_QUEUE, true);
          const proven = provenIn(queues.queueOf(place), this.asking.policyName());
          if (this.asking.waits(word1, proven, usedSinceWritten(object, objectAt))) continue;
        }
        hasher.hash(object, objectKeyAt(object, objectAt), objectKeyLength(object, objectAt));
        if (state !== STATE_TOMBSTONE && isTreeObject(object, objectAt)) {
          const { position: itsPosition, check } = hasher;
          this.large.push({ slotAt, position: itsPosition, check, handle, evict: false });
          continue;
        }
        // From here on the disk may have it, so deleting the key meanwhile must leave a tombstone.
        view.setUint32(at + 4, (word1 | ENTRY_ON_DISK) >>> 0, true);
        const then = state === STATE_TOMBSTONE ? THEN_BURY : THEN_MARK_CLEAN;
        const replaces = (word1 & ENTRY_ON_DISK) !== 0;
        batch.add(this.store, keyspaceId, slotAt, slot, hasher.position, hasher.check, handle, then, -1, replaces);
      }
      position = index.nextPagePosition(position);
    }
    const more = used && position < 2 ** 32 && batch.full && index.walk(slotAt, position);
    tables.unlock(slotAt);
    return more ? position : 2 ** 32;
  }
}
