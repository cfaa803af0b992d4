/**
 * RDB's length encodings. The two top bits of the first byte choose:
 *
 *     00LLLLLL                      6 bits
 *     01LLLLLL LLLLLLLL             14 bits, big-endian
 *     10000000 then 4 bytes         32 bits, big-endian
 *     10000001 then 8 bytes         64 bits, big-endian
 *     11EEEEEE                      not a length: a string encoded as E says
 */
export const LENGTH_14BIT = 0x40;
export const LENGTH_32BIT = 0x80;
export const LENGTH_64BIT = 0x81;
export const ENCODED = 0xc0;

/** String encodings, `E` above: little-endian integers, and LZF (compressed length, full length, stream). */
export const ENCODING_INT8 = 0;
export const ENCODING_INT16 = 1;
export const ENCODING_INT32 = 2;
export const ENCODING_LZF = 3;

/** The longest length, in bytes. */
export const MAX_LENGTH_BYTES = 9;

/** Writes `length` at `at`; returns where it ends. */
export function writeLength(target: DataView, at: number, length: number): number {
  if (length < 1 << 6) {
    target.setUint8(at, length);
    return at + 1;
  }
  if (length < 1 << 14) {
    target.setUint16(at, (LENGTH_14BIT << 8) | length);
    return at + 2;
  }
  if (length <= 0xffffffff) {
    target.setUint8(at, LENGTH_32BIT);
    target.setUint32(at + 1, length);
    return at + 5;
  }
  target.setUint8(at, LENGTH_64BIT);
  target.setBigUint64(at + 1, BigInt(length));
  return at + 9;
}

/** Writes an integer of at most 32 bits as an encoded string at `at`; returns where it ends. */
export function writeEncodedInteger(target: DataView, at: number, value: number): number {
  if (value >= -0x80 && value <= 0x7f) {
    target.setUint8(at, ENCODED | ENCODING_INT8);
    target.setInt8(at + 1, value);
    return at + 2;
  }
  if (value >= -0x8000 && value <= 0x7fff) {
    target.setUint8(at, ENCODED | ENCODING_INT16);
    target.setInt16(at + 1, value, true);
    return at + 3;
  }
  target.setUint8(at, ENCODED | ENCODING_INT32);
  target.setInt32(at + 1, value, true);
  return at + 5;
}
