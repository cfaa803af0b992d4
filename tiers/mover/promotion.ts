import { copyBytes } from '../base/bytes.ts';
import { KEY_HEADER_BYTES, KEY_KEYSPACE, RecordReader, writeKeyHeader } from '../cold/record.ts';
import { ENTRY_EXPIRES, ENTRY_ON_DISK, ENTRY_TAG_MASK, STATE_COLD, STATE_HOT, STATE_MASK } from '../index/layout.ts';
import { COUNT_COLD, SlotTables } from '../index/slot-tables.ts';
import type { StoreView } from '../index/store-view.ts';
import { type Handle, NULL_HANDLE } from '../memory/handle.ts';
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
import type { Placement } from '../policy/policy.ts';
import { ENCODING_TREE } from '../tree/layout.ts';
import { importRoots, recordValueBytes } from '../tree/pieces.ts';

/** LFU counter of an object that has just come (Redis's LFU_INIT_VAL). */
const NEW_FREQUENCY = 5;

/** Who promotes does not look at the slot's generation: it learns in another way that a record was rewritten. */
export const ANY_GENERATION = -1;

/**
 * What became of an object that was to be linked. `kept out`: it is not wanted, or may be older than what the disk holds; `expired`: the record is of a
 * key without an entry and as good as gone; `no-memory`: there is none for the entry.
 */
export type Link = 'linked' | 'kept out' | 'expired' | 'no-memory';

/** Where a cold key stands in the index. */
export interface ColdPlace {
  readonly table: number;
  readonly slot: number;
  readonly position: number;
  readonly check: number;
}

/** Fills in the record key of a place; the key's own bytes are expected from KEY_HEADER_BYTES on. */
export function placeRecordKey(store: StoreView, recordKey: Buffer, place: ColdPlace): void {
  const view = new DataView(recordKey.buffer, recordKey.byteOffset, KEY_HEADER_BYTES);
  const keyspaceId = store.tables.keyspaceId(place.table);
  writeKeyHeader(view, 0, keyspaceId, place.slot, place.position >>> 0, place.check >>> 0);
}

/** Turns a record into a hot, clean object. One thread's; between enter and leave of the exclusive lock. */
export class Promotion {
  private readonly store: StoreView;
  private readonly policy: Placement;
  private readonly reader = new RecordReader();
  private accessClock = 0;
  private nowMs = 0;
  /** Bytes of the value proper in the record last read, if that is a collection of many blocks. */
  private treeBytes = 0;

  constructor(store: StoreView, policy: Placement) {
    this.store = store;
    this.policy = policy;
  }

  setTime(nowMs: number): void {
    this.nowMs = nowMs;
    this.accessClock = Math.floor(nowMs / 1000) & 0xffffff;
  }

  /** Checks and decodes a record for the `build` that follows; what is wrong with it, or undefined. */
  read(recordKey: Buffer, value: Buffer): string | undefined {
    const { reader } = this;
    const problem = reader.read(recordKey, value);
    if (problem !== undefined || (reader.encoding & ENCODING_TREE) === 0) return problem;
    const view = new DataView(value.buffer, value.byteOffset, value.length);
    const length = recordValueBytes(view, reader.payloadAt, value.length);
    if (typeof length === 'string') return length;
    this.treeBytes = length;
    return undefined;
  }

  /** An object of the record last read, which nothing refers to yet; NULL_HANDLE without memory. */
  build(table: number, recordKey: Buffer, value: Buffer): Handle {
    const { store, reader } = this;
    const keyLength = recordKey.length - KEY_HEADER_BYTES;
    const isTree = (reader.encoding & ENCODING_TREE) !== 0;
    const valueLength = isTree ? this.treeBytes : value.length - reader.payloadAt;
    const flags = objectFlags(keyLength, valueLength, reader.expiryMs >= 0, table);
    const handle = store.allocator.allocate(headBytes(flags) + keyLength + valueLength, reader.type);
    if (handle === NULL_HANDLE) return handle;
    const view = store.arena.view(handle);
    const target = store.arena.bytes(handle);
    const at = store.arena.offset(handle);
    initialiseObject(view, at, flags, reader.type | (reader.encoding << 4), keyLength, valueLength);
    if (flags & OBJECT_HAS_EXPIRY) view.setFloat64(at + OBJECT_EXPIRY, reader.expiryMs, true);
    view.setUint32(at + OBJECT_VERSION_LOW, reader.versionLow, true);
    view.setUint32(at + OBJECT_VERSION_HIGH, reader.versionHigh, true);
    view.setUint32(at + OBJECT_ACCESS, ((NEW_FREQUENCY << 24) | this.accessClock) >>> 0, true);
    view.setUint32(at + OBJECT_QUEUE, 0, true);
    const keyView = new DataView(recordKey.buffer, recordKey.byteOffset, recordKey.length);
    copyBytes(view, target, objectKeyAt(view, at), keyView, recordKey, KEY_HEADER_BYTES, keyLength);
    const valueView = new DataView(value.buffer, value.byteOffset, value.length);
    const valueAt = objectValueAt(view, at);
    copyBytes(view, target, valueAt, valueView, value, reader.payloadAt, valueLength);
    if (!isTree) return handle;
    const nodesAt = reader.payloadAt + valueLength;
    if (importRoots(store.allocator, reader.type, view, valueAt, valueView, value, nodesAt)) return handle;
    store.allocator.free(handle, reader.type);
    return NULL_HANDLE;
  }

