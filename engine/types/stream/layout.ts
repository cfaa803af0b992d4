import { ORDER_BYTES, type TreeShape } from '../../../tiers/tree/layout.ts';
import { ID_BYTES } from './stream-id.ts';

/**
 * A stream is always a TREE with six roots. Numbers in keys are big endian, so that bytes sort as they do; ids are stored as 16 bytes
 * (stream-id.ts). Groups have numbers that are never used twice in a stream, consumers have numbers that are never used twice.
 *
 *   root            key                                     value
 *   0 nodes         id of the node's first entry            entries (node-layout.ts)
 *   1 groups        name                                    GROUP_*
 *   2 pending       group u32 | id                          PENDING_*
 *   3 consumers     group u32 | name                        consumer u32
 *   4 owned         group u32 | consumer u32 | id           nothing: what is pending, by consumer
 *   5 particulars   group u32 | consumer u32                CONSUMER_*, name
 *
 * meta:
 *   0   length f64: entries that are not deleted
 *   8   entries added u64: low word, high word
 *   16  last id | 32 id of the first entry (0-0: none) | 48 greatest id that XDEL deleted (0-0: none)
 *   64  next group number u32 | next consumer number u32
 */
export const ROOT_NODES = 0;
export const ROOT_GROUPS = 1;
export const ROOT_PENDING = 2;
export const ROOT_CONSUMERS = 3;
export const ROOT_OWNED = 4;
export const ROOT_PARTICULARS = 5;
export const STREAM_ROOTS = 6;

export const META_LENGTH = 0;
export const META_ADDED_LOW = 8;
export const META_ADDED_HIGH = 12;
export const META_LAST_ID = 16;
export const META_FIRST_ID = META_LAST_ID + ID_BYTES;
export const META_MAX_DELETED_ID = META_FIRST_ID + ID_BYTES;
export const META_NEXT_GROUP = META_MAX_DELETED_ID + ID_BYTES;
export const META_NEXT_CONSUMER = META_NEXT_GROUP + 4;
export const META_BYTES = META_NEXT_CONSUMER + 4;

/** group: number u32 | id that was delivered last | entries read i64, -1: unknown */
export const GROUP_NUMBER = 0;
export const GROUP_LAST_ID = 4;
export const GROUP_ENTRIES_READ = GROUP_LAST_ID + ID_BYTES;
export const GROUP_BYTES = GROUP_ENTRIES_READ + 8;

/** pending entry: consumer u32 | delivered at, ms since 1970, f64 | deliveries i64 */
export const PENDING_CONSUMER = 0;
export const PENDING_TIME = 4;
export const PENDING_DELIVERIES = 12;
export const PENDING_BYTES = 20;

/** consumer: seen at f64 | active at f64, -1: never | name */
export const CONSUMER_SEEN = 0;
export const CONSUMER_ACTIVE = 8;
export const CONSUMER_NAME = 16;

export const PENDING_KEY_BYTES = 4 + ID_BYTES;
export const OWNED_KEY_BYTES = 8 + ID_BYTES;

/** Leaves hold some five nodes of the usual size, so that little of their block is wasted; larger ones have a leaf for themselves. */
export const nodesShape: TreeShape = { order: ORDER_BYTES, valued: true, fixedKeys: true, leafBytes: 16376 };
export const namesShape: TreeShape = { order: ORDER_BYTES, valued: true, fixedKeys: false, leafBytes: 1016 };
export const pendingShape: TreeShape = {
  order: ORDER_BYTES,
  valued: true,
  fixedKeys: true,
  leafBytes: 1016,
  entryBytes: 2 + PENDING_KEY_BYTES + PENDING_BYTES,
};
export const ownedShape: TreeShape = {
  order: ORDER_BYTES,
  valued: false,
  fixedKeys: true,
  leafBytes: 1016,
  entryBytes: 1 + OWNED_KEY_BYTES,
};
export const particularsShape: TreeShape = { order: ORDER_BYTES, valued: true, fixedKeys: true, leafBytes: 1016 };
