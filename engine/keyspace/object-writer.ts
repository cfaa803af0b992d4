import type { Request } from '../../protocol/resp/request.ts';
import { assert } from '../../tiers/base/assert.ts';
import { copyBytes } from '../../tiers/base/bytes.ts';
import {
  ENTRY_DIRTY,
  ENTRY_EXPIRES,
  ENTRY_FREQUENCY_MASK,
  ENTRY_ON_DISK,
  ENTRY_TAG_MASK,
  SLOT_INTEREST,
  STATE_COLD,
  STATE_DEMOTING,
  STATE_HOT,
  STATE_MASK,
  STATE_TOMBSTONE,
} from '../../tiers/index/layout.ts';
import { COUNT_COLD, COUNT_DIRTY, COUNT_EXPIRES, COUNT_KEYS } from '../../tiers/index/slot-tables.ts';
import type { StoreView } from '../../tiers/index/store-view.ts';
import { asHandle, type Handle, NULL_HANDLE } from '../../tiers/memory/handle.ts';
import { KIND_TOMBSTONE } from '../../tiers/memory/layout.ts';
import {
  headBytes,
  initialiseObject,
  OBJECT_ACCESS,
  OBJECT_EXPIRY,
  OBJECT_FLAGS,
  OBJECT_HAS_EXPIRY,
  OBJECT_QUEUE,
  OBJECT_TYPE,
  OBJECT_VALUE_LENGTH,
  OBJECT_VERSION_HIGH,
  OBJECT_VERSION_LOW,
  objectExpiry,
  objectFlags,
  objectKeyAt,
  objectKeyLength,
  objectValueAt,
} from '../../tiers/memory/object.ts';
import { QUEUE_SMALL } from '../../tiers/policy/hot-queues.ts';
import type { Placer } from '../../tiers/policy/placer.ts';
import { isTreeObject } from '../../tiers/tree/walk.ts';
import { errors } from '../commands/errors.ts';
import { eventClass, type KeyEvents } from '../events/events.ts';
import { NEW_FREQUENCY } from './frequency.ts';
import type { KeyRef } from './key-ref.ts';

/**
 * Creates, replaces and marks objects of keys: every write to a value goes through here, so that entry, counters, queues, version
 * and dirty bit agree. Needs the key's slot locked. Throws errors.oom, with nothing changed, when there is no memory.
 */
export class ObjectWriter {
  requestBytes: Uint8Array = new Uint8Array(0);
  requestView: DataView = new DataView(new ArrayBuffer(0));
  /** Changes made since the last reset (Redis's `dirty`); the owner adds them to the statistics. */
  changes = 0;
  events: KeyEvents | undefined;
  private request: Request | undefined;
  private readonly store: StoreView;
  private accessWord = 0;

  /** Says in which queue new objects begin; SMALL without one. */
  placer: Placer | undefined;
  /** The running command has changed a collection, which `changes` may not tell yet. */
  begun = false;

  constructor(store: StoreView) {
    this.store = store;
  }

  /** Where an object begins that was not in RAM. */
  private queueFor(ref: KeyRef, state: number): number {
    const { placer, store } = this;
    if (placer === undefined) return QUEUE_SMALL;
    // Over a cold tier a key that is nowhere was not evicted; without one it may have been, and been deleted with that.
    return state === STATE_COLD || !store.tiered ? placer.placement(ref.position, ref.check) : placer.newcomers;
  }

  /** Points at the request whose arguments are the keys' names. */
  begin(request: Request, nowMs: number): void {
    this.begun = false;
    this.request = request;
    this.requestBytes = request.bytes;
    this.requestView = request.view;
    this.accessWord = ((NEW_FREQUENCY << 24) | (Math.floor(nowMs / 1000) & 0xffffff)) >>> 0;
  }

  get current(): Request {
    assert(this.request !== undefined, 'keys belong to a request');
    return this.request;
  }

  /** Absolute expiry of an existing key in ms, -1 for none; hot or cold. */
  expiry(ref: KeyRef): number {
    if ((ref.word1 & ENTRY_EXPIRES) === 0) return -1;
    const { arena, index } = this.store;
    if (ref.handle !== NULL_HANDLE) {
      const handle = asHandle(ref.handle);
      return objectExpiry(arena.view(handle), arena.offset(handle));
    }
    index.goTo(ref.slotAt, ref.position, ref.entry);
    return index.expiryAfter(index.view, index.entry);
  }

