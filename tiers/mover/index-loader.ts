import { SLOTS } from '../base/limits.ts';
import { keysRange, slotRange } from '../cold/record.ts';
import { type ColdChunk, type ColdStore, ColdStoreError, type KeyRange } from '../cold/store.ts';
import { COUNT_UNINDEXED, SlotTables, TABLE_USED } from '../index/slot-tables.ts';
import type { StoreView } from '../index/store-view.ts';
import type { CollectionSettler } from './collection-settler.ts';
import { RecordIndexer } from './record-indexer.ts';
import { readSlotCounts } from './slot-counts.ts';

/** Told of each record of a job; `value` from `payloadAt` on is the value. */
export type OnLoaded = (
  table: number,
  slot: number,
  type: number,
  key: Buffer,
  value: Buffer,
  payloadAt: number,
) => void;

export interface LoaderParts {
  readonly store: StoreView;
  readonly cold: ColdStore;
  readonly settler: CollectionSettler;
  readonly onLoaded: OnLoaded | undefined;
  /** Told of the slots of records that have expired and get no entry. */
  readonly onExpired: ((table: number, slot: number) => void) | undefined;
  /** ms since 1970. */
  readonly now: () => number;
  /** Whether the index may grow by some thousand entries; frees memory for that if need be. */
  readonly room: () => Promise<boolean>;
  readonly log: (level: 'notice' | 'warning', text: string) => void;
  /** How long to wait before trying again what could not be read, or had no memory. */
  readonly retryMs?: number;
  /** For tests: while it says so only slots that somebody waits for are read. */
  readonly held?: () => boolean;
}

/** What has been loaded so far. */
export interface LoaderFigures {
  keys: number;
  expired: number;
  damaged: number;
  slotsDone: number;
  slotsTotal: number;
}

/** A table of a database of the last run. */
interface Source {
  readonly table: number;
  readonly keyspaceId: number;
  /** Slots from here on have not been looked at. */
  next: number;
}

/** A stretch of slots, [from, to). */
interface Stretch {
  readonly source: Source;
  readonly from: number;
  readonly to: number;
}

interface Waiter extends Stretch {
  readonly resolve: () => void;
  readonly reject: (error: ColdStoreError) => void;
}

/** One iterator reads about so many records: some 10 ms of this thread's time, after which slots that somebody waits for come first. */
const WINDOW_RECORDS = 8192;
const MAX_WINDOW_SLOTS = 1024;
const RETRY_MS = 1000;
const HELD_MS = 10;
/** Others may take the memory that was made. */
const MAX_REFUSALS = 16;

const noMemory =
  'the index of the cold tier does not fit into maxmemory: what is not indexed is read from disk, SCAN and KEYS fail; raise maxmemory';

/**
 * Fills the index with the records of the cold tier while the server serves. A slot that is not indexed yet has a flag in its header: there a key without an
 * entry may be on disk, and whoever asks for it reads its record. An entry is always right, so records whose keys have one are passed over.
 *
 * What keeps a record from coming back that was deleted while it was on its way here: an entry only leaves the index when a deletion has reached the disk, and
 * that counts up the slot's cold generation, which is noted before the records are read. A slot whose generation has changed is read again.
 */
export class IndexLoader {
  readonly figures: LoaderFigures = { keys: 0, expired: 0, damaged: 0, slotsDone: 0, slotsTotal: 0 };
  private readonly parts: LoaderParts;
  private readonly indexer: RecordIndexer;
  private readonly sources: Source[] = [];
  /** Slots that somebody waits for, and slots that have to be read (again) one by one. */
  private wanted: Stretch[] = [];
  private again: Stretch[] = [];
  private failed: Stretch[] = [];
  private waiters: Waiter[] = [];
  private windowSlots = 16;
  private closed = false;
  private complained = false;
  private refusals = 0;
  private wake: (() => void) | undefined;
  private running: Promise<void> | undefined;

  constructor(parts: LoaderParts) {
    this.parts = parts;
    this.indexer = new RecordIndexer(parts, this.figures);
  }

  /**
   * Before anybody serves: the table's records are on disk only.
   * @throws ColdStoreError
   */
  async add(table: number): Promise<void> {
    const { cold, store } = this.parts;
    const { tables } = store;
    const keyspaceId = tables.keyspaceId(table);
    this.sources.push({ table, keyspaceId, next: 0 });
    // Marking its slots takes a megabyte of RAM, which an empty database is not worth.
    if (await this.isEmpty(keyspaceId)) return;
    const counts = await readSlotCounts(cold, keyspaceId);
    for (let slot = 0; slot < SLOTS; slot++) {
      tables.setUnindexed(SlotTables.at(table, slot), counts?.keys[slot] ?? 0, counts?.expires[slot] ?? 0);
    }
    this.figures.slotsTotal += SLOTS;
  }

