import { assert } from '../../base/assert.ts';
import { copyBytes, moveBytes } from '../../base/bytes.ts';
import { Allocator } from '../../memory/allocator.ts';
import { asHandle, type Handle, NULL_HANDLE } from '../../memory/handle.ts';
import {
  LEAF_ENTRIES,
  LEAF_FLAGS,
  LEAF_HEADER_BYTES,
  LEAF_MAX_ENTRIES,
  LEAF_MAX_SLACK,
  LEAF_RECENT,
  LEAF_USED,
  leafSlack,
  ROOT_HEIGHT,
  ROOT_NODE,
  recentFlags,
} from '../layout.ts';
import { InnerNodes } from './inner-nodes.ts';
import { innerChildren } from './way.ts';

/** Changes of one leaf: room within its block, blocks that fit, leaves that become empty or are joined. */
export abstract class Leaves extends InnerNodes {
  /** Whether the leaf may take `size` bytes more. */
  protected fits(size: number): boolean {
    if (this.flat) return this.flatBytes + size <= this.flatLimit;
    return this.leaf === NULL_HANDLE || this.leafEntries === 0 || this.leafUsed + size <= this.leafLimit;
  }

  /** Makes room for an entry of `size` bytes at the cursor's place. */
  protected makeGap(size: number): void {
    if (!this.flat && this.leaf === NULL_HANDLE) this.createRootLeaf(size);
    if (this.byPosition && !this.flat && this.leafEntries > 0) {
      if (this.entryAt === this.packStart) {
        if (this.slack < size) this.makeSlack(size);
        if (this.slack >= size) {
          this.growInFront(size);
          return;
        }
      } else if (this.slack > 0) this.settleFor(size);
    }
    const from = this.entryAt - this.leafAt;
    const end = this.packEnd - this.leafAt;
    this.makeCapacity(end + size);
    const { leafBytes: bytes, leafView: view, leafAt: at } = this;
    if (from < end) moveBytes(view, bytes, at + from + size, at + from, end - from);
    const entries = view.getUint16(at + LEAF_ENTRIES, true);
    assert(entries < LEAF_MAX_ENTRIES, 'a leaf counts its entries');
    view.setUint16(at + LEAF_ENTRIES, entries + 1, true);
    view.setUint32(at + LEAF_USED, end + size - LEAF_HEADER_BYTES - this.slack, true);
    this.entryAt = at + from;
    this.touch(1);
  }

  /** Room for an entry in front of the pack, where there is slack. */
  private growInFront(size: number): void {
    const { leafView: view, leafAt: at } = this;
    const entries = this.leafEntries;
    assert(entries < LEAF_MAX_ENTRIES, 'a leaf counts its entries');
    this.setLeaf(view, at, entries + 1, this.leafUsed + size);
    this.setSlack(this.slack - size);
    this.entryAt = this.packStart;
    this.touch(1);
  }

  /** Moves the pack back in its block, a larger one if need be, so that there are `size` bytes in front of it: as many as are to be had. */
  private makeSlack(size: number): void {
    this.settle();
    const bytes = LEAF_HEADER_BYTES + this.leafUsed;
    this.makeCapacity(bytes + size);
    const free = this.allocator.capacity(this.leaf) - bytes;
    // The only leaf of a list grows at its other end, too.
    const slack = Math.min(LEAF_MAX_SLACK, this.height === 0 ? Math.max(size, free >>> 1) : free);
    const to = this.leafAt + LEAF_HEADER_BYTES + slack;
    if (slack >= size) {
      moveBytes(this.leafView, this.leafBytes, to, this.packStart, this.leafUsed);
      this.setSlack(slack);
    }
    this.entryAt = this.packStart;
  }

  /** Moves the pack to the front of its block if `size` bytes more do not fit behind it. */
  private settleFor(size: number): void {
    const bytes = LEAF_HEADER_BYTES + this.slack + this.leafUsed;
    if (bytes + size <= Allocator.blockBytes(bytes) || bytes + size <= this.allocator.capacity(this.leaf)) return;
    this.settle();
  }

  /** Moves the pack to the front of its block, and the cursor with it. */
  private settle(): void {
    const { slack } = this;
    if (slack === 0) return;
    moveBytes(this.leafView, this.leafBytes, this.leafAt + LEAF_HEADER_BYTES, this.packStart, this.leafUsed);
    this.setSlack(0);
    this.entryAt -= slack;
  }

  protected setSlack(slack: number): void {
    this.slack = slack;
    this.leafView.setUint16(this.leafAt + LEAF_FLAGS, recentFlags(slack), true);
  }

  /** Makes the leaf's block, or the FLAT object, hold `bytes`. Offsets relative to `leafAt` stay good. */
  protected makeCapacity(bytes: number): void {
    if (this.flat) {
      this.host.resizeFlat(this, bytes);
      return;
    }
    // A block that held what there is has at least the size of its class: the capacity, a cache miss, matters beyond that only.
    if (bytes <= Allocator.blockBytes(LEAF_HEADER_BYTES + this.leafUsed)) return;
    if (bytes <= this.allocator.capacity(this.leaf)) return;
    // Small steps would move it with every other entry.
    this.moveLeaf(Math.max(bytes, Math.min(this.shape.leafBytes, bytes + (bytes >>> 2))));
  }