  /**
   * Makes the key hold an object of `length` value bytes (content undefined) with the given type byte and expiry (-1: none), in place
   * where the block suits, else in a new block. Creates the key if need be. `ref.handle` is the object afterwards.
   */
  write(ref: KeyRef, typeByte: number, length: number, expiryMs: number): void {
    const { arena } = this.store;
    if (ref.exists && ref.handle !== NULL_HANDLE) {
      const handle = asHandle(ref.handle);
      const view = arena.view(handle);
      const at = arena.offset(handle);
      if (isTreeObject(view, at)) {
        this.writeNew(ref, typeByte, length, expiryMs);
        return;
      }
      const hasField = (view.getUint8(at + OBJECT_FLAGS) & OBJECT_HAS_EXPIRY) !== 0;
      if ((expiryMs < 0 || hasField) && (view.getUint8(at + OBJECT_TYPE) & 0xf) === (typeByte & 0xf)) {
        const need = headBytes(view.getUint8(at + OBJECT_FLAGS)) + objectKeyLength(view, at) + length;
        // The same length needs no look at the block's size: the most common overwrite.
        if (view.getUint32(at + OBJECT_VALUE_LENGTH, true) === length || this.suits(handle, need)) {
          view.setUint8(at + OBJECT_TYPE, typeByte);
          view.setUint32(at + OBJECT_VALUE_LENGTH, length, true);
          this.setExpiryField(ref, view, at, expiryMs);
          this.changed(ref);
          return;
        }
      }
    }
    this.writeNew(ref, typeByte, length, expiryMs);
  }

  /** The same in a new block, whatever there was. */
  private writeNew(ref: KeyRef, typeByte: number, length: number, expiryMs: number): void {
    const keyLength = this.current.length(ref.argIndex);
    const flags = objectFlags(keyLength, length, expiryMs >= 0, ref.table);
    const old = asHandle(ref.handle);
    this.replaceBlock(ref, headBytes(flags) + keyLength + length, flags, typeByte, length, expiryMs);
    if (old === NULL_HANDLE) return;
    // Without memory to note them, pieces stay on disk until the next start.
    this.store.doomPieces(old, ref.table);
    this.store.freeValue(old);
  }

  /**
   * Gives the value of an object in RAM `length` bytes, of which the first `kept` stay what they are; type, encoding and expiry too. Not a
   * change by itself: the caller calls `changed`. Goes a little beyond maxmemory if it must, so that a command that has begun can finish.
   */
  resize(ref: KeyRef, length: number, kept: number): void {
    const { store } = this;
    const { arena, allocator } = store;
    const old = asHandle(ref.handle);
    const from = arena.view(old);
    const at = arena.offset(old);
    const valueAt = objectValueAt(from, at);
    const before = from.getUint32(at + OBJECT_VALUE_LENGTH, true);
    if (this.suits(old, valueAt - at + length)) {
      from.setUint32(at + OBJECT_VALUE_LENGTH, length, true);
      return;
    }
    const keyLength = objectKeyLength(from, at);
    const expiry = this.expiry(ref);
    const withExpiry = expiry >= 0 || (from.getUint8(at + OBJECT_FLAGS) & OBJECT_HAS_EXPIRY) !== 0;
    const flags = objectFlags(keyLength, length, withExpiry, ref.table);
    const typeByte = from.getUint8(at + OBJECT_TYPE);
    const bytes = headBytes(flags) + keyLength + length;
    const { changes } = this;
    const to = this.replaceBlock(ref, bytes, flags, typeByte, length, expiry, true);
    this.changes = changes;
    const view = arena.view(to);
    const toAt = objectValueAt(view, arena.offset(to));
    copyBytes(view, arena.bytes(to), toAt, from, arena.bytes(old), valueAt, Math.min(before, kept));
    allocator.free(old, typeByte & 0xf);
  }

