import { assert } from '../../base/assert.ts';
import { copyBytes, moveBytes } from '../../base/bytes.ts';
import { asHandle, type Handle, NULL_HANDLE } from '../../memory/handle.ts';
import {
  INNER_CHILDREN,
  INNER_HEADER_BYTES,
  INNER_LEVEL,
  INNER_STRIDE,
  MAX_HEIGHT,
  maxChildren,
  ROOT_BLOCK_BYTES,
  ROOT_ENTRIES,
  ROOT_HEIGHT,
  ROOT_NODE,
  SLOT_CHILD,
  SLOT_COUNT,
  SLOT_KEY,
  SLOT_PIECE,
} from '../layout.ts';
import { TreeSearch } from './search.ts';
import { innerChildren } from './way.ts';

/** Changes of inner nodes: counts, slots, splitting and joining them, and their blocks. */
export abstract class InnerNodes extends TreeSearch {
  /** Adds to the counts on the way from the root to the leaf; what is on disk of these nodes is out of date. */
  protected touch(delta: number): void {
    if (this.flat) return;
    this.host.touched();
    const { rootView, rootAt, stride } = this;
    if (delta !== 0)
      rootView.setUint32(rootAt + ROOT_ENTRIES, rootView.getUint32(rootAt + ROOT_ENTRIES, true) + delta, true);
    const { arena } = this.allocator;
    for (let level = 0; level < this.height; level++) {
      const node = asHandle(this.nodes[level] ?? 0);
      const view = arena.view(node);
      const at = arena.offset(node) + INNER_HEADER_BYTES + (this.slots[level] ?? 0) * stride;
      if (delta !== 0) view.setUint32(at + SLOT_COUNT, view.getUint32(at + SLOT_COUNT, true) + delta, true);
      const piece = view.getUint32(at + SLOT_PIECE, true);
      if (piece !== 0) {
        this.host.dropPiece(piece);
        view.setUint32(at + SLOT_PIECE, 0, true);
      }
    }
  }

  /** Writes where the node at `level` of the way is (`height`: the leaf) to its parent. */
  protected link(level: number, node: Handle): void {
    if (level === 0) {
      this.rootView.setUint32(this.rootAt + ROOT_NODE, node, true);
      return;
    }
    const { arena } = this.allocator;
    const parent = asHandle(this.nodes[level - 1] ?? 0);
    const at = arena.offset(parent) + INNER_HEADER_BYTES + (this.slots[level - 1] ?? 0) * this.stride;
    arena.view(parent).setUint32(at + SLOT_CHILD, node, true);
  }

  protected newBlock(bytes: number): Handle {
    const { allocator, rootView, rootAt } = this;
    const handle = allocator.allocateBeyondLimit(bytes, this.kind);
    if (handle === NULL_HANDLE) this.host.noMemory();
    const at = rootAt + ROOT_BLOCK_BYTES;
    rootView.setFloat64(at, rootView.getFloat64(at, true) + allocator.capacity(handle), true);
    return handle;
  }

  protected freeBlock(handle: Handle): void {
    const { allocator, rootView, rootAt } = this;
    const at = rootAt + ROOT_BLOCK_BYTES;
    rootView.setFloat64(at, rootView.getFloat64(at, true) - allocator.capacity(handle), true);
    allocator.free(handle, this.kind);
  }

  /** Sees to it that the leaf's parent exists and takes one slot more without allocating. */
  protected prepareParent(): void {
    if (this.height === 0) this.raise();
    this.makeRoom(1);
  }

  /** Room for one slot in the node `up` levels above the leaf. */
  private makeRoom(up: number): void {
    const { arena } = this.allocator;
    const node = asHandle(this.nodes[this.height - up] ?? 0);
    const children = arena.view(node).getUint16(arena.offset(node) + INNER_CHILDREN, true);
    if (children >= maxChildren(this.shape.order)) this.splitInner(up);
    else this.resizeInner(this.height - up, children + 1);
  }