  /** Gives memory back when a leaf has become much smaller than its block. */
  protected trim(): void {
    const bytes = LEAF_HEADER_BYTES + this.leafUsed;
    if (this.flat) {
      this.host.resizeFlat(this, bytes);
      return;
    }
    const capacity = this.allocator.capacity(this.leaf);
    // Less than what makeCapacity leaves free, or entries that come and go would move it each time.
    if (bytes * 8 >= capacity * 5 || capacity <= 64) return;
    // A block that held a large entry is given back in any case.
    if (capacity > 2 * this.shape.leafBytes || !this.isListEnd) this.moveLeaf(bytes);
  }

  /** The leaf in the smallest block that holds it. */
  protected tighten(): void {
    const bytes = LEAF_HEADER_BYTES + this.leafUsed;
    if (Allocator.blockBytes(bytes) < this.allocator.capacity(this.leaf)) this.moveLeaf(bytes);
  }

  /** The leaf in a block of `bytes` bytes, without slack. Offsets relative to the pack's beginning stay good. */
  private moveLeaf(bytes: number): void {
    const old = this.leaf;
    const { leafView, leafBytes, leafEntries, leafUsed, packStart } = this;
    const fresh = this.newBlock(bytes);
    const { arena } = this.allocator;
    const at = arena.offset(fresh);
    this.setLeaf(arena.view(fresh), at, leafEntries, leafUsed);
    arena.view(fresh).setUint16(at + LEAF_FLAGS, recentFlags(0), true);
    this.enterLeaf(fresh);
    copyBytes(this.leafView, this.leafBytes, this.packStart, leafView, leafBytes, packStart, leafUsed);
    this.link(this.height, fresh);
    this.freeBlock(old);
  }

  /** Whether the leaf is the first or last of a list, which comes and goes there: joining leaves or fitting their blocks would be for nothing. */
  protected get isListEnd(): boolean {
    if (!this.byPosition) return false;
    let isFirst = true;
    let isLast = true;
    const { arena } = this.allocator;
    for (let level = 0; level < this.height; level++) {
      const node = asHandle(this.nodes[level] ?? 0);
      const slot = this.slots[level] ?? 0;
      if (slot !== 0) isFirst = false;
      if (slot !== innerChildren(arena.view(node), arena.offset(node)) - 1) isLast = false;
    }
    return isFirst || isLast;
  }

  protected newLeaf(packBytes: number): Handle {
    const handle = this.newBlock(LEAF_HEADER_BYTES + packBytes);
    const view = this.allocator.arena.view(handle);
    const at = this.allocator.arena.offset(handle);
    view.setUint16(at + LEAF_ENTRIES, 0, true);
    view.setUint16(at + LEAF_FLAGS, LEAF_RECENT, true);
    view.setUint32(at + LEAF_USED, 0, true);
    return handle;
  }

  private createRootLeaf(size: number): void {
    const handle = this.newLeaf(size);
    const { rootView, rootAt } = this;
    rootView.setUint32(rootAt + ROOT_NODE, handle, true);
    rootView.setUint8(rootAt + ROOT_HEIGHT, 0);
    this.height = 0;
    this.enterLeaf(handle);
    this.entryAt = this.packStart;
  }

  protected setLeaf(view: DataView, at: number, entries: number, used: number): void {
    view.setUint16(at + LEAF_ENTRIES, entries, true);
    view.setUint32(at + LEAF_USED, used, true);
  }

  /** Frees the leaf, which is empty, and all above it that is empty then. Pieces of the way were dropped. */
  protected dropLeaf(): void {
    this.freeBlock(this.leaf);
    this.dropSlot(this.height - 1);
  }

  /** Joins the sparse leaf with a neighbour that is in RAM. False when there is none that is small enough; else the cursor is nowhere. */
  protected merge(): boolean {
    if (this.height === 0) return false;
    const { arena } = this.allocator;
    const used = this.leafUsed;
    const pair = this.neighbours(this.height - 1, (leaf) => {
      return arena.view(leaf).getUint32(arena.offset(leaf) + LEAF_USED, true) + used <= this.leafLimit * 0.75;
    });
    if (pair === undefined) return false;
    const { left, right, leftSlotAt, view, slot } = pair;
    const rightView = arena.view(right);
    const rightAt = arena.offset(right);
    const rightUsed = rightView.getUint32(rightAt + LEAF_USED, true);
    this.slots[this.height - 1] = slot;
    this.enterLeaf(left);
    this.settle();
    const end = this.packEnd - this.leafAt;
    this.makeCapacity(end + rightUsed);
    copyBytes(
      this.leafView,
      this.leafBytes,
      this.leafAt + end,
      rightView,
      arena.bytes(right),
      rightAt + LEAF_HEADER_BYTES + leafSlack(rightView, rightAt),
      rightUsed,
    );
    const entries = this.leafEntries + rightView.getUint16(rightAt + LEAF_ENTRIES, true);
    this.setLeaf(this.leafView, this.leafAt, entries, end - LEAF_HEADER_BYTES + rightUsed);
    this.joinSlots(view, leftSlotAt);
    this.freeBlock(right);
    this.slots[this.height - 1] = slot + 1;
    this.dropSlot(this.height - 1);
    return true;
  }
}
