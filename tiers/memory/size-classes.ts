import { assert } from '../base/assert.ts';
import {
  GRANULE_BYTES,
  LARGE_SLAB_PAGES,
  MAX_SLAB_BLOCK_BYTES,
  PAGE_BYTES,
  SMALL_SLAB_MAX_BLOCK_BYTES,
  SMALL_SLAB_PAGES,
} from '../base/limits.ts';

/**
 * Block sizes of slabs: every 16 bytes up to 128, then eight steps per doubling, so neighbours are at most 12.5 % apart and
 * every size is a multiple of the granule.
 */
export const CLASS_SIZES: readonly number[] = (() => {
  const sizes: number[] = [];
  for (let size = GRANULE_BYTES; size <= 128; size += GRANULE_BYTES) sizes.push(size);
  for (let base = 128; base < MAX_SLAB_BLOCK_BYTES; base *= 2) {
    for (let step = 1; step <= 8; step++) sizes.push(base + (base / 8) * step);
  }
  return sizes;
})();

export const CLASS_COUNT = CLASS_SIZES.length;

/** Class of a block of `bytes` (1 .. MAX_SLAB_BLOCK_BYTES): the smallest that holds it. */
export function classOf(bytes: number): number {
  if (bytes <= 128) return (bytes - 1) >> 4;
  const log = 31 - Math.clz32(bytes - 1);
  // bytes - 1 lies in [2^log, 2^(log+1)); its next three bits say which of the eight steps.
  return 8 + (log - 7) * 8 + (((bytes - 1) >>> (log - 3)) & 7);
}

export function classBytes(sizeClass: number): number {
  return CLASS_SIZES[sizeClass] ?? 0;
}

/** Pages of a slab of the class. */
export function slabPages(sizeClass: number): number {
  return classBytes(sizeClass) <= SMALL_SLAB_MAX_BLOCK_BYTES ? SMALL_SLAB_PAGES : LARGE_SLAB_PAGES;
}

/** Blocks of a slab of the class. */
export function slabCapacity(sizeClass: number): number {
  return Math.floor((slabPages(sizeClass) * PAGE_BYTES) / classBytes(sizeClass));
}

/** How many blocks move between a thread's cache and the shared lists at a time: about 8 KiB, at most 64 blocks. */
export function batchBlocks(sizeClass: number): number {
  return Math.max(2, Math.min(64, Math.floor(8192 / classBytes(sizeClass))));
}

for (let bytes = 1; bytes <= MAX_SLAB_BLOCK_BYTES; bytes += 7) {
  const sizeClass = classOf(bytes);
  assert(
    classBytes(sizeClass) >= bytes && (sizeClass === 0 || classBytes(sizeClass - 1) < bytes),
    `class of ${bytes} bytes`,
  );
}
