import { BUCKET_BYTES, BUCKET_ENTRIES, ENTRY_BYTES, MAX_PAGE_BUCKETS } from '../base/limits.ts';
import {
  ENTRY_EXPIRES,
  ENTRY_TAG_SHIFT,
  PAGE_OVERFLOW_SHIFT,
  PAGE_USED_MASK,
  STATE_COLD,
  STATE_EMPTY,
  STATE_MASK,
} from './layout.ts';

/**
 * One index page as bytes: placing entries in hash order, and finding room. Knows nothing of slots, keys or locks.
 * `at` is the page's byte offset in `view`.
 */

/**
 * Entries that a page of `buckets` may hold before it grows: 85 % full. Placed by trial: 90 % doubles the probing of misses. A single
 * bucket has nowhere to probe on to, so it is filled (at 6 keys a slot that saves 3 bytes a key).
 */
export function pageThreshold(buckets: number): number {
  return buckets === 1 ? BUCKET_ENTRIES - 1 : Math.floor((buckets * BUCKET_ENTRIES - 1) * 0.85);
}

/** Buckets of a page that is to hold `entries` and grow a little. */
export function bucketsFor(entries: number): number {
  let buckets = 1;
  while (buckets < MAX_PAGE_BUCKETS && pageThreshold(buckets) < entries) buckets++;
  return buckets;
}

/** Home bucket of a tag in a page that holds one `depth`-bit prefix: hash order within the page. */
export function homeBucket(tag: number, depth: number, buckets: number): number {
  return Math.imul((tag << depth) & 0xffffff, buckets) >>> 24;
}

export function pageUsed(view: DataView, at: number): number {
  return view.getUint32(at, true) & PAGE_USED_MASK;
}

export function pageOverflowed(view: DataView, at: number, bucket: number): boolean {
  return ((view.getUint32(at, true) >>> (PAGE_OVERFLOW_SHIFT + bucket)) & 1) !== 0;
}

export function clearPage(view: DataView, at: number, buckets: number): void {
  for (let offset = at; offset < at + buckets * BUCKET_BYTES; offset += 4) view.setUint32(offset, 0, true);
}

/** Entries that this one takes with it: a cold key's expiry follows it. */
export function entrySpan(word1: number): number {
  return (word1 & (STATE_MASK | ENTRY_EXPIRES)) === (STATE_COLD | ENTRY_EXPIRES) ? 2 : 1;
}

/**
 * Finds `span` adjacent empty entries for a tag, as near to its home bucket as can be, sets the overflow bits of the buckets
 * passed, and counts the entries as used. Answers the byte offset, or 0 when there is no room.
 */
export function placeInPage(
  view: DataView,
  at: number,
  buckets: number,
  depth: number,
  tag: number,
  span: number,
): number {
  let bucket = homeBucket(tag, depth, buckets);
  let header = view.getUint32(at, true);
  for (let tried = 0; tried < buckets; tried++) {
    const from = at + bucket * BUCKET_BYTES;
    for (let entry = bucket === 0 ? 1 : 0; entry + span <= BUCKET_ENTRIES; entry++) {
      const offset = from + entry * ENTRY_BYTES;
      if ((view.getUint32(offset + 4, true) & STATE_MASK) !== STATE_EMPTY) continue;
      if (span === 2 && (view.getUint32(offset + ENTRY_BYTES + 4, true) & STATE_MASK) !== STATE_EMPTY) continue;
      view.setUint32(at, header + span, true);
      return offset;
    }
    header |= 1 << (PAGE_OVERFLOW_SHIFT + bucket);
    bucket = bucket + 1 === buckets ? 0 : bucket + 1;
  }
  return 0;
}

/** How many buckets have their overflow bit set. */
export function overflowCount(view: DataView, at: number): number {
  let bits = view.getUint32(at, true) >>> PAGE_OVERFLOW_SHIFT;
  let count = 0;
  for (; bits !== 0; bits &= bits - 1) count++;
  return count;
}

/**
 * Copies the entries of a page whose tag's bit `splitBit` (counted from the top of the 24, or -1 for all) is `side` into a fresh
 * page. Answers false if they did not fit (cold pairs may fragment buckets): the caller then takes a larger page.
 */
export function copyEntries(
  from: DataView,
  fromAt: number,
  fromBuckets: number,
  to: DataView,
  toAt: number,
  toBuckets: number,
  toDepth: number,
  splitBit: number,
  side: number,
): boolean {
  clearPage(to, toAt, toBuckets);
  const end = fromAt + fromBuckets * BUCKET_BYTES;
  for (let offset = fromAt + ENTRY_BYTES; offset < end; offset += ENTRY_BYTES) {
    const word1 = from.getUint32(offset + 4, true);
    if ((word1 & STATE_MASK) === STATE_EMPTY) continue;
    const tag = word1 >>> ENTRY_TAG_SHIFT;
    const span = entrySpan(word1);
    if (splitBit < 0 || ((tag >>> (23 - splitBit)) & 1) === side) {
      const placed = placeInPage(to, toAt, toBuckets, toDepth, tag, span);
      if (placed === 0) return false;
      for (let byte = 0; byte < span * ENTRY_BYTES; byte += 4) {
        to.setUint32(placed + byte, from.getUint32(offset + byte, true), true);
      }
    }
    offset += (span - 1) * ENTRY_BYTES;
  }
  return true;
}

/** Counts entries on each side of a split. */
export function countSide(view: DataView, at: number, buckets: number, splitBit: number, side: number): number {
  let count = 0;
  const end = at + buckets * BUCKET_BYTES;
  for (let offset = at + ENTRY_BYTES; offset < end; offset += ENTRY_BYTES) {
    const word1 = view.getUint32(offset + 4, true);
    if ((word1 & STATE_MASK) === STATE_EMPTY) continue;
    const span = entrySpan(word1);
    if ((((word1 >>> ENTRY_TAG_SHIFT) >>> (23 - splitBit)) & 1) === side) count += span;
    offset += (span - 1) * ENTRY_BYTES;
  }
  return count;
}
