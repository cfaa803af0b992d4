import { copyBytes } from '../base/bytes.ts';
import type { Allocator } from '../memory/allocator.ts';
import { asHandle, type Handle, NULL_HANDLE } from '../memory/handle.ts';
import {
  INNER_CHILDREN,
  INNER_HEADER_BYTES,
  INNER_STRIDE,
  LEAF_FLAGS,
  LEAF_HEADER_BYTES,
  LEAF_RECENT,
  LEAF_USED,
  leafSlack,
  MAX_HEIGHT,
  ROOT_BLOCK_BYTES,
  ROOT_BYTES,
  ROOT_HEIGHT,
  ROOT_NODE,
  rootOffset,
  SEPARATOR_BYTES,
  SLOT_CHILD,
  SLOT_KEY,
  SLOT_PIECE,
  TREE_GARBAGE,
  TREE_HAND,
  TREE_HEADER_BYTES,
  TREE_META_BYTES,
  TREE_NEXT_PIECE,
  TREE_ROOTS,
  treeValueBytes,
} from './layout.ts';

/**
 * Nodes on their way to and from the disk. The payload of a piece is the node as it is in RAM, with children and flags zeroed and without slack. The payload of
 * a key's record is its object's value (roots without nodes) and behind it, for each root that has a node, its length as u32 and the node.
 */

/** Bytes of a node's content. `height` 0: a leaf. */
export function nodeBytes(view: DataView, at: number, height: number): number {
  if (height === 0) return LEAF_HEADER_BYTES + view.getUint32(at + LEAF_USED, true);
  return INNER_HEADER_BYTES + view.getUint16(at + INNER_CHILDREN, true) * view.getUint32(at + INNER_STRIDE, true);
}

/** Copies a node of `length` bytes as a piece's payload. */
export function exportNode(
  to: DataView,
  toBytes: Uint8Array,
  toAt: number,
  view: DataView,
  bytes: Uint8Array,
  at: number,
  length: number,
  height: number,
): void {
  if (height === 0) {
    const packFrom = at + LEAF_HEADER_BYTES + leafSlack(view, at);
    copyBytes(to, toBytes, toAt, view, bytes, at, LEAF_HEADER_BYTES);
    copyBytes(to, toBytes, toAt + LEAF_HEADER_BYTES, view, bytes, packFrom, length - LEAF_HEADER_BYTES);
    to.setUint16(toAt + LEAF_FLAGS, 0, true);
    return;
  }
  copyBytes(to, toBytes, toAt, view, bytes, at, length);
  const stride = view.getUint32(at + INNER_STRIDE, true);
  for (let slot = toAt + INNER_HEADER_BYTES; slot < toAt + length; slot += stride) {
    to.setUint32(slot + SLOT_CHILD, 0, true);
  }
}

/** What is wrong with a payload that claims to be a node, undefined when nothing is. Its entries are covered by the record's checksum. */
export function nodeProblem(view: DataView, at: number, length: number, height: number): string | undefined {
  if (height === 0) {
    if (length < LEAF_HEADER_BYTES || length !== LEAF_HEADER_BYTES + view.getUint32(at + LEAF_USED, true))
      return `leaf of ${length} bytes`;
    return undefined;
  }
  if (length < INNER_HEADER_BYTES) return `inner node of ${length} bytes`;
  const stride = view.getUint32(at + INNER_STRIDE, true);
  const known = stride === SLOT_KEY || stride === SLOT_KEY + 4 || stride === SLOT_KEY + SEPARATOR_BYTES;
  const children = view.getUint16(at + INNER_CHILDREN, true);
  if (!known || children === 0 || length !== INNER_HEADER_BYTES + children * stride)
    return `inner node of ${length} bytes, ${children} children`;
  return undefined;
}

/** A block with a node's content, or NULL_HANDLE without memory. `rootAt` of `rootView`: the root that counts its bytes. */
export function importNode(
  allocator: Allocator,
  kind: number,
  rootView: DataView,
  rootAt: number,
  from: DataView,
  fromBytes: Uint8Array,
  at: number,
  length: number,
  height: number,
): Handle {
  const handle = allocator.allocateBeyondLimit(length, kind);
  if (handle === NULL_HANDLE) return handle;
  const { arena } = allocator;
  copyBytes(arena.view(handle), arena.bytes(handle), arena.offset(handle), from, fromBytes, at, length);
  if (height === 0) arena.view(handle).setUint16(arena.offset(handle) + LEAF_FLAGS, LEAF_RECENT, true);
  const counted = rootView.getFloat64(rootAt + ROOT_BLOCK_BYTES, true);
  rootView.setFloat64(rootAt + ROOT_BLOCK_BYTES, counted + allocator.capacity(handle), true);
  return handle;
}

