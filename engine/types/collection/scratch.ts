import type { StoreView } from '../../../tiers/index/store-view.ts';
import { asHandle, NULL_HANDLE } from '../../../tiers/memory/handle.ts';
import { copyLeaf, initialiseFlat, initialiseTree, plant } from '../../../tiers/tree/build.ts';
import type { TreeHost } from '../../../tiers/tree/host.ts';
import {
  FLAT_MAX_BYTES,
  LEAF_HEADER_BYTES,
  rootOffset,
  type TreeShape,
  treeValueBytes,
} from '../../../tiers/tree/layout.ts';
import { Tree } from '../../../tiers/tree/tree.ts';
import { visitBlocks } from '../../../tiers/tree/walk.ts';
import { errors } from '../../commands/errors.ts';
import type { KeyRef } from '../../keyspace/key-ref.ts';
import { EXPIRY_NONE } from '../string/string-values.ts';
import type { Collections } from './collections.ts';

const ROOT_AT = rootOffset(0);

/**
 * A collection with one root that is built out of everybody's sight and then put in a key's place: for commands that store a result, whose
 * sources may be what they replace. While it is small it takes no shared memory. Whoever begins one ends with `place` or `discard`, also
 * when an error passes through.
 */
export class Scratch {
  /** The entries: use it between `begin` and `place` or `discard`. */
  readonly tree: Tree;
  private readonly store: StoreView;
  private readonly collections: Collections;
  /** A FLAT value, or the value of a TREE object, in memory of our own. */
  private readonly bytes: Uint8Array;
  private readonly view: DataView;
  private type = 0;

  constructor(store: StoreView, collections: Collections, shape: TreeShape) {
    this.store = store;
    this.collections = collections;
    this.bytes = new Uint8Array(LEAF_HEADER_BYTES + Math.max(FLAT_MAX_BYTES, shape.packedBytes ?? 0));
    this.view = new DataView(this.bytes.buffer);
    const host: TreeHost = {
      // The buffer holds the largest FLAT value.
      resizeFlat: () => undefined,
      spread: () => this.spread(),
      touched: () => {},
      fetchPieces: nowhere,
      dropPiece: nowhere,
      noMemory: () => {
        throw errors.oom;
      },
    };
    this.tree = new Tree(store.allocator, store.memberHasher, shape, host);
  }

  /** An empty collection of the value type, FLAT while its pack has no more than `limit` bytes (at most the shape's `packedBytes`). */
  begin(type: number, limit = FLAT_MAX_BYTES): Tree {
    this.type = type;
    initialiseFlat(this.view, 0);
    this.tree.openFlat(this.view, this.bytes, 0, limit);
    return this.tree;
  }

  /**
   * Makes it the key's value, whatever that was, and begins anew. Not a change that counts. Throws errors.oom with the key unchanged.
   */
  place(ref: KeyRef, encoding: number, expiryMs = EXPIRY_NONE): void {
    const { collections, tree, type, view, bytes } = this;
    if (tree.isFlat)
      collections.createFrom(ref, type, encoding, view, bytes, LEAF_HEADER_BYTES + tree.flatBytes, expiryMs);
    else collections.createFrom(ref, type, encoding, view, bytes, treeValueBytes(1, 0), expiryMs, true);
    this.begin(type);
  }

  /** Forgets it, and gives back what memory it took. */
  discard(): void {
    if (!this.tree.isFlat) {
      const { allocator } = this.store;
      visitBlocks(allocator, this.view, ROOT_AT, (node) => allocator.free(node, this.type));
    }
    this.begin(this.type);
  }

  private spread(): void {
    const { allocator } = this.store;
    const leaf = copyLeaf(allocator, this.view, this.bytes, 0, this.type);
    if (leaf === NULL_HANDLE) throw errors.oom;
    initialiseTree(this.view, this.bytes, 0, 1, 0);
    plant(allocator, this.view, 0, 0, asHandle(leaf));
    this.tree.openRoot(this.view, ROOT_AT, this.type);
  }
}

function nowhere(): never {
  throw new Error('what is built aside is never on disk');
}
