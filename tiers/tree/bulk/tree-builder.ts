import { assert } from '../../base/assert.ts';
import { copyBytes } from '../../base/bytes.ts';
import type { Allocator } from '../../memory/allocator.ts';
import { asHandle, type Handle, NULL_HANDLE } from '../../memory/handle.ts';
import {
  INNER_CHILDREN,
  INNER_HEADER_BYTES,
  INNER_LEVEL,
  INNER_STRIDE,
  LEAF_ENTRIES,
  LEAF_FLAGS,
  LEAF_HEADER_BYTES,
  LEAF_MAX_BYTES,
  LEAF_MAX_ENTRIES,
  LEAF_RECENT,
  LEAF_USED,
  MAX_HEIGHT,
  maxChildren,
  ORDER_BYTES,
  ORDER_HASH,
  ORDER_POSITION,
  ROOT_BLOCK_BYTES,
  ROOT_ENTRIES,
  ROOT_HEIGHT,
  ROOT_NODE,
  SEPARATOR_BYTES,
  SLOT_CHILD,
  SLOT_COUNT,
  SLOT_KEY,
  SLOT_PIECE,
  slotStride,
  type TreeShape,
} from '../layout.ts';
import { lengthBytes, readLength } from '../pack.ts';

/** Nodes of one level, from left to right. */
interface Level {
  readonly nodes: Handle[];
  readonly entries: number[];
  /** The least hash below each (ORDER_HASH). */
  readonly hashes: number[];
}

/**
 * Builds a tree from its leaves up, out of entries that come in its order: each byte is written once, and no node is split. `begin`, then
 * `room` for each entry, then `finish`; or `discard`, also when an error passes through.
 */
export class TreeBuilder {
  /** The leaf at hand: `room` says where to write an entry as it stands in a pack (pack.ts). */
  bytes: Uint8Array;
  view: DataView;
  private readonly allocator: Allocator;
  private readonly shape: TreeShape;
  private readonly noMemory: () => never;
  /** A full leaf of what grows at its end or comes and goes there; others keep an eighth for what comes in between. */
  private readonly fill: number;
  private kind = 0;
  private used = LEAF_HEADER_BYTES;
  private entries = 0;
  private firstHash = 0;
  private lastHash = 0;
  private leaves: Level = emptyLevel();
  private blockBytes = 0;
  /** All nodes so far, for `discard`. */
  private readonly built: Handle[] = [];

  /** `noMemory` throws what says so. */
  constructor(allocator: Allocator, shape: TreeShape, noMemory: () => never) {
    this.allocator = allocator;
    this.shape = shape;
    this.noMemory = noMemory;
    const limit = Math.min(shape.leafBytes, LEAF_MAX_BYTES);
    this.fill = LEAF_HEADER_BYTES + (shape.order === ORDER_POSITION ? limit : limit - (limit >>> 3));
    this.bytes = new Uint8Array(LEAF_HEADER_BYTES + limit);
    this.view = new DataView(this.bytes.buffer);
  }

  /** An empty tree, whose blocks are counted as `kind`. */
  begin(kind: number): void {
    this.kind = kind;
    this.leaves = emptyLevel();
    this.built.length = 0;
    this.blockBytes = 0;
    this.empty();
  }

  /**
   * Where in `bytes` and `view` the next entry, of `size` bytes, is to be written at once. `hash`: its key's (ORDER_HASH; not less than those
   * before).
   */
  room(size: number, hash: number): number {
    const over = this.used + size > this.fill && this.entries > 0;
    // Entries with one hash stay together: a separator stands between hashes.
    if (over && (this.shape.order !== ORDER_HASH || hash !== this.lastHash)) this.closeLeaf();
    if (this.entries === 0) this.firstHash = hash;
    this.lastHash = hash;
    const at = this.used;
    this.used += size;
    this.entries++;
    if (this.used > this.bytes.length) this.grow();
    return at;
  }

  /** Writes the tree's root at `rootAt`; its nodes belong to that from now on. */
  finish(rootView: DataView, rootAt: number): void {
    if (this.entries > 0) this.closeLeaf();
    let level = this.leaves;
    let height = 0;
    let total = 0;
    for (const count of level.entries) total += count;
    while (level.nodes.length > 1) level = this.levelAbove(level, ++height);
    assert(height < MAX_HEIGHT, 'no collection is that large');
    rootView.setUint32(rootAt + ROOT_NODE, level.nodes[0] ?? NULL_HANDLE, true);
    rootView.setUint32(rootAt + ROOT_ENTRIES, total, true);
    rootView.setUint8(rootAt + ROOT_HEIGHT, height);
    rootView.setFloat64(rootAt + ROOT_BLOCK_BYTES, this.blockBytes, true);
    this.begin(this.kind);
  }

