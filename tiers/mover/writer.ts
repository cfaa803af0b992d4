import { type DataDirectory, encodeDataDirectory } from '../cold/meta.ts';
import { metaKey, piecesRange, RecordReader } from '../cold/record.ts';
import { type ColdStore, ColdStoreError, type KeyRange } from '../cold/store.ts';
import { STATE_DEMOTING, STATE_HOT, STATE_MASK } from '../index/layout.ts';
import type { StoreView } from '../index/store-view.ts';
import { sameVersion } from '../memory/object.ts';
import { QUEUE_SMALL } from '../policy/hot-queues.ts';
import { ENCODING_TREE, TREE_HEADER_BYTES, TREE_IDENTITY } from '../tree/layout.ts';
import type { DirectoryKeeper } from './directory.ts';
import type { MoverFigures } from './figures.ts';
import { type RecordBatch, THEN_BURY, THEN_DEMOTE } from './record-batch.ts';
import { requeue, SETTLED, settle } from './transitions.ts';

/**
 * Writes batches to the cold store, strictly one after the other, and settles their objects. Two users, eviction and checkpoint,
 * wait for their turn.
 */
export class BatchWriter {
  /**
   * Called with the record keys of every batch when it is written, before its objects are settled: what reads in flight will bring
   * of them may be older. Not when the writing begins: a read that begins after that may bring the old record as well.
   */
  onWritten: (keys: readonly string[]) => void = () => {};
  /** When the last write failed: the store is tried again after a pause. */
  failedAtMs = 0;
  private readonly store: StoreView;
  private readonly cold: ColdStore;
  private readonly directory: DirectoryKeeper;
  private readonly figures: MoverFigures;
  private readonly sync: () => boolean;
  private turn: Promise<unknown> = Promise.resolve();
  /** Pieces to be deleted when the next checkpoint that begins is complete. */
  private readonly doomed: KeyRange[] = [];
  /** Batches that were filled when their turn had come. */
  private fills = 0;

  constructor(
    store: StoreView,
    cold: ColdStore,
    directory: DirectoryKeeper,
    figures: MoverFigures,
    sync: () => boolean,
  ) {
    this.store = store;
    this.cold = cold;
    this.directory = directory;
    this.figures = figures;
    this.sync = sync;
  }

  /**
   * Fills a batch by `fill` when its turn has come, writes it, settles it, empties it. Answers how many records it held.
   * @throws ColdStoreError; the objects are then as dirty as before
   */
  write(batch: RecordBatch, fill: (batch: RecordBatch) => void): Promise<number> {
    return this.inTurn(() => {
      this.fills++;
      this.store.exclusive.enter();
      try {
        fill(batch);
      } finally {
        this.store.exclusive.leave();
      }
      return this.run(batch);
    });
  }

  /** The same for a batch that is filled already. Nobody may add to it until the promise is settled. */
  writeFilled(batch: RecordBatch): Promise<number> {
    const { fills } = this;
    return this.inTurn(() => {
      // A batch that was filled later went first: where it had a newer value or a deletion, an older record must not follow.
      if (this.fills !== fills) this.dropChanged(batch);
      return this.run(batch);
    });
  }

  /** Takes out of a batch the objects that are not as they were when they were copied. */
  private dropChanged(batch: RecordBatch): void {
    const { index, tables, arena, exclusive } = this.store;
    exclusive.enter();
    batch.retain(({ slotAt, position, handle, versionLow, versionHigh }) => {
      tables.lock(slotAt);
      const word1 = index.findHandle(slotAt, position, handle);
      const same = word1 !== 0 && sameVersion(arena.view(handle), arena.offset(handle), versionLow, versionHigh);
      tables.unlock(slotAt);
      return same;
    });
    exclusive.leave();
  }

  private inTurn(work: () => Promise<number>): Promise<number> {
    const turn = this.turn.then(work);
    this.turn = turn.catch(() => 0);
    return turn;
  }

  private async run(batch: RecordBatch): Promise<number> {
    try {
      return await this.writeNow(batch);
    } finally {
      batch.clear();
    }
  }

