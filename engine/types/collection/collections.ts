import { assert } from '../../../tiers/base/assert.ts';
import { copyBytes } from '../../../tiers/base/bytes.ts';
import type { StoreView } from '../../../tiers/index/store-view.ts';
import { asHandle, NULL_HANDLE } from '../../../tiers/memory/handle.ts';
import { OBJECT_TYPE, objectType, objectValueAt } from '../../../tiers/memory/object.ts';
import { copyLeaf, initialiseFlat, initialiseTree, plant } from '../../../tiers/tree/build.ts';
import { takeGarbage } from '../../../tiers/tree/garbage.ts';
import {
  ENCODING_TREE,
  FLAT_MAX_BYTES,
  LEAF_HEADER_BYTES,
  LEAF_USED,
  ORDER_POSITION,
  ROOT_BYTES,
  rootOffset,
  TREE_IDENTITY,
  TREE_META_BYTES,
  TREE_NEXT_PIECE,
  TREE_ROOTS,
  type TreeShape,
  treeValueBytes,
} from '../../../tiers/tree/layout.ts';
import { forgetPieces } from '../../../tiers/tree/pieces.ts';
import { isTreeObject, rootsOf } from '../../../tiers/tree/walk.ts';
import { errors } from '../../commands/errors.ts';
import type { KeyRef } from '../../keyspace/key-ref.ts';
import type { ObjectWriter } from '../../keyspace/object-writer.ts';
import type { PiecesMissing } from '../../keyspace/pieces-missing.ts';
import { EXPIRY_NONE } from '../string/string-values.ts';
import { Bulk } from './bulk.ts';
import { Collection } from './collection.ts';
import { Detached } from './detached.ts';
import { MemberExpiry } from './member-expiry.ts';
import { Scratch } from './scratch.ts';

/** To walk over the nodes of any tree: what stands in them does not matter. */
const ANY_SHAPE: TreeShape = { order: ORDER_POSITION, valued: false, fixedKeys: false, leafBytes: 4096 };

/** Commands that are going to need more than this have to find it free before they change anything. */
const CHECKED_BYTES = 256 * 1024;

/**
 * What the collection types share: creating, converting, marking and measuring objects whose value is FLAT or a TREE
 * (tiers/tree/layout.ts). `encoding` is what the type means by the lower three bits of the encoding nibble: which name OBJECT
 * ENCODING answers, whatever stands behind it.
 */
export class Collections {
  /**
   * Reads nodes that the running command meets on disk, with their key's slot locked, if it has changed a collection already: then it cannot start over.
   * False: it can, or has to. Throws a CommandError when they cannot be read.
   */
  readMidway: (missing: PiecesMissing) => boolean = () => false;
  readonly store: StoreView;
  private readonly writer: ObjectWriter;
  readonly memberExpiry: MemberExpiry;
  private readonly whole: Collection;
  private readonly bulks: Map<TreeShape, Bulk> = new Map();

  constructor(store: StoreView, writer: ObjectWriter) {
    this.store = store;
    this.writer = writer;
    this.whole = this.cursor(ANY_SHAPE);
    this.memberExpiry = new MemberExpiry(store, this);
  }

  /** A cursor for collections of a shape. Make it once and keep it: each has its own place. */
  cursor(shape: TreeShape): Collection {
    return new Collection(this.store, shape, this);
  }

  /** A place to build collections of a shape aside. Make it once and keep it. */
  scratch(shape: TreeShape): Scratch {
    return new Scratch(this.store, this, shape);
  }

  /** For collections by hash that are put together at once. Make it once and keep it. */
  bulk(shape: TreeShape): Bulk {
    return new Bulk(this.store, this, shape);
  }

  /** The same as `scratch` for a TREE with several roots. */
  detached(): Detached {
    return new Detached(this.store, this);
  }

  /**
   * Before the first change: throws errors.oom unless about `bytes` more can be had. Small needs are always met (a little beyond maxmemory:
   * the dispatcher has seen to it that there is room in general), so nothing fails half-way.
   */
  reserve(bytes: number): void {
    if (bytes > CHECKED_BYTES && !this.store.allocator.hasRoom(bytes)) throw errors.oom;
  }

  /** The running command begins to change a collection. */
  noteBegun(): void {
    this.writer.begun = true;
  }

  /** Creates the key, or replaces whatever it holds, with an empty FLAT collection and no expiry. Not a change that counts: `changed` does. */
  create(ref: KeyRef, type: number, encoding: number): void {
    const { changes } = this.writer;
    this.writer.write(ref, type | (encoding << 4), LEAF_HEADER_BYTES, EXPIRY_NONE);
    this.writer.changes = changes;
    const { view, valueAt } = this.locate(ref);
    initialiseFlat(view, valueAt);
  }

