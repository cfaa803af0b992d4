import { ReadBudget } from '../cold/read-budget.ts';
import { KEY_HEADER_BYTES, VALUE_TYPE } from '../cold/record.ts';
import { type ColdStore, ColdStoreError } from '../cold/store.ts';
import { STATE_COLD, STATE_MASK } from '../index/layout.ts';
import { SlotTables } from '../index/slot-tables.ts';
import type { StoreView } from '../index/store-view.ts';
import { NULL_HANDLE } from '../memory/handle.ts';
import type { Placement } from '../policy/policy.ts';
import { ENCODING_TREE } from '../tree/layout.ts';
import type { MoverFigures } from './figures.ts';
import { ANY_GENERATION, type ColdPlace, Promotion, placeRecordKey } from './promotion.ts';

/** A cold key that somebody waits for. */
export interface ColdRequest extends ColdPlace {
  readonly key: Buffer;
  /** Its queue if it is read; -1 or missing: the policy is asked. */
  readonly queue?: number;
  /**
   * Called once: the key can be looked up again, or the store failed. `absent`: the record key, one character per byte, of a key whose slot is not indexed
   * yet and which is not on disk.
   */
  readonly done: (error?: string, absent?: string) => void;
}

interface Reading {
  readonly id: string;
  readonly recordKey: Buffer;
  readonly requests: ColdRequest[];
  /** The record was written since the read began: what was read may be old. */
  outdated: boolean;
}

/**
 * How many reads are in flight. Each costs four wake-ups of threads (20 to 70 us of CPU), however many keys it carries, so while
 * records come from the page cache one at a time is best: the next collects what comes meanwhile. Records that come from the device are
 * waited for, and then several reads at once are.
 */
const MAX_IN_FLIGHT = 8;
const MAX_BATCH_KEYS = 256;
/** A read that takes longer per key than this, in ms, went to the device. */
const DEVICE_MS = 0.2;
/** Weight of the latest read in the mean. */
const MEAN_WEIGHT = 0.1;
/** Others may take the room that was made for a value. */
const MAX_TRIES = 16;

/**
 * Reads records and makes their keys hot. A key that several ask for is read once. Runs on the thread that owns the store.
 */
export class Promoter {
  /** Frees memory for an object of so many bytes, now if it can; false: ask again after `makeRoomLater`. */
  makeRoom: () => boolean = () => false;
  makeRoomLater: (bytes: number) => Promise<boolean> = () => Promise.resolve(false);
  /** Requests that wait where nobody is told of them, and saying that from now on somebody has to be (false: there are some). */
  more: () => readonly ColdRequest[] = () => [];
  sleep: () => boolean = () => true;
  /** Whether a record of a collection in pieces counts: see CollectionSettler. */
  settle: (recordKey: Buffer, value: Buffer) => Promise<boolean> = () => Promise.resolve(true);
  /** What was promoted may have filled the hot tier. */
  afterPromotions: () => void = () => {};
  private readonly store: StoreView;
  private readonly cold: ColdStore;
  private readonly promotion: Promotion;
  private readonly figures: MoverFigures;
  private readonly reading: Map<string, Reading> = new Map();
  private waiting: Reading[] = [];
  private inFlight = 0;
  private readonly budget = new ReadBudget();
  /** Mean time of a read per key. */
  private msPerKey = 0;

  constructor(store: StoreView, cold: ColdStore, policy: Placement, figures: MoverFigures) {
    this.store = store;
    this.cold = cold;
    this.promotion = new Promotion(store, policy);
    this.figures = figures;
  }

  /** Requests waiting or being read. */
  get queued(): number {
    return this.reading.size;
  }

  request(request: ColdRequest): void {
    const recordKey = Buffer.allocUnsafe(KEY_HEADER_BYTES + request.key.length);
    placeRecordKey(this.store, recordKey, request);
    request.key.copy(recordKey, KEY_HEADER_BYTES);
    const id = recordKey.latin1Slice(0, recordKey.length);
    const known = this.reading.get(id);
    if (known !== undefined) {
      known.requests.push(request);
      return;
    }
    const reading: Reading = { id, recordKey, requests: [request], outdated: false };
    this.reading.set(id, reading);
    this.waiting.push(reading);
  }

  /** Starts reading what was requested. Looks for more requests first, and sleeps only when nothing is being read. */
  pump(): void {
    do {
      for (const request of this.more()) this.request(request);
      this.start();
    } while (this.inFlight === 0 && !this.sleep());
  }

  private start(): void {
    const allowed = this.msPerKey > DEVICE_MS ? MAX_IN_FLIGHT : 1;
    while (this.waiting.length > 0 && this.inFlight < allowed) {
      const room = this.budget.room();
      if (room === 0) return;
      const share = Math.min(room, MAX_BATCH_KEYS, Math.ceil(this.waiting.length / (allowed - this.inFlight)));
      const batch = share === this.waiting.length ? this.waiting : this.waiting.splice(0, share);
      if (batch === this.waiting) this.waiting = [];
      this.inFlight++;
      this.budget.begin(batch.length);
      // Until its values have found their places.
      void this.read(batch).finally(() => {
        this.inFlight--;
        this.budget.end([], batch.length);
        this.pump();
      });
    }
  }

  /** These records were just written. */
  outdate(keys: readonly string[]): void {
    if (this.reading.size === 0) return;
    for (const key of keys) {
      const reading = this.reading.get(key);
      if (reading !== undefined) reading.outdated = true;
    }
  }

