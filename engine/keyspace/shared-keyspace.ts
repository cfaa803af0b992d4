import { copyBytes } from '../../tiers/base/bytes.ts';
import { ENTRY_BYTES, SLOTS } from '../../tiers/base/limits.ts';
import { versionMs } from '../../tiers/base/versions.ts';
import { interestsOfFlushed, interestsOfSwapped } from '../../tiers/index/interest-moves.ts';
import {
  ENTRY_DIRTY,
  ENTRY_EXPIRES,
  ENTRY_ON_DISK,
  STATE_COLD,
  STATE_DEMOTING,
  STATE_MASK,
} from '../../tiers/index/layout.ts';
import {
  COUNT_COLD,
  COUNT_EXPIRES,
  COUNT_KEYS,
  COUNT_UNINDEXED,
  COUNT_UNSEEN,
  COUNT_UNSEEN_EXPIRES,
  SlotTables,
  TABLE_CLEARING,
  TABLE_USED,
} from '../../tiers/index/slot-tables.ts';
import type { StoreView } from '../../tiers/index/store-view.ts';
import { asHandle, NULL_HANDLE } from '../../tiers/memory/handle.ts';
import { KIND_TOMBSTONE } from '../../tiers/memory/layout.ts';
import {
  headBytes,
  OBJECT_ACCESS,
  OBJECT_FLAGS,
  OBJECT_HAS_EXPIRY,
  OBJECT_TYPE,
  OBJECT_VERSION_HIGH,
  OBJECT_VERSION_LOW,
  objectFlags,
  objectKeyLength,
  objectValueAt,
  objectValueLength,
} from '../../tiers/memory/object.ts';
import { TREE_GARBAGE, TREE_IDENTITY, TREE_RENAMES, TREE_ROOTS } from '../../tiers/tree/layout.ts';
import { copyTrees, isTreeObject } from '../../tiers/tree/walk.ts';
import { errors } from '../commands/errors.ts';
import { KeyEvents } from '../events/events.ts';
import { Codecs } from '../types/codecs.ts';
import { Collections } from '../types/collection/collections.ts';
import { SharedHashes } from '../types/hash/shared-hashes.ts';
import { SharedJobs } from '../types/job/shared-jobs.ts';
import { SharedLists } from '../types/list/shared-lists.ts';
import { SharedSets } from '../types/set/shared-sets.ts';
import { SharedStreams } from '../types/stream/shared-streams.ts';
import { SharedStrings } from '../types/string/shared-strings.ts';
import { SharedSortedSets } from '../types/zset/shared-sorted-sets.ts';
import { decayedFrequency } from './frequency.ts';
import type { SharedKeyAccess } from './key-access.ts';
import { type KeyRef, VALUE_CRON, VALUE_HASH, VALUE_NONE, VALUE_SET, VALUE_STRING, VALUE_ZSET } from './key-ref.ts';
import { type ColdNames, KeyScanner } from './key-scanner.ts';
import type { ColdNameMemo, Keyspace, ScannedKey } from './keyspace.ts';
import type { ObjectWriter } from './object-writer.ts';

/** Keys with an expiry that `averageTtlMs` looks at. */
const TTL_SAMPLES = 20;

/** One thread's keyspace over shared memory. */
export class SharedKeyspace implements Keyspace {
  readonly strings: SharedStrings;
  readonly collections: Collections;
  readonly hashes: SharedHashes;
  readonly lists: SharedLists;
  readonly sets: SharedSets;
  readonly sortedSets: SharedSortedSets;
  readonly streams: SharedStreams;
  readonly jobs: SharedJobs;
  readonly codecs: Codecs;
  private readonly store: StoreView;
  private readonly writer: ObjectWriter;
  private readonly access: SharedKeyAccess;
  private readonly scanner: KeyScanner;

  readonly events: KeyEvents = new KeyEvents();