  /** The same with an empty TREE of `roots` roots and `metaBytes` zero bytes for the type's own use. */
  createTree(ref: KeyRef, type: number, encoding: number, roots: number, metaBytes: number): void {
    const { changes } = this.writer;
    this.writer.write(ref, type | ((encoding | ENCODING_TREE) << 4), treeValueBytes(roots, metaBytes), EXPIRY_NONE);
    this.writer.changes = changes;
    const { view, bytes, valueAt } = this.locate(ref);
    initialiseTree(view, bytes, valueAt, roots, metaBytes);
  }

  /**
   * Creates the key, or replaces whatever it holds, with a FLAT or TREE value that was built elsewhere: `length` bytes of `bytes`, of which
   * `view` is another look. Nodes of a TREE belong to the key from now on. Not a change that counts: `changed` does.
   */
  createFrom(
    ref: KeyRef,
    type: number,
    encoding: number,
    view: DataView,
    bytes: Uint8Array,
    length: number,
    expiryMs: number,
    isTree = false,
  ): void {
    const { changes } = this.writer;
    this.writer.write(ref, type | ((encoding | (isTree ? ENCODING_TREE : 0)) << 4), length, expiryMs);
    this.writer.changes = changes;
    const to = this.locate(ref);
    copyBytes(to.view, to.bytes, to.valueAt, view, bytes, 0, length);
  }

  /**
   * FLAT becomes TREE: its entries are those of root 0, other roots are empty. Cursors have to be opened again. `shape`: of collections that
   * may be larger than a leaf should be.
   */
  toTree(ref: KeyRef, roots: number, metaBytes = 0, shape?: TreeShape): void {
    const { store } = this;
    const { view, bytes, at, valueAt } = this.locate(ref);
    const type = objectType(view, at);
    const isLarge = shape?.packedBytes !== undefined && view.getUint32(valueAt + LEAF_USED, true) > FLAT_MAX_BYTES;
    const built = isLarge ? this.bulkOf(shape).spread(type, view, bytes, valueAt) : undefined;
    const leaf = isLarge ? NULL_HANDLE : copyLeaf(store.allocator, view, bytes, valueAt, type);
    if (built === undefined && leaf === NULL_HANDLE) throw errors.oom;
    const typeByte = view.getUint8(at + OBJECT_TYPE) | (ENCODING_TREE << 4);
    try {
      this.writer.resize(ref, treeValueBytes(roots, metaBytes), 0);
    } catch (error) {
      built?.free();
      if (leaf !== NULL_HANDLE) store.allocator.free(leaf, type);
      throw error;
    }
    const to = this.locate(ref);
    to.view.setUint8(to.at + OBJECT_TYPE, typeByte);
    initialiseTree(to.view, to.bytes, to.valueAt, roots, metaBytes);
    if (built === undefined) plant(store.allocator, to.view, to.valueAt, 0, leaf);
    else copyBytes(to.view, to.bytes, to.valueAt + rootOffset(0), built.view, built.bytes, rootOffset(0), ROOT_BYTES);
  }

  /** Gives a TREE more roots (empty) and bytes of meta (zero), behind those that it has. Cursors have to be opened again. */
  extendTree(ref: KeyRef, roots: number, metaBytes: number): void {
    const before = this.locate(ref);
    const rootsBefore = before.view.getUint8(before.valueAt + TREE_ROOTS);
    const metaBefore = before.view.getUint16(before.valueAt + TREE_META_BYTES, true);
    const length = treeValueBytes(rootsBefore + roots, metaBefore + metaBytes);
    this.writer.resize(ref, length, treeValueBytes(rootsBefore, metaBefore));
    const { view, bytes, valueAt } = this.locate(ref);
    const from = valueAt + treeValueBytes(rootsBefore, 0);
    const to = valueAt + treeValueBytes(rootsBefore + roots, 0);
    bytes.copyWithin(to, from, from + metaBefore);
    bytes.fill(0, from, to);
    bytes.fill(0, to + metaBefore, valueAt + length);
    view.setUint8(valueAt + TREE_ROOTS, rootsBefore + roots);
    view.setUint16(valueAt + TREE_META_BYTES, metaBefore + metaBytes, true);
  }

  /** Asks for whatever is on disk of the key's value (see Tree.requireAll); other types than collections are whole anyway. */
  requireResident(ref: KeyRef): void {
    const { view, at, valueAt } = this.locate(ref);
    if (!isTreeObject(view, at)) return;
    for (let n = 0; n < view.getUint8(valueAt + TREE_ROOTS); n++) this.whole.open(ref, n).requireAll();
  }

