import type { Region } from './string-values.ts';

/**
 * Bits of a string value. Bit 0 is the highest bit of byte 0, as in SETBIT. Walks go by 32-bit words, unaligned, because
 * `DataView` reads them as fast as aligned ones.
 */

/** Words whose byte-wise bit counts (at most 8 each) fit one byte when added up: 31 * 8 < 256. */
const COUNT_BATCH_WORDS = 31;
const BATCH_BYTES = COUNT_BATCH_WORDS * 4;

/** The bit at `position`; beyond the value's end all bits are 0. */
export function getBit(region: Region, position: number): 0 | 1 {
  const byte = Math.floor(position / 8);
  if (byte >= region.length) return 0;
  return (region.view.getUint8(region.offset + byte) >> (7 - (position % 8))) & 1 ? 1 : 0;
}

/** Writes the bit at `position`, which lies inside the value. */
export function setBit(region: Region, position: number, bit: 0 | 1): void {
  const at = region.offset + Math.floor(position / 8);
  const mask = 1 << (7 - (position % 8));
  const byte = region.view.getUint8(at);
  region.view.setUint8(at, bit === 1 ? byte | mask : byte & ~mask);
}

/** Number of 1 bits among bits [from, to) of the value; both within it. */
export function countBits(region: Region, from: number, to: number): number {
  if (from >= to) return 0;
  const first = Math.floor(from / 8);
  const last = Math.floor((to - 1) / 8);
  const { view, offset } = region;
  let count = countBytes(view, offset + first, last + 1 - first);
  count -= bitsOf(view.getUint8(offset + first) & ~(0xff >> (from % 8)));
  count -= bitsOf(view.getUint8(offset + last) & (0x7f >> ((to - 1) % 8)));
  return count;
}

/** Number of 1 bits in `length` bytes from `start`. */
function countBytes(view: DataView, start: number, length: number): number {
  const end = start + length;
  let at = start;
  let count = 0;
  while (at + 4 <= end) {
    const stop = at + Math.min(BATCH_BYTES, (end - at) & ~3);
    let bytes = 0;
    for (; at < stop; at += 4) {
      let word = view.getInt32(at, true);
      word -= (word >>> 1) & 0x55555555;
      word = (word & 0x33333333) + ((word >>> 2) & 0x33333333);
      bytes = (bytes + ((word + (word >>> 4)) & 0x0f0f0f0f)) | 0;
    }
    count += (bytes & 0xff) + ((bytes >>> 8) & 0xff) + ((bytes >>> 16) & 0xff) + (bytes >>> 24);
  }
  for (; at < end; at++) count += bitsOf(view.getUint8(at));
  return count;
}

function bitsOf(byte: number): number {
  const pairs = byte - ((byte >> 1) & 0x55);
  const nibbles = (pairs & 0x33) + ((pairs >> 2) & 0x33);
  return (nibbles + (nibbles >> 4)) & 0x0f;
}

/** Position of the first bit equal to `bit` among bits [from, to) of the value, or -1. */
export function findBit(region: Region, bit: 0 | 1, from: number, to: number): number {
  if (from >= to) return -1;
  const { view, offset } = region;
  const endByte = Math.floor((to - 1) / 8) + 1;
  // Looking for a 0 is looking for a 1 in the complement.
  const flip = bit === 1 ? 0 : -1;
  let byte = Math.floor(from / 8);
  const head = (view.getUint8(offset + byte) ^ flip) & (0xff >> (from % 8));
  let position = -1;
  if (head !== 0) position = byte * 8 + Math.clz32(head) - 24;
  else {
    byte++;
    while (byte + 4 <= endByte && view.getInt32(offset + byte, true) === flip) byte += 4;
    for (; byte < endByte && position < 0; byte++) {
      const rest = (view.getUint8(offset + byte) ^ flip) & 0xff;
      if (rest !== 0) position = byte * 8 + Math.clz32(rest) - 24;
    }
  }
  return position < to ? position : -1;
}

/** What BITOP combines two values with. */
export type BitOperation = 'and' | 'or' | 'xor';

/**
 * Combines a value into `target`, byte by byte. A value shorter than the target counts as padded with zero bytes; it is
 * never longer.
 */
export function combine(operation: BitOperation, target: Buffer, region: Region): void {
  const to = new DataView(target.buffer, target.byteOffset, target.byteLength);
  const { view, offset, length } = region;
  const words = length - 3;
  let i = 0;
  switch (operation) {
    case 'and':
      for (; i < words; i += 4) to.setInt32(i, to.getInt32(i, true) & view.getInt32(offset + i, true), true);
      for (; i < length; i++) to.setUint8(i, to.getUint8(i) & view.getUint8(offset + i));
      target.fill(0, length);
      break;
    case 'or':
      for (; i < words; i += 4) to.setInt32(i, to.getInt32(i, true) | view.getInt32(offset + i, true), true);
      for (; i < length; i++) to.setUint8(i, to.getUint8(i) | view.getUint8(offset + i));
      break;
    case 'xor':
      for (; i < words; i += 4) to.setInt32(i, to.getInt32(i, true) ^ view.getInt32(offset + i, true), true);
      for (; i < length; i++) to.setUint8(i, to.getUint8(i) ^ view.getUint8(offset + i));
      break;
  }
}

/** Inverts every bit of `bytes`. */
export function invert(bytes: Buffer): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let i = 0;
  for (; i + 4 <= bytes.length; i += 4) view.setInt32(i, ~view.getInt32(i, true), true);
  for (; i < bytes.length; i++) view.setUint8(i, ~view.getUint8(i));
}

/**
 * A copy of `bytes` as one little-endian number (byte 0 is the lowest, as KeyDB defines BITOP LSHIFT and RSHIFT) times
 * 2^`bits`. A left shift makes it longer by every byte begun, a right shift (negative `bits`) shorter by every whole byte.
 */
export function shifted(bytes: Buffer, bits: number): Buffer {
  const wholeBytes = Math.floor(Math.abs(bits) / 8);
  const rest = Math.abs(bits) % 8;
  if (bits >= 0) {
    const result = Buffer.alloc(bytes.length + wholeBytes + (rest > 0 ? 1 : 0));
    let carry = 0;
    for (let i = 0; i < bytes.length; i++) {
      const wide = ((bytes[i] ?? 0) << rest) | carry;
      result[wholeBytes + i] = wide & 0xff;
      carry = wide >> 8;
    }
    if (rest > 0) result[result.length - 1] = carry;
    return result;
  }
  const result = Buffer.alloc(Math.max(0, bytes.length - wholeBytes));
  for (let i = 0; i < result.length; i++) {
    const pair = (bytes[wholeBytes + i] ?? 0) | ((bytes[wholeBytes + i + 1] ?? 0) << 8);
    result[i] = (pair >> rest) & 0xff;
  }
  return result;
}
