/**
 * Every size and count that the storage layers rest on, with its unit and reason. Relations between them are asserted at the
 * end, so that changing one shows at once what it breaks.
 */
import { assert } from './assert.ts';

/** Handles count granules of 16 bytes: 2^32 of them reach 64 GiB. */
export const GRANULE_SHIFT = 4;
export const GRANULE_BYTES = 1 << GRANULE_SHIFT;
/** A segment is one SharedArrayBuffer; 1 GiB keeps every byte offset in it a small integer. */
export const SEGMENT_SHIFT = 30;
export const SEGMENT_BYTES = 2 ** SEGMENT_SHIFT;
export const SEGMENT_GRANULES_SHIFT = SEGMENT_SHIFT - GRANULE_SHIFT;
export const MAX_SEGMENTS = 2 ** (32 - SEGMENT_GRANULES_SHIFT);
/** The page heap hands out pages: small enough that a 40 KiB value wastes little, large enough for cheap bookkeeping. */
export const PAGE_SHIFT = 12;
export const PAGE_BYTES = 1 << PAGE_SHIFT;
export const PAGES_PER_SEGMENT = SEGMENT_BYTES / PAGE_BYTES;
export const GRANULES_PER_PAGE_SHIFT = PAGE_SHIFT - GRANULE_SHIFT;
/** Blocks up to this size come from slabs, larger ones are page runs of their own. */
export const MAX_SLAB_BLOCK_BYTES = 32 * 1024;
/** Slabs of small classes, and of classes above 8 KiB (at least 8 blocks each, so that the tail wasted is <= 12.5 %). */
export const SMALL_SLAB_PAGES = 16;
export const LARGE_SLAB_PAGES = 64;
export const SMALL_SLAB_MAX_BLOCK_BYTES = 8 * 1024;
/** A block larger than a segment cannot exist; one page is kept so that handle 0 is never a block. */
export const MAX_BLOCK_BYTES = SEGMENT_BYTES - PAGE_BYTES;

/** Threads that may touch shared memory at once: 64 front-ends, the tier thread, and main. */
export const MAX_THREADS = 66;

/** Slots per table: Redis Cluster's number, so that the unit of locking is the unit of migration. */
export const SLOT_BITS = 14;
export const SLOTS = 1 << SLOT_BITS;
/** A slot's header is one cache line. */
export const SLOT_HEADER_BYTES = 64;
/** SELECT reaches at most this many databases: each costs 2 MiB of address space (its table and a spare), not of RAM. */
export const MAX_DATABASES = 500;

/** Index pages: buckets of one cache line with 8 entries of 8 bytes. */
export const ENTRY_BYTES = 8;
export const BUCKET_BYTES = 64;
export const BUCKET_ENTRIES = BUCKET_BYTES / ENTRY_BYTES;
export const MAX_PAGE_BUCKETS = 16;
/** Bits of a key's position that an entry keeps: page prefixes and bucket choice must fit in them. */
export const TAG_BITS = 24;
export const MAX_DIRECTORY_DEPTH = 18;

/** Longest key and value: Redis's proto-max-bulk-len default. */
export const MAX_KEY_BYTES = 512 * 1024 * 1024;
export const MAX_VALUE_BYTES = 512 * 1024 * 1024;

assert(MAX_SEGMENTS === 64, 'handles reach 64 segments');
assert(MAX_SLAB_BLOCK_BYTES * 8 <= LARGE_SLAB_PAGES * PAGE_BYTES, 'a slab holds at least 8 blocks');
assert(SMALL_SLAB_MAX_BLOCK_BYTES * 8 <= SMALL_SLAB_PAGES * PAGE_BYTES, 'a small slab holds at least 8 blocks');
assert(MAX_KEY_BYTES + 64 < MAX_BLOCK_BYTES, 'a longest key fits a block');
assert(MAX_DIRECTORY_DEPTH + Math.log2(MAX_PAGE_BUCKETS) <= TAG_BITS, 'a tag tells the bucket of the deepest page');
assert(MAX_DATABASES * 2 * SLOTS * SLOT_HEADER_BYTES < SEGMENT_BYTES, 'all slot tables fit one buffer');