  /**
   * Gives the key a new block of at least `bytes` bytes, header and key written, value undefined, and links it everywhere. The old
   * block is left to the caller (to copy from, and to free). Answers the new object.
   */
  replaceBlock(
    ref: KeyRef,
    bytes: number,
    flags: number,
    typeByte: number,
    length: number,
    expiryMs: number,
    beyondLimit = false,
  ): Handle {
    const { store, request } = this;
    const { allocator, arena, index, queues, tables } = store;
    const kind = typeByte & 0xf;
    const handle = beyondLimit ? allocator.allocateBeyondLimit(bytes, kind) : allocator.allocate(bytes, kind);
    if (handle === NULL_HANDLE || request === undefined) throw errors.oom;
    const view = arena.view(handle);
    const at = arena.offset(handle);
    const keyLength = request.length(ref.argIndex);
    initialiseObject(view, at, flags, typeByte, keyLength, length);
    if (flags & OBJECT_HAS_EXPIRY) view.setFloat64(at + OBJECT_EXPIRY, expiryMs, true);
    copyBytes(
      view,
      arena.bytes(handle),
      objectKeyAt(view, at),
      request.view,
      request.bytes,
      request.start(ref.argIndex),
      keyLength,
    );
    const expires = expiryMs >= 0 ? ENTRY_EXPIRES : 0;
    const dirty = store.tiered ? ENTRY_DIRTY : 0;
    const before = ref.word1;
    const state = before & STATE_MASK;
    if (ref.entry === 0) {
      const word1 = (ref.position & ENTRY_TAG_MASK) | expires | dirty | STATE_HOT;
      if (!index.insert(ref.slotAt, ref.position, handle, word1)) {
        allocator.free(handle, typeByte & 0xf);
        throw errors.oom;
      }
      ref.entry = index.entry;
      ref.word1 = word1;
    } else {
      index.goTo(ref.slotAt, ref.position, ref.entry);
      if (state === STATE_COLD) {
        const start = request.start(ref.argIndex);
        if (!store.doomCold(ref.slotAt, index.view.getUint32(ref.entry, true), request.view, start, keyLength)) {
          allocator.free(handle, kind);
          throw errors.oom;
        }
        if ((before & ENTRY_EXPIRES) !== 0) index.dropExpiry(ref.slotAt);
      }
      const onDisk = state === STATE_DEMOTING ? ENTRY_ON_DISK : before & ENTRY_ON_DISK;
      // A cold entry has its heat there.
      const kept = state === STATE_COLD ? ENTRY_TAG_MASK : ENTRY_TAG_MASK | ENTRY_FREQUENCY_MASK;
      const word1 = (before & kept) | onDisk | expires | dirty | STATE_HOT;
      if (state === STATE_TOMBSTONE) allocator.free(asHandle(index.view.getUint32(ref.entry, true)), KIND_TOMBSTONE);
      index.view.setUint32(ref.entry, handle, true);
      index.view.setInt32(ref.entry + 4, word1, true);
      index.epoch++;
      ref.word1 = word1;
    }
    if (ref.handle !== NULL_HANDLE) {
      const old = arena.view(asHandle(ref.handle));
      const oldAt = arena.offset(asHandle(ref.handle));
      // Without a place it was on its way out: it is new in the queues again.
      const place = old.getUint32(oldAt + OBJECT_QUEUE, true) || queues.add(QUEUE_SMALL, handle);
      view.setUint32(at + OBJECT_QUEUE, place, true);
      view.setUint32(at + OBJECT_ACCESS, old.getUint32(oldAt + OBJECT_ACCESS, true), true);
      queues.replace(place, handle);
    } else {
      view.setUint32(at + OBJECT_QUEUE, queues.add(this.queueFor(ref, state), handle), true);
      view.setUint32(at + OBJECT_ACCESS, this.accessWord, true);
    }
    this.stamp(view, at);
    store.unsaved?.add(ref.slotAt);
    this.changes++;
    this.recount(ref, before, ref.word1);
    if (!beyondLimit) this.touched(ref);
    if (expiryMs >= 0) tables.noteExpiry(ref.slotAt, expiryMs);
    ref.exists = true;
    ref.handle = handle;
    ref.type = typeByte & 0xf;
    ref.epoch = index.epoch;
    return handle;
  }

  /** Marks an object changed in place. */
  changed(ref: KeyRef): void {
    this.changes++;
    this.rewritten(ref);
    this.touched(ref);
  }

