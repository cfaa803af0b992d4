import { asHandle, type Handle, NULL_HANDLE } from '../../memory/handle.ts';
import type { MissingPiece } from '../host.ts';
import {
  INNER_CHILDREN,
  INNER_HEADER_BYTES,
  INNER_STRIDE,
  LEAF_FLAGS,
  LEAF_HEADER_BYTES,
  LEAF_RECENT,
  leafSlack,
  ROOT_NODE,
  SEPARATOR_BYTES,
  SLOT_CHILD,
  SLOT_COUNT,
  SLOT_KEY,
  SLOT_PIECE,
} from '../layout.ts';
import { lengthBytes, readLength } from '../pack.ts';
import { compareBytes, type Slice } from '../slice.ts';
import { OpenTree } from './open-tree.ts';

/** About how far from where it is expected a hash stands in an inner node. */
const FORETOLD_SLOTS = 8;

/** Nodes that a walk along the leaves asks for at a time, and one over everything. */
const READ_AHEAD_PIECES = 64;
const ALL_PIECES = 4096;

/** The way from the root to a leaf: by hash, by bytes, by rank, to a neighbour; and asking for nodes that are on disk only. */
export abstract class TreeWay extends OpenTree {
  /**
   * For commands that look at every entry: asks for all nodes that are on disk at once, instead of one after the other as the walk meets them.
   */
  requireAll(): void {
    if (this.flat || this.height === 0) return;
    let left = Number.POSITIVE_INFINITY;
    for (;;) {
      const found: MissingPiece[] = [];
      this.collect(this.rootNode(), 0, 0, 1, [], ALL_PIECES, found);
      if (found.length === 0) return;
      if (found.length >= left && left < ALL_PIECES) this.host.noMemory();
      left = found.length;
      this.host.fetchPieces(found);
    }
  }

  /** Descends to every leaf that holds one of `count` entries from number `rank` on, so that no later one of them is found on disk. */
  reach(rank: number, count: number): void {
    if (this.flat) return;
    const end = Math.min(rank + count, this.count);
    for (let at = Math.max(0, rank); at < end; ) {
      const before = this.descendRank(at);
      at += this.leafEntries - before;
    }
  }

  /** The root's node; NULL_HANDLE in an empty tree. */
  private rootNode(): Handle {
    return asHandle(this.rootView.getUint32(this.rootAt + ROOT_NODE, true));
  }

  protected enterLeaf(handle: Handle): void {
    const { arena } = this.allocator;
    this.leaf = handle;
    this.leafView = arena.view(handle);
    this.leafBytes = arena.bytes(handle);
    this.leafAt = arena.offset(handle);
    const flags = this.leafView.getUint16(this.leafAt + LEAF_FLAGS, true);
    this.slack = leafSlack(this.leafView, this.leafAt);
    if ((flags & LEAF_RECENT) === 0) this.leafView.setUint16(this.leafAt + LEAF_FLAGS, flags | LEAF_RECENT, true);
  }

  /**
   * Hashes spread evenly, so where one stands can be foretold, give or take a few slots: half the cache misses of a binary search.
   */
  protected descendHash(hash: number): void {
    let node = this.rootNode();
    const { arena } = this.allocator;
    // What the node's hashes lie between.
    let from = 0;
    let to = 2 ** 32;
    for (let level = 0; level < this.height; level++) {
      const view = arena.view(node);
      const at = arena.offset(node) + INNER_HEADER_BYTES;
      const children = view.getUint16(at - INNER_HEADER_BYTES + INNER_CHILDREN, true);
      let low =
        to > from ? Math.min(children - 1, Math.max(0, Math.floor(((hash - from) / (to - from)) * children))) : 0;
      let high = low;
      if (low === 0 || view.getUint32(at + low * 16 + SLOT_KEY, true) <= hash) {
        for (let step = FORETOLD_SLOTS; ; step *= 2) {
          high = Math.min(children, high + step);
          if (high === children || view.getUint32(at + high * 16 + SLOT_KEY, true) > hash) break;
          low = high;
        }
      } else {
        for (let step = FORETOLD_SLOTS; ; step *= 2) {
          low = Math.max(0, low - step);
          if (low === 0 || view.getUint32(at + low * 16 + SLOT_KEY, true) <= hash) break;
          high = low;
        }
      }
      while (high - low > 1) {
        const middle = (low + high) >>> 1;
        if (view.getUint32(at + middle * 16 + SLOT_KEY, true) <= hash) low = middle;
        else high = middle;
      }
      this.nodes[level] = node;
      this.slots[level] = low;
      node = this.childOf(view, at + low * 16, level, low);
      if (node === NULL_HANDLE) break;
      if (high < children) to = view.getUint32(at + high * 16 + SLOT_KEY, true);
      if (low > 0) from = view.getUint32(at + low * 16 + SLOT_KEY, true);
    }
    this.arrive(node);
  }

