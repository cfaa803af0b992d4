import { parseInt64 } from '../../../protocol/text/numbers.ts';

/**
 * What a node of a stream would take in Redis, which keeps it as a listpack: when it starts a new node depends on that, and from there comes
 * what an approximate trim leaves. Source: listpack.c of redis 7.0.15.
 */

/** Header and end mark of a listpack. */
export const LISTPACK_BYTES = 7;
/** The longest text that may be an integer. */
const MAX_INTEGER_TEXT = 20;

/** Bytes of an element that holds an integer (inexact ones are large anyway). */
export function integerElementBytes(value: number): number {
  if (value >= 0 && value < 128) return 2;
  if (value >= -4096 && value < 4096) return 3;
  if (value >= -32768 && value < 32768) return 4;
  if (value >= -8388608 && value < 8388608) return 5;
  if (value >= -2147483648 && value < 2147483648) return 6;
  return 10;
}

/** The same of a text, which is stored as an integer where it is one. */
export function textElementBytes(bytes: Uint8Array, at: number, length: number): number {
  if (length <= MAX_INTEGER_TEXT && length > 0 && (bytes[at] ?? 0) <= 0x39) {
    const value = parseInt64(bytes, at, length);
    if (value !== undefined) return integerElementBytes(Number(value));
  }
  const body = length + (length < 64 ? 1 : length < 4096 ? 2 : 5);
  return body + backLengthBytes(body);
}

/** Bytes of the length that ends an element of `body` bytes. */
function backLengthBytes(body: number): number {
  if (body <= 127) return 1;
  if (body < 16383) return 2;
  if (body < 2097151) return 3;
  return body < 268435455 ? 4 : 5;
}

/** Bytes of an element that holds `a - b`, each the u64 (big endian) at an offset. */
export function differenceElementBytes(a: DataView, aAt: number, b: DataView, bAt: number): number {
  const low = a.getUint32(aAt + 4, false) - b.getUint32(bAt + 4, false);
  const high = (a.getUint32(aAt, false) - b.getUint32(bAt, false)) | 0;
  return integerElementBytes(high * 2 ** 32 + low);
}
