import { assert } from '../base/assert.ts';
import type { KeyRange } from './store.ts';

/*
 * A cold record. The key is big-endian so that byte order is (keyspace, slot, hash) order and one slot is one range:
 *
 *   key    0            4        6            10           14
 *          | keyspaceId | slot   | position   | check      | key bytes ...
 *          | u32 BE     | u16 BE | u32 BE     | u32 BE     |
 *
 *   value  0        1            2        4            8           16             8 bytes later
 *          | format | type<<4 |  | flags  | checksum   | version   | expiry       | value bytes ...
 *          | u8 = 1 | encoding   | u16 LE | u32 LE     | u64 LE    | u64 LE, only |
 *          |        | u8         |        |            |           | with a flag  |
 *
 * The checksum covers the whole key, the first four bytes of the value and all that follows the checksum itself.
 * 64-bit numbers are handled as two u32 halves: a BigInt would be allocated per record.
 */
export const KEY_KEYSPACE = 0;
export const KEY_SLOT = 4;
export const KEY_POSITION = 6;
export const KEY_CHECK = 10;
export const KEY_HEADER_BYTES = 14;

export const VALUE_FORMAT = 0;
export const VALUE_TYPE = 1;
export const VALUE_FLAGS = 2;
export const VALUE_CHECKSUM = 4;
export const VALUE_VERSION = 8;
export const VALUE_EXPIRY = 16;
export const VALUE_HEADER_BYTES = 16;
export const VALUE_HEADER_BYTES_WITH_EXPIRY = 24;

export const RECORD_FORMAT = 1;
export const FLAG_EXPIRES = 1;
const KNOWN_FLAGS = FLAG_EXPIRES;

/**
 * The pieces of large collections (tiers/tree/layout.ts) have keys of the same form in a slot that no key hashes to: position and check
 * are the collection's identity (high and low half), and the key bytes are the piece's number, u32 big endian.
 */
export const PIECE_SLOT = 0xffff;
export const PIECE_KEY_BYTES = KEY_HEADER_BYTES + 4;

/** Keyspace 0 holds the store's own records; tables begin at 1. */
export const META_KEYSPACE = 0;
export const FIRST_KEYSPACE = 1;
export const MAX_KEYSPACE = 0xffff_fffe;

const PRIME_A = 0x9e3779b1 | 0;
const PRIME_B = 0x85ebca6b | 0;
const PRIME_C = 0xc2b2ae35 | 0;
const PRIME_D = 0x27d4eb2f | 0;

/** Writes the fixed part of a key at `at`; the caller copies the key's bytes to `at + KEY_HEADER_BYTES`. */
export function writeKeyHeader(
  view: DataView,
  at: number,
  keyspaceId: number,
  slot: number,
  position: number,
  check: number,
): void {
  view.setUint32(at + KEY_KEYSPACE, keyspaceId, false);
  view.setUint16(at + KEY_SLOT, slot, false);
  view.setUint32(at + KEY_POSITION, position, false);
  view.setUint32(at + KEY_CHECK, check, false);
}

/** Bytes between the start of a value and its payload. */
export function valueHeaderBytes(expires: boolean): number {
  return expires ? VALUE_HEADER_BYTES_WITH_EXPIRY : VALUE_HEADER_BYTES;
}

/**
 * Writes the fixed part of a value at `at` and returns its length; the caller copies the payload behind it and then calls
 * {@link sealRecord}. `type` and `encoding` are 0 to 15; `expiryMs` is Unix time, -1 for none.
 */
export function writeValueHeader(
  view: DataView,
  at: number,
  type: number,
  encoding: number,
  versionHigh: number,
  versionLow: number,
  expiryMs: number,
): number {
  const expires = expiryMs >= 0;
  view.setUint8(at + VALUE_FORMAT, RECORD_FORMAT);
  view.setUint8(at + VALUE_TYPE, (type << 4) | encoding);
  view.setUint16(at + VALUE_FLAGS, expires ? FLAG_EXPIRES : 0, true);
  view.setUint32(at + VALUE_VERSION, versionLow, true);
  view.setUint32(at + VALUE_VERSION + 4, versionHigh, true);
  if (!expires) return VALUE_HEADER_BYTES;
  view.setUint32(at + VALUE_EXPIRY, expiryMs % 0x1_0000_0000, true);
  view.setUint32(at + VALUE_EXPIRY + 4, Math.floor(expiryMs / 0x1_0000_0000), true);
  return VALUE_HEADER_BYTES_WITH_EXPIRY;
}

