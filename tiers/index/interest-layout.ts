/**
 * Interest in keys: who is to know when a key changes. Blocks of the arena that hang from a slot's header (SLOT_INTEREST), protected by the
 * slot's lock. Little endian.
 *
 * key node (32 bytes): a key that somebody is interested in, whether it exists or not; gone with its last record
 *   0   next node of the slot    4   position    8   check
 *   12  first record by kind: WATCH, TRACKED, BLOCKED
 *   24  last record of kind BLOCKED              28  spare
 *
 * record (32 bytes)
 *   0   next of the node and kind                4   previous
 *   8   key node
 *   12  kind u8 | changed u8 | owner's thread u8 | sort u8 (the kind's own, BLOCKED: the type of value waited for)
 *   16  id f64 (the kind's own, usually the client's)
 *   24  data: handle of a block, or 0 (the kind's own)
 *   28  spare
 */
export const NODE_BYTES = 32;
export const NODE_NEXT = 0;
export const NODE_POSITION = 4;
export const NODE_CHECK = 8;
export const NODE_FIRST = 12;
export const NODE_LAST_BLOCKED = 24;

export const RECORD_BYTES = 32;
export const RECORD_NEXT = 0;
export const RECORD_PREVIOUS = 4;
export const RECORD_NODE = 8;
export const RECORD_KIND = 12;
export const RECORD_CHANGED = 13;
export const RECORD_THREAD = 14;
export const RECORD_SORT = 15;
export const RECORD_ID = 16;
export const RECORD_DATA = 24;

/** A client watches the key: learns whether it changed since. */
export const INTEREST_WATCH = 0;
/** A client caches the key: told once, at the next change. */
export const INTEREST_TRACKED = 1;
/** A client waits for the key to hold something: told in the order of arrival. */
export const INTEREST_BLOCKED = 2;
export type InterestKind = typeof INTEREST_WATCH | typeof INTEREST_TRACKED | typeof INTEREST_BLOCKED;
export const INTEREST_KINDS: readonly InterestKind[] = [INTEREST_WATCH, INTEREST_TRACKED, INTEREST_BLOCKED];
