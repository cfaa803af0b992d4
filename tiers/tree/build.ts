import { copyBytes } from '../base/bytes.ts';
import type { Allocator } from '../memory/allocator.ts';
import { type Handle, NULL_HANDLE } from '../memory/handle.ts';
import {
  LEAF_ENTRIES,
  LEAF_FLAGS,
  LEAF_HEADER_BYTES,
  LEAF_USED,
  ROOT_BLOCK_BYTES,
  ROOT_ENTRIES,
  ROOT_NODE,
  rootOffset,
  TREE_META_BYTES,
  TREE_ROOTS,
  treeValueBytes,
} from './layout.ts';

/** Writes an empty FLAT value; it takes LEAF_HEADER_BYTES. */
export function initialiseFlat(view: DataView, valueAt: number): void {
  view.setUint16(valueAt + LEAF_ENTRIES, 0, true);
  view.setUint16(valueAt + LEAF_FLAGS, 0, true);
  view.setUint32(valueAt + LEAF_USED, 0, true);
}

/** Writes a TREE value with empty roots and zeroed meta; it takes `treeValueBytes(roots, metaBytes)`. */
export function initialiseTree(
  view: DataView,
  bytes: Uint8Array,
  valueAt: number,
  roots: number,
  metaBytes: number,
): void {
  bytes.fill(0, valueAt, valueAt + treeValueBytes(roots, metaBytes));
  view.setUint8(valueAt + TREE_ROOTS, roots);
  view.setUint16(valueAt + TREE_META_BYTES, metaBytes, true);
}

/** A block with a copy of the leaf at `at` (a FLAT value), or NULL_HANDLE without memory. */
export function copyLeaf(allocator: Allocator, view: DataView, bytes: Uint8Array, at: number, kind: number): Handle {
  const size = LEAF_HEADER_BYTES + view.getUint32(at + LEAF_USED, true);
  const handle = allocator.allocateBeyondLimit(size, kind);
  if (handle === NULL_HANDLE) return handle;
  const { arena } = allocator;
  copyBytes(arena.view(handle), arena.bytes(handle), arena.offset(handle), view, bytes, at, size);
  return handle;
}

/** Makes a leaf the only node of root `n` of a TREE value. */
export function plant(allocator: Allocator, view: DataView, valueAt: number, n: number, leaf: Handle): void {
  const { arena } = allocator;
  const rootAt = valueAt + rootOffset(n);
  view.setUint32(rootAt + ROOT_NODE, leaf, true);
  view.setUint32(rootAt + ROOT_ENTRIES, arena.view(leaf).getUint16(arena.offset(leaf) + LEAF_ENTRIES, true), true);
  view.setFloat64(rootAt + ROOT_BLOCK_BYTES, allocator.capacity(leaf), true);
}