/** Computes and stores the checksum of a finished record; key and value (header included) may lie anywhere in `view`. */
export function sealRecord(view: DataView, keyAt: number, keyBytes: number, valueAt: number, valueBytes: number): void {
  assert(keyBytes >= KEY_HEADER_BYTES && valueBytes >= VALUE_HEADER_BYTES, 'record shorter than its header');
  const seed = hashBytes(view, keyAt, keyAt + keyBytes, 0);
  view.setUint32(valueAt + VALUE_CHECKSUM, valueChecksum(view, valueAt, valueAt + valueBytes, seed), true);
}

/**
 * Decodes records one after the other into its own fields, so that reading many costs one object. `key` and `value` as the store
 * returned them; offsets are into those buffers.
 */
export class RecordReader {
  keyspaceId = 0;
  slot = 0;
  position = 0;
  check = 0;
  type = 0;
  encoding = 0;
  versionHigh = 0;
  versionLow = 0;
  /** Unix time in ms, -1 for none. */
  expiryMs = -1;
  /** Where the payload begins in the value. It ends with the value. */
  payloadAt = 0;

  /** Fills the fields; undefined when all is well, else what is wrong with the bytes (the fields are then meaningless). */
  read(key: Buffer, value: Buffer): string | undefined {
    if (key.length < KEY_HEADER_BYTES) return `key of ${key.length} bytes`;
    if (value.length < VALUE_HEADER_BYTES) return `value of ${value.length} bytes`;
    const keyView = new DataView(key.buffer, key.byteOffset, key.length);
    const view = new DataView(value.buffer, value.byteOffset, value.length);
    const format = view.getUint8(VALUE_FORMAT);
    if (format !== RECORD_FORMAT) return `record format ${format}`;
    const seed = hashBytes(keyView, 0, key.length, 0);
    if (valueChecksum(view, 0, value.length, seed) !== view.getUint32(VALUE_CHECKSUM, true)) return 'checksum differs';
    const flags = view.getUint16(VALUE_FLAGS, true);
    if ((flags & ~KNOWN_FLAGS) !== 0) return `unknown flags ${flags}`;
    const expires = (flags & FLAG_EXPIRES) !== 0;
    if (expires && value.length < VALUE_HEADER_BYTES_WITH_EXPIRY) return 'expiry cut off';
    this.keyspaceId = keyView.getUint32(KEY_KEYSPACE, false);
    this.slot = keyView.getUint16(KEY_SLOT, false);
    this.position = keyView.getUint32(KEY_POSITION, false);
    this.check = keyView.getUint32(KEY_CHECK, false);
    const type = view.getUint8(VALUE_TYPE);
    this.type = type >>> 4;
    this.encoding = type & 15;
    this.versionLow = view.getUint32(VALUE_VERSION, true);
    this.versionHigh = view.getUint32(VALUE_VERSION + 4, true);
    this.expiryMs = expires
      ? view.getUint32(VALUE_EXPIRY + 4, true) * 0x1_0000_0000 + view.getUint32(VALUE_EXPIRY, true)
      : -1;
    this.payloadAt = valueHeaderBytes(expires);
    return undefined;
  }
}

/** All records of one table. */
export function keyspaceRange(keyspaceId: number): KeyRange {
  assert(keyspaceId >= META_KEYSPACE && keyspaceId <= MAX_KEYSPACE, 'keyspace id out of range');
  const gte = Buffer.alloc(KEY_SLOT);
  const lt = Buffer.alloc(KEY_SLOT);
  gte.writeUInt32BE(keyspaceId);
  lt.writeUInt32BE(keyspaceId + 1);
  return { gte, lt };
}

/** The records of one table's keys, without the pieces of its collections. */
export function keysRange(keyspaceId: number): KeyRange {
  const { gte } = keyspaceRange(keyspaceId);
  const lt = Buffer.alloc(KEY_POSITION);
  lt.writeUInt32BE(keyspaceId, KEY_KEYSPACE);
  lt.writeUInt16BE(PIECE_SLOT, KEY_SLOT);
  return { gte, lt };
}

/** All pieces of a collection. */
export function piecesRange(keyspaceId: number, identityHigh: number, identityLow: number): KeyRange {
  return {
    gte: pieceKey(keyspaceId, identityHigh, identityLow, 0),
    lt: Buffer.concat([pieceKey(keyspaceId, identityHigh, identityLow, 0xffff_ffff), Buffer.of(0)]),
  };
}

