import { assert } from '../base/assert.ts';
import { MAX_THREADS, SLOT_HEADER_BYTES, SLOTS } from '../base/limits.ts';
import { AT_DATABASES, AT_TABLES } from '../memory/layout.ts';
import { lockWord, lockWordUnless, tryLockWord, unlockWord } from '../memory/mutex.ts';
import { SEGMENT_SKEW, type SharedMemory, tableCountFor } from '../memory/shared-memory.ts';
import {
  SLOT_COLD,
  SLOT_COLD_GENERATION,
  SLOT_DIRTY,
  SLOT_EARLIEST_EXPIRY,
  SLOT_ENTRIES,
  SLOT_EXPIRES,
  SLOT_KEYS,
  SLOT_LOCK,
  SLOT_UNINDEXED,
  SLOT_UNSEEN,
  SLOT_UNSEEN_EXPIRES,
} from './layout.ts';

/**
 * The shared block `SharedMemory.tables`:
 *
 *   0                         lock held by whoever clears a table | next keyspace id u32 | mapping version u32
 *   64                        table of each database, u32 each (written under the exclusive lock)
 *   + databases x 4           state of each table, u32 each: TABLE_FREE, TABLE_USED, TABLE_CLEARING
 *   + tables x 4              keyspace id of each table, u32 each: names its records on disk, never used twice
 *   + tables x 4, to 64       counters: thread x table x COUNTERS f64, each written by its thread only
 */
const AT_CLEAR_LOCK = 0;
const AT_NEXT_KEYSPACE = 4;
const AT_MAPPING_VERSION = 8;
const AT_MAPPING = 64;
export const TABLE_FREE = 0;
export const TABLE_USED = 1;
export const TABLE_CLEARING = 2;

export const COUNT_KEYS = 0;
export const COUNT_COLD = 1;
export const COUNT_EXPIRES = 2;
export const COUNT_DIRTY = 3;
/** Keys on disk of slots that are not indexed yet, as far as the last run has left word of them; and those that expire. They have no entry. */
export const COUNT_UNSEEN = 4;
export const COUNT_UNSEEN_EXPIRES = 5;
/** Slots that are not indexed yet. */
export const COUNT_UNINDEXED = 6;
const COUNTERS = 7;
const counterOffsets: readonly number[] = [
  SLOT_KEYS,
  SLOT_COLD,
  SLOT_EXPIRES,
  SLOT_DIRTY,
  SLOT_UNSEEN,
  SLOT_UNSEEN_EXPIRES,
  SLOT_UNINDEXED,
];

function countersAt(databases: number, tables: number): number {
  return Math.ceil((AT_MAPPING + databases * 4 + tables * 8) / 64) * 64;
}

export function tablesBytesFor(databases: number): number {
  const tables = tableCountFor(databases);
  return countersAt(databases, tables) + MAX_THREADS * tables * COUNTERS * 8;
}

/** One thread's view of the slot headers of all tables, and of which database is which table. */
export class SlotTables {
  readonly databases: number;
  readonly tables: number;
  readonly view: DataView;
  private readonly words: Int32Array;
  private readonly mapping: DataView;
  private readonly counters: number;
  private readonly mine: number;

  constructor(memory: SharedMemory, thread: number) {
    const control = new DataView(memory.control);
    this.databases = control.getUint32(AT_DATABASES, true);
    this.tables = control.getUint32(AT_TABLES, true);
    const bytes = this.tables * SLOTS * SLOT_HEADER_BYTES;
    this.view = new DataView(memory.slots, SEGMENT_SKEW, bytes);
    this.words = new Int32Array(memory.slots, SEGMENT_SKEW, bytes >> 2);
    this.mapping = new DataView(memory.tables);
    this.counters = countersAt(this.databases, this.tables);
    this.mine = this.counters + thread * this.tables * COUNTERS * 8;
  }

