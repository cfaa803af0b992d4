import type { StoreView } from '../../../tiers/index/store-view.ts';
import { asHandle } from '../../../tiers/memory/handle.ts';
import { objectEncoding, objectType, objectValueAt } from '../../../tiers/memory/object.ts';
import { addGarbage } from '../../../tiers/tree/garbage.ts';
import type { MissingPiece, TreeHost } from '../../../tiers/tree/host.ts';
import type { OpenTree } from '../../../tiers/tree/layers/open-tree.ts';
import { FLAT_MAX_BYTES, rootOffset, TREE_EXPIRES, TREE_FLAGS, type TreeShape } from '../../../tiers/tree/layout.ts';
import { Slice } from '../../../tiers/tree/slice.ts';
import { Tree } from '../../../tiers/tree/tree.ts';
import { isTreeObject } from '../../../tiers/tree/walk.ts';
import { errors } from '../../commands/errors.ts';
import { KeyRef, VALUE_ZSET } from '../../keyspace/key-ref.ts';
import { PiecesMissing } from '../../keyspace/pieces-missing.ts';
import type { Collections } from './collections.ts';
import type { MemberExpiry } from './member-expiry.ts';

/**
 * The entries of a collection that belongs to a key: a `Tree` that knows its object. Open it for the running command (slot locked,
 * value in RAM), use it, forget it. After changes call `Collections.changed` once.
 */
export class Collection extends Tree {
  private readonly owner: ObjectHost;
  private readonly member: Slice = new Slice();

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

  /** Whether this goes over members of which some may expire: what removes several has to find each, or `lookAtExpiry`, first. */
  get tracksExpiry(): boolean {
    return this.owner.tracks;
  }

  override find(key: Slice): boolean {
    const found = super.find(key);
    if (found && this.owner.tracks) this.owner.expiry.look(this.owner.ref, key);
    return found;
  }

  /** Removes the member at the cursor, and with it the time at which it was to expire. */
  override remove(): boolean {
    if (this.owner.tracks) this.overwritten();
    return super.remove();
  }

  override removeRange(rank: number, count: number): void {
    if (this.owner.tracks) {
      let more = this.seek(rank);
      for (let n = 0; n < count && more; n++, more = this.next()) this.lookAtExpiry();
      more = this.seek(rank);
      for (let n = 0; n < count && more; n++, more = this.next()) this.overwritten();
    }
    super.removeRange(rank, count);
  }

  /** Descends to where it is written when the member at the cursor expires, so that removing it cannot stop half-way. */
  lookAtExpiry(): void {
    if (this.owner.tracks) this.owner.expiry.look(this.owner.ref, this.key(this.member));
  }

  /** The member at the cursor gets a new value: it expires no more. */
  overwritten(): void {
    if (this.owner.tracks) this.owner.expiry.forget(this.owner.ref, this.key(this.member));
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

/** Most bytes of the pack of a FLAT collection with an encoding number. */
export function flatLimit(shape: TreeShape, encoding: number): number {
  return encoding === 0 && shape.packedBytes !== undefined ? shape.packedBytes : FLAT_MAX_BYTES;
}

/** Resizes the object of a FLAT collection, and turns it into a TREE. */
class ObjectHost implements TreeHost {
  ref: KeyRef = new KeyRef();
  root = 0;
  /** Whether this is the root of members, and they may expire. */
  tracks = false;
  private readonly store: StoreView;
  private readonly collections: Collections;

  constructor(store: StoreView, collections: Collections) {
    this.store = store;
    this.collections = collections;
  }

  get expiry(): MemberExpiry {
    return this.collections.memberExpiry;
  }

  reopen(tree: OpenTree): void {
    const { arena } = this.store;
    const handle = asHandle(this.ref.handle);
    const view = arena.view(handle);
    const at = arena.offset(handle);
    const valueAt = objectValueAt(view, at);
    if (isTreeObject(view, at)) {
      const type = objectType(view, at);
      tree.openRoot(view, valueAt + rootOffset(this.root), type);
      this.tracks =
        (view.getUint8(valueAt + TREE_FLAGS) & TREE_EXPIRES) !== 0 && this.root === (type === VALUE_ZSET ? 1 : 0);
    } else {
      tree.openFlat(view, arena.bytes(handle), valueAt, flatLimit(tree.shape, objectEncoding(view, at)));
      this.tracks = false;
    }
  }

  resizeFlat(tree: OpenTree, bytes: number): void {
    this.collections.resize(this.ref, bytes);
    this.reopen(tree);
  }

  spread(tree: OpenTree): void {
    this.collections.toTree(this.ref, 1, 0, tree.shape);
    this.reopen(tree);
  }

  touched(): void {
    this.collections.noteBegun();
  }

  fetchPieces(missing: readonly MissingPiece[]): void {
    const signal = new PiecesMissing(this.ref, this.root, missing);
    if (!this.collections.readMidway(signal)) throw signal;
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
