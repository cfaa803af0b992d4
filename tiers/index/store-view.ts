import { copyBytes } from '../base/bytes.ts';
import { ENTRY_BYTES, SLOTS } from '../base/limits.ts';
import { VersionClock } from '../base/versions.ts';
import { Allocator } from '../memory/allocator.ts';
import type { Arena } from '../memory/arena.ts';
import { ExclusiveLock } from '../memory/exclusive.ts';
import { asHandle, type Handle, NULL_HANDLE } from '../memory/handle.ts';
import { KIND_TOMBSTONE } from '../memory/layout.ts';
import {
  headBytes,
  initialiseObject,
  OBJECT_ACCESS,
  OBJECT_QUEUE,
  OBJECT_VERSION_HIGH,
  OBJECT_VERSION_LOW,
  objectBytes,
  objectFlags,
  objectKeyAt,
  objectKeyLength,
  objectType,
  objectValueAt,
} from '../memory/object.ts';
import { OutOfOrder } from '../memory/out-of-order.ts';
import type { SharedMemory } from '../memory/shared-memory.ts';
import { HotQueues } from '../policy/hot-queues.ts';
import { Doomed } from '../tree/doomed.ts';
import { Graveyard } from '../tree/graveyard.ts';
import { ROOT_BLOCK_BYTES, TREE_IDENTITY } from '../tree/layout.ts';
import { freeTrees, isTreeObject, rootsOf } from '../tree/walk.ts';
import { KeyHasher, readSeed } from './hash.ts';
import { Interests } from './interest.ts';
import {
  COLD_TREE,
  ENTRY_DIRTY,
  ENTRY_EXPIRES,
  ENTRY_ON_DISK,
  ENTRY_TAG_MASK,
  SLOT_INTEREST,
  STATE_COLD,
  STATE_DEMOTING,
  STATE_MASK,
  STATE_TOMBSTONE,
} from './layout.ts';
import { SlotIndex } from './slot-index.ts';
import {
  COUNT_COLD,
  COUNT_DIRTY,
  COUNT_EXPIRES,
  COUNT_KEYS,
  SlotTables,
  TABLE_CLEARING,
  TABLE_FREE,
} from './slot-tables.ts';
import { UnsavedSlots } from './unsaved.ts';

/** Object type of a tombstone: the key of a record that is still on disk and must be deleted there. */
export const TYPE_TOMBSTONE = KIND_TOMBSTONE;

/** A TREE of more than this is freed in the background; so much costs some microseconds. */
const FREED_AT_ONCE_BYTES = 8 * 1024;

export interface StoreViewOptions {
  readonly memory: SharedMemory;
  readonly thread: number;
  /** Whether there is a cold tier: without one nothing is dirty and nothing is on disk. */
  readonly tiered: boolean;
  /** Whether changes are to be written through to the cold tier before they are acknowledged. */
  readonly through?: boolean;
  /** Pages that this thread may use beyond the arena's limit (the mover: it needs memory to free memory). */
  readonly reservePages?: number;
}

/** One thread's hands on everything shared: allocator, index, queues, locks, and the state changes of a key that need several of them. */
export class StoreView {
  readonly allocator: Allocator;
  readonly arena: Arena;
  readonly tables: SlotTables;
  readonly index: SlotIndex;
  readonly queues: HotQueues;
  readonly hasher: KeyHasher;
  /** For members of collections, so that a key's lanes survive the lookup of one. */
  readonly memberHasher: KeyHasher;
  readonly exclusive: ExclusiveLock;
  readonly outOfOrder: OutOfOrder;
  readonly interests: Interests;
  readonly graveyard: Graveyard;
  readonly doomed: Doomed;
  readonly versions: VersionClock;
  readonly tiered: boolean;
  /** Where changes are noted that a commit has to write; undefined without write-through. */
  readonly unsaved: UnsavedSlots | undefined;
  /** Gathers the names of changed keys while `listeners[0]` is not 0: somebody wants to know of all of them. */
  changedNames:
    | { readonly listeners: Int32Array; note(key: DataView, start: number, length: number): void }
    | undefined;
  /** Called before a key is removed that nobody asked to remove: it expired, or was evicted. By the tier thread, for those that want to know. */
  onGone:
    | ((cause: 'expired' | 'evicted', slotAt: number, key: DataView, keyStart: number, keyLength: number) => void)
    | undefined;

  constructor(options: StoreViewOptions) {
    const { memory, thread } = options;
    this.allocator = new Allocator(memory, thread, options.reservePages ?? 0);
    this.arena = this.allocator.arena;
    this.tables = new SlotTables(memory, thread);
    this.index = new SlotIndex(this.tables, this.allocator);
    this.queues = new HotQueues(memory, thread);
    this.hasher = new KeyHasher(readSeed(memory));
    this.memberHasher = new KeyHasher(readSeed(memory));
    this.doomed = new Doomed(memory, this.allocator);
    this.graveyard = new Graveyard(memory, this.allocator);
    this.interests = new Interests(memory, this.tables, this.allocator);
    this.exclusive = new ExclusiveLock(memory, thread);
    this.outOfOrder = new OutOfOrder(memory);
    this.versions = new VersionClock(thread);
    this.tiered = options.tiered;
    this.unsaved = options.through === true ? new UnsavedSlots(memory, this.tables) : undefined;
  }

