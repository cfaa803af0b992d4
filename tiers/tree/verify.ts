import { assert } from '../base/assert.ts';
import { type HashSeed, KeyHasher } from '../index/hash.ts';
import type { Allocator } from '../memory/allocator.ts';
import { asHandle, type Handle, NULL_HANDLE } from '../memory/handle.ts';
import {
  INNER_CHILDREN,
  INNER_HEADER_BYTES,
  LEAF_ENTRIES,
  LEAF_HEADER_BYTES,
  LEAF_USED,
  leafSlack,
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
} from './layout.ts';
import { entryEnd, isPack, lengthBytes, readLength } from './pack.ts';
import { compareBytes } from './slice.ts';

/** Checks everything that a tree promises; for tests. Nodes on disk are taken on trust. */
export function verifyTree(
  allocator: Allocator,
  seed: HashSeed,
  shape: TreeShape,
  rootView: DataView,
  rootAt: number,
): void {
  new TreeVerifier(allocator, seed, shape).run(rootView, rootAt);
}

interface Bound {
  readonly view: DataView;
  readonly at: number;
}

class TreeVerifier {
  private readonly allocator: Allocator;
  private readonly hasher: KeyHasher;
  private readonly shape: TreeShape;
  private readonly stride: number;
  private bytes = 0;
  private lastKey: Buffer | undefined;

  constructor(allocator: Allocator, seed: HashSeed, shape: TreeShape) {
    this.allocator = allocator;
    this.hasher = new KeyHasher(seed);
    this.shape = shape;
    this.stride = slotStride(shape.order);
  }

  run(view: DataView, rootAt: number): void {
    const node = asHandle(view.getUint32(rootAt + ROOT_NODE, true));
    const entries = view.getUint32(rootAt + ROOT_ENTRIES, true);
    const height = view.getUint8(rootAt + ROOT_HEIGHT);
    if (node === NULL_HANDLE) {
      assert(entries === 0 && height === 0, 'a tree without nodes is empty');
      return;
    }
    const found = this.node(node, height, undefined, undefined, false);
    assert(found === entries, `a tree counts ${entries} entries and has ${found}`);
    assert(entries > 0, 'an empty tree has no nodes');
    const counted = view.getFloat64(rootAt + ROOT_BLOCK_BYTES, true);
    assert(counted === this.bytes, `a tree counts ${counted} bytes of blocks and has ${this.bytes}`);
  }

  private node(node: Handle, height: number, low: Bound | undefined, high: Bound | undefined, clean: boolean): number {
    this.bytes += this.allocator.capacity(node);
    const { arena } = this.allocator;
    const view = arena.view(node);
    const at = arena.offset(node);
    if (height === 0) return this.leaf(view, at, this.allocator.capacity(node), low, high);
    const children = view.getUint16(at + INNER_CHILDREN, true);
    assert(children > 0 && children <= maxChildren(this.shape.order), `an inner node has ${children} children`);
    let sum = 0;
    for (let n = 0; n < children; n++) {
      const slotAt = at + INNER_HEADER_BYTES + n * this.stride;
      const child = asHandle(view.getUint32(slotAt + SLOT_CHILD, true));
      const count = view.getUint32(slotAt + SLOT_COUNT, true);
      const piece = view.getUint32(slotAt + SLOT_PIECE, true);
      assert(!clean || piece !== 0, 'below a node that is as on disk all are');
      const from = n === 0 ? low : { view, at: slotAt + SLOT_KEY };
      const to = n + 1 < children ? { view, at: slotAt + this.stride + SLOT_KEY } : high;
      if (child === NULL_HANDLE) {
        assert(piece !== 0, 'a node is in RAM or on disk');
        this.lastKey = undefined;
      } else {
        const found = this.node(child, height - 1, from, to, piece !== 0);
        assert(found === count, `a slot counts ${count} entries, its child has ${found}`);
      }
      sum += count;
    }
    return sum;
  }

  private leaf(view: DataView, at: number, capacity: number, low: Bound | undefined, high: Bound | undefined): number {
    const { order, valued } = this.shape;
    const entries = view.getUint16(at + LEAF_ENTRIES, true);
    const used = view.getUint32(at + LEAF_USED, true);
    const start = at + LEAF_HEADER_BYTES + leafSlack(view, at);
    assert(entries > 0 && start + used <= at + capacity, 'a leaf has entries, and fits its block');
    assert(leafSlack(view, at) === 0 || order === ORDER_POSITION, 'only leaves of lists have slack');
    assert(isPack(view, start, start + used, entries, valued, order === ORDER_POSITION), 'a leaf holds a pack');
    for (let entry = start; entry < start + used; entry = entryEnd(view, entry, valued, order === ORDER_POSITION)) {
      const length = readLength(view, entry);
      this.key(view, entry + lengthBytes(length), length, low, high);
    }
    return entries;
  }

  private key(view: DataView, at: number, length: number, low: Bound | undefined, high: Bound | undefined): void {
    if (this.shape.order === ORDER_HASH) {
      this.hasher.hash(view, at, length);
      const hash = this.hasher.position >>> 0;
      assert(low === undefined || low.view.getUint32(low.at, true) <= hash, 'a hash is not below its separator');
      assert(high === undefined || hash < high.view.getUint32(high.at, true), 'a hash is below the next separator');
    } else if (this.shape.order === ORDER_BYTES) {
      const key = Buffer.alloc(length);
      for (let i = 0; i < length; i++) key[i] = view.getUint8(at + i);
      assert(this.lastKey === undefined || Buffer.compare(this.lastKey, key) < 0, 'keys ascend');
      this.lastKey = key;
      const padded = Buffer.alloc(SEPARATOR_BYTES);
      key.copy(padded);
      const own = new DataView(padded.buffer, padded.byteOffset, padded.length);
      const order = (bound: Bound): number =>
        compareBytes(bound.view, bound.at, SEPARATOR_BYTES, own, 0, SEPARATOR_BYTES);
      assert(low === undefined || order(low) <= 0, 'a key is not below its separator');
      assert(high === undefined || order(high) >= 0, 'a key is not above the next separator');
    }
  }
}
