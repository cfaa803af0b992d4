import { ID_BYTES } from './stream-id.ts';

/**
 * A node: as many entries in a row as Redis would put into one listpack (listpack-size.ts). Lengths and counts are written as in packs
 * (tiers/tree/pack.ts).
 *
 *   0   entries u32: those that are not deleted
 *   4   deleted u32: those that are, and are still here
 *   8   listpack bytes u32: what Redis would have, without the two elements for these counts
 *   12  id of the last entry, deleted or not
 *   28  number of fields, then each one's length and bytes: what entries with SAME_FIELDS share
 *       entries
 *
 * entry:
 *   0   DELETED | SAME_FIELDS << 1 | ms code << 2 | sequence code << 5
 *       milliseconds  code 0: those of the id before, else added to them: 1: u8, 2: u16, 3: u32, 5: one; 4: as u64 BE, not added
 *       sequence      after code 0 for ms: code 0: the one before plus 1, else added to it: 1: u8, 2: u32; 3: as u64 BE, not added
 *                     otherwise:           code 0: 0, 1: u8, 2: u32, 3: u64 BE
 *       without SAME_FIELDS: number of fields
 *       of each field: without SAME_FIELDS: length and bytes of its name; length and bytes of its value
 *
 * The id before that of the first entry is the node's key, which is the first entry's too.
 */
export const NODE_ENTRIES = 0;
export const NODE_DELETED = 4;
export const NODE_LISTPACK_BYTES = 8;
export const NODE_LAST_ID = 12;
export const NODE_FIELDS = NODE_LAST_ID + ID_BYTES;

export const ENTRY_DELETED = 1;
export const ENTRY_SAME_FIELDS = 2;
export const MS_SHIFT = 2;
export const MS_MASK = 7;
export const SEQUENCE_SHIFT = 5;
export const SEQUENCE_MASK = 3;

export const MS_SAME = 0;
export const MS_U8 = 1;
export const MS_U16 = 2;
export const MS_U32 = 3;
export const MS_U64 = 4;
/** Streams of some thousand entries a second have many of these. Data directories of before have none. */
export const MS_NEXT = 5;
export const SEQUENCE_IMPLIED = 0;
export const SEQUENCE_U8 = 1;
export const SEQUENCE_U32 = 2;
export const SEQUENCE_U64 = 3;

/** Bytes behind the flags by code. */
export const MS_BYTES: readonly number[] = [0, 1, 2, 4, 8, 0];
export const SEQUENCE_BYTES: readonly number[] = [0, 1, 4, 8];