  private async read(batch: readonly Reading[]): Promise<void> {
    let values: (Buffer | undefined)[];
    const startedAt = performance.now();
    try {
      values = await this.cold.getMany(batch.map(({ recordKey }) => recordKey));
      this.budget.end(values, 0);
      this.msPerKey += ((performance.now() - startedAt) / batch.length - this.msPerKey) * MEAN_WEIGHT;
      await this.settleCollections(batch, values);
    } catch (error) {
      if (!(error instanceof ColdStoreError)) throw error;
      this.figures.coldReadErrors++;
      this.figures.lastError = error.message;
      // One damaged record fails all: each gets its own answer.
      if (batch.length > 1) for (const reading of batch) await this.read([reading]);
      else for (const reading of batch) this.answer(reading, `IOERR ${error.message}`);
      return;
    }
    this.promotion.setTime(Date.now());
    this.figures.coldReads += batch.length;
    const blocked: [Reading, Buffer][] = [];
    this.store.exclusive.enter();
    for (let i = 0; i < batch.length; i++) {
      const reading = batch[i];
      const value = values[i];
      if (reading === undefined) continue;
      if (reading.outdated) this.again(reading);
      else if (value === undefined) this.missing(reading);
      else if (!this.promote(reading, value)) blocked.push([reading, value]);
    }
    this.store.exclusive.leave();
    this.afterPromotions();
    for (const [reading, value] of blocked) await this.promoteLater(reading, value);
  }

  /** Leaves out records of collections that another key has by now. */
  private async settleCollections(batch: readonly Reading[], values: (Buffer | undefined)[]): Promise<void> {
    for (const [i, reading] of batch.entries()) {
      const value = values[i];
      if (value === undefined || !mayHavePieces(value)) continue;
      this.store.exclusive.enter();
      const unknown = this.isUnknown(reading);
      this.store.exclusive.leave();
      if (!unknown) continue;
      if (!(await this.settle(reading.recordKey, value))) values[i] = undefined;
    }
  }

  private isUnknown({ recordKey, requests: [request] }: Reading): boolean {
    if (request === undefined) return false;
    const view = new DataView(recordKey.buffer, recordKey.byteOffset, recordKey.length);
    return this.promotion.isUnknown(request, view, KEY_HEADER_BYTES, recordKey.length - KEY_HEADER_BYTES);
  }

  /** No memory was free: waits for the mover. */
  private async promoteLater(reading: Reading, value: Buffer): Promise<void> {
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const room = await this.makeRoomLater(reading.recordKey.length + value.length);
      if (reading.outdated) return this.again(reading);
      this.store.exclusive.enter();
      const promoted = this.promote(reading, value);
      this.store.exclusive.leave();
      if (promoted) return;
      if (!room) break;
    }
    this.answer(reading, "OOM command not allowed when used memory > 'maxmemory'.");
  }

  /** Puts a value into RAM and answers; false when there is no memory for it. */
  private promote(reading: Reading, value: Buffer): boolean {
    const { promotion, figures } = this;
    const { recordKey } = reading;
    figures.bytesRead += recordKey.length + value.length;
    const problem = promotion.read(recordKey, value);
    if (problem !== undefined) {
      figures.coldReadErrors++;
      figures.lastError = `damaged record: ${problem}`;
      this.answer(reading, `IOERR The record of this key on disk is damaged (${problem})`);
      return true;
    }
    const request = reading.requests[0];
    if (request === undefined) return true;
    let handle = promotion.build(request.table, recordKey, value);
    if (handle === NULL_HANDLE && this.makeRoom()) handle = promotion.build(request.table, recordKey, value);
    if (handle === NULL_HANDLE) return false;
    // `outdate` has told of everything that was written since the read began.
    const link = promotion.link(request, recordKey, handle, ANY_GENERATION, request.queue);
    if (link === 'no-memory') return false;
    if (link === 'linked') figures.promotions++;
    if (link === 'expired') this.answer(reading, undefined, reading.id);
    else this.answer(reading);
    return true;
  }

  /** Nothing on disk: fine if the key is not cold any more; otherwise the store has lost a record. */
  private missing(reading: Reading): void {
    this.figures.coldReadMisses++;
    const request = reading.requests[0];
    if (request === undefined) return;
    const { tables, index } = this.store;
    const slotAt = SlotTables.at(request.table, request.slot);
    const { key } = request;
    const current = this.promotion.current(request.table, reading.recordKey);
    tables.lock(slotAt);
    const view = new DataView(key.buffer, key.byteOffset, key.length);
    const word1 = index.find(slotAt, request.position, request.check, view, 0, key.length);
    const unknown = word1 === 0 && current && !tables.isIndexed(slotAt);
    tables.unlock(slotAt);
    const lost = (word1 & STATE_MASK) === STATE_COLD && current;
    if (unknown) this.answer(reading, undefined, reading.id);
    else this.answer(reading, lost ? 'IOERR The record of this key is not on disk' : undefined);
  }

  private again(reading: Reading): void {
    reading.outdated = false;
    this.waiting.push(reading);
  }

  private answer(reading: Reading, error?: string, absent?: string): void {
    this.reading.delete(reading.id);
    for (const request of reading.requests) request.done(error, absent);
  }
}

function mayHavePieces(value: Buffer): boolean {
  return value.length > VALUE_TYPE && ((value[VALUE_TYPE] ?? 0) & ENCODING_TREE) !== 0;
}
