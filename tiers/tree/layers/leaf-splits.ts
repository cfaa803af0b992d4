import { copyBytes, moveBytes } from '../../base/bytes.ts';
import { asHandle } from '../../memory/handle.ts';
import {
  INNER_HEADER_BYTES,
  LEAF_ENTRIES,
  LEAF_HEADER_BYTES,
  LEAF_MAX_SLACK,
  ORDER_BYTES,
  SEPARATOR_BYTES,
  SLOT_KEY,
} from '../layout.ts';
import { entryEnd, lengthBytes, readLength } from '../pack.ts';
import { Leaves } from './leaves.ts';

/** Hashes of the entries of a leaf that is being split, as they stand and sorted. Kept, because a set that grows splits a leaf with every twentieth member. */
let hashes = new Uint32Array(256);
let inOrder = new Uint32Array(256);

/** What a full leaf does when an entry is to be inserted. */
export abstract class LeafSplits extends Leaves {
  /**
   * Makes room for an entry of `size` bytes where the leaf is full, by bytes or by position. True when the entry has a new leaf of its own
   * and the cursor stands where it is to be written; otherwise the leaf was split, and the place has to be looked for again.
   */
  protected splitOrdered(size: number): boolean {
    const start = this.packStart;
    const end = this.packEnd;
    this.touch(0);
    if (this.entryAt === end || this.entryAt === start) {
      this.addLeaf(size, this.entryAt === start);
      return true;
    }
    let cut = start;
    let before = 0;
    // A large entry comes between two leaves, others into the smaller half.
    const goal = size * 2 > this.leafLimit ? this.entryAt : start + (end - start) / 2;
    for (; cut < goal; before++) cut = entryEnd(this.leafView, cut, this.valued, this.byPosition);
    if (cut === end) {
      cut = this.entryAt;
      before = this.entriesBefore(cut);
    }
    this.prepareParent();
    const right = this.newLeaf(end - cut);
    const { arena } = this.allocator;
    const rightAt = arena.offset(right);
    const { leafView: view } = this;
    const to = rightAt + LEAF_HEADER_BYTES;
    copyBytes(arena.view(right), arena.bytes(right), to, view, this.leafBytes, cut, end - cut);
    this.setLeaf(arena.view(right), rightAt, this.leafEntries - before, end - cut);
    this.setLeaf(view, this.leafAt, before, cut - start);
    const slotAt = this.insertSlot(right, arena.view(right).getUint16(rightAt + LEAF_ENTRIES, true), 1);
    this.writeSeparator(slotAt, arena.view(right), rightAt);
    this.trim();
    return false;
  }

  /** The same by hash; true also when all entries have the same hash, and the leaf has to grow. */
  protected splitByHash(newHash: number, size: number): boolean {
    const view = this.leafView;
    const start = this.packStart;
    const end = this.packEnd;
    this.touch(0);
    const entries = this.leafEntries;
    if (hashes.length < entries) {
      hashes = new Uint32Array(entries * 2);
      inOrder = new Uint32Array(entries * 2);
    }
    for (let at = start, n = 0; at < end; n++, at = entryEnd(view, at, this.valued, false)) hashes[n] = this.hashAt(at);
    inOrder.set(hashes);
    const sorted = inOrder.subarray(0, entries).sort();
    const least = sorted[0] ?? 0;
    const greatest = sorted[sorted.length - 1] ?? 0;
    if (newHash < least || newHash > greatest) {
      const inFront = newHash < least;
      const slotAt = this.addLeaf(size, inFront);
      this.innerView.setUint32(slotAt + (inFront ? this.stride : 0) + SLOT_KEY, inFront ? least : newHash, true);
      this.fresh = false;
      return true;
    }
    const separator = size * 2 > this.leafLimit ? separatorAfter(sorted, newHash) : separatorOf(sorted);
    if (separator < 0) {
      this.makeGap(size);
      return true;
    }
    let rightBytes = 0;
    let rightEntries = 0;
    for (let at = start, n = 0; at < end; n++) {
      const after = entryEnd(view, at, this.valued, false);
      if ((hashes[n] ?? 0) >= separator) {
        rightBytes += after - at;
        rightEntries++;
      }
      at = after;
    }
    this.prepareParent();
    const right = this.newLeaf(rightBytes);
    const { arena } = this.allocator;
    const rightAt = arena.offset(right);
    let to = rightAt + LEAF_HEADER_BYTES;
    let left = start;
    for (let at = start, n = 0; at < end; n++) {
      const after = entryEnd(view, at, this.valued, false);
      if ((hashes[n] ?? 0) >= separator) {
        copyBytes(arena.view(right), arena.bytes(right), to, view, this.leafBytes, at, after - at);
        to += after - at;
      } else {
        if (left !== at) moveBytes(view, this.leafBytes, left, at, after - at);
        left += after - at;
      }
      at = after;
    }
    this.setLeaf(arena.view(right), rightAt, rightEntries, rightBytes);
    this.setLeaf(view, this.leafAt, entries - rightEntries, left - start);
    const slotAt = this.insertSlot(right, rightEntries, 1);
    this.innerView.setUint32(slotAt + SLOT_KEY, separator, true);
    this.trim();
    return false;
  }