  protected descendBytes(key: Slice): void {
    let node = this.rootNode();
    const { arena } = this.allocator;
    const { stride } = this;
    for (let level = 0; level < this.height; level++) {
      const view = arena.view(node);
      const at = arena.offset(node) + INNER_HEADER_BYTES;
      this.nodes[level] = node;
      let low = 0;
      let high = view.getUint16(at - INNER_HEADER_BYTES + INNER_CHILDREN, true);
      while (high - low > 1) {
        const middle = (low + high) >>> 1;
        if (this.separatorOrder(view, at + middle * stride, key, this.height - 1 - level) <= 0) low = middle;
        else high = middle;
      }
      this.nodes[level] = node;
      this.slots[level] = low;
      node = this.childOf(view, at + low * stride, level, low);
      if (node === NULL_HANDLE) break;
    }
    this.arrive(node);
  }

  protected descendRank(rank: number): number {
    if (this.flat) return rank;
    let node = this.rootNode();
    let left = rank;
    let entries = this.count;
    const { arena } = this.allocator;
    const { stride } = this;
    for (let level = 0; level < this.height; level++) {
      const view = arena.view(node);
      const at = arena.offset(node) + INNER_HEADER_BYTES;
      const last = view.getUint16(at - INNER_HEADER_BYTES + INNER_CHILDREN, true) - 1;
      let slot = 0;
      let count = 0;
      if (left * 2 < entries) {
        for (; slot < last; slot++) {
          count = view.getUint32(at + slot * stride + SLOT_COUNT, true);
          if (left < count) break;
          left -= count;
        }
        if (slot === last) count = view.getUint32(at + slot * stride + SLOT_COUNT, true);
      } else {
        // From the end: `behind` entries stand from ours on.
        let behind = entries - left;
        for (slot = last; ; slot--) {
          count = view.getUint32(at + slot * stride + SLOT_COUNT, true);
          if (behind <= count || slot === 0) break;
          behind -= count;
        }
        left = count - behind;
      }
      entries = count;
      this.nodes[level] = node;
      this.slots[level] = slot;
      node = this.childOf(view, at + slot * stride, level, slot);
    }
    this.arrive(node);
    return left;
  }

  /** To the first (0) or last (1) leaf. */
  protected descendSide(side: 0 | 1): void {
    if (this.flat) return;
    this.descendFrom(this.rootNode(), 0, side);
  }

  private descendFrom(from: Handle, fromLevel: number, side: 0 | 1): void {
    let node = from;
    const { arena } = this.allocator;
    for (let level = fromLevel; level < this.height; level++) {
      const view = arena.view(node);
      const at = arena.offset(node) + INNER_HEADER_BYTES;
      const slot = side === 0 ? 0 : view.getUint16(at - INNER_HEADER_BYTES + INNER_CHILDREN, true) - 1;
      this.nodes[level] = node;
      this.slots[level] = slot;
      node = this.childOf(view, at + slot * this.stride, level, slot);
    }
    this.arrive(node);
  }

  private arrive(node: Handle): void {
    if (node === NULL_HANDLE) {
      this.leaf = NULL_HANDLE;
      this.leafAt = 0;
      this.slack = 0;
      this.entryAt = 0;
    } else this.enterLeaf(node);
  }

  /** To the next (1) or previous (-1) leaf. */
  protected sibling(step: 1 | -1): boolean {
    const { arena } = this.allocator;
    for (let level = this.height - 1; level >= 0; level--) {
      const node = asHandle(this.nodes[level] ?? 0);
      const view = arena.view(node);
      const at = arena.offset(node);
      const slot = (this.slots[level] ?? 0) + step;
      if (slot < 0 || slot >= view.getUint16(at + INNER_CHILDREN, true)) continue;
      const slotAt = at + INNER_HEADER_BYTES + slot * this.stride;
      const ahead = Math.min(ALL_PIECES, READ_AHEAD_PIECES + this.walked);
      const child =
        asHandle(view.getUint32(slotAt + SLOT_CHILD, true)) || this.fetched(view, slotAt, level, slot, ahead, step);
      this.walked++;
      this.slots[level] = slot;
      this.descendFrom(child, level + 1, step === 1 ? 0 : 1);
      return true;
    }
    return false;
  }