  private newInner(level: number, children: number): Handle {
    const handle = this.newBlock(INNER_HEADER_BYTES + children * this.stride);
    const { arena } = this.allocator;
    arena.view(handle).setUint16(arena.offset(handle) + INNER_CHILDREN, 0, true);
    arena.view(handle).setUint16(arena.offset(handle) + INNER_LEVEL, level, true);
    arena.view(handle).setUint32(arena.offset(handle) + INNER_STRIDE, this.stride, true);
    return handle;
  }

  /** Gives the inner node at `level` of the way a block for `children` slots if its own is too small (or far too large). */
  private resizeInner(level: number, children: number): void {
    const { allocator } = this;
    const { arena } = allocator;
    const node = asHandle(this.nodes[level] ?? 0);
    const needed = INNER_HEADER_BYTES + children * this.stride;
    const capacity = allocator.capacity(node);
    if (needed <= capacity && (needed * 4 > capacity || capacity <= 512)) return;
    const at = arena.offset(node);
    const used = INNER_HEADER_BYTES + arena.view(node).getUint16(at + INNER_CHILDREN, true) * this.stride;
    const fresh = this.newBlock(
      Math.min(INNER_HEADER_BYTES + maxChildren(this.shape.order) * this.stride, needed + (needed >>> 1)),
    );
    copyBytes(
      arena.view(fresh),
      arena.bytes(fresh),
      arena.offset(fresh),
      arena.view(node),
      arena.bytes(node),
      at,
      used,
    );
    this.link(level, fresh);
    this.nodes[level] = fresh;
    this.freeBlock(node);
  }

  /** A new root above the present one. */
  private raise(): void {
    assert(this.height + 1 < MAX_HEIGHT, 'no collection is that large');
    const { rootView, rootAt } = this;
    const handle = this.newInner(this.height + 1, 4);
    const { arena } = this.allocator;
    const view = arena.view(handle);
    const at = arena.offset(handle);
    view.setUint16(at + INNER_CHILDREN, 1, true);
    const slotAt = at + INNER_HEADER_BYTES;
    view.setUint32(slotAt + SLOT_CHILD, rootView.getUint32(rootAt + ROOT_NODE, true), true);
    view.setUint32(slotAt + SLOT_PIECE, 0, true);
    view.setUint32(slotAt + SLOT_COUNT, rootView.getUint32(rootAt + ROOT_ENTRIES, true), true);
    for (let i = SLOT_KEY; i < this.stride; i += 4) view.setUint32(slotAt + i, 0, true);
    rootView.setUint32(rootAt + ROOT_NODE, handle, true);
    this.height++;
    rootView.setUint8(rootAt + ROOT_HEIGHT, this.height);
    this.nodes.copyWithin(1, 0, MAX_HEIGHT - 1);
    this.slots.copyWithin(1, 0, MAX_HEIGHT - 1);
    this.nodes[0] = handle;
    this.slots[0] = 0;
  }

  /**
   * Puts a node with `entries` entries behind (1) or in front of (0) the one that the way takes through the inner node at `level`,
   * whose entries they were. Answers the new slot's offset in `innerView`; its separator is undefined.
   */
  protected insertSlot(child: Handle, entries: number, behind: 0 | 1, level = this.height - 1): number {
    const { arena } = this.allocator;
    const { stride } = this;
    const parent = asHandle(this.nodes[level] ?? 0);
    const view = arena.view(parent);
    const at = arena.offset(parent);
    const children = view.getUint16(at + INNER_CHILDREN, true);
    const oldAt = at + INNER_HEADER_BYTES + (this.slots[level] ?? 0) * stride;
    const slotAt = oldAt + behind * stride;
    moveBytes(view, arena.bytes(parent), slotAt + stride, slotAt, at + INNER_HEADER_BYTES + children * stride - slotAt);
    view.setUint16(at + INNER_CHILDREN, children + 1, true);
    if (behind === 1) view.setUint32(oldAt + SLOT_COUNT, view.getUint32(oldAt + SLOT_COUNT, true) - entries, true);
    view.setUint32(slotAt + SLOT_CHILD, child, true);
    view.setUint32(slotAt + SLOT_PIECE, 0, true);
    view.setUint32(slotAt + SLOT_COUNT, entries, true);
    this.innerView = view;
    return slotAt;
  }

