import type { StoreView } from '../../../tiers/index/store-view.ts';
import type { Allocator } from '../../../tiers/memory/allocator.ts';
import { initialiseFlat, initialiseTree } from '../../../tiers/tree/build.ts';
import { StagedEntries } from '../../../tiers/tree/bulk/staged-entries.ts';
import { TreeBuilder } from '../../../tiers/tree/bulk/tree-builder.ts';
import {
  LEAF_ENTRIES,
  LEAF_HEADER_BYTES,
  LEAF_USED,
  rootOffset,
  type TreeShape,
  treeValueBytes,
} from '../../../tiers/tree/layout.ts';
import { Slice } from '../../../tiers/tree/slice.ts';
import { visitBlocks } from '../../../tiers/tree/walk.ts';
import { errors } from '../../commands/errors.ts';
import type { KeyRef } from '../../keyspace/key-ref.ts';
import { EXPIRY_NONE } from '../string/string-values.ts';
import { flatLimit } from './collection.ts';
import type { Collections } from './collections.ts';

/** Value of a TREE object with one root and no meta. */
const TREE_BYTES = treeValueBytes(1, 0);

interface TreeValue {
  readonly view: DataView;
  readonly bytes: Uint8Array;
  /** Gives its nodes back: when there is no memory for its object. */
  free(): void;
}

/**
 * A collection by hash that is put together aside, out of members in any order, and then put in a key's place: sorted and built at once,
 * which takes a fraction of the time of inserting one after the other. For commands whose result is not looked at before it is whole; `Scratch`
 * is for the others. Nothing is to be given back when an error passes through, except what `discard` forgets.
 */
export class Bulk {
  private readonly allocator: Allocator;
  private readonly collections: Collections;
  private readonly shape: TreeShape;
  private readonly staged: StagedEntries;
  private readonly builder: TreeBuilder;
  private readonly key: Slice = new Slice();
  private type = 0;

  constructor(store: StoreView, collections: Collections, shape: TreeShape) {
    this.allocator = store.allocator;
    this.collections = collections;
    this.shape = shape;
    this.staged = new StagedEntries(store.memberHasher);
    this.builder = new TreeBuilder(store.allocator, shape, () => {
      throw errors.oom;
    });
  }

  /** An empty collection of the value type. */
  begin(type: number): void {
    this.type = type;
    this.staged.clear();
  }

  /** Adds an entry, whether its key is there or not. */
  add(key: Slice, value?: Slice): void {
    this.staged.add(key, value);
  }

  /** Number of entries. */
  get count(): number {
    return this.staged.count;
  }

  /** When all are in: keeps of entries with one key the first; answers how many others there were. */
  dropRepeated(): number {
    return this.staged.dropRepeated();
  }

  /** Calls `visit` with each key until it answers false; whether it never did. */
  every(visit: (key: Slice) => boolean): boolean {
    return this.staged.every(this.key, visit);
  }

  /**
   * Makes it (not empty) the key's value, whatever that was, and begins anew. Not a change that counts. Throws errors.oom with the key
   * unchanged. `encoding` 0 is what Redis keeps packed, in the order in which the members came.
   */
  place(ref: KeyRef, encoding: number, expiryMs = EXPIRY_NONE): void {
    const { collections, shape, staged, type } = this;
    const flatBytes = flatLimit(shape, encoding);
    const packBytes = staged.packBytes;
    if (packBytes <= flatBytes) {
      const bytes = new Uint8Array(LEAF_HEADER_BYTES + packBytes);
      const view = new DataView(bytes.buffer);
      initialiseFlat(view, 0);
      view.setUint16(LEAF_ENTRIES, staged.count, true);
      view.setUint32(LEAF_USED, staged.writePack(view, bytes, LEAF_HEADER_BYTES), true);
      collections.createFrom(ref, type, encoding, view, bytes, bytes.length, expiryMs);
    } else this.placeTree(ref, encoding, expiryMs);
    this.begin(type);
  }

  /** Forgets what was added. */
  discard(): void {
    this.begin(this.type);
  }

  private placeTree(ref: KeyRef, encoding: number, expiryMs: number): void {
    const { collections, type } = this;
    const { bytes, free, view } = this.build();
    try {
      collections.createFrom(ref, type, encoding, view, bytes, TREE_BYTES, expiryMs, true);
    } catch (error) {
      free();
      throw error;
    }
  }

  /** The value of a TREE object with one root, which holds the entries of a FLAT one whose leaf is at `at`. Throws errors.oom. */
  spread(type: number, view: DataView, bytes: Uint8Array, at: number): TreeValue {
    this.begin(type);
    const from = at + LEAF_HEADER_BYTES;
    this.staged.addPack(view, bytes, from, from + view.getUint32(at + LEAF_USED, true), this.shape.valued);
    try {
      return this.build();
    } finally {
      this.discard();
    }
  }

  private build(): TreeValue {
    const { allocator, builder, staged, type } = this;
    const bytes = new Uint8Array(TREE_BYTES);
    const view = new DataView(bytes.buffer);
    initialiseTree(view, bytes, 0, 1, 0);
    builder.begin(type);
    try {
      staged.emit(builder);
      builder.finish(view, rootOffset(0));
    } catch (error) {
      builder.discard();
      throw error;
    }
    return {
      view,
      bytes,
      free: () => visitBlocks(allocator, view, rootOffset(0), (node) => allocator.free(node, type)),
    };
  }
}