  /** Order of a slot's separator and a key; `below`: inner levels under the slot's child. */
  private separatorOrder(view: DataView, slotAt: number, key: Slice, below: number): number {
    const { length } = key;
    const at = slotAt + SLOT_KEY;
    for (let i = 0; i < SEPARATOR_BYTES; i += 4) {
      const theirs = view.getUint32(at + i, false);
      const ours = wordOf(key, i);
      if (theirs !== ours) return theirs < ours ? -1 : 1;
    }
    if (this.shape.fixedKeys) return 0;
    // The beginnings are equal: the child's smallest key decides.
    const { arena } = this.allocator;
    const level = this.height - 1 - below;
    const slot = (slotAt - INNER_HEADER_BYTES - arena.offset(asHandle(this.nodes[level] ?? 0))) / this.stride;
    let node = this.childOf(view, slotAt, level, slot);
    for (let deeper = 1; deeper <= below; deeper++) {
      // The way is not known yet below here: it may be overwritten.
      this.nodes[level + deeper] = node;
      this.slots[level + deeper - 1] = deeper === 1 ? slot : 0;
      node = this.childOf(arena.view(node), arena.offset(node) + INNER_HEADER_BYTES, level + deeper, 0);
    }
    const leaf = arena.view(node);
    const keyStart = arena.offset(node) + LEAF_HEADER_BYTES;
    const keyLength = readLength(leaf, keyStart);
    return compareBytes(leaf, keyStart + lengthBytes(keyLength), keyLength, key.view, key.at, length);
  }

  /** The child in a slot of the inner node at `level` of the way; asks for it when it is on disk, or answers NULL_HANDLE (`loadedOnly`). */
  private childOf(view: DataView, slotAt: number, level: number, slot: number): Handle {
    const child = asHandle(view.getUint32(slotAt + SLOT_CHILD, true));
    return child !== NULL_HANDLE || this.loadedOnly ? child : this.fetched(view, slotAt, level, slot, 1, 1);
  }

  /**
   * The child in `slot` (at `slotAt` of `view`) of the inner node at `level`, which is on disk: asks for it, and for others that a walk in direction `step`
   * meets next, `most` in all.
   */
  private fetched(view: DataView, slotAt: number, level: number, slot: number, most: number, step: 1 | -1): Handle {
    const found: MissingPiece[] = [];
    let from = slot;
    for (let up = level; up >= 0 && found.length < most; up--) {
      const path = Array.from(this.slots.subarray(0, up));
      this.collect(asHandle(this.nodes[up] ?? 0), up, from, step, path, most, found);
      from = (this.slots[up - 1] ?? 0) + step;
    }
    this.host.fetchPieces(found);
    const child = asHandle(view.getUint32(slotAt + SLOT_CHILD, true));
    if (child === NULL_HANDLE) this.host.noMemory();
    return child;
  }

  /** Notes children on disk of an inner node at `level` and below, from slot `from` on in direction `step`. */
  private collect(
    node: Handle,
    level: number,
    from: number,
    step: 1 | -1,
    path: readonly number[],
    most: number,
    found: MissingPiece[],
  ): void {
    const { arena } = this.allocator;
    const view = arena.view(node);
    const at = arena.offset(node);
    const stride = view.getUint32(at + INNER_STRIDE, true);
    const children = innerChildren(view, at);
    for (let n = from; n >= 0 && n < children && found.length < most; n += step) {
      const slotAt = at + INNER_HEADER_BYTES + n * stride;
      const child = asHandle(view.getUint32(slotAt + SLOT_CHILD, true));
      if (child === NULL_HANDLE) found.push({ piece: view.getUint32(slotAt + SLOT_PIECE, true), path: [...path, n] });
      else if (level + 1 < this.height) {
        const start = step === 1 ? 0 : innerChildren(arena.view(child), arena.offset(child)) - 1;
        this.collect(child, level + 1, start, step, [...path, n], most, found);
      }
    }
  }
}

export function innerChildren(view: DataView, at: number): number {
  return view.getUint16(at + INNER_CHILDREN, true);
}

/** Four bytes of a key from `i` on, big endian, zeros behind its end. */
function wordOf(key: Slice, i: number): number {
  const left = key.length - i;
  if (left >= 4) return key.view.getUint32(key.at + i, false);
  let word = 0;
  for (let byte = 0; byte < 4; byte++) word = (word << 8) | (byte < left ? key.view.getUint8(key.at + i + byte) : 0);
  return word >>> 0;
}