export function pieceKey(keyspaceId: number, identityHigh: number, identityLow: number, piece: number): Buffer {
  const key = Buffer.allocUnsafeSlow(PIECE_KEY_BYTES);
  const view = new DataView(key.buffer, key.byteOffset, key.length);
  writeKeyHeader(view, 0, keyspaceId, PIECE_SLOT, identityHigh, identityLow);
  view.setUint32(KEY_HEADER_BYTES, piece, false);
  return key;
}

/**
 * The piece number of a collection's owner record, which is written together with every record of the collection's key: its payload is the record key
 * of that key behind the keyspace id. Pieces proper have numbers from 1 on.
 */
export const OWNER_PIECE = 0;

/** The records of one slot, from hash position `fromPosition` on. */
export function slotRange(keyspaceId: number, slot: number, fromPosition = 0): KeyRange {
  assert(slot >= 0 && slot < 0xffff, 'slot out of range');
  const gte = Buffer.alloc(KEY_CHECK);
  gte.writeUInt32BE(keyspaceId, KEY_KEYSPACE);
  gte.writeUInt16BE(slot, KEY_SLOT);
  gte.writeUInt32BE(fromPosition, KEY_POSITION);
  const lt = Buffer.alloc(KEY_POSITION);
  lt.writeUInt32BE(keyspaceId, KEY_KEYSPACE);
  lt.writeUInt16BE(slot + 1, KEY_SLOT);
  return { gte, lt };
}

/** The records of one slot whose hash positions have the same upper bits as `position`, all but the lowest 8: as an index entry has them. */
export function tagRange(keyspaceId: number, slot: number, position: number): KeyRange {
  const from = (position & 0xffffff00) >>> 0;
  const { gte, lt } = slotRange(keyspaceId, slot, from);
  if (from === 0xffffff00) return { gte, lt };
  return { gte, lt: slotRange(keyspaceId, slot, from + 0x100).gte };
}

/** Key of a record about the data directory itself. */
export function metaKey(name: string): Buffer {
  assert(name.length > 0, 'metadata needs a name');
  return Buffer.concat([Buffer.alloc(KEY_SLOT), Buffer.from(name)]);
}

function valueChecksum(view: DataView, from: number, to: number, seed: number): number {
  const header = view.getInt32(from + VALUE_FORMAT, true);
  return hashBytes(view, from + VALUE_VERSION, to, Math.imul(seed ^ header, PRIME_A));
}

/**
 * A 32-bit checksum of `view[from, to)`, not against attackers. Four lanes take 16 bytes a step; xor, odd multiplication and
 * xor-shift can each be undone, so a change within one 32-bit word always changes the result, and any other damage goes unseen
 * once in 2^32. 512 bytes cost about 0.27 us on a busy machine (record.test.ts prints the figure).
 */
export function hashBytes(view: DataView, from: number, to: number, seed: number): number {
  let a = seed ^ PRIME_A;
  let b = seed ^ PRIME_B;
  let c = seed ^ PRIME_C;
  let d = seed ^ (to - from);
  let at = from;
  for (const last = to - 16; at <= last; at += 16) {
    a = Math.imul(a ^ view.getInt32(at, true), PRIME_A);
    b = Math.imul(b ^ view.getInt32(at + 4, true), PRIME_B);
    c = Math.imul(c ^ view.getInt32(at + 8, true), PRIME_C);
    d = Math.imul(d ^ view.getInt32(at + 12, true), PRIME_D);
    a ^= a >>> 15;
    b ^= b >>> 13;
    c ^= c >>> 16;
    d ^= d >>> 14;
  }
  for (; at <= to - 4; at += 4) {
    a = Math.imul(a ^ view.getInt32(at, true), PRIME_A);
    a ^= a >>> 15;
  }
  for (; at < to; at++) {
    b = Math.imul(b ^ view.getUint8(at), PRIME_B);
    b ^= b >>> 13;
  }
  let hash = Math.imul(a ^ (b >>> 16) ^ (b << 16), PRIME_C);
  hash = Math.imul(hash ^ (hash >>> 15) ^ c, PRIME_D);
  hash = Math.imul(hash ^ (hash >>> 13) ^ d, PRIME_B);
  return (hash ^ (hash >>> 16)) >>> 0;
}