  /** Splits the full inner node `up` levels above the leaf; the way goes on through the half that it needs, which has room for a slot. */
  private splitInner(up: number): void {
    if (this.height === up) this.raise();
    this.makeRoom(up + 1);
    const level = this.height - up;
    const { arena } = this.allocator;
    const { stride } = this;
    const node = asHandle(this.nodes[level] ?? 0);
    const view = arena.view(node);
    const at = arena.offset(node);
    const children = view.getUint16(at + INNER_CHILDREN, true);
    const slot = this.slots[level] ?? 0;
    // What grows at its end keeps full nodes behind it.
    const cut = slot === children - 1 ? children - 1 : children >>> 1;
    const right = this.newInner(up, Math.min(maxChildren(this.shape.order), children - cut + 8));
    const rightView = arena.view(right);
    const rightAt = arena.offset(right);
    const from = at + INNER_HEADER_BYTES + cut * stride;
    copyBytes(
      rightView,
      arena.bytes(right),
      rightAt + INNER_HEADER_BYTES,
      view,
      arena.bytes(node),
      from,
      (children - cut) * stride,
    );
    rightView.setUint16(rightAt + INNER_CHILDREN, children - cut, true);
    view.setUint16(at + INNER_CHILDREN, cut, true);
    let entries = 0;
    for (let n = 0; n < children - cut; n++) {
      entries += rightView.getUint32(rightAt + INNER_HEADER_BYTES + n * stride + SLOT_COUNT, true);
    }
    const slotAt = this.insertSlot(right, entries, 1, level - 1);
    for (let i = SLOT_KEY; i < stride; i += 4) {
      this.innerView.setUint32(slotAt + i, rightView.getUint32(rightAt + INNER_HEADER_BYTES + i, true), true);
    }
    if (slot >= cut) {
      this.nodes[level] = right;
      this.slots[level] = slot - cut;
      this.slots[level - 1] = (this.slots[level - 1] ?? 0) + 1;
    }
  }

  /** Takes the way's slot out of the inner node at `level`; its child is freed already. */
  protected dropSlot(level: number): void {
    const { rootView, rootAt, stride } = this;
    if (level < 0) {
      rootView.setUint32(rootAt + ROOT_NODE, 0, true);
      rootView.setUint8(rootAt + ROOT_HEIGHT, 0);
      this.height = 0;
      this.leaf = NULL_HANDLE;
      return;
    }
    const { arena } = this.allocator;
    const node = asHandle(this.nodes[level] ?? 0);
    const view = arena.view(node);
    const at = arena.offset(node);
    const children = view.getUint16(at + INNER_CHILDREN, true) - 1;
    if (children === 0) {
      this.freeBlock(node);
      this.dropSlot(level - 1);
      return;
    }
    const slotAt = at + INNER_HEADER_BYTES + (this.slots[level] ?? 0) * stride;
    const rest = at + INNER_HEADER_BYTES + children * stride - slotAt;
    moveBytes(view, arena.bytes(node), slotAt, slotAt + stride, rest);
    view.setUint16(at + INNER_CHILDREN, children, true);
    if (children * 4 < maxChildren(this.shape.order)) this.mergeInner(level, children);
    this.lower();
  }

  /** Takes away roots with a single child that is in RAM. */
  private lower(): void {
    const { rootView, rootAt } = this;
    const { arena } = this.allocator;
    for (;;) {
      const node = asHandle(rootView.getUint32(rootAt + ROOT_NODE, true));
      const height = rootView.getUint8(rootAt + ROOT_HEIGHT);
      if (height === 0 || node === NULL_HANDLE) break;
      const view = arena.view(node);
      const at = arena.offset(node);
      if (view.getUint16(at + INNER_CHILDREN, true) > 1) break;
      const slotAt = at + INNER_HEADER_BYTES;
      const child = view.getUint32(slotAt + SLOT_CHILD, true);
      if (child === NULL_HANDLE) break;
      // A root's node has no piece: it is written with the object.
      const piece = view.getUint32(slotAt + SLOT_PIECE, true);
      if (piece !== 0) this.host.dropPiece(piece);
      rootView.setUint32(rootAt + ROOT_NODE, child, true);
      rootView.setUint8(rootAt + ROOT_HEIGHT, height - 1);
      this.freeBlock(node);
    }
    this.height = rootView.getUint8(rootAt + ROOT_HEIGHT);
  }