  /** Forgets what was begun, and gives its memory back. */
  discard(): void {
    for (const node of this.built) this.allocator.free(node, this.kind);
    this.begin(this.kind);
  }

  private empty(): void {
    this.used = LEAF_HEADER_BYTES;
    this.entries = 0;
  }

  private grow(): void {
    const larger = new Uint8Array(Math.max(this.used, this.bytes.length * 2));
    larger.set(this.bytes);
    this.bytes = larger;
    this.view = new DataView(larger.buffer);
  }

  private newBlock(bytes: number): Handle {
    const handle = this.allocator.allocateBeyondLimit(bytes, this.kind);
    if (handle === NULL_HANDLE) this.noMemory();
    this.built.push(handle);
    this.blockBytes += this.allocator.capacity(handle);
    return handle;
  }

  private closeLeaf(): void {
    assert(this.entries <= LEAF_MAX_ENTRIES, 'a leaf counts its entries');
    const { arena } = this.allocator;
    const handle = this.newBlock(this.used);
    this.view.setUint16(LEAF_ENTRIES, this.entries, true);
    this.view.setUint16(LEAF_FLAGS, LEAF_RECENT, true);
    this.view.setUint32(LEAF_USED, this.used - LEAF_HEADER_BYTES, true);
    copyBytes(arena.view(handle), arena.bytes(handle), arena.offset(handle), this.view, this.bytes, 0, this.used);
    this.leaves.nodes.push(handle);
    this.leaves.entries.push(this.entries);
    if (this.shape.order === ORDER_HASH) this.leaves.hashes.push(this.firstHash);
    this.empty();
  }

  /** Inner nodes over those of a level, all of about the same number of children. */
  private levelAbove(below: Level, height: number): Level {
    const most = maxChildren(this.shape.order);
    const children = below.nodes.length;
    const groups = Math.ceil(children / (most - (most >>> 3)));
    const level = emptyLevel();
    for (let group = 0, from = 0; group < groups; group++) {
      const to = Math.floor((children * (group + 1)) / groups);
      level.nodes.push(this.innerNode(below, from, to, height));
      let sum = 0;
      for (let n = from; n < to; n++) sum += below.entries[n] ?? 0;
      level.entries.push(sum);
      level.hashes.push(below.hashes[from] ?? 0);
      from = to;
    }
    return level;
  }

  private innerNode(below: Level, from: number, to: number, height: number): Handle {
    const { order } = this.shape;
    const stride = slotStride(order);
    const handle = this.newBlock(INNER_HEADER_BYTES + (to - from) * stride);
    const { arena } = this.allocator;
    const view = arena.view(handle);
    const at = arena.offset(handle);
    view.setUint16(at + INNER_CHILDREN, to - from, true);
    view.setUint16(at + INNER_LEVEL, height, true);
    view.setUint32(at + INNER_STRIDE, stride, true);
    for (let n = from, slotAt = at + INNER_HEADER_BYTES; n < to; n++, slotAt += stride) {
      const child = asHandle(below.nodes[n] ?? 0);
      view.setUint32(slotAt + SLOT_CHILD, child, true);
      view.setUint32(slotAt + SLOT_PIECE, 0, true);
      view.setUint32(slotAt + SLOT_COUNT, below.entries[n] ?? 0, true);
      if (order === ORDER_HASH) view.setUint32(slotAt + SLOT_KEY, below.hashes[n] ?? 0, true);
      else if (order === ORDER_BYTES) this.writeSeparator(view, slotAt + SLOT_KEY, child, height);
    }
    return handle;
  }

  /** The beginning of the least key below a child. */
  private writeSeparator(view: DataView, to: number, child: Handle, height: number): void {
    const { arena } = this.allocator;
    const from = arena.view(child);
    const at = arena.offset(child);
    if (height > 1) {
      for (let i = 0; i < SEPARATOR_BYTES; i += 4) {
        view.setUint32(to + i, from.getUint32(at + INNER_HEADER_BYTES + SLOT_KEY + i, true), true);
      }
      return;
    }
    const length = readLength(from, at + LEAF_HEADER_BYTES);
    const keyAt = at + LEAF_HEADER_BYTES + lengthBytes(length);
    for (let i = 0; i < SEPARATOR_BYTES; i++) view.setUint8(to + i, i < length ? from.getUint8(keyAt + i) : 0);
  }
}

function emptyLevel(): Level {
  return { nodes: [], entries: [], hashes: [] };
}
