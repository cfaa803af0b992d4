import { type DataDirectory, encodeDataDirectory } from '../cold/meta.ts';
import { metaKey } from '../cold/record.ts';
import { type ColdStore, ColdStoreError, type KeyRange } from '../cold/store.ts';
import { STATE_DEMOTING, STATE_HOT, STATE_MASK } from '../index/layout.ts';
import type { StoreView } from '../index/store-view.ts';
import { sameVersion } from '../memory/object.ts';
import { QUEUE_SMALL } from '../policy/hot-queues.ts';
import type { DirectoryKeeper } from './directory.ts';
import { DoomedPieces } from './doomed-pieces.ts';
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
  private readonly doomed: DoomedPieces;
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
    this.doomed = new DoomedPieces(store.doomed, cold);
  }

  /**
   * Fills a batch by `fill` when its turn has come, writes it, settles it, empties it. Answers how many records it held.
   * @throws ColdStoreError; the objects are then as dirty as before
   */
  write(batch: RecordBatch, fill: (batch: RecordBatch) => void): Promise<number> {
    return this.inTurn(() => {
      this.fills++;
      let mapping: DataDirectory | undefined;
      this.store.exclusive.enter();
      try {
        fill(batch);
        // Of the same moment: a transaction may flush a database and fill it again.
        if (this.directory.changed) mapping = this.directory.take();
      } finally {
        this.store.exclusive.leave();
      }
      return this.run(batch, mapping);
    });
  }

  /** The same for a batch that is filled already. Nobody may add to it until the promise is settled. */
  writeFilled(batch: RecordBatch): Promise<number> {
    const { fills } = this;
    return this.inTurn(() => {
      // A batch that was filled later went first: where it had a newer value or a deletion, an older record must not follow.
      if (this.fills !== fills) this.dropChanged(batch);
      return this.run(batch, this.directory.changed ? this.takeDirectory() : undefined);
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

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.turn.then(work);
    this.turn = turn.catch(() => {});
    return turn;
  }

  private async run(batch: RecordBatch, mapping: DataDirectory | undefined): Promise<number> {
    try {
      return await this.writeNow(batch, mapping);
    } finally {
      batch.clear();
    }
  }

  private async writeNow(batch: RecordBatch, mapping: DataDirectory | undefined): Promise<number> {
    const count = batch.written.length;
    if (batch.empty && mapping === undefined) return 0;
    let bytes = 0;
    try {
      await this.doomed.resolve();
      // The mapping of databases goes into the same batch: no record is ever on disk under an id that the directory does not know.
      if (mapping !== undefined) batch.batch.put(metaKey('directory'), encodeDataDirectory(mapping));
      bytes = batch.batch.bytes;
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
    this.figures.bytesRewritten += batch.rewritten;
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
  takeDoomed(): Promise<KeyRange[]> {
    return this.inTurn(async () => {
      try {
        await this.doomed.resolve();
      } catch (error) {
        this.noteError(error);
        throw error;
      }
      return this.doomed.take();
    });
  }

  /** Deletes pieces that no record on disk refers to any more. What fails is tried again later. */
  async deletePieces(ranges: readonly KeyRange[]): Promise<void> {
    for (const range of ranges) {
      try {
        await this.cold.deleteRange(range);
      } catch (error) {
        this.noteError(error);
        this.doomed.keep([range]);
      }
    }
  }

  /** The checkpoint that was to make them superfluous failed. */
  keepDoomed(ranges: readonly KeyRange[]): void {
    this.doomed.keep(ranges);
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
    this.noteError(error);
    this.failedAtMs = Date.now();
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

  /** Counts an error of the store; any other is thrown. */
  private noteError(error: unknown): void {
    if (!(error instanceof ColdStoreError)) throw error;
    this.figures.coldWriteErrors++;
    this.figures.lastError = error.message;
  }
}