/** Bytes of a TREE object's record payload. */
export function recordPayloadBytes(allocator: Allocator, view: DataView, valueAt: number, valueLength: number): number {
  let bytes = valueLength;
  forEachRoot(view, valueAt, (rootAt) => {
    const node = asHandle(view.getUint32(rootAt + ROOT_NODE, true));
    if (node === NULL_HANDLE) return;
    const { arena } = allocator;
    bytes += 4 + nodeBytes(arena.view(node), arena.offset(node), view.getUint8(rootAt + ROOT_HEIGHT));
  });
  return bytes;
}

/** Writes it. */
export function exportRecord(
  allocator: Allocator,
  to: DataView,
  toBytes: Uint8Array,
  toAt: number,
  view: DataView,
  bytes: Uint8Array,
  valueAt: number,
  valueLength: number,
): void {
  copyBytes(to, toBytes, toAt, view, bytes, valueAt, valueLength);
  to.setUint32(toAt + TREE_GARBAGE, 0, true);
  to.setUint32(toAt + TREE_HAND, 0, true);
  let end = toAt + valueLength;
  forEachRoot(view, valueAt, (rootAt) => {
    const node = asHandle(view.getUint32(rootAt + ROOT_NODE, true));
    const copyAt = toAt + rootAt - valueAt;
    to.setUint32(copyAt + ROOT_NODE, node === NULL_HANDLE ? 0 : 1, true);
    to.setFloat64(copyAt + ROOT_BLOCK_BYTES, 0, true);
    if (node === NULL_HANDLE) return;
    const { arena } = allocator;
    const height = view.getUint8(rootAt + ROOT_HEIGHT);
    const length = nodeBytes(arena.view(node), arena.offset(node), height);
    to.setUint32(end, length, true);
    exportNode(to, toBytes, end + 4, arena.view(node), arena.bytes(node), arena.offset(node), length, height);
    end += 4 + length;
  });
}

/** Length of the value in a TREE record's payload, or what is wrong with it. */
export function recordValueBytes(view: DataView, at: number, end: number): number | string {
  if (end - at < TREE_HEADER_BYTES) return `collection of ${end - at} bytes`;
  const roots = view.getUint8(at + TREE_ROOTS);
  const valueLength = treeValueBytes(roots, view.getUint16(at + TREE_META_BYTES, true));
  let offset = at + valueLength;
  if (offset > end) return `collection of ${end - at} bytes with ${roots} roots`;
  for (let n = 0; n < roots; n++) {
    const rootAt = at + rootOffset(n);
    const height = view.getUint8(rootAt + ROOT_HEIGHT);
    if (view.getUint32(rootAt + ROOT_NODE, true) === 0) continue;
    if (height >= MAX_HEIGHT || offset + 4 > end) return `root ${n} cut off`;
    const length = view.getUint32(offset, true);
    if (length > end - offset - 4) return `root ${n} of ${length} bytes`;
    const problem = nodeProblem(view, offset + 4, length, height);
    if (problem !== undefined) return problem;
    offset += 4 + length;
  }
  return offset === end ? valueLength : `${end - offset} bytes left over`;
}

/**
 * Gives the object whose value (without nodes) was copied from a record its roots' nodes. False without memory: it has none then. The record
 * was checked by `recordValueBytes`.
 */
export function importRoots(
  allocator: Allocator,
  kind: number,
  view: DataView,
  valueAt: number,
  from: DataView,
  fromBytes: Uint8Array,
  nodesAt: number,
): boolean {
  let offset = nodesAt;
  let complete = true;
  const made: Handle[] = [];
  forEachRoot(view, valueAt, (rootAt) => {
    if (view.getUint32(rootAt + ROOT_NODE, true) === 0) return;
    view.setUint32(rootAt + ROOT_NODE, 0, true);
    if (!complete) return;
    const length = from.getUint32(offset, true);
    const height = view.getUint8(rootAt + ROOT_HEIGHT);
    const node = importNode(allocator, kind, view, rootAt, from, fromBytes, offset + 4, length, height);
    offset += 4 + length;
    complete = node !== NULL_HANDLE;
    if (complete) made.push(node);
    view.setUint32(rootAt + ROOT_NODE, node, true);
  });
  if (complete) return true;
  for (const node of made) allocator.free(node, kind);
  forEachRoot(view, valueAt, (rootAt) => view.setUint32(rootAt + ROOT_NODE, 0, true));
  return false;
}

/** A node that differs from the disk is handed to `write`, which answers false when it can take no more. */
export type WritePiece = (node: Handle, height: number, piece: number) => boolean;

/**
 * Gives every node below the roots that differs from the disk a piece number, children first, and hands it to `write`. True when none is left:
 * then the collection's record, written next, is of this very moment. What changes meanwhile drops its number again.
 */
