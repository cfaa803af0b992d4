import { copyBytes } from '../base/bytes.ts';
import { KEY_CHECK, KEY_HEADER_BYTES, KEY_KEYSPACE, RecordReader, writeKeyHeader } from '../cold/record.ts';
import { type ColdStore, ColdStoreError } from '../cold/store.ts';
import { ENTRY_EXPIRES, ENTRY_ON_DISK, ENTRY_TAG_MASK, STATE_COLD, STATE_HOT, STATE_MASK } from '../index/layout.ts';
import { COUNT_COLD, SlotTables } from '../index/slot-tables.ts';
import type { StoreView } from '../index/store-view.ts';
import { NULL_HANDLE } from '../memory/handle.ts';
import {
  headBytes,
  initialiseObject,
  OBJECT_ACCESS,
  OBJECT_EXPIRY,
  OBJECT_HAS_EXPIRY,
  OBJECT_QUEUE,
  OBJECT_VERSION_HIGH,
  OBJECT_VERSION_LOW,
  objectFlags,
  objectKeyAt,
  objectValueAt,
} from '../memory/object.ts';
import type { HotPolicy } from '../policy/policy.ts';
import type { MoverFigures } from './figures.ts';

/** A cold key that somebody waits for. */
export interface ColdRequest {
  readonly table: number;
  readonly slot: number;
  readonly position: number;
  readonly check: number;
  readonly key: Buffer;
  /** Called once: the key can be looked up again, or the store failed. */
  readonly done: (error?: string) => void;
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
const NEW_FREQUENCY = 5;
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
  /** What was promoted may have filled the hot tier. */
  afterPromotions: () => void = () => {};
  private readonly store: StoreView;
  private readonly cold: ColdStore;
  private readonly policy: HotPolicy;
  private readonly figures: MoverFigures;
  private readonly reading: Map<string, Reading> = new Map();
  private waiting: Reading[] = [];
  private inFlight = 0;
  /** Mean time of a read per key. */
  private msPerKey = 0;
  private readonly reader = new RecordReader();
  private accessClock = 0;

  constructor(store: StoreView, cold: ColdStore, policy: HotPolicy, figures: MoverFigures) {
    this.store = store;
    this.cold = cold;
    this.policy = policy;
    this.figures = figures;
  }

  /** Requests waiting or being read. */
  get queued(): number {
    return this.reading.size;
  }