  /**
   * A new leaf for one entry of `size` bytes, beside the present one; the cursor stands where the entry is to be written. Answers the first of
   * the two leaves' slots (of `innerView`) whose separator has to be written: the new one's, or one stride on when it came in front.
   */
  private addLeaf(size: number, inFront: boolean): number {
    this.prepareParent();
    // Lists grow at their ends: such a leaf will be full soon.
    const leaf = this.newLeaf(this.byPosition ? Math.max(size, this.shape.leafBytes - LEAF_HEADER_BYTES) : size);
    const slotAt = this.insertSlot(leaf, 0, inFront ? 0 : 1);
    if (inFront) this.writeSeparator(slotAt + this.stride, this.leafView, this.leafAt);
    else this.slots[this.height - 1] = (this.slots[this.height - 1] ?? 0) + 1;
    this.enterLeaf(leaf);
    this.setLeaf(this.leafView, this.leafAt, 1, size);
    if (inFront && this.byPosition) {
      // What comes in front of a list is often followed by more: the first entry stands at the block's end.
      this.setSlack(Math.min(LEAF_MAX_SLACK, this.allocator.capacity(leaf) - LEAF_HEADER_BYTES - size));
    }
    this.entryAt = this.packStart;
    this.touch(1);
    this.fresh = !inFront;
    return slotAt;
  }

  /** The separator of a leaf that has its first entry now. */
  protected describeFresh(): void {
    this.fresh = false;
    const parent = asHandle(this.nodes[this.height - 1] ?? 0);
    const { arena } = this.allocator;
    this.innerView = arena.view(parent);
    const slotAt = arena.offset(parent) + INNER_HEADER_BYTES + (this.slots[this.height - 1] ?? 0) * this.stride;
    this.writeSeparator(slotAt, this.leafView, this.leafAt);
  }

  /** Makes the smallest key of a leaf the separator of a slot of `innerView` (ORDER_BYTES; otherwise nothing). */
  private writeSeparator(slotAt: number, leaf: DataView, leafAt: number): void {
    if (this.shape.order !== ORDER_BYTES) return;
    const length = readLength(leaf, leafAt + LEAF_HEADER_BYTES);
    const from = leafAt + LEAF_HEADER_BYTES + lengthBytes(length);
    for (let i = 0; i < SEPARATOR_BYTES; i++) {
      this.innerView.setUint8(slotAt + SLOT_KEY + i, i < length ? leaf.getUint8(from + i) : 0);
    }
  }
}

/** The hash that begins what comes after `hash`, so that a large entry has few turns to a leaf of its own; -1 when all are the same. */
function separatorAfter(sorted: Uint32Array, hash: number): number {
  const greatest = sorted[sorted.length - 1] ?? 0;
  return sorted.find((other) => other > hash) ?? (greatest === sorted[0] ? -1 : greatest);
}

/** The hash that divides sorted hashes best, -1 when all are the same. */
function separatorOf(sorted: Uint32Array): number {
  const middle = sorted[sorted.length >>> 1] ?? 0;
  if (middle !== sorted[0]) return middle;
  return sorted.find((hash) => hash > middle) ?? -1;
}
