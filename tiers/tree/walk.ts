import { copyBytes } from '../base/bytes.ts';
import type { Allocator } from '../memory/allocator.ts';
import { asHandle, type Handle, NULL_HANDLE } from '../memory/handle.ts';
import { OBJECT_TYPE, objectType, objectValueAt } from '../memory/object.ts';
import {
  ENCODING_TREE,
  INNER_CHILDREN,
  INNER_HEADER_BYTES,
  INNER_STRIDE,
  LEAF_HEADER_BYTES,
  LEAF_USED,
  leafSlack,
  ROOT_BLOCK_BYTES,
  ROOT_HEIGHT,
  ROOT_NODE,
  rootOffset,
  SLOT_CHILD,
  TREE_GARBAGE,
  TREE_HAND,
  TREE_IDENTITY,
  TREE_NEXT_PIECE,
  TREE_ROOTS,
} from './layout.ts';

/** Whole trees, whatever they hold. What is on disk only is passed over. */

/** Whether an object's value is a TREE. */
export function isTreeObject(view: DataView, at: number): boolean {
  return ((view.getUint8(at + OBJECT_TYPE) >> 4) & ENCODING_TREE) !== 0;
}

/** Offsets of the roots of a TREE object. */
export function* rootsOf(view: DataView, at: number): Generator<number> {
  const valueAt = objectValueAt(view, at);
  const roots = view.getUint8(valueAt + TREE_ROOTS);
  for (let n = 0; n < roots; n++) yield valueAt + rootOffset(n);
}

/** Calls `visit` for every block of the tree whose root is at `rootAt`; children before their parents. */
export function visitBlocks(
  allocator: Allocator,
  view: DataView,
  rootAt: number,
  visit: (node: Handle, height: number) => void,
): void {
  const node = asHandle(view.getUint32(rootAt + ROOT_NODE, true));
  if (node !== NULL_HANDLE) visitNode(allocator, node, view.getUint8(rootAt + ROOT_HEIGHT), visit);
}

function visitNode(
  allocator: Allocator,
  node: Handle,
  height: number,
  visit: (node: Handle, height: number) => void,
): void {
  if (height > 0) {
    const view = allocator.arena.view(node);
    const at = allocator.arena.offset(node);
    const stride = view.getUint32(at + INNER_STRIDE, true);
    const children = view.getUint16(at + INNER_CHILDREN, true);
    for (let n = 0; n < children; n++) {
      const child = asHandle(view.getUint32(at + INNER_HEADER_BYTES + n * stride + SLOT_CHILD, true));
      if (child !== NULL_HANDLE) visitNode(allocator, child, height - 1, visit);
    }
  }
  visit(node, height);
}

/** The block that lists a TREE object's garbage, NULL_HANDLE when it has none. */
export function garbageOf(view: DataView, at: number): Handle {
  return asHandle(view.getUint32(objectValueAt(view, at) + TREE_GARBAGE, true));
}

function freeGarbage(allocator: Allocator, view: DataView, at: number): void {
  const garbage = garbageOf(view, at);
  if (garbage === NULL_HANDLE) return;
  allocator.free(garbage, objectType(view, at));
  view.setUint32(objectValueAt(view, at) + TREE_GARBAGE, 0, true);
}

/** Frees every block of a TREE object's trees (not the object). */
export function freeTrees(allocator: Allocator, view: DataView, at: number): void {
  const kind = objectType(view, at);
  freeGarbage(allocator, view, at);
  for (const rootAt of rootsOf(view, at)) {
    visitBlocks(allocator, view, rootAt, (node) => allocator.free(node, kind));
    view.setUint32(rootAt + ROOT_NODE, 0, true);
  }
}

/**
 * Frees up to about `budget` blocks of a TREE object's trees. True when none is left. What remains is still a tree, but for its counts.
 */
export function freeSome(allocator: Allocator, view: DataView, at: number, budget: number): boolean {
  const kind = objectType(view, at);
  let left = budget;
  freeGarbage(allocator, view, at);
  for (const rootAt of rootsOf(view, at)) {
    const node = asHandle(view.getUint32(rootAt + ROOT_NODE, true));
    if (node === NULL_HANDLE) continue;
    left = freeNode(allocator, node, view.getUint8(rootAt + ROOT_HEIGHT), kind, left);
    if (left <= 0) return false;
    view.setUint32(rootAt + ROOT_NODE, 0, true);
  }
  return true;
}