export function writeDirtyNodes(allocator: Allocator, view: DataView, valueAt: number, write: WritePiece): boolean {
  let complete = true;
  forEachRoot(view, valueAt, (rootAt) => {
    const node = asHandle(view.getUint32(rootAt + ROOT_NODE, true));
    const height = view.getUint8(rootAt + ROOT_HEIGHT);
    if (complete && node !== NULL_HANDLE && height > 0) {
      complete = writeBelow(allocator, node, height, view, valueAt, write);
    }
  });
  return complete;
}

function writeBelow(
  allocator: Allocator,
  node: Handle,
  height: number,
  object: DataView,
  valueAt: number,
  write: WritePiece,
): boolean {
  const { arena } = allocator;
  const view = arena.view(node);
  const at = arena.offset(node) + INNER_HEADER_BYTES;
  const stride = view.getUint32(at - INNER_HEADER_BYTES + INNER_STRIDE, true);
  const end = at + view.getUint16(at - INNER_HEADER_BYTES + INNER_CHILDREN, true) * stride;
  for (let slot = at; slot < end; slot += stride) {
    if (view.getUint32(slot + SLOT_PIECE, true) !== 0) continue;
    const child = asHandle(view.getUint32(slot + SLOT_CHILD, true));
    if (height > 1 && !writeBelow(allocator, child, height - 1, object, valueAt, write)) return false;
    const piece = object.getUint32(valueAt + TREE_NEXT_PIECE, true) + 1;
    if (!write(child, height - 1, piece)) return false;
    object.setUint32(valueAt + TREE_NEXT_PIECE, piece, true);
    view.setUint32(slot + SLOT_PIECE, piece, true);
  }
  return true;
}

/** The pieces from number `first` on were not written after all (or, from 0 on, are somebody else's): their nodes differ from the disk. */
export function forgetPieces(allocator: Allocator, view: DataView, rootAt: number, first = 0): void {
  const node = asHandle(view.getUint32(rootAt + ROOT_NODE, true));
  if (node !== NULL_HANDLE) forgetBelow(allocator, node, view.getUint8(rootAt + ROOT_HEIGHT), first);
}

/** True when something below differs from the disk. */
function forgetBelow(allocator: Allocator, node: Handle, height: number, first: number): boolean {
  if (height === 0) return false;
  const { arena } = allocator;
  const view = arena.view(node);
  const at = arena.offset(node) + INNER_HEADER_BYTES;
  const stride = view.getUint32(at - INNER_HEADER_BYTES + INNER_STRIDE, true);
  const end = at + view.getUint16(at - INNER_HEADER_BYTES + INNER_CHILDREN, true) * stride;
  let differs = false;
  for (let slot = at; slot < end; slot += stride) {
    const child = asHandle(view.getUint32(slot + SLOT_CHILD, true));
    const below = child !== NULL_HANDLE && forgetBelow(allocator, child, height - 1, first);
    if (view.getUint32(slot + SLOT_PIECE, true) >= first || below) {
      if (child !== NULL_HANDLE) view.setUint32(slot + SLOT_PIECE, 0, true);
    }
    if (view.getUint32(slot + SLOT_PIECE, true) === 0) differs = true;
  }
  return differs;
}

/** How far `shed` got. */
export interface Shed {
  /** Nodes freed, and nodes looked at. */
  freed: number;
  seen: number;
  /** Nodes below the roots that are still in RAM. */
  left: number;
}

/**
 * Frees nodes that are as on disk: all of them, or only leaves that were not used since the last look (`spare`). Stops when `most` nodes
 * were looked at, and goes on there the next time. Not under a command: places in the tree are forgotten.
 */
export function shed(
  allocator: Allocator,
  kind: number,
  view: DataView,
  valueAt: number,
  spare: boolean,
  most: number,
): Shed {
  const shed: Shed = { freed: 0, seen: 0, left: 0 };
  const hand = view.getUint32(valueAt + TREE_HAND, true);
  let number = 0;
  let next = 0;
  forEachRoot(view, valueAt, (rootAt) => {
    const node = asHandle(view.getUint32(rootAt + ROOT_NODE, true));
    const height = view.getUint8(rootAt + ROOT_HEIGHT);
    if (node === NULL_HANDLE || height === 0) return;
    const { arena } = allocator;
    const inner = arena.view(node);
    const at = arena.offset(node) + INNER_HEADER_BYTES;
    const stride = inner.getUint32(at - INNER_HEADER_BYTES + INNER_STRIDE, true);
    const children = inner.getUint16(at - INNER_HEADER_BYTES + INNER_CHILDREN, true);
    for (let n = 0; n < children; n++, number++) {
      if (number < hand) continue;
      if (shed.seen >= most) {
        shed.left++;
        continue;
      }
      shedSlot(allocator, kind, view, rootAt, inner, at + n * stride, height - 1, spare, shed);
      next = number + 1;
    }
  });
  view.setUint32(valueAt + TREE_HAND, next >= number ? 0 : next, true);
  if (hand > 0) shed.left++;
  return shed;
}