  constructor(store: StoreView, writer: ObjectWriter, access: SharedKeyAccess, names: ColdNames | undefined) {
    this.store = store;
    this.writer = writer;
    this.access = access;
    this.strings = new SharedStrings(store, writer);
    this.collections = new Collections(store, writer);
    this.collections.readMidway = (missing) => access.readPiecesMidway(missing);
    this.hashes = new SharedHashes(this.collections);
    this.lists = new SharedLists(this.collections);
    this.sets = new SharedSets(this.collections);
    this.sortedSets = new SharedSortedSets(this.collections);
    this.streams = new SharedStreams(this.collections);
    this.jobs = new SharedJobs(store, writer);
    this.codecs = new Codecs(this);
    this.scanner = new KeyScanner(store, names);
    const { memberExpiry } = this.collections;
    memberExpiry.owners.set(VALUE_HASH, this.hashes);
    memberExpiry.owners.set(VALUE_SET, this.sets);
    memberExpiry.owners.set(VALUE_ZSET, this.sortedSets);
    access.memberExpiry = memberExpiry;
    this.events.source = writer;
    writer.events = this.events;
    access.events = this.events;
  }

  requireString(ref: KeyRef): void {
    this.requireType(ref, VALUE_STRING);
  }

  requireType(ref: KeyRef, type: number): void {
    if (ref.type !== type && ref.type !== VALUE_NONE) throw errors.wrongType;
  }

  delete(ref: KeyRef): boolean {
    if (!ref.exists) return false;
    const { store, writer } = this;
    this.seat(ref);
    const request = writer.current;
    const start = request.start(ref.argIndex);
    if (!store.removeKey(ref.slotAt, ref.position, request.view, start, request.length(ref.argIndex))) throw errors.oom;
    writer.changes++;
    this.access.forget(ref);
    this.access.lookUp(ref);
    return true;
  }

  expireAt(ref: KeyRef): number {
    return this.writer.expiry(ref);
  }

  setExpireAt(ref: KeyRef, expireAtMs: number): void {
    const { store, writer } = this;
    const handle = asHandle(ref.handle);
    const view = store.arena.view(handle);
    const at = store.arena.offset(handle);
    if (expireAtMs < 0 || (view.getUint8(at + OBJECT_FLAGS) & OBJECT_HAS_EXPIRY) !== 0) {
      writer.setExpiryField(ref, view, at, expireAtMs);
      writer.changed(ref);
      return;
    }
    // The object has no expiry field (small values without a TTL do without): it moves to a block that has one.
    const length = objectValueLength(view, at);
    const keyLength = objectKeyLength(view, at);
    const flags = objectFlags(keyLength, length, true, ref.table);
    const typeByte = view.getUint8(at + OBJECT_TYPE);
    const valueAt = objectValueAt(view, at);
    const to = writer.replaceBlock(ref, headBytes(flags) + keyLength + length, flags, typeByte, length, expireAtMs);
    const { arena } = store;
    const target = arena.view(to);
    copyBytes(
      target,
      arena.bytes(to),
      objectValueAt(target, arena.offset(to)),
      view,
      arena.bytes(handle),
      valueAt,
      length,
    );
    store.allocator.free(handle, typeByte & 0xf);
  }

  move(from: KeyRef, to: KeyRef): void {
    const { store, writer } = this;
    // Pieces on disk belong to the table.
    if (from.table !== to.table) this.collections.bringHome(from);
    // Deleting `from` may take a tombstone: without memory for it nothing may have been copied.
    const reserved = store.reserveTombstone(writer.current.length(from.argIndex));
    if (reserved === NULL_HANDLE) throw errors.oom;
    try {
      this.duplicate(from, to);
    } finally {
      store.allocator.free(reserved, KIND_TOMBSTONE);
    }
    this.access.lookUp(from);
    // The nodes of a TREE belong to the other object now, which says so.
    const source = asHandle(from.handle);
    const view = store.arena.view(source);
    const at = store.arena.offset(source);
    if (isTreeObject(view, at)) {
      const valueAt = objectValueAt(view, at);
      for (const field of [TREE_IDENTITY, TREE_IDENTITY + 4, TREE_GARBAGE]) view.setUint32(valueAt + field, 0, true);
      view.setUint8(valueAt + TREE_ROOTS, 0);
      const target = asHandle(to.handle);
      const toView = store.arena.view(target);
      const renamesAt = objectValueAt(toView, store.arena.offset(target)) + TREE_RENAMES;
      toView.setUint32(renamesAt, toView.getUint32(renamesAt, true) + 1, true);
    }
    this.delete(from);
    // One change, not two.
    writer.changes--;
    this.access.lookUp(to);
  }