  private async isEmpty(keyspaceId: number): Promise<boolean> {
    const iterator = this.parts.cold.iterate(keysRange(keyspaceId), { values: false, limit: 1 });
    try {
      return (await iterator.nextChunk()) === undefined;
    } finally {
      await iterator.close();
    }
  }

  /** Whether slots are left that are not indexed. */
  get loading(): boolean {
    return this.sources.length > 0;
  }

  /** Loads everything; resolves when that is done, or after `close`. */
  run(): Promise<void> {
    this.running ??= this.loadAll();
    return this.running;
  }

  /** Resolves when the slots [from, to) of a table are indexed, or the table has another keyspace. They come first. Rejects with a ColdStoreError. */
  want(table: number, keyspaceId: number, from: number, to: number): Promise<void> {
    const source = this.sources.find((each) => each.table === table && each.keyspaceId === keyspaceId);
    if (source === undefined || this.isDone({ source, from, to })) return Promise.resolve();
    if (this.closed) return Promise.reject(new ColdStoreError('closed', 'the cold tier is being closed'));
    return new Promise((resolve, reject) => {
      const stretch = { source, from, to };
      this.waiters.push({ ...stretch, resolve, reject });
      this.wanted.push(stretch);
      this.wake?.();
    });
  }

  /** Stops after the chunk at hand. */
  async close(): Promise<void> {
    this.closed = true;
    this.wake?.();
    await this.running;
  }

  private async loadAll(): Promise<void> {
    while (!this.closed) {
      const stretch = this.nextStretch();
      if (stretch !== undefined) await this.attempt(stretch);
      else if (this.failed.length > 0 || this.held) await this.pause();
      else if (await this.finish()) return;
    }
    this.settleWaiters(new ColdStoreError('closed', 'the cold tier is being closed'));
  }

  /** What to read next: what is waited for, what was disturbed, what comes next in order. */
  private nextStretch(): Stretch | undefined {
    for (const queue of this.held ? [this.wanted] : [this.wanted, this.again]) {
      for (let first = queue.shift(); first !== undefined; first = queue.shift()) {
        const some = this.narrow(first);
        if (some === undefined) continue;
        if (some.to < first.to) queue.unshift({ ...first, from: some.to });
        return some;
      }
    }
    if (this.held) return undefined;
    for (const source of this.sources) {
      const rest = this.narrow({ source, from: source.next, to: SLOTS });
      source.next = rest?.to ?? SLOTS;
      if (rest !== undefined) return rest;
    }
    return undefined;
  }

  private get held(): boolean {
    return this.parts.held?.() === true && !this.closed;
  }

  /** The first slots of a stretch that are not indexed, as many as are read together; undefined when there are none. */
  private narrow({ source, from, to }: Stretch): Stretch | undefined {
    if (!this.isCurrent(source)) return undefined;
    const { tables } = this.parts.store;
    const isOpen = (slot: number): boolean => !tables.isIndexed(SlotTables.at(source.table, slot));
    let first = from;
    while (first < to && !isOpen(first)) first++;
    let end = first;
    while (end < to && end - first < this.windowSlots && isOpen(end)) end++;
    return end === first ? undefined : { source, from: first, to: end };
  }

  private isCurrent({ table, keyspaceId }: Source): boolean {
    const { tables } = this.parts.store;
    return tables.keyspaceId(table) === keyspaceId && tables.tableState(table) === TABLE_USED;
  }

  private isDone({ source, from, to }: Stretch): boolean {
    if (!this.isCurrent(source)) return true;
    const { tables } = this.parts.store;
    for (let slot = from; slot < to; slot++) if (!tables.isIndexed(SlotTables.at(source.table, slot))) return false;
    return true;
  }

  private async attempt(stretch: Stretch): Promise<void> {
    if (!(await this.parts.room())) return this.hold(stretch, new ColdStoreError('full', noMemory));
    try {
      if ((await this.load(stretch)) === 'no-memory') {
        if (++this.refusals > MAX_REFUSALS) return this.hold(stretch, new ColdStoreError('full', noMemory));
        this.again.push(stretch);
        return;
      }
      this.refusals = 0;
      this.settleWaiters();
      this.progress();
    } catch (error) {
      if (!(error instanceof ColdStoreError)) throw error;
      // The damage is in one of them.
      if (stretch.to - stretch.from === 1) this.hold(stretch, error);
      else
        for (let slot = stretch.from; slot < stretch.to; slot++)
          this.again.push({ ...stretch, from: slot, to: slot + 1 });
    }
  }