  /** Joins the sparse inner node at `level` with a neighbour that is in RAM, or gives it a smaller block. */
  private mergeInner(level: number, children: number): void {
    const { arena } = this.allocator;
    const { stride } = this;
    const pair =
      level > 0
        ? this.neighbours(
            level - 1,
            (node) =>
              innerChildren(arena.view(node), arena.offset(node)) + children <= maxChildren(this.shape.order) * 0.75,
          )
        : undefined;
    if (pair === undefined) {
      this.resizeInner(level, children);
      return;
    }
    const { left, right, leftSlotAt, view } = pair;
    const leftView = arena.view(left);
    const leftAt = arena.offset(left);
    const rightView = arena.view(right);
    const rightAt = arena.offset(right);
    const leftChildren = innerChildren(leftView, leftAt);
    const rightChildren = innerChildren(rightView, rightAt);
    // Within the right node the first separator counted as the least; among others it is what the parent says.
    for (let i = SLOT_KEY; i < stride; i += 4) {
      rightView.setUint32(rightAt + INNER_HEADER_BYTES + i, view.getUint32(leftSlotAt + stride + i, true), true);
    }
    this.nodes[level] = left;
    this.slots[level - 1] = pair.slot;
    this.resizeInner(level, leftChildren + rightChildren);
    const joined = asHandle(this.nodes[level] ?? 0);
    const to = arena.offset(joined) + INNER_HEADER_BYTES + leftChildren * stride;
    copyBytes(
      arena.view(joined),
      arena.bytes(joined),
      to,
      rightView,
      arena.bytes(right),
      rightAt + INNER_HEADER_BYTES,
      rightChildren * stride,
    );
    arena.view(joined).setUint16(arena.offset(joined) + INNER_CHILDREN, leftChildren + rightChildren, true);
    this.joinSlots(view, leftSlotAt);
    this.freeBlock(right);
    this.slots[level - 1] = pair.slot + 1;
    this.dropSlot(level - 1);
  }

  /** The node at the way's slot of the inner node at `level`, and one beside it that `suits` and is in RAM. */
  protected neighbours(level: number, suits: (node: Handle) => boolean): Pair | undefined {
    const { arena } = this.allocator;
    const parent = asHandle(this.nodes[level] ?? 0);
    const view = arena.view(parent);
    const at = arena.offset(parent) + INNER_HEADER_BYTES;
    const slot = this.slots[level] ?? 0;
    const children = innerChildren(view, at - INNER_HEADER_BYTES);
    const child = (n: number): Handle => asHandle(view.getUint32(at + n * this.stride + SLOT_CHILD, true));
    for (const other of [slot + 1, slot - 1]) {
      if (other < 0 || other >= children || child(other) === NULL_HANDLE || !suits(child(other))) continue;
      const first = Math.min(slot, other);
      return { left: child(first), right: child(first + 1), slot: first, view, leftSlotAt: at + first * this.stride };
    }
    return undefined;
  }

  /** The left of two slots takes over the entries of the right one; what is on disk of either is out of date. */
  protected joinSlots(view: DataView, leftSlotAt: number): void {
    const rightSlotAt = leftSlotAt + this.stride;
    for (const slotAt of [leftSlotAt, rightSlotAt]) {
      const piece = view.getUint32(slotAt + SLOT_PIECE, true);
      if (piece !== 0) this.host.dropPiece(piece);
      view.setUint32(slotAt + SLOT_PIECE, 0, true);
    }
    const entries = view.getUint32(leftSlotAt + SLOT_COUNT, true) + view.getUint32(rightSlotAt + SLOT_COUNT, true);
    view.setUint32(leftSlotAt + SLOT_COUNT, entries, true);
  }
}

/** Two neighbouring nodes, and where their parent names them: `slot` is the left one's number. */
interface Pair {
  readonly left: Handle;
  readonly right: Handle;
  readonly slot: number;
  readonly view: DataView;
  readonly leftSlotAt: number;
}