  copy(from: KeyRef, to: KeyRef): void {
    const { store } = this;
    this.collections.requireResident(from);
    this.collections.reserve(store.nodeBytes(asHandle(from.handle)));
    this.duplicate(from, to);
    const view = store.arena.view(asHandle(to.handle));
    const at = store.arena.offset(asHandle(to.handle));
    if (isTreeObject(view, at) && !copyTrees(store.allocator, view, at)) throw errors.oom;
    if (to.type === VALUE_STRING) this.strings.markCopied(to);
  }

  private duplicate(from: KeyRef, to: KeyRef): void {
    const { arena } = this.store;
    const expiry = this.writer.expiry(from);
    const source = asHandle(from.handle);
    const view = arena.view(source);
    const at = arena.offset(source);
    const length = objectValueLength(view, at);
    this.writer.write(to, view.getUint8(at + OBJECT_TYPE), length, expiry);
    const target = asHandle(to.handle);
    const toView = arena.view(target);
    const toAt = objectValueAt(toView, arena.offset(target));
    copyBytes(toView, arena.bytes(target), toAt, view, arena.bytes(source), objectValueAt(view, at), length);
    if (to.type === VALUE_CRON) this.jobs.tell(to);
  }

  lastModifiedMs(ref: KeyRef): number {
    const { view, at } = this.object(ref);
    return versionMs(view.getUint32(at + OBJECT_VERSION_LOW, true), view.getUint32(at + OBJECT_VERSION_HIGH, true));
  }

  idleSeconds(ref: KeyRef): number {
    const { view, at } = this.object(ref);
    return (this.access.clock - (view.getUint32(at + OBJECT_ACCESS, true) & 0xffffff)) & 0xffffff;
  }

  setIdleSeconds(ref: KeyRef, seconds: number): void {
    const { view, at } = this.object(ref);
    const clock = (this.access.clock - Math.min(seconds, 0xffffff)) & 0xffffff;
    view.setUint32(at + OBJECT_ACCESS, ((view.getUint32(at + OBJECT_ACCESS, true) & 0xff000000) | clock) >>> 0, true);
  }

  frequency(ref: KeyRef): number {
    const { view, at } = this.object(ref);
    const access = view.getUint32(at + OBJECT_ACCESS, true);
    const { lfu, clock } = this.access;
    return lfu === undefined ? access >>> 24 : decayedFrequency(access, clock, lfu);
  }

  setFrequency(ref: KeyRef, value: number): void {
    const { view, at } = this.object(ref);
    const access = view.getUint32(at + OBJECT_ACCESS, true);
    view.setUint32(at + OBJECT_ACCESS, ((access & 0xffffff) | ((value & 0xff) << 24)) >>> 0, true);
  }

  memoryUsage(ref: KeyRef): number {
    const entries = (ref.word1 & (STATE_MASK | ENTRY_EXPIRES)) === (STATE_COLD | ENTRY_EXPIRES) ? 2 : 1;
    const handle = asHandle(ref.handle);
    const blocks = handle === NULL_HANDLE ? 0 : this.store.allocator.capacity(handle) + this.store.nodeBytes(handle);
    return blocks + entries * ENTRY_BYTES;
  }