  /**
   * Makes the key's entry say HOT with the object built last; in a slot that is not indexed yet a key without an entry gets one. Otherwise the object
   * is freed: when the key is not cold any more; when its slot's cold generation is not `generation` (unless that is ANY_GENERATION), so that what
   * was read may be older than what the disk holds now; or when the table serves another keyspace by now. `queue`: where it goes if the policy is not
   * to be asked.
   */
  link(place: ColdPlace, recordKey: Buffer, handle: Handle, generation: number, queue = -1): Link {
    const { store } = this;
    const { tables } = store;
    const slotAt = SlotTables.at(place.table, place.slot);
    tables.lock(slotAt);
    let result: Link;
    try {
      result = this.linkLocked(slotAt, place, recordKey, handle, generation, queue);
    } finally {
      tables.unlock(slotAt);
    }
    if (result !== 'linked') store.freeValue(handle);
    return result;
  }

  /** The same with the slot locked by the caller. */
  linkHeld(place: ColdPlace, recordKey: Buffer, handle: Handle): Link {
    const slotAt = SlotTables.at(place.table, place.slot);
    const result = this.linkLocked(slotAt, place, recordKey, handle, ANY_GENERATION, -1);
    if (result !== 'linked') this.store.freeValue(handle);
    return result;
  }

  /** Whether the record last read is a large collection's with pieces on disk: only the thread that owns the store can tell whether it counts (settler.ts). */
  get hasPieces(): boolean {
    return (this.reader.encoding & ENCODING_TREE) !== 0;
  }

  /** Whether the index, now, has nothing of the key and cannot say whether the disk has. */
  isUnknown(place: ColdPlace, key: DataView, keyStart: number, keyLength: number): boolean {
    const { store } = this;
    const slotAt = SlotTables.at(place.table, place.slot);
    store.tables.lock(slotAt);
    const unknown = store.isUnknown(slotAt, place.position, place.check, key, keyStart, keyLength);
    store.tables.unlock(slotAt);
    return unknown;
  }

  /** Whether the table still is what it was when the record's key was made; a flush may have made it another database's since. */
  current(table: number, recordKey: Buffer): boolean {
    return this.store.tables.keyspaceId(table) === recordKey.readUInt32BE(KEY_KEYSPACE);
  }

  private linkLocked(
    slotAt: number,
    place: ColdPlace,
    recordKey: Buffer,
    handle: Handle,
    generation: number,
    wantedQueue: number,
  ): Link {
    const { tables, index, queues, arena } = this.store;
    const { position, check, table } = place;
    if (!this.current(table, recordKey)) return 'kept out';
    if (generation !== ANY_GENERATION && tables.coldGeneration(slotAt) !== generation) return 'kept out';
    const key = new DataView(recordKey.buffer, recordKey.byteOffset, recordKey.length);
    const word1 = index.find(slotAt, position, check, key, KEY_HEADER_BYTES, recordKey.length - KEY_HEADER_BYTES);
    const { expiryMs } = this.reader;
    const expires = expiryMs >= 0 ? ENTRY_EXPIRES : 0;
    const linked = (position & ENTRY_TAG_MASK) | ENTRY_ON_DISK | expires | STATE_HOT;
    if (word1 === 0 && !tables.isIndexed(slotAt)) {
      if (expires !== 0 && expiryMs <= this.nowMs) return 'expired';
      if (!index.insert(slotAt, position, handle, linked)) return 'no-memory';
      tables.countSeen(slotAt, expires !== 0);
      if (expires !== 0) tables.noteExpiry(slotAt, expiryMs);
    } else if ((word1 & STATE_MASK) === STATE_COLD) {
      if ((word1 & ENTRY_EXPIRES) !== 0) index.dropExpiry(slotAt);
      index.view.setUint32(index.entry, handle, true);
      index.view.setInt32(index.entry + 4, linked, true);
      index.epoch++;
      tables.count(slotAt, COUNT_COLD, -1);
    } else return 'kept out';
    const queue = wantedQueue >= 0 ? wantedQueue : this.policy.placement(position, check);
    arena.view(handle).setUint32(arena.offset(handle) + OBJECT_QUEUE, queues.add(queue, handle), true);
    return 'linked';
  }
}
