import { assert } from '../base/assert.ts';

/**
 * Collections in shared memory. A small one is FLAT: its object's value is one leaf (header and pack). A large one is a TREE: the
 * object's value holds roots, and their nodes are blocks of their own. Which one it is says bit 3 of the object's encoding nibble.
 *
 * value of a FLAT object = a leaf:
 *   0   entries u16 | flags u16: bit 0 LEAF_RECENT: used since the mover last looked; above it the slack
 *   4   used u32: bytes of the pack
 *   8   slack: bytes that are free in front of the pack, for entries to come (trees by position and in RAM only)
 *       pack (pack.ts)
 *
 * value of a TREE object:
 *   0   number of roots u8 | flags u8 | bytes of meta u16 | next piece number u32
 *   8   identity u64: names its pieces on disk, never used twice in a data directory (0: it has none yet)
 *   16  garbage u32: handle of the list of pieces that are on disk and out of date | clock hand u32: where the mover goes on
 *   24  renames u32: of two records with one identity the one with more is the later | spare u32
 *   32  roots, ROOT_BYTES each
 *       meta: what the type keeps besides (a stream's last id)
 *
 * root:
 *   0   node u32: handle, 0 when the tree is empty | spare u32
 *   8   entries u32 | height u8 (0: the node is a leaf) | 3 spare
 *   16  block bytes f64: what its nodes take in RAM
 *
 * inner node:
 *   0   children u16 | level u16 (1: above leaves) | bytes of a slot u32
 *   8   slots: child u32 | piece u32 | entries u32 | separator (0, 4 or 24 bytes): not greater than any key of the child, greater than
 *       all before it; that of the first slot counts as less than everything
 *
 * list of garbage: count u32, then piece numbers u32
 *
 * A collection on disk is a record for the key, with the object's value and the nodes of its roots, and a record (a piece) for every other node.
 * A node that differs from its piece has piece 0, and so have all above it; a slot whose child is 0 has its node on disk only. A piece number
 * is never used twice for an identity, so a piece never changes: its number is dropped when the node does. Everything is protected by the lock of the slot that the object's key
 * hashes to.
 */
export const ENCODING_TREE = 8;

/** For tests: `STRATAKV_TINY_NODES=1` makes trees of many levels out of small collections. */
const tinyNodes = process.env.STRATAKV_TINY_NODES === '1';

export const LEAF_ENTRIES = 0;
export const LEAF_FLAGS = 2;
export const LEAF_RECENT = 1;
const LEAF_SLACK_SHIFT = 1;
export const LEAF_MAX_SLACK = 0xffff >>> LEAF_SLACK_SHIFT;
/** So many entries fit a leaf's counter; leaves are split long before, or hold keys with one and the same hash. */
export const LEAF_MAX_ENTRIES = 0xffff;
export const LEAF_USED = 4;
export const LEAF_HEADER_BYTES = 8;

/** Bytes between a leaf's header and its pack. */
export function leafSlack(view: DataView, at: number): number {
  return view.getUint16(at + LEAF_FLAGS, true) >>> LEAF_SLACK_SHIFT;
}

/** Flags of a leaf that is being used. */
export function recentFlags(slack: number): number {
  return LEAF_RECENT | (slack << LEAF_SLACK_SHIFT);
}

export const TREE_ROOTS = 0;
export const TREE_FLAGS = 1;
/** Flag: members may expire (engine/types/collection/member-expiry.ts). */
export const TREE_EXPIRES = 1;
export const TREE_META_BYTES = 2;
export const TREE_NEXT_PIECE = 4;
export const TREE_IDENTITY = 8;
export const TREE_GARBAGE = 16;
export const TREE_HAND = 20;
export const TREE_RENAMES = 24;
export const TREE_HEADER_BYTES = 32;

export const GARBAGE_COUNT = 0;
export const GARBAGE_HEADER_BYTES = 4;

export const ROOT_NODE = 0;
export const ROOT_ENTRIES = 8;
export const ROOT_HEIGHT = 12;
export const ROOT_BLOCK_BYTES = 16;
export const ROOT_BYTES = 24;

export const INNER_CHILDREN = 0;
export const INNER_LEVEL = 2;
/** Those who walk whole trees know no shapes: each node says how far its slots are apart. */
export const INNER_STRIDE = 4;
export const INNER_HEADER_BYTES = 8;
export const SLOT_CHILD = 0;
export const SLOT_PIECE = 4;
export const SLOT_COUNT = 8;
export const SLOT_KEY = 12;

/** An inner node is split when it would pass this: large enough that a million entries by hash need one level between root and leaves. */
export const INNER_MAX_BYTES = tinyNodes ? 256 : 8192;
/** Three levels of at least 50 children and leaves of at least two entries pass 2^32 entries long before this. */
export const MAX_HEIGHT = 12;
/** A FLAT collection becomes a TREE when its pack would pass this. */
export const FLAT_MAX_BYTES = tinyNodes ? 64 : 2048;
/**
 * The same for what Redis would keep in a listpack too, however large, and in the order in which entries came: all operations are linear there
 * as well, and what is larger than this is not worth copying as a whole.
 */
export const PACKED_MAX_BYTES = tinyNodes ? 64 : 128 * 1024;
/** Most bytes of a leaf's pack, whatever a shape asks for. */
export const LEAF_MAX_BYTES = tinyNodes ? 96 : 2 ** 30;

/** By the hash of the key: entries within a leaf stand as they came. */
export const ORDER_HASH = 0;
/** By the bytes of the key. */
export const ORDER_BYTES = 1;
/** By position: entries have no key, only content. */
export const ORDER_POSITION = 2;

export interface TreeShape {
  readonly order: typeof ORDER_HASH | typeof ORDER_BYTES | typeof ORDER_POSITION;
  /** Whether entries have a value beside the key. */
  readonly valued: boolean;
  /** Keys have all the same length, at most SEPARATOR_BYTES: separators then tell everything (ORDER_BYTES only). */
  readonly fixedKeys: boolean;
  /** A leaf is split when its pack would pass this. */
  readonly leafBytes: number;
  /** Most bytes of a FLAT collection with encoding number 0, if not FLAT_MAX_BYTES. */
  readonly packedBytes?: number;
  /** All entries take so many bytes in a pack, keys shorter than 254 (ORDER_BYTES only): leaves are searched by halves. */
  readonly entryBytes?: number;
}

/** Bytes of a separator in a tree ordered by bytes: the beginning of the key, padded with zeros. */
export const SEPARATOR_BYTES = 24;

export function separatorBytes(order: TreeShape['order']): number {
  return order === ORDER_HASH ? 4 : order === ORDER_BYTES ? SEPARATOR_BYTES : 0;
}

/** Bytes of a slot of an inner node. */
export function slotStride(order: TreeShape['order']): number {
  return SLOT_KEY + separatorBytes(order);
}

/** Most children of an inner node. */
export function maxChildren(order: TreeShape['order']): number {
  return Math.floor((INNER_MAX_BYTES - INNER_HEADER_BYTES) / slotStride(order));
}

/** Bytes of a TREE object's value. */
export function treeValueBytes(roots: number, metaBytes: number): number {
  return TREE_HEADER_BYTES + roots * ROOT_BYTES + metaBytes;
}

/** Offset of root `n` in a TREE object's value. */
export function rootOffset(n: number): number {
  return TREE_HEADER_BYTES + n * ROOT_BYTES;
}

assert(tinyNodes || maxChildren(ORDER_BYTES) >= 50, 'inner nodes fan out');
