import type { Config } from '../../engine/config/config.ts';
import { metaKey } from '../../tiers/cold/record.ts';
import { ColdBatch, type ColdStore, ColdStoreError } from '../../tiers/cold/store.ts';
import { COUNT_KEYS, TABLE_USED } from '../../tiers/index/slot-tables.ts';
import type { StoreView } from '../../tiers/index/store-view.ts';
import { ColdEvictor } from '../../tiers/mover/cold-evictor.ts';
import { DeadBytes } from '../../tiers/mover/dead-bytes.ts';
import type { MoverFigures } from '../../tiers/mover/figures.ts';
import { STORAGE_HIGH, STORAGE_LOW } from '../../tiers/mover/storage-marks.ts';
import type { BatchWriter } from '../../tiers/mover/writer.ts';
import { maxmemoryPolicy } from '../../tiers/policy/maxmemory-policy.ts';
import type { LogLevel } from '../messages.ts';

/** With its dead bytes the disk may take so much of maxstorage before a compaction is forced, and before nothing is demoted any more. */
const COMPACT_FROM = 1.5;
const STOP_FROM = 2;
/** On a disk without bound, or with room, dead bytes that are worth a compaction: so many, and this part of all. */
const MIN_DEAD_BYTES = 32 * 2 ** 20;
const DEAD_SHARE = 0.25;
/** What is written at a time to force one, and how long it may take until the next try. */
const FILLER_BYTES = 2 ** 20;
const FILLER_DELETIONS = 4096;
const MAX_FILLER_BYTES = 128 * 2 ** 20;
const FILLER_REST_MS = 60_000;
const FILLER = 'filler';

export interface StorageGuardParts {
  readonly config: Config;
  readonly log: (level: LogLevel, text: string) => void;
  readonly store: StoreView;
  readonly cold: ColdStore;
  readonly writer: BatchWriter;
  readonly figures: MoverFigures;
  /** Told whether values may be demoted. */
  readonly onRoom: (room: boolean) => void;
}

/**
 * Keeps the cold tier below `maxstorage`: where maxmemory-policy allows it, the coldest keys leave (cold-evictor.ts); else, or when none may go,
 * nothing is demoted any more. Decides by the bytes that live: those that are dead vanish by compaction, and evicting more keys would not help.
 */
export class StorageGuard {
  /** Bytes on disk, dead ones included. */
  bytes = 0;
  private readonly parts: StorageGuardParts;
  private readonly estimate = new DeadBytes();
  private readonly evictor: ColdEvictor;
  private checking: Promise<void> | undefined;
  private room = true;
  private live = 0;
  private evicting: Promise<void> | undefined;
  /** The last eviction found nothing that may go. */
  private stuck = false;
  private fillerBytes = 0;
  private fillerFromMs = 0;
  private lastWritten = 0;
  private fillerNumber = 0;

  constructor(parts: StorageGuardParts) {
    this.parts = parts;
    this.evictor = new ColdEvictor(parts.store, parts.cold, parts.writer, parts.figures);
    parts.config.watch('maxmemory-policy', () => {
      this.stuck = false;
    });
  }

  /** Of `bytes`: what is thought to be deleted or overwritten. */
  get deadBytes(): number {
    return this.estimate.dead;
  }

  /** To be called a few times a second. */
  check(): Promise<void> {
    this.checking ??= this.checkNow().finally(() => {
      this.checking = undefined;
    });
    return this.checking;
  }

  private async checkNow(): Promise<void> {
    const { cold, config, figures } = this.parts;
    const { maxstorage } = config.values;
    try {
      const bytes = await cold.estimateBytes();
      const inMemory = Number(cold.property('rocksdb.cur-size-all-mem-tables') ?? 0);
      const { bytesWritten, bytesRewritten, deletions } = figures;
      const sample = { bytes: bytes + inMemory, bytesWritten, bytesRewritten, deletions, keys: this.keys() };
      this.bytes = bytes;
      this.live = this.estimate.sample(sample);
      await this.compact(maxstorage);
    } catch (error) {
      if (!(error instanceof ColdStoreError)) throw error;
      // Closed, or opened anew at the moment: the figures of the last time stand.
      return;
    }
    if (maxstorage > 0 && this.live > maxstorage * STORAGE_HIGH) this.evict(maxstorage);
    this.decideRoom(maxstorage);
  }