  /** For a view that was made before the seed was chosen. */
  reseed(memory: SharedMemory): void {
    this.hasher.reseed(readSeed(memory));
    this.memberHasher.reseed(readSeed(memory));
    this.interests.hasher.reseed(readSeed(memory));
  }

  /** Frees an object that no entry refers to any more. */
  freeObject(handle: Handle): void {
    const view = this.arena.view(handle);
    const at = this.arena.offset(handle);
    this.queues.remove(view.getUint32(at + OBJECT_QUEUE, true));
    this.freeValue(handle);
  }

  /** Before a collection in RAM is freed for good: its pieces on disk are to be deleted. False without memory to note it. */
  doomPieces(handle: Handle, table: number): boolean {
    const view = this.arena.view(handle);
    const at = this.arena.offset(handle);
    if (!isTreeObject(view, at)) return true;
    const identityAt = objectValueAt(view, at) + TREE_IDENTITY;
    const low = view.getUint32(identityAt, true);
    const high = view.getUint32(identityAt + 4, true);
    return (low | high) === 0 || this.doomed.addIdentity(this.tables.keyspaceId(table), high, low);
  }

  /** The same for one that is only on disk, whose entry (word 0) is about to go or to be replaced. */
  doomCold(slotAt: number, word0: number, key: DataView, keyStart: number, keyLength: number): boolean {
    if ((word0 & COLD_TREE) === 0) return true;
    const { memberHasher: hasher, tables } = this;
    hasher.hash(key, keyStart, keyLength);
    const table = SlotTables.tableAt(slotAt);
    const { position, check } = hasher;
    return this.doomed.addRecord(
      tables.keyspaceId(table),
      SlotTables.slotAt(slotAt),
      position,
      check,
      key,
      keyStart,
      keyLength,
    );
  }

  /** The same for an object whose place in the queues another has taken over. What takes long is left to `graveyard`. */
  freeValue(handle: Handle): void {
    const view = this.arena.view(handle);
    const at = this.arena.offset(handle);
    if (isTreeObject(view, at)) {
      if (this.nodeBytes(handle) > FREED_AT_ONCE_BYTES) {
        this.graveyard.bury(handle);
        return;
      }
      freeTrees(this.allocator, view, at);
    }
    this.allocator.free(handle, objectType(view, at));
  }

  /** Bytes of RAM of a TREE object's nodes; 0 for other objects. */
  nodeBytes(handle: Handle): number {
    const view = this.arena.view(handle);
    const at = this.arena.offset(handle);
    if (!isTreeObject(view, at)) return 0;
    let bytes = 0;
    for (const rootAt of rootsOf(view, at)) bytes += view.getFloat64(rootAt + ROOT_BLOCK_BYTES, true);
    return bytes;
  }

  /**
   * Deletes the key whose entry `index` stands at (any state but TOMBSTONE). What the disk still holds becomes a tombstone until the
   * mover has deleted it there. False when there is no memory for the tombstone; nothing has changed then.
   */
  removeKey(slotAt: number, position: number, key: DataView, keyStart: number, keyLength: number): boolean {
    const { index, tables } = this;
    const { view, entry } = index;
    const word1 = view.getUint32(entry + 4, true);
    const state = word1 & STATE_MASK;
    const onDisk = (word1 & ENTRY_ON_DISK) !== 0 || state === STATE_DEMOTING;
    const handle = state === STATE_COLD ? NULL_HANDLE : asHandle(view.getUint32(entry, true));
    const tombstone = onDisk ? this.makeTombstone(key, keyStart, keyLength) : NULL_HANDLE;
    if (onDisk && tombstone === NULL_HANDLE) return false;
    const noted =
      handle === NULL_HANDLE
        ? this.doomCold(slotAt, view.getUint32(entry, true), key, keyStart, keyLength)
        : this.doomPieces(handle, SlotTables.tableAt(slotAt));
    if (!noted) {
      if (tombstone !== NULL_HANDLE) this.allocator.free(tombstone, KIND_TOMBSTONE);
      return false;
    }
    // While the key's bytes are there: they may be the object's own.
    const { changedNames } = this;
    if (changedNames !== undefined && changedNames.listeners[0] !== 0) changedNames.note(key, keyStart, keyLength);
    if (tables.view.getUint32(slotAt + SLOT_INTEREST, true) !== 0) {
      this.interests.touchedName(slotAt, key, keyStart, keyLength);
    }
    if (onDisk) {
      if (state === STATE_COLD && (word1 & ENTRY_EXPIRES) !== 0) index.dropExpiry(slotAt);
      if (handle !== NULL_HANDLE) this.freeObject(handle);
      view.setUint32(entry, tombstone, true);
      view.setUint32(entry + 4, ((word1 & ENTRY_TAG_MASK) | ENTRY_DIRTY | ENTRY_ON_DISK | STATE_TOMBSTONE) >>> 0, true);
      if ((word1 & ENTRY_DIRTY) === 0) tables.count(slotAt, COUNT_DIRTY, 1);
      this.unsaved?.add(slotAt);
      index.epoch++;
    } else {
      index.remove(slotAt, position);
      if (handle !== NULL_HANDLE) this.freeObject(handle);
      if ((word1 & ENTRY_DIRTY) !== 0) tables.count(slotAt, COUNT_DIRTY, -1);
    }
    tables.count(slotAt, COUNT_KEYS, -1);
    if (state === STATE_COLD) tables.count(slotAt, COUNT_COLD, -1);
    if ((word1 & ENTRY_EXPIRES) !== 0) tables.count(slotAt, COUNT_EXPIRES, -1);
    return true;
  }