/** Frees a node from its last child on; answers what is left of the budget, 0 when the node is still there. */
function freeNode(allocator: Allocator, node: Handle, height: number, kind: number, budget: number): number {
  let left = budget;
  if (height > 0) {
    const view = allocator.arena.view(node);
    const at = allocator.arena.offset(node);
    const stride = view.getUint32(at + INNER_STRIDE, true);
    for (let n = view.getUint16(at + INNER_CHILDREN, true) - 1; n >= 0; n--) {
      const child = asHandle(view.getUint32(at + INNER_HEADER_BYTES + n * stride + SLOT_CHILD, true));
      if (child !== NULL_HANDLE) {
        if (left <= 0) return 0;
        left = freeNode(allocator, child, height - 1, kind, left);
        if (left <= 0) return 0;
      }
      view.setUint16(at + INNER_CHILDREN, n, true);
    }
  }
  if (left <= 1) return 0;
  allocator.free(node, kind);
  return left - 1;
}

/**
 * Copies every block of the trees of a TREE object to the copy of its value at `toAt` (same bytes, other object), which then shares nothing.
 * False when there is no memory: the copy has no nodes then. All nodes must be in RAM.
 */
export function copyTrees(allocator: Allocator, toView: DataView, toAt: number): boolean {
  const kind = objectType(toView, toAt);
  const valueAt = objectValueAt(toView, toAt);
  // What the source has on disk is the source's.
  for (const field of [TREE_NEXT_PIECE, TREE_IDENTITY, TREE_IDENTITY + 4, TREE_GARBAGE, TREE_HAND]) {
    toView.setUint32(valueAt + field, 0, true);
  }
  const roots = [...rootsOf(toView, toAt)];
  const sources = roots.map((rootAt) => asHandle(toView.getUint32(rootAt + ROOT_NODE, true)));
  for (const rootAt of roots) {
    toView.setUint32(rootAt + ROOT_NODE, 0, true);
    toView.setFloat64(rootAt + ROOT_BLOCK_BYTES, 0, true);
  }
  for (const [n, rootAt] of roots.entries()) {
    const source = sources[n] ?? NULL_HANDLE;
    if (source === NULL_HANDLE) continue;
    const bytes = { copied: 0 };
    const copy = copyNode(allocator, source, toView.getUint8(rootAt + ROOT_HEIGHT), kind, bytes);
    if (copy === NULL_HANDLE) {
      freeTrees(allocator, toView, toAt);
      return false;
    }
    toView.setUint32(rootAt + ROOT_NODE, copy, true);
    toView.setFloat64(rootAt + ROOT_BLOCK_BYTES, bytes.copied, true);
  }
  return true;
}

function copyNode(allocator: Allocator, node: Handle, height: number, kind: number, bytes: { copied: number }): Handle {
  const { arena } = allocator;
  const view = arena.view(node);
  const at = arena.offset(node);
  const stride = height > 0 ? view.getUint32(at + INNER_STRIDE, true) : 0;
  const children = height > 0 ? view.getUint16(at + INNER_CHILDREN, true) : 0;
  const used =
    height > 0
      ? INNER_HEADER_BYTES + children * stride
      : LEAF_HEADER_BYTES + leafSlack(view, at) + view.getUint32(at + LEAF_USED, true);
  const copy = allocator.allocateBeyondLimit(used, kind);
  if (copy === NULL_HANDLE) return NULL_HANDLE;
  const to = arena.view(copy);
  const toAt = arena.offset(copy);
  copyBytes(to, arena.bytes(copy), toAt, view, arena.bytes(node), at, used);
  for (let n = 0; n < children; n++) {
    const slot = INNER_HEADER_BYTES + n * stride + SLOT_CHILD;
    const child = copyNode(allocator, asHandle(view.getUint32(at + slot, true)), height - 1, kind, bytes);
    if (child === NULL_HANDLE) {
      // What was copied of it so far goes again.
      to.setUint16(toAt + INNER_CHILDREN, n, true);
      visitNode(allocator, copy, height, (done) => allocator.free(done, kind));
      return NULL_HANDLE;
    }
    to.setUint32(toAt + slot, child, true);
    to.setUint32(toAt + slot + 4, 0, true);
  }
  bytes.copied += allocator.capacity(copy);
  return copy;
}