  residency(ref: KeyRef): {
    readonly tier: 'hot' | 'cold' | 'none';
    readonly dirty: boolean;
    readonly onDisk: boolean;
  } {
    const state = ref.word1 & STATE_MASK;
    return {
      tier: !ref.exists ? 'none' : state === STATE_COLD ? 'cold' : 'hot',
      dirty: (ref.word1 & ENTRY_DIRTY) !== 0,
      onDisk: state === STATE_COLD || state === STATE_DEMOTING || (ref.word1 & ENTRY_ON_DISK) !== 0,
    };
  }

  size(db: number): number {
    return this.total(db, COUNT_KEYS) + this.total(db, COUNT_UNSEEN);
  }

  expiresCount(db: number): number {
    return this.total(db, COUNT_EXPIRES) + this.total(db, COUNT_UNSEEN_EXPIRES);
  }

  coldCount(db: number): number {
    return this.total(db, COUNT_COLD) + this.total(db, COUNT_UNSEEN);
  }

  private total(db: number, counter: number): number {
    return this.store.tables.total(this.store.tables.tableOf(db), counter);
  }

  averageTtlMs(db: number): number {
    return this.expiresCount(db) === 0 ? 0 : this.scanner.averageTtlMs(db, TTL_SAMPLES);
  }

  scan(
    db: number,
    cursor: bigint,
    count: number,
    visit: (key: ScannedKey) => void,
    known?: ColdNameMemo,
  ): bigint | Promise<bigint> {
    return this.scanner.scan(db, cursor, count, visit, known);
  }

  randomKey(db: number, known?: ColdNameMemo): Buffer | undefined | Promise<Buffer | undefined> {
    return this.scanner.randomKey(db, this.size(db), known);
  }

  flush(db: number): void {
    const { tables } = this.store;
    const first = Math.max(0, db);
    const last = db < 0 ? tables.databases - 1 : db;
    for (let each = first; each <= last; each++) {
      const old = tables.tableOf(each);
      if (this.isUntouched(old)) continue;
      this.writer.changes += this.size(each);
      this.store.unsaved?.touch();
      let fresh = tables.freeTable();
      if (fresh < 0) {
        this.clearOne();
        fresh = tables.freeTable();
      }
      tables.setKeyspaceId(fresh, tables.newKeyspaceId());
      tables.setTableState(fresh, TABLE_USED);
      interestsOfFlushed(this.store, old, fresh);
      tables.setTableOf(each, fresh);
      tables.setTableState(old, TABLE_CLEARING);
    }
  }

  swap(a: number, b: number): void {
    const { tables } = this.store;
    this.writer.changes++;
    this.store.unsaved?.touch();
    const table = tables.tableOf(a);
    interestsOfSwapped(this.store, table, tables.tableOf(b), Date.now());
    tables.setTableOf(a, tables.tableOf(b));
    tables.setTableOf(b, table);
  }

  /** Whether a table never held anything that a flush would have to drop: no key, no tombstone. */
  private isUntouched(table: number): boolean {
    const { tables } = this.store;
    if (tables.total(table, COUNT_UNINDEXED) > 0) return false;
    for (let slot = 0; slot < SLOTS; slot++) if (tables.entries(SlotTables.at(table, slot)) !== 0) return false;
    return true;
  }

  /** Every spare table waits to be cleared (flush after flush): clears one here and now. */
  private clearOne(): void {
    const { tables } = this.store;
    for (let table = 0; table < tables.tables; table++) {
      if (tables.tableState(table) === TABLE_CLEARING) {
        this.store.clearTable(table);
        return;
      }
    }
  }

  /** Brings the index to the key's entry, wherever it is now. */
  private seat(ref: KeyRef): void {
    if (ref.epoch !== this.store.index.epoch) this.access.lookUp(ref);
    this.store.index.goTo(ref.slotAt, ref.position, ref.entry);
  }

  private object(ref: KeyRef): { readonly view: DataView; readonly at: number } {
    const handle = asHandle(ref.handle);
    return { view: this.store.arena.view(handle), at: this.store.arena.offset(handle) };
  }
}