  /** Puts slots off that cannot be indexed now; those who wait for them are told why. */
  private hold(stretch: Stretch, error: ColdStoreError): void {
    this.failed.push(stretch);
    if (!this.complained && !this.closed) {
      this.complained = true;
      const { slotsDone, slotsTotal } = this.figures;
      this.parts.log('warning', `${slotsDone} of ${slotsTotal} slots of the cold tier are indexed: ${error.message}`);
    }
    this.settleWaiters(error, stretch);
  }

  /** Nothing to do but what has failed. */
  private async pause(): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, this.held ? HELD_MS : (this.parts.retryMs ?? RETRY_MS));
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.wake = undefined;
    this.again.push(...this.failed.splice(0));
  }

  private async load({ source, from, to }: Stretch): Promise<'done' | 'no-memory'> {
    const { cold, store } = this.parts;
    const { indexer } = this;
    const range: KeyRange = {
      gte: slotRange(source.keyspaceId, from).gte,
      lt: slotRange(source.keyspaceId, to - 1).lt,
    };
    indexer.begin(source.table, source.keyspaceId, from, to);
    const iterator = cold.iterate(range);
    let records = 0;
    let outcome: 'done' | 'no-memory' = 'done';
    let chunksRead = false;
    try {
      let reading: Promise<ColdChunk | undefined> = iterator.nextChunk();
      for (;;) {
        const chunk = await reading;
        if (chunk === undefined) {
          chunksRead = true;
          break;
        }
        // The next one is read meanwhile. If it fails, that shows when it is waited for.
        reading = iterator.nextChunk();
        reading.catch(() => {});
        records += chunk.keys.length;
        if (!(await indexer.addChunk(chunk))) outcome = 'no-memory';
        if (this.closed || outcome !== 'done' || !this.isCurrent(source)) break;
      }
      if (chunksRead && !this.closed && outcome === 'done') indexer.finish();
    } finally {
      await iterator.close();
      // The thread's own list of blocks is of no use to others.
      store.allocator.flushCaches();
    }
    for (const slot of indexer.takeDisturbed()) this.again.push({ source, from: slot, to: slot + 1 });
    if (outcome === 'done') this.pace(records, to - from);
    return outcome;
  }

  /** How many slots are read together from now on. */
  private pace(records: number, slots: number): void {
    const each = Math.max(records / slots, WINDOW_RECORDS / MAX_WINDOW_SLOTS);
    this.windowSlots = Math.max(1, Math.min(this.windowSlots * 2, Math.floor(WINDOW_RECORDS / each)));
  }

  private progress(): void {
    const { tables } = this.parts.store;
    let open = 0;
    for (const source of this.sources) if (this.isCurrent(source)) open += tables.total(source.table, COUNT_UNINDEXED);
    this.figures.slotsDone = this.figures.slotsTotal - open;
  }

  /** Answers those whose slots are indexed; with an error, those who wait for `about` (everybody, without). */
  private settleWaiters(error?: ColdStoreError, about?: Stretch): void {
    if (this.waiters.length === 0) return;
    this.waiters = this.waiters.filter((waiter) => {
      if (this.isDone(waiter)) {
        waiter.resolve();
        return false;
      }
      const theirs =
        about === undefined || (about.source === waiter.source && about.from < waiter.to && waiter.from < about.to);
      if (error === undefined || !theirs) return true;
      waiter.reject(error);
      return false;
    });
  }

  /** Every slot is indexed: what is left of collections that no record names goes. True when nothing is left to do. */
  private async finish(): Promise<boolean> {
    const { settler, store } = this.parts;
    const stop = () => this.closed;
    this.progress();
    this.settleWaiters();
    // A flush may have taken a table away; what it held is cleared as a whole.
    for (const source of this.sources) {
      if (this.isCurrent(source) && store.tables.total(source.table, COUNT_UNINDEXED) > 0) {
        source.next = 0;
        return false;
      }
    }
    try {
      for (const { table, keyspaceId } of this.sources)
        await settler.dropOrphans(store.tables, table, keyspaceId, stop);
    } catch (error) {
      if (!(error instanceof ColdStoreError)) throw error;
      this.parts.log('warning', `Pieces of lost collections stay on disk until the next start: ${error.message}`);
    }
    this.sources.length = 0;
    this.settleWaiters();
    return true;
  }
}
