import { equalBytes } from '../base/bytes.ts';

/**
 * A value in RAM. One block:
 *
 *   0   key length u16 (0xffff: it is in the long-key field)
 *   2   type (low 4 bits) | encoding (high 4 bits)
 *   3   flags: bit 0 the expiry field is there, bit 1 the long-key field is there, bits 2-7 low bits of the table's number
 *   4   value length u32
 *   8   version u64: ms since 1970 << 20 | counter; grows with every change of the key
 *   16  queue position u32: where the hot tier's queues hold this object (tiers/policy)
 *   20  access clock: s since 1970, low 24 bits | LFU counter (high 8 bits)
 *   24  [expiry f64, ms since 1970, -1 none] [long key length u32] key bytes, value bytes
 *
 * Protected by the lock of the slot that its key hashes to. The key never changes during the block's life.
 */
export const OBJECT_HEADER_BYTES = 24;
export const OBJECT_KEY_LENGTH = 0;
export const OBJECT_TYPE = 2;
export const OBJECT_FLAGS = 3;
export const OBJECT_VALUE_LENGTH = 4;
export const OBJECT_VERSION_LOW = 8;
export const OBJECT_VERSION_HIGH = 12;
export const OBJECT_QUEUE = 16;
export const OBJECT_ACCESS = 20;
export const OBJECT_EXPIRY = 24;
export const OBJECT_HAS_EXPIRY = 1;
export const OBJECT_LONG_KEY = 2;
const TABLE_SHIFT = 2;
/** An object's header tells its table modulo this: the way from a handle back to its key has few tables to look in. */
export const TABLE_HINTS = 64;
const LONG_KEY = 0xffff;
/** Values from this size always carry the expiry field, so that EXPIRE never has to copy them. */
const ALWAYS_EXPIRY_BYTES = 4096;

/** Flags of a new object. */
export function objectFlags(keyLength: number, valueLength: number, withExpiry: boolean, table: number): number {
  return (
    ((table % TABLE_HINTS) << TABLE_SHIFT) |
    (withExpiry || valueLength >= ALWAYS_EXPIRY_BYTES ? OBJECT_HAS_EXPIRY : 0) |
    (keyLength >= LONG_KEY ? OBJECT_LONG_KEY : 0)
  );
}

/** Bytes before the key. */
export function headBytes(flags: number): number {
  return OBJECT_HEADER_BYTES + (flags & OBJECT_HAS_EXPIRY) * 8 + ((flags & OBJECT_LONG_KEY) >> 1) * 4;
}

/** Writes a new object's header (not its key and value). The queue position and access clock are the caller's. */
export function initialiseObject(
  view: DataView,
  at: number,
  flags: number,
  type: number,
  keyLength: number,
  valueLength: number,
): void {
  view.setUint16(at, flags & OBJECT_LONG_KEY ? LONG_KEY : keyLength, true);
  view.setUint8(at + OBJECT_TYPE, type);
  view.setUint8(at + OBJECT_FLAGS, flags);
  view.setUint32(at + OBJECT_VALUE_LENGTH, valueLength, true);
  if (flags & OBJECT_HAS_EXPIRY) view.setFloat64(at + OBJECT_EXPIRY, -1, true);
  if (flags & OBJECT_LONG_KEY) view.setUint32(at + headBytes(flags) - 4, keyLength, true);
}

export function objectKeyLength(view: DataView, at: number): number {
  const length = view.getUint16(at, true);
  return length < LONG_KEY ? length : view.getUint32(at + headBytes(view.getUint8(at + OBJECT_FLAGS)) - 4, true);
}

/** Position of the key's first byte. */
export function objectKeyAt(view: DataView, at: number): number {
  return at + headBytes(view.getUint8(at + OBJECT_FLAGS));
}

/** Position of the value's first byte. */
export function objectValueAt(view: DataView, at: number): number {
  return objectKeyAt(view, at) + objectKeyLength(view, at);
}

export function objectValueLength(view: DataView, at: number): number {
  return view.getUint32(at + OBJECT_VALUE_LENGTH, true);
}

/** The table's number modulo TABLE_HINTS. */
export function objectTableHint(view: DataView, at: number): number {
  return view.getUint8(at + OBJECT_FLAGS) >> TABLE_SHIFT;
}

/** Bytes of the whole object; its block may be larger. */
export function objectBytes(view: DataView, at: number): number {
  return objectValueAt(view, at) - at + objectValueLength(view, at);
}

export function objectType(view: DataView, at: number): number {
  return view.getUint8(at + OBJECT_TYPE) & 0xf;
}

/** What the type means by the lower three bits of its encoding; the fourth says that the value is a TREE (tiers/tree/layout.ts). */
export function objectEncoding(view: DataView, at: number): number {
  return (view.getUint8(at + OBJECT_TYPE) >> 4) & 7;
}

/** Absolute expiry in ms, -1 for none. */
export function objectExpiry(view: DataView, at: number): number {
  return view.getUint8(at + OBJECT_FLAGS) & OBJECT_HAS_EXPIRY ? view.getFloat64(at + OBJECT_EXPIRY, true) : -1;
}

/** Whether the object's key is the given bytes. */
export function objectHasKey(view: DataView, at: number, key: DataView, keyStart: number, keyLength: number): boolean {
  if (view.getUint16(at, true) !== Math.min(keyLength, LONG_KEY)) return false;
  const flags = view.getUint8(at + OBJECT_FLAGS);
  if (flags & OBJECT_LONG_KEY && objectKeyLength(view, at) !== keyLength) return false;
  return equalBytes(view, at + headBytes(flags), key, keyStart, keyLength);
}

export function sameVersion(view: DataView, at: number, low: number, high: number): boolean {
  return (
    view.getUint32(at + OBJECT_VERSION_LOW, true) === low && view.getUint32(at + OBJECT_VERSION_HIGH, true) === high
  );
}