  request(request: ColdRequest): void {
    const recordKey = Buffer.allocUnsafe(KEY_HEADER_BYTES + request.key.length);
    const view = new DataView(recordKey.buffer, recordKey.byteOffset, KEY_HEADER_BYTES);
    const keyspaceId = this.store.tables.keyspaceId(request.table);
    writeKeyHeader(view, 0, keyspaceId, request.slot, request.position >>> 0, request.check >>> 0);
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
      const share = Math.min(MAX_BATCH_KEYS, Math.ceil(this.waiting.length / (allowed - this.inFlight)));
      const batch = share === this.waiting.length ? this.waiting : this.waiting.splice(0, share);
      if (batch === this.waiting) this.waiting = [];
      this.inFlight++;
      void this.read(batch).finally(() => {
        this.inFlight--;
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
    let values: readonly (Buffer | undefined)[];
    const startedAt = performance.now();
    try {
      values = await this.cold.getMany(batch.map(({ recordKey }) => recordKey));
      this.msPerKey += ((performance.now() - startedAt) / batch.length - this.msPerKey) * MEAN_WEIGHT;
    } catch (error) {
      if (!(error instanceof ColdStoreError)) throw error;
      this.figures.coldReadErrors++;
      this.figures.lastError = error.message;
      // One damaged record fails all: each gets its own answer.
      if (batch.length > 1) for (const reading of batch) await this.read([reading]);
      else for (const reading of batch) this.answer(reading, `IOERR ${error.message}`);
      return;
    }
    this.accessClock = Math.floor(Date.now() / 1000) & 0xffffff;
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
    const { reader, figures } = this;
    figures.bytesRead += reading.recordKey.length + value.length;
    const problem = reader.read(reading.recordKey, value);
    if (problem !== undefined) {
      figures.coldReadErrors++;
      figures.lastError = `damaged record: ${problem}`;
      this.answer(reading, `IOERR The record of this key on disk is damaged (${problem})`);
      return true;
    }
    const request = reading.requests[0];
    if (request === undefined) return true;
    const { store } = this;
    const keyLength = request.key.length;
    const valueLength = value.length - reader.payloadAt;
    const flags = objectFlags(keyLength, valueLength, reader.expiryMs >= 0, request.table);
    const bytes = headBytes(flags) + keyLength + valueLength;
    let handle = store.allocator.allocate(bytes, reader.type);
    if (handle === NULL_HANDLE && this.makeRoom()) handle = store.allocator.allocate(bytes, reader.type);
    if (handle === NULL_HANDLE) return false;
    const view = store.arena.view(handle);
    const target = store.arena.bytes(handle);
    const at = store.arena.offset(handle);
    initialiseObject(view, at, flags, reader.type | (reader.encoding << 4), keyLength, valueLength);
    if (flags & OBJECT_HAS_EXPIRY) view.setFloat64(at + OBJECT_EXPIRY, reader.expiryMs, true);
    view.setUint32(at + OBJECT_VERSION_LOW, reader.versionLow, true);
    view.setUint32(at + OBJECT_VERSION_HIGH, reader.versionHigh, true);
    view.setUint32(at + OBJECT_ACCESS, ((NEW_FREQUENCY << 24) | this.accessClock) >>> 0, true);
    view.setUint32(at + OBJECT_QUEUE, 0, true);
    const { key } = request;
    const keyView = new DataView(key.buffer, key.byteOffset, keyLength);
    copyBytes(view, target, objectKeyAt(view, at), keyView, key, 0, keyLength);
    const valueView = new DataView(value.buffer, value.byteOffset, value.length);
    copyBytes(view, target, objectValueAt(view, at), valueView, value, reader.payloadAt, valueLength);
    if (!this.current(reading) || !this.link(request, keyView, handle)) store.allocator.free(handle, reader.type);
    else figures.promotions++;
    this.answer(reading);
    return true;
  }

  /** Whether the table still is what it was when the key was asked for; a flush may have made it another database's since. */
  private current(reading: Reading): boolean {
    const table = reading.requests[0]?.table ?? 0;
    return this.store.tables.keyspaceId(table) === reading.recordKey.readUInt32BE(KEY_KEYSPACE);
  }

  /** Makes the entry say HOT, unless the key is not cold any more. */
  private link(request: ColdRequest, key: DataView, handle: ReturnType<StoreView['allocator']['allocate']>): boolean {
    const { tables, index, queues, arena } = this.store;
    const slotAt = SlotTables.at(request.table, request.slot);
    tables.lock(slotAt);
    try {
      const word1 = index.find(slotAt, request.position, request.check, key, 0, request.key.length);
      if ((word1 & STATE_MASK) !== STATE_COLD) return false;
      if ((word1 & ENTRY_EXPIRES) !== 0) index.dropExpiry(slotAt);
      const expires = this.reader.expiryMs >= 0 ? ENTRY_EXPIRES : 0;
      index.view.setUint32(index.entry, handle, true);
      index.view.setInt32(index.entry + 4, (word1 & ENTRY_TAG_MASK) | ENTRY_ON_DISK | expires | STATE_HOT, true);
      index.epoch++;
      const queue = this.policy.placement(request.position, request.check);
      arena.view(handle).setUint32(arena.offset(handle) + OBJECT_QUEUE, queues.add(queue, handle), true);
      tables.count(slotAt, COUNT_COLD, -1);
      return true;
    } finally {
      tables.unlock(slotAt);
    }
  }

  /** Nothing on disk: fine if the key is not cold any more; otherwise the store has lost a record. */
  private missing(reading: Reading): void {
    this.figures.coldReadMisses++;
    const request = reading.requests[0];
    if (request === undefined) return;
    const { tables, index } = this.store;
    const slotAt = SlotTables.at(request.table, request.slot);
    const { key } = request;
    tables.lock(slotAt);
    const view = new DataView(key.buffer, key.byteOffset, key.length);
    const word1 = index.find(slotAt, request.position, request.check, view, 0, key.length);
    tables.unlock(slotAt);
    const lost = (word1 & STATE_MASK) === STATE_COLD && this.current(reading);
    this.answer(reading, lost ? 'IOERR The record of this key is not on disk' : undefined);
  }

  private again(reading: Reading): void {
    reading.outdated = false;
    this.waiting.push(reading);
  }

  private answer(reading: Reading, error?: string): void {
    this.reading.delete(reading.id);
    for (const request of reading.requests) request.done(error);
  }
}

/** The lanes of a record's key, as int32, for those who walk the disk. */
export function lanesOf(recordKey: Buffer): { readonly position: number; readonly check: number } {
  return { position: recordKey.readInt32BE(KEY_CHECK - 4), check: recordKey.readInt32BE(KEY_CHECK) };
}