function shedSlot(
  allocator: Allocator,
  kind: number,
  root: DataView,
  rootAt: number,
  parent: DataView,
  slot: number,
  height: number,
  spare: boolean,
  shed: Shed,
): void {
  const node = asHandle(parent.getUint32(slot + SLOT_CHILD, true));
  shed.seen++;
  if (node === NULL_HANDLE) return;
  const { arena } = allocator;
  const view = arena.view(node);
  const at = arena.offset(node);
  const before = shed.left;
  if (height > 0) {
    const stride = view.getUint32(at + INNER_STRIDE, true);
    const end = at + INNER_HEADER_BYTES + view.getUint16(at + INNER_CHILDREN, true) * stride;
    for (let child = at + INNER_HEADER_BYTES; child < end; child += stride) {
      shedSlot(allocator, kind, root, rootAt, view, child, height - 1, spare, shed);
    }
  } else if (spare && (view.getUint16(at + LEAF_FLAGS, true) & LEAF_RECENT) !== 0) {
    view.setUint16(at + LEAF_FLAGS, view.getUint16(at + LEAF_FLAGS, true) & ~LEAF_RECENT, true);
    shed.left++;
    return;
  }
  if (parent.getUint32(slot + SLOT_PIECE, true) === 0 || shed.left > before) {
    shed.left++;
    return;
  }
  root.setFloat64(
    rootAt + ROOT_BLOCK_BYTES,
    root.getFloat64(rootAt + ROOT_BLOCK_BYTES, true) - allocator.capacity(node),
    true,
  );
  parent.setUint32(slot + SLOT_CHILD, 0, true);
  allocator.free(node, kind);
  shed.freed++;
}

/** Where a node on disk belongs: the slot that `path` leads to from the root, and the height of its node. */
interface Vacancy {
  readonly view: DataView;
  readonly slot: number;
  readonly height: number;
}

/** The slot at the end of a path, if its node is on disk only and still the piece; undefined when the tree has changed there. */
function vacancy(
  allocator: Allocator,
  root: DataView,
  rootAt: number,
  path: readonly number[],
  piece: number,
): Vacancy | undefined {
  const { arena } = allocator;
  let height = root.getUint8(rootAt + ROOT_HEIGHT);
  let node = asHandle(root.getUint32(rootAt + ROOT_NODE, true));
  for (const [depth, n] of path.entries()) {
    if (node === NULL_HANDLE || height === 0) return undefined;
    const view = arena.view(node);
    const at = arena.offset(node);
    if (n >= view.getUint16(at + INNER_CHILDREN, true)) return undefined;
    const slot = at + INNER_HEADER_BYTES + n * view.getUint32(at + INNER_STRIDE, true);
    height--;
    const child = asHandle(view.getUint32(slot + SLOT_CHILD, true));
    if (depth === path.length - 1) {
      const vacant = child === NULL_HANDLE && view.getUint32(slot + SLOT_PIECE, true) === piece;
      return vacant ? { view, slot, height } : undefined;
    }
    node = child;
  }
  return undefined;
}

/** Whether the tree still misses the piece at the end of the path. */
export function isWanted(
  allocator: Allocator,
  root: DataView,
  rootAt: number,
  path: readonly number[],
  piece: number,
): boolean {
  return vacancy(allocator, root, rootAt, path, piece) !== undefined;
}

/**
 * Puts a node that came from disk where it belongs, if the tree still misses it there. False: it does not (any more), or there is no memory,
 * or the payload is no such node.
 */
export function adopt(
  allocator: Allocator,
  kind: number,
  root: DataView,
  rootAt: number,
  path: readonly number[],
  piece: number,
  from: DataView,
  fromBytes: Uint8Array,
  at: number,
  length: number,
): boolean {
  const place = vacancy(allocator, root, rootAt, path, piece);
  if (place === undefined || nodeProblem(from, at, length, place.height) !== undefined) return false;
  const made = importNode(allocator, kind, root, rootAt, from, fromBytes, at, length, place.height);
  if (made === NULL_HANDLE) return false;
  place.view.setUint32(place.slot + SLOT_CHILD, made, true);
  return true;
}

function forEachRoot(view: DataView, valueAt: number, visit: (rootAt: number) => void): void {
  const roots = view.getUint8(valueAt + TREE_ROOTS);
  for (let n = 0; n < roots; n++) visit(valueAt + TREE_HEADER_BYTES + n * ROOT_BYTES);
}