  /** Tells whoever is interested in the key that its value has changed. */
  touched(ref: KeyRef): void {
    const { tables, interests, changedNames } = this.store;
    if (changedNames !== undefined && changedNames.listeners[0] !== 0) {
      const request = this.current;
      changedNames.note(request.view, request.start(ref.argIndex), request.length(ref.argIndex));
    }
    if (tables.view.getUint32(ref.slotAt + SLOT_INTEREST, true) === 0) return;
    interests.touched(ref.slotAt, ref.position, ref.check);
  }

  /** Its block says something else than the disk: new version, dirty, no longer being demoted. The value is the same to clients. */
  rewritten(ref: KeyRef): void {
    const { arena, queues, tiered, unsaved } = this.store;
    const handle = asHandle(ref.handle);
    const view = arena.view(handle);
    const at = arena.offset(handle);
    this.stamp(view, at);
    if (!tiered) return;
    unsaved?.add(ref.slotAt);
    const before = ref.word1;
    if ((before & STATE_MASK) === STATE_DEMOTING && view.getUint32(at + OBJECT_QUEUE, true) === 0) {
      view.setUint32(at + OBJECT_QUEUE, queues.add(QUEUE_SMALL, handle), true);
    }
    const onDisk = (before & STATE_MASK) === STATE_DEMOTING ? ENTRY_ON_DISK : 0;
    const word1 = (before & ~STATE_MASK) | onDisk | ENTRY_DIRTY | STATE_HOT;
    if (word1 !== before) this.setWord(ref, word1);
  }

  /** Sets the expiry of an object whose block has the field, or clears it; keeps entry bit and counters in step. */
  setExpiryField(ref: KeyRef, view: DataView, at: number, expiryMs: number): void {
    if (view.getUint8(at + OBJECT_FLAGS) & OBJECT_HAS_EXPIRY) view.setFloat64(at + OBJECT_EXPIRY, expiryMs, true);
    const before = ref.word1;
    const word1 = expiryMs >= 0 ? before | ENTRY_EXPIRES : before & ~ENTRY_EXPIRES;
    if (expiryMs >= 0) this.store.tables.noteExpiry(ref.slotAt, expiryMs);
    if (word1 !== before) this.setWord(ref, word1);
  }

  /** Changes an entry's word where it stands. A command may name the key twice: its other reference must look again. */
  private setWord(ref: KeyRef, word1: number): void {
    const { index } = this.store;
    index.goTo(ref.slotAt, ref.position, ref.entry);
    index.view.setInt32(ref.entry + 4, word1, true);
    index.epoch++;
    ref.epoch = index.epoch;
    this.recount(ref, ref.word1, word1);
    ref.word1 = word1;
  }

  /** Whether a block may hold `need` bytes: it has room, and not so much that rewriting in place would hoard memory. */
  private suits(handle: Handle, need: number): boolean {
    const capacity = this.store.allocator.capacity(handle);
    return need <= capacity && (capacity <= 128 || need * 2 > capacity);
  }

  private stamp(view: DataView, at: number): void {
    const { versions } = this.store;
    versions.next();
    view.setUint32(at + OBJECT_VERSION_LOW, versions.low, true);
    view.setUint32(at + OBJECT_VERSION_HIGH, versions.high, true);
  }

  /** Moves the slot's counters from what an entry said before (0: there was none) to what it says now. */
  private recount(ref: KeyRef, before: number, after: number): void {
    const { tables } = this.store;
    const { slotAt } = ref;
    const state = before & STATE_MASK;
    if (before === 0 || state === STATE_TOMBSTONE) {
      tables.count(slotAt, COUNT_KEYS, 1);
      this.events?.notify(eventClass.newKey, 'new', ref);
    }
    if (state === STATE_COLD) tables.count(slotAt, COUNT_COLD, -1);
    const wasExpiring = before & ENTRY_EXPIRES;
    if (wasExpiring !== (after & ENTRY_EXPIRES)) tables.count(slotAt, COUNT_EXPIRES, wasExpiring ? -1 : 1);
    const wasDirty = before & ENTRY_DIRTY;
    if (wasDirty !== (after & ENTRY_DIRTY)) tables.count(slotAt, COUNT_DIRTY, wasDirty ? -1 : 1);
  }
}
