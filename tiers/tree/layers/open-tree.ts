import type { KeyHasher } from '../../index/hash.ts';
import type { Allocator } from '../../memory/allocator.ts';
import { type Handle, NULL_HANDLE } from '../../memory/handle.ts';
import type { TreeHost } from '../host.ts';
import {
  FLAT_MAX_BYTES,
  LEAF_ENTRIES,
  LEAF_HEADER_BYTES,
  LEAF_MAX_BYTES,
  LEAF_USED,
  MAX_HEIGHT,
  ORDER_POSITION,
  ROOT_BLOCK_BYTES,
  ROOT_ENTRIES,
  ROOT_HEIGHT,
  slotStride,
  type TreeShape,
} from '../layout.ts';
import type { Slice } from '../slice.ts';

/**
 * One collection's entries, opened: FLAT, or the root of a B+tree with counts. What all layers of a `Tree` share stands here; each layer is a
 * class of its own upon the one below: way, cursor, search, inner nodes, leaves, splits, and `Tree`.
 */
export abstract class OpenTree {
  leafView: DataView;
  leafBytes: Uint8Array;
  keyAt = 0;
  keyLength = 0;
  valueAt = 0;
  valueLength = 0;
  readonly shape: TreeShape;
  host: TreeHost;

  protected readonly allocator: Allocator;
  private readonly hasher: KeyHasher;
  protected readonly stride: number;
  protected readonly leafLimit: number;
  protected readonly valued: boolean;
  protected readonly byPosition: boolean;
  protected readonly entryBytes: number;
  /** The inner node that slots were last changed in. */
  protected innerView: DataView;
  /** The entry being inserted is the first of a new leaf, which has no separator yet. */
  protected fresh = false;
  protected kind = 0;
  protected flat = false;
  /** The pack of a FLAT collection may have so many bytes. */
  protected flatLimit = FLAT_MAX_BYTES;
  protected rootView: DataView;
  protected rootAt = 0;
  protected height = 0;
  /** The way to the leaf: inner nodes from the root down, and the slot taken in each. */
  protected readonly nodes = new Uint32Array(MAX_HEIGHT);
  protected readonly slots = new Uint32Array(MAX_HEIGHT);
  /** Leaves that the cursor went on to from a neighbour: a long walk asks for much at a time, since it starts over each time. */
  protected walked = 0;
  /** What is on disk counts as not there (`findLoaded`). */
  protected loadedOnly = false;
  protected leaf: Handle = NULL_HANDLE;
  protected leafAt = 0;
  /** Free bytes in front of the leaf's pack. */
  protected slack = 0;
  /** Offsets of the entry and of what follows it; where `insert` puts a new one. */
  protected entryAt = 0;
  protected entryNext = 0;

  constructor(allocator: Allocator, hasher: KeyHasher, shape: TreeShape, host: TreeHost) {
    this.allocator = allocator;
    this.hasher = hasher;
    this.shape = shape;
    this.host = host;
    this.stride = slotStride(shape.order);
    this.leafLimit = Math.min(shape.leafBytes, LEAF_MAX_BYTES);
    this.valued = shape.valued;
    this.entryBytes = shape.entryBytes ?? 0;
    this.byPosition = shape.order === ORDER_POSITION;
    this.leafView = new DataView(new ArrayBuffer(0));
    this.leafBytes = new Uint8Array(0);
    this.rootView = this.leafView;
    this.innerView = this.leafView;
  }

  /** Opens the leaf that is the value of a FLAT object, at `at`; with a pack of more than `limit` bytes it becomes a TREE. */
  openFlat(view: DataView, bytes: Uint8Array, at: number, limit = FLAT_MAX_BYTES): void {
    this.flat = true;
    this.flatLimit = limit;
    this.height = 0;
    this.leaf = NULL_HANDLE;
    this.leafView = view;
    this.leafBytes = bytes;
    this.leafAt = at;
    this.slack = 0;
  }

  /** Opens the root at `at`; its blocks are counted as `kind`. */
  openRoot(view: DataView, at: number, kind: number): void {
    this.flat = false;
    this.kind = kind;
    this.rootView = view;
    this.rootAt = at;
    this.height = view.getUint8(at + ROOT_HEIGHT);
    this.walked = 0;
  }

  get isFlat(): boolean {
    return this.flat;
  }

  /** Number of entries. */
  get count(): number {
    return this.flat
      ? this.leafView.getUint16(this.leafAt + LEAF_ENTRIES, true)
      : this.rootView.getUint32(this.rootAt + ROOT_ENTRIES, true);
  }

  /** Bytes of the pack of a FLAT collection. */
  get flatBytes(): number {
    return this.leafView.getUint32(this.leafAt + LEAF_USED, true);
  }

  /** Bytes in RAM of a TREE's nodes. */
  get blockBytes(): number {
    return this.flat ? 0 : this.rootView.getFloat64(this.rootAt + ROOT_BLOCK_BYTES, true);
  }

  protected get packStart(): number {
    return this.leafAt + LEAF_HEADER_BYTES + this.slack;
  }

  protected get packEnd(): number {
    return this.packStart + this.leafView.getUint32(this.leafAt + LEAF_USED, true);
  }

  protected get leafEntries(): number {
    return this.leafView.getUint16(this.leafAt + LEAF_ENTRIES, true);
  }

  protected get leafUsed(): number {
    return this.leafView.getUint32(this.leafAt + LEAF_USED, true);
  }

  protected hashOfKey(key: Slice): number {
    return key.hashed === true ? (key.hash ?? 0) >>> 0 : this.hashOf(key.view, key.at, key.length);
  }

  protected hashOf(view: DataView, at: number, length: number): number {
    this.hasher.hash(view, at, length);
    return this.hasher.position >>> 0;
  }
}
