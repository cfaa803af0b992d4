import { MAX_SLAB_BLOCK_BYTES, PAGE_BYTES } from '../../../tiers/base/limits.ts';
import { KEY_HEADER_BYTES, valueHeaderBytes } from '../../../tiers/cold/record.ts';
import { headBytes, objectFlags } from '../../../tiers/memory/object.ts';
import { classBytes, classOf } from '../../../tiers/memory/size-classes.ts';
import { memoryMarks } from '../../../tiers/mover/pressure.ts';
import { STORAGE_HIGH, STORAGE_LOW } from '../../../tiers/mover/storage-marks.ts';

/**
 * What keys cost the server, by the server's own constants. This is the one place where the planner turns bytes of keys and values into bytes of
 * RAM and NVMe; who checks predictions against a running server compares `used` with these.
 */

/** Bytes of the block that a string takes in RAM: header, expiry, name and value, rounded up as the allocator does. The index comes on top. */
export function objectRamBytes(keyBytes: number, valueBytes: number, expires: boolean): number {
  const bytes = headBytes(objectFlags(keyBytes, valueBytes, expires, 0)) + keyBytes + valueBytes;
  if (bytes <= MAX_SLAB_BLOCK_BYTES) return classBytes(classOf(bytes));
  return Math.ceil(bytes / PAGE_BYTES) * PAGE_BYTES;
}

/** Bytes of a string's record as the mover writes it. */
export function recordBytes(keyBytes: number, valueBytes: number, expires: boolean): number {
  return KEY_HEADER_BYTES + keyBytes + valueHeaderBytes(expires) + valueBytes;
}

/** Of `maxmemory`: what objects and index fill when there are more than fit. Eviction swings between two marks; this is half way. */
export function ramRoomBytes(maxmemory: number): number {
  const { highWaterBytes, lowWaterBytes } = memoryMarks(maxmemory);
  return Math.max(0, (highWaterBytes + lowWaterBytes) / 2);
}

/** Of `maxstorage`: what records fill when there are more than fit, half way between the marks of eviction from the cold tier. */
export function diskRoomBytes(maxstorage: number): number {
  return maxstorage * ((STORAGE_HIGH + STORAGE_LOW) / 2);
}
