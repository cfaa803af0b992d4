import type { StoreView } from '../../../tiers/index/store-view.ts';
import { asHandle } from '../../../tiers/memory/handle.ts';
import { objectType, objectValueAt } from '../../../tiers/memory/object.ts';
import { addGarbage } from '../../../tiers/tree/garbage.ts';
import { rootOffset, type TreeShape } from '../../../tiers/tree/layout.ts';
import type { Slice } from '../../../tiers/tree/slice.ts';
import { type MissingPiece, Tree, type TreeHost } from '../../../tiers/tree/tree.ts';
import { isTreeObject } from '../../../tiers/tree/walk.ts';
import { errors } from '../../commands/errors.ts';
import { KeyRef } from '../../keyspace/key-ref.ts';
import { PiecesMissing } from '../../keyspace/pieces-missing.ts';
import type { Collections } from './collections.ts';

/**
 * The entries of a collection that belongs to a key: a `Tree` that knows its object. Open it for the running command (slot locked,
 * value in RAM), use it, forget it. After changes call `Collections.changed` once.
 */
export class Collection extends Tree {
  private readonly owner: ObjectHost;

  constructor(store: StoreView, shape: TreeShape, collections: Collections) {
    const owner = new ObjectHost(store, collections);
    super(store.allocator, store.memberHasher, shape, owner);
    this.owner = owner;
  }

  /** Opens root `n` of the key's value, or the whole of a FLAT one. The key exists and has the right type. */
  open(ref: KeyRef, n = 0): this {
    this.owner.ref = ref;
    this.owner.root = n;
    this.owner.reopen(this);
    return this;
  }

  /** Points `slice` at the key (by position: the content) of the entry that the cursor stands at. Good until the next change. */
  key(slice: Slice): Slice {
    return slice.set(this.leafView, this.leafBytes, this.keyAt, this.keyLength);
  }

  /** The same for its value. */
  value(slice: Slice): Slice {
    return slice.set(this.leafView, this.leafBytes, this.valueAt, this.valueLength);
  }
}

/** Resizes the object of a FLAT collection, and turns it into a TREE. */
class ObjectHost implements TreeHost {
  ref: KeyRef = new KeyRef();
  root = 0;
  private readonly store: StoreView;
  private readonly collections: Collections;

  constructor(store: StoreView, collections: Collections) {
    this.store = store;
    this.collections = collections;
  }

  reopen(tree: Tree): void {
    const { arena } = this.store;
    const handle = asHandle(this.ref.handle);
    const view = arena.view(handle);
    const at = arena.offset(handle);
    const valueAt = objectValueAt(view, at);
    if (isTreeObject(view, at)) tree.openRoot(view, valueAt + rootOffset(this.root), objectType(view, at));
    else tree.openFlat(view, arena.bytes(handle), valueAt);
  }

  resizeFlat(tree: Tree, bytes: number): void {
    this.collections.resize(this.ref, bytes);
    this.reopen(tree);
  }

  spread(tree: Tree): void {
    this.collections.toTree(this.ref, 1);
    this.reopen(tree);
  }

  fetchPieces(missing: readonly MissingPiece[]): never {
    throw new PiecesMissing(this.ref, this.root, missing);
  }

  dropPiece(piece: number): void {
    const { allocator, arena } = this.store;
    const handle = asHandle(this.ref.handle);
    const view = arena.view(handle);
    const at = arena.offset(handle);
    if (!addGarbage(allocator, view, objectValueAt(view, at), objectType(view, at), piece)) throw errors.oom;
  }

  noMemory(): never {
    throw errors.oom;
  }
}