  /** Once, by main: database n uses table n. */
  initialise(): void {
    for (let db = 0; db < this.databases; db++) {
      this.mapping.setUint32(AT_MAPPING + db * 4, db, true);
      this.setTableState(db, TABLE_USED);
    }
  }

  /** Byte offset of a slot's header in `view`. */
  static at(table: number, slot: number): number {
    return (table * SLOTS + slot) * SLOT_HEADER_BYTES;
  }

  /** The table and the slot of a header. */
  static tableAt(slotAt: number): number {
    return Math.floor(slotAt / (SLOTS * SLOT_HEADER_BYTES));
  }

  static slotAt(slotAt: number): number {
    return (slotAt / SLOT_HEADER_BYTES) % SLOTS;
  }

  lock(slotAt: number): void {
    lockWord(this.words, (slotAt + SLOT_LOCK) >> 2);
  }

  /** Locks unless `giveUp` says so while another thread holds the lock. */
  lockUnless(slotAt: number, giveUp: () => boolean): boolean {
    return lockWordUnless(this.words, (slotAt + SLOT_LOCK) >> 2, giveUp);
  }

  tryLock(slotAt: number): boolean {
    return tryLockWord(this.words, (slotAt + SLOT_LOCK) >> 2);
  }

  unlock(slotAt: number): void {
    unlockWord(this.words, (slotAt + SLOT_LOCK) >> 2);
  }

  tableOf(db: number): number {
    return this.mapping.getUint32(AT_MAPPING + db * 4, true);
  }

  /** Under the exclusive lock. */
  setTableOf(db: number, table: number): void {
    this.mapping.setUint32(AT_MAPPING + db * 4, table, true);
    Atomics.add(new Int32Array(this.mapping.buffer), AT_MAPPING_VERSION >> 2, 1);
  }

  /** Grows with every change of the mapping. */
  get mappingVersion(): number {
    return this.mapping.getUint32(AT_MAPPING_VERSION, true);
  }

  /** The database that uses the table now, or -1 (it is free or being cleared). */
  databaseOf(table: number): number {
    for (let db = 0; db < this.databases; db++) if (this.tableOf(db) === table) return db;
    return -1;
  }

  tableState(table: number): number {
    return this.mapping.getUint32(AT_MAPPING + (this.databases + table) * 4, true);
  }

  setTableState(table: number, state: number): void {
    this.mapping.setUint32(AT_MAPPING + (this.databases + table) * 4, state, true);
  }

  keyspaceId(table: number): number {
    return this.mapping.getUint32(AT_MAPPING + (this.databases + this.tables + table) * 4, true);
  }

  setKeyspaceId(table: number, id: number): void {
    this.mapping.setUint32(AT_MAPPING + (this.databases + this.tables + table) * 4, id, true);
  }

  /** A keyspace id that was never used in this data directory. */
  newKeyspaceId(): number {
    return Atomics.add(new Int32Array(this.mapping.buffer), AT_NEXT_KEYSPACE >> 2, 1);
  }

  get nextKeyspaceId(): number {
    return this.mapping.getUint32(AT_NEXT_KEYSPACE, true);
  }

  setNextKeyspaceId(id: number): void {
    this.mapping.setUint32(AT_NEXT_KEYSPACE, id, true);
  }

  freeTable(): number {
    for (let table = 0; table < this.tables; table++) if (this.tableState(table) === TABLE_FREE) return table;
    return -1;
  }

  /** Clearing a table is one thread's work at a time. */
  lockClearing(): void {
    lockWord(new Int32Array(this.mapping.buffer), AT_CLEAR_LOCK >> 2);
  }

  unlockClearing(): void {
    unlockWord(new Int32Array(this.mapping.buffer), AT_CLEAR_LOCK >> 2);
  }

  /** Adds to a slot's counter and the table's. Needs the slot's lock. */
  count(slotAt: number, counter: number, delta: number): void {
    const inSlot = slotAt + (counterOffsets[counter] ?? 0);
    this.view.setUint32(inSlot, this.view.getUint32(inSlot, true) + delta, true);
    const table = SlotTables.tableAt(slotAt);
    const at = this.mine + (table * COUNTERS + counter) * 8;
    this.mapping.setFloat64(at, this.mapping.getFloat64(at, true) + delta, true);
  }

