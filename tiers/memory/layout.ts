/**
 * The shared control block and the page table: every offset once. Bytes, little endian.
 *
 * control block
 *   0     magic u32 | segments u32 | slot tables u32 | databases u32
 *   16    exclusive lock word | exclusive waiters | page heap lock | graveyard lock
 *   32    frontier page u32 | committed pages u32 | limit pages u32 | memory pressure u32
 *   48    hash seed: 3 x u32 (written once, before any key is hashed) | graveyard: first object u32
 *   64    free-run bins: BIN_COUNT x first page u32
 *   576   doomed collections: lock u32 | first block u32
 *   640   graveyard: objects that wait u32
 *   644   records of interest in keys, by kind: 3 x u32
 *   656   scripts that want a slot out of order: see engine/keyspace/slot-locks.ts
 *   704   write-through: first unsaved slot u32 (tiers/index/unsaved.ts) | commit words: 4 x i32 (tiers/mover/commit-words.ts)
 *   1024  size classes: CLASS x 16 bytes: lock | first partial slab page | slabs | partial slabs
 *   4096  threads: MAX_THREADS x 256 bytes, see below
 *
 * thread block (256 bytes: no two threads write the same cache line)
 *   0     active word (1 while the thread executes a batch)
 *   8     bytes in use by kind: 16 x f64, written by the thread only
 *   136   bytes in use of all kinds f64
 *   144   waits for a commit i32 (tiers/mover/commit-words.ts)
 *
 * page table entry (16 bytes per page): four words whose meaning depends on the first, see page-heap.ts.
 */
export const CONTROL_MAGIC = 0x53_4b_56_31;
export const AT_MAGIC = 0;
export const AT_SEGMENTS = 4;
export const AT_TABLES = 8;
export const AT_DATABASES = 12;
export const AT_EXCLUSIVE = 16;
export const AT_EXCLUSIVE_OWNER = 20;
export const AT_HEAP_LOCK = 24;
export const AT_FRONTIER = 32;
export const AT_COMMITTED_PAGES = 36;
export const AT_LIMIT_PAGES = 40;
export const AT_PRESSURE = 44;
export const AT_SEED = 48;
export const AT_GRAVE_LOCK = 28;
export const AT_GRAVES = 60;
export const AT_GRAVE_COUNT = 640;
export const AT_INTERESTS = 644;
export const AT_OUT_OF_ORDER = 656;
export const AT_BINS = 64;
export const BIN_COUNT = 128;
export const AT_DOOM_LOCK = 576;
export const AT_DOOMED = 580;
export const AT_UNSAVED = 704;
export const AT_COMMITS = 708;
export const AT_CLASSES = 1024;
export const CLASS_STRIDE = 16;
export const CLASS_LOCK = 0;
export const CLASS_PARTIAL = 4;
export const CLASS_SLABS = 8;
export const AT_THREADS = 4096;
export const THREAD_STRIDE = 256;
export const THREAD_ACTIVE = 0;
export const THREAD_USED = 8;
export const THREAD_TOTAL = 136;
export const THREAD_WAITS = 144;

/** What blocks are for; memory in use is counted per kind. Objects use their value type (1 ..) as kind. */
export const KIND_INDEX = 0;
export const KIND_TOMBSTONE = 14;
export const KIND_OTHER = 15;
export const KINDS = 16;

export const PAGE_ENTRY_BYTES = 16;