  /** Removes a tombstone whose record is gone from disk; `index` stands at its entry. */
  buryTombstone(slotAt: number, position: number): void {
    const handle = asHandle(this.index.view.getUint32(this.index.entry, true));
    this.index.remove(slotAt, position);
    this.allocator.free(handle, KIND_TOMBSTONE);
    this.tables.count(slotAt, COUNT_DIRTY, -1);
    this.tables.nextColdGeneration(slotAt);
  }

  /**
   * A block as a key's tombstone takes, for who must know beforehand that deleting the key will not fail: freed just before, it is this
   * thread's next one of its size. NULL_HANDLE without memory.
   */
  reserveTombstone(keyLength: number): Handle {
    return this.allocator.allocate(headBytes(objectFlags(keyLength, 0, false, 0)) + keyLength, KIND_TOMBSTONE);
  }

  private makeTombstone(key: DataView, keyStart: number, keyLength: number): Handle {
    const handle = this.reserveTombstone(keyLength);
    if (handle === NULL_HANDLE) return NULL_HANDLE;
    const flags = objectFlags(keyLength, 0, false, 0);
    const view = this.arena.view(handle);
    const at = this.arena.offset(handle);
    initialiseObject(view, at, flags, TYPE_TOMBSTONE, keyLength, 0);
    view.setUint32(at + OBJECT_QUEUE, 0, true);
    view.setUint32(at + OBJECT_ACCESS, 0, true);
    this.versions.next();
    view.setUint32(at + OBJECT_VERSION_LOW, this.versions.low, true);
    view.setUint32(at + OBJECT_VERSION_HIGH, this.versions.high, true);
    const keyBytes = new Uint8Array(key.buffer, key.byteOffset, key.byteLength);
    copyBytes(view, this.arena.bytes(handle), objectKeyAt(view, at), key, keyBytes, keyStart, keyLength);
    return handle;
  }

  /** Whether the index has nothing of a key and cannot say whether the disk has: its slot, which is locked, is not indexed yet. */
  isUnknown(slotAt: number, position: number, check: number, key: DataView, start: number, length: number): boolean {
    return !this.tables.isIndexed(slotAt) && this.index.find(slotAt, position, check, key, start, length) === 0;
  }

  /** Frees everything that a slot of a table that no database uses any more holds. Takes the slot's lock. */
  clearSlot(slotAt: number): void {
    const { index, tables } = this;
    if (tables.entries(slotAt) === 0 && tables.isIndexed(slotAt)) return;
    tables.lock(slotAt);
    for (
      let position = 0;
      position < 2 ** 32 && index.walk(slotAt, position);
      position = index.nextPagePosition(position)
    ) {
      const { view } = index;
      for (let at = index.firstEntry; at < index.endOfPage; at += ENTRY_BYTES) {
        const state = view.getUint32(at + 4, true) & STATE_MASK;
        if ((state & 1) === 1) this.freeObject(asHandle(view.getUint32(at, true)));
      }
    }
    index.release(slotAt);
    for (const counter of [COUNT_KEYS, COUNT_COLD, COUNT_EXPIRES, COUNT_DIRTY]) {
      tables.count(slotAt, counter, -tables.slotCount(slotAt, counter));
    }
    tables.setIndexed(slotAt);
    tables.setEarliestExpiry(slotAt, 0);
    tables.unlock(slotAt);
  }

  /** Clears a table in TABLE_CLEARING and makes it free. One slot is locked at a time. */
  clearTable(table: number): void {
    const { tables } = this;
    tables.lockClearing();
    if (tables.tableState(table) === TABLE_CLEARING) {
      for (let slot = 0; slot < SLOTS; slot++) this.clearSlot(SlotTables.at(table, slot));
      tables.setTableState(table, TABLE_FREE);
    }
    tables.unlockClearing();
  }

  /** Hashes the key of an object, for those that come from a handle. */
  hashObject(handle: Handle): void {
    const view = this.arena.view(handle);
    const at = this.arena.offset(handle);
    this.hasher.hash(view, objectKeyAt(view, at), objectKeyLength(view, at));
  }

  /** Bytes of an object itself, its block's slack left out. */
  objectSize(handle: Handle): number {
    return objectBytes(this.arena.view(handle), this.arena.offset(handle));
  }
}