  /** Sum of a table's counter over all threads. */
  total(table: number, counter: number): number {
    let sum = 0;
    for (let thread = 0; thread < MAX_THREADS; thread++) {
      sum += this.mapping.getFloat64(this.counters + ((thread * this.tables + table) * COUNTERS + counter) * 8, true);
    }
    return sum;
  }

  slotCount(slotAt: number, counter: number): number {
    return this.view.getUint32(slotAt + (counterOffsets[counter] ?? 0), true);
  }

  entries(slotAt: number): number {
    return this.view.getUint32(slotAt + SLOT_ENTRIES, true);
  }

  /** Whether every record of the slot on disk has its entry: what has none is not there. Under the slot's lock. */
  isIndexed(slotAt: number): boolean {
    return this.view.getUint32(slotAt + SLOT_UNINDEXED, true) === 0;
  }

  /** From now on what has no entry may be on disk; about so many keys are. Under the slot's lock. */
  setUnindexed(slotAt: number, keys: number, expires: number): void {
    this.count(slotAt, COUNT_UNINDEXED, 1);
    this.count(slotAt, COUNT_UNSEEN, keys);
    this.count(slotAt, COUNT_UNSEEN_EXPIRES, expires);
  }

  /** Every record has its entry now. Under the slot's lock. */
  setIndexed(slotAt: number): void {
    if (this.isIndexed(slotAt)) return;
    this.count(slotAt, COUNT_UNINDEXED, -1);
    this.count(slotAt, COUNT_UNSEEN, -this.slotCount(slotAt, COUNT_UNSEEN));
    this.count(slotAt, COUNT_UNSEEN_EXPIRES, -this.slotCount(slotAt, COUNT_UNSEEN_EXPIRES));
  }

  /** A record that was on disk only has got its entry: it is counted as a key. Under the slot's lock. */
  countSeen(slotAt: number, expires: boolean): void {
    this.count(slotAt, COUNT_KEYS, 1);
    if (this.slotCount(slotAt, COUNT_UNSEEN) > 0) this.count(slotAt, COUNT_UNSEEN, -1);
    if (!expires) return;
    this.count(slotAt, COUNT_EXPIRES, 1);
    if (this.slotCount(slotAt, COUNT_UNSEEN_EXPIRES) > 0) this.count(slotAt, COUNT_UNSEEN_EXPIRES, -1);
  }

  /** How often something in the slot became cold, or a deletion reached the disk (wraps). Under the slot's lock. */
  coldGeneration(slotAt: number): number {
    return this.view.getUint32(slotAt + SLOT_COLD_GENERATION, true);
  }

  /** What was read from disk for this slot before may be older than what the disk holds now. Under the slot's lock. */
  nextColdGeneration(slotAt: number): void {
    this.view.setUint32(slotAt + SLOT_COLD_GENERATION, this.coldGeneration(slotAt) + 1, true);
  }

  /** Seconds before which nothing in the slot can expire; 0xffffffff when nothing can. */
  earliestExpiry(slotAt: number): number {
    return this.view.getUint32(slotAt + SLOT_EARLIEST_EXPIRY, true) || 0xffffffff;
  }

  noteExpiry(slotAt: number, expireAtMs: number): void {
    const seconds = Math.max(1, Math.min(0xfffffffe, Math.floor(expireAtMs / 1000)));
    if (seconds < this.earliestExpiry(slotAt)) this.view.setUint32(slotAt + SLOT_EARLIEST_EXPIRY, seconds, true);
  }

  setEarliestExpiry(slotAt: number, seconds: number): void {
    assert(seconds >= 0, 'an expiry is not negative');
    this.view.setUint32(slotAt + SLOT_EARLIEST_EXPIRY, seconds, true);
  }
}
