/**
 * A listpack: strings and integers one after the other, readable from both ends.
 *
 *     ┌───────────────┬──────────────┬─────────────────────────────────┬──────┐
 *     │ bytes in all, │ elements,    │ element: encoding, data,        │ 0xFF │
 *     │ u32 LE        │ u16 LE       │ backlen                         │      │
 *     └───────────────┴──────────────┴─────────────────────────────────┴──────┘
 *
 *     0xxxxxxx                       integer 0..127
 *     10LLLLLL data                  string, 6 bits of length
 *     110xxxxx xxxxxxxx              integer, 13 bits, two's complement
 *     1110LLLL LLLLLLLL data         string, 12 bits of length
 *     11110000 u32 LE, data          string
 *     11110001 .. 11110100           integer of 16, 24, 32, 64 bits, little-endian
 *
 * The backlen is the length of encoding and data, 7 bits a byte, the most significant first; all but the first byte have the top bit.
 * Source: https://github.com/antirez/listpack/blob/master/listpack.md
 */
export const COUNT_AT = 4;
export const HEADER_BYTES = 6;
export const END = 0xff;
/** In the header: more elements than it can say. */
export const COUNT_UNKNOWN = 0xffff;

export const STRING_6BIT = 0x80;
export const INT_13BIT = 0xc0;
export const STRING_12BIT = 0xe0;
export const STRING_32BIT = 0xf0;
export const INT_16BIT = 0xf1;
export const INT_24BIT = 0xf2;
export const INT_32BIT = 0xf3;
export const INT_64BIT = 0xf4;

/** How many bytes the backlen of an element of `size` bytes takes. Redis's limits, which waste the last value of each width. */
export function backlenBytes(size: number): number {
  if (size <= 127) return 1;
  if (size < 16383) return 2;
  if (size < 2097151) return 3;
  return size < 268435455 ? 4 : 5;
}