  private async writeNow(batch: RecordBatch): Promise<number> {
    const count = batch.written.length;
    if (batch.empty && !this.directory.changed) return 0;
    await this.resolveDoomed();
    const mapping = this.directory.changed ? this.takeDirectory() : undefined;
    // The mapping of databases goes into the same batch: no record is ever on disk under an id that the directory does not know.
    if (mapping !== undefined) batch.batch.put(metaKey('directory'), encodeDataDirectory(mapping));
    const bytes = batch.batch.bytes;
    try {
      await this.cold.write(batch.batch, { sync: this.sync() });
      this.onWritten(batch.keys);
    } catch (error) {
      this.onWritten(batch.keys);
      if (mapping !== undefined) this.directory.retry();
      this.failed(batch, error);
      throw error;
    }
    this.failedAtMs = 0;
    this.figures.bytesWritten += bytes;
    this.store.exclusive.enter();
    try {
      for (const written of batch.written) {
        if (settle(this.store, written) !== SETTLED) continue;
        if (written.then === THEN_DEMOTE) this.figures.demotions++;
        else if (written.then === THEN_BURY) this.figures.deletions++;
      }
    } finally {
      this.store.exclusive.leave();
    }
    return count;
  }

  /**
   * Collections whose pieces nobody will refer to once what is dirty now is on disk: their pieces, for whoever writes that. Those that are
   * known by their record only are looked up here, before anything can overwrite it.
   * @throws ColdStoreError
   */
  async takeDoomed(): Promise<KeyRange[]> {
    await this.resolveDoomed();
    return this.doomed.splice(0);
  }

  /** Deletes pieces that no record on disk refers to any more. What fails is tried again later. */
  async deletePieces(ranges: readonly KeyRange[]): Promise<void> {
    for (const range of ranges) {
      try {
        await this.cold.deleteRange(range);
      } catch (error) {
        if (!(error instanceof ColdStoreError)) throw error;
        this.figures.coldWriteErrors++;
        this.figures.lastError = error.message;
        this.doomed.push(range);
      }
    }
  }

  /** The checkpoint that was to make them superfluous failed. */
  keepDoomed(ranges: readonly KeyRange[]): void {
    this.doomed.push(...ranges);
  }

  private async resolveDoomed(): Promise<void> {
    const dooms = this.store.doomed.take();
    for (const { recordKey, keyspaceId, identityHigh, identityLow } of dooms) {
      if (recordKey === undefined) this.doomed.push(piecesRange(keyspaceId, identityHigh, identityLow));
    }
    const keys = dooms.flatMap(({ recordKey }) => recordKey ?? []);
    if (keys.length === 0) return;
    const values = await this.cold.getMany(keys);
    const reader = new RecordReader();
    for (const [n, key] of keys.entries()) {
      const value = values[n];
      // Damaged or gone: its pieces, if there are any, wait for the next start.
      if (value === undefined || reader.read(key, value) !== undefined) continue;
      if ((reader.encoding & ENCODING_TREE) === 0 || value.length < reader.payloadAt + TREE_HEADER_BYTES) continue;
      const low = value.readUInt32LE(reader.payloadAt + TREE_IDENTITY);
      const high = value.readUInt32LE(reader.payloadAt + TREE_IDENTITY + 4);
      if ((low | high) !== 0) this.doomed.push(piecesRange(reader.keyspaceId, high, low));
    }
  }

  /** While nobody changes the mapping: half of a SWAPDB would make a database's records look flushed. */
  private takeDirectory(): DataDirectory {
    const { exclusive } = this.store;
    exclusive.enter();
    try {
      return this.directory.take();
    } finally {
      exclusive.leave();
    }
  }

  /** Nothing was written, as far as anybody knows: objects on their way out are hot again. */
  private failed(batch: RecordBatch, error: unknown): void {
    if (!(error instanceof ColdStoreError)) throw error;
    this.failedAtMs = Date.now();
    this.figures.coldWriteErrors++;
    this.figures.lastError = error.message;
    const { index, tables, exclusive } = this.store;
    exclusive.enter();
    for (const undo of batch.undo) undo();
    for (const { slotAt, position, handle, then } of batch.written) {
      if (then !== THEN_DEMOTE) continue;
      tables.lock(slotAt);
      const word1 = index.findHandle(slotAt, position, handle);
      if ((word1 & STATE_MASK) === STATE_DEMOTING) {
        index.view.setUint32(index.entry + 4, ((word1 & ~STATE_MASK) | STATE_HOT) >>> 0, true);
        requeue(this.store, handle, QUEUE_SMALL);
      }
      tables.unlock(slotAt);
    }
    exclusive.leave();
  }
}