  /** Brings a value into RAM wholly and forgets what is on disk of it, which is deleted. */
  bringHome(ref: KeyRef): void {
    this.requireResident(ref);
    const { view, at, valueAt } = this.locate(ref);
    if (!isTreeObject(view, at)) return;
    if (!this.store.doomPieces(asHandle(ref.handle), ref.table)) throw errors.oom;
    for (const field of [TREE_NEXT_PIECE, TREE_IDENTITY, TREE_IDENTITY + 4]) view.setUint32(valueAt + field, 0, true);
    takeGarbage(this.store.allocator, view, valueAt, objectType(view, at));
    for (const rootAt of rootsOf(view, at)) forgetPieces(this.store.allocator, view, rootAt);
  }

  /** Whether no node of the value can be on disk: then commands need not look before they write. */
  neverStored(ref: KeyRef): boolean {
    const { view, at, valueAt } = this.locate(ref);
    if (!isTreeObject(view, at)) return true;
    return (view.getInt32(valueAt + TREE_IDENTITY, true) | view.getInt32(valueAt + TREE_IDENTITY + 4, true)) === 0;
  }

  /** Whether the value is a TREE. */
  isTree(ref: KeyRef): boolean {
    const { view, at } = this.locate(ref);
    return isTreeObject(view, at);
  }

  /** The type's encoding number, 0..7. */
  encoding(ref: KeyRef): number {
    const { arena } = this.store;
    const handle = asHandle(ref.handle);
    return (arena.view(handle).getUint8(arena.offset(handle) + OBJECT_TYPE) >> 4) & 7;
  }

  setEncoding(ref: KeyRef, encoding: number): void {
    const { view, at } = this.locate(ref);
    const typeByte = view.getUint8(at + OBJECT_TYPE);
    view.setUint8(at + OBJECT_TYPE, (typeByte & 0x8f) | (encoding << 4));
  }

  /** Where a TREE object's meta is: `at` in `view`. */
  meta(ref: KeyRef): { readonly view: DataView; readonly bytes: Uint8Array; readonly at: number } {
    const { view, bytes, valueAt } = this.locate(ref);
    assert(view.getUint16(valueAt + TREE_META_BYTES, true) > 0, 'the object has meta');
    return { view, bytes, at: valueAt + treeValueBytes(view.getUint8(valueAt + TREE_ROOTS), 0) };
  }

  /** After a command changed the collection: new version, dirty. `changes`: what Redis adds to its count of changes. */
  changed(ref: KeyRef, changes = 1): void {
    this.writer.changed(ref);
    this.writer.changes += changes - 1;
  }

  /**
   * The same for what WATCH does not notice, and clients that wait for the key need not look at: bookkeeping of consumer groups (redis 7.0.15 does not
   * signal the key as modified either).
   */
  changedAside(ref: KeyRef, changes = 1): void {
    this.writer.changes += changes;
    this.writer.rewritten(ref);
  }

  /** The value is the same, but its object says something else than what is on disk: not a change that counts. */
  rewritten(ref: KeyRef): void {
    this.writer.rewritten(ref);
  }

  /** Instead of `changed`, when the command's changes emptied the collection and it is deleted now (which counts one by itself). */
  emptied(changes = 1): void {
    this.writer.changes += changes - 1;
  }

  /** Bytes of RAM of a TREE's nodes; 0 for FLAT. */
  nodeBytes(ref: KeyRef): number {
    return this.store.nodeBytes(asHandle(ref.handle));
  }

  /** A collection whose encoding number is no longer 0, and which is larger than such a FLAT one may be, becomes a TREE. */
  outgrow(ref: KeyRef, shape: TreeShape): void {
    const { view, at, valueAt } = this.locate(ref);
    if (isTreeObject(view, at) || view.getUint32(valueAt + LEAF_USED, true) <= FLAT_MAX_BYTES) return;
    this.toTree(ref, 1, 0, shape);
  }

  /** Gives a FLAT value another length, content kept. */
  resize(ref: KeyRef, bytes: number): void {
    this.writer.resize(ref, bytes, bytes);
  }

  /** What spreads large FLAT collections of a shape. */
  private bulkOf(shape: TreeShape): Bulk {
    const bulk = this.bulks.get(shape) ?? this.bulk(shape);
    this.bulks.set(shape, bulk);
    return bulk;
  }

  private locate(ref: KeyRef): {
    readonly view: DataView;
    readonly bytes: Uint8Array;
    readonly at: number;
    readonly valueAt: number;
  } {
    const { arena } = this.store;
    const handle = asHandle(ref.handle);
    const view = arena.view(handle);
    const at = arena.offset(handle);
    return { view, bytes: arena.bytes(handle), at, valueAt: objectValueAt(view, at) };
  }
}