  close(): void {
    this.evictor.close();
  }

  async closed(): Promise<void> {
    await this.checking;
    await this.evicting;
  }

  private keys(): number {
    const { tables } = this.parts.store;
    let keys = 0;
    for (let table = 0; table < tables.tables; table++) {
      if (tables.tableState(table) === TABLE_USED) keys += tables.total(table, COUNT_KEYS);
    }
    return keys;
  }

  private evict(maxstorage: number): void {
    const { config, figures } = this.parts;
    const policy = maxmemoryPolicy(config.values['maxmemory-policy']);
    if (this.evicting !== undefined || policy?.delete !== true) return;
    const excess = (this.live - maxstorage * STORAGE_LOW) / Math.max(1, this.live / Math.max(1, this.keys()));
    this.evicting = this.evictor
      .evict(policy.scope, (deleted) => deleted >= excess)
      .then((enough) => {
        this.stuck = !enough;
      })
      .catch((error: unknown) => {
        if (!(error instanceof ColdStoreError)) throw error;
        figures.lastError = error.message;
      })
      .finally(() => {
        this.evicting = undefined;
      });
  }

  private decideRoom(maxstorage: number): void {
    const { log, config, onRoom } = this.parts;
    const had = this.room;
    const deletes = maxmemoryPolicy(config.values['maxmemory-policy'])?.delete === true && !this.stuck;
    // Who cannot evict gets a wider gap, so as not to change all the time.
    const again = deletes ? STORAGE_HIGH : STORAGE_LOW;
    const fits = (part: number) => this.live < maxstorage * part && this.bytes < maxstorage * part * STOP_FROM;
    this.room = maxstorage === 0 || fits(had ? 1 : again);
    onRoom(this.room);
    if (had && !this.room) log('warning', `The cold tier has reached maxstorage (${this.bytes} bytes)`);
    else if (!had && this.room) log('notice', 'The cold tier is below maxstorage again');
  }

  /**
   * Makes the engine compact when much is dead. It cannot be asked to: universal compaction merges everything when the newer tables are twice as
   * large as the oldest, where a table of deletions counts as much as what it deletes; and it looks only when a memory table is written
   * out. So deletions of records that never were are written, and, when clients write little, a record of zeros to fill memory tables.
   */
  private async compact(maxstorage: number): Promise<void> {
    const { cold, figures } = this.parts;
    const written = figures.bytesWritten - this.lastWritten;
    this.lastWritten = figures.bytesWritten;
    const { dead } = this.estimate;
    const tooMuch = maxstorage > 0 && this.bytes > maxstorage * COMPACT_FROM && dead > maxstorage / 4;
    if (!tooMuch && (dead < MIN_DEAD_BYTES || dead < this.bytes * DEAD_SHARE || written >= FILLER_BYTES)) {
      this.fillerBytes = 0;
      return;
    }
    if (Date.now() < this.fillerFromMs) return;
    const batch = new ColdBatch();
    for (let n = 0; n < FILLER_DELETIONS; n++) batch.delete(metaKey(`${FILLER}${this.fillerNumber++}`));
    const deletions = batch.bytes;
    if (written < FILLER_BYTES) batch.put(metaKey(FILLER), Buffer.alloc(FILLER_BYTES));
    await cold.write(batch);
    this.estimate.wrote(batch.bytes);
    this.fillerBytes += batch.bytes > deletions ? FILLER_BYTES : written;
    if (this.fillerBytes < MAX_FILLER_BYTES) return;
    this.fillerBytes = 0;
    this.fillerFromMs = Date.now() + FILLER_REST_MS;
  }
}
