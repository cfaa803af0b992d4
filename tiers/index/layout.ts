/**
 * Slot headers, directories, pages and entries: every offset and bit once. Little endian.
 *
 * slot header (64 bytes, one cache line; protected by its lock word)
 *   0  lock        4  depth        8  root handle   12 root info
 *   16 keys        20 cold keys    24 expiring keys 28 dirty entries
 *   32 cold generation             36 earliest expiry (s since 1970, u32; 0xffffffff: none known)
 *   40 entries in use, all states  44 interest in keys (interest-layout.ts): first key node, 0: none
 *   48 next unsaved slot (unsaved.ts), 0: not in the list
 *   52 1: not indexed yet: records on disk may have no entry (mover/index-loader.ts); what has an entry is as the entry says
 *   56 keys that are believed to have none, of a slot not indexed yet       60 of those, expiring ones
 *
 * depth 0: root is the slot's only page (0: none). depth d > 0: root is a directory of 2^d descriptors of 8 bytes:
 *   0  page handle   4  page info
 * page info: buckets (bits 0-4) | local depth (bits 8-12). Descriptors of one page are equal and adjacent.
 *
 * page: `buckets` x 64 bytes; the first 8 bytes are its header, every other 8 bytes an entry.
 *   0  entries in use (8 bits) | spare (8) | overflow bits (16): bit b says that an entry was once pushed past bucket b
 *   4  spare
 *
 * entry (8 bytes): a live key, or the expiry of the cold key just before it
 *   0  HOT, DEMOTING, TOMBSTONE: object handle | COLD: check >>> 4 << 4 | type | EXPIRY: low 32 bits of ms
 *   4  tag (24 bits: position >>> 8) | frequency (2; COLD: heat, policy/cold-heat.ts) | on disk (1) | expires (1) | dirty (1) | state (3)
 *      EXPIRY: high 16 bits of ms << 8 | state
 */
export const SLOT_LOCK = 0;
export const SLOT_DEPTH = 4;
export const SLOT_ROOT = 8;
export const SLOT_ROOT_INFO = 12;
export const SLOT_KEYS = 16;
export const SLOT_COLD = 20;
export const SLOT_EXPIRES = 24;
export const SLOT_DIRTY = 28;
export const SLOT_COLD_GENERATION = 32;
export const SLOT_EARLIEST_EXPIRY = 36;
export const SLOT_ENTRIES = 40;
export const SLOT_INTEREST = 44;
export const SLOT_NEXT_UNSAVED = 48;
export const SLOT_UNINDEXED = 52;
export const SLOT_UNSEEN = 56;
export const SLOT_UNSEEN_EXPIRES = 60;

export const DESCRIPTOR_BYTES = 8;
export const INFO_BUCKETS_MASK = 0x1f;
export const INFO_DEPTH_SHIFT = 8;

export const PAGE_HEADER = 0;
export const PAGE_USED_MASK = 0xff;
export const PAGE_OVERFLOW_SHIFT = 16;

/** Entry states. Odd states carry an object handle. */
export const STATE_MASK = 7;
export const STATE_EMPTY = 0;
export const STATE_HOT = 1;
export const STATE_COLD = 2;
export const STATE_DEMOTING = 3;
export const STATE_EXPIRY = 4;
export const STATE_TOMBSTONE = 5;
export const ENTRY_DIRTY = 1 << 3;
export const ENTRY_EXPIRES = 1 << 4;
export const ENTRY_ON_DISK = 1 << 5;
export const ENTRY_FREQUENCY_SHIFT = 6;
export const ENTRY_FREQUENCY_ONE = 1 << ENTRY_FREQUENCY_SHIFT;
export const ENTRY_FREQUENCY_MASK = 3 << ENTRY_FREQUENCY_SHIFT;
export const ENTRY_TAG_SHIFT = 8;
export const ENTRY_TAG_MASK = 0xffffff00;
export const COLD_CHECK_MASK = 0xfffffff0;
export const COLD_TYPE_MASK = 0xf;
/** Of the four bits, three are the value's type, and one says that it is a TREE, which has pieces on disk. */
export const COLD_VALUE_TYPE_MASK = 7;
export const COLD_TREE = 8;
