import { assert } from '../../../tiers/base/assert.ts';
import type { StoreView } from '../../../tiers/index/store-view.ts';
import { asHandle, NULL_HANDLE } from '../../../tiers/memory/handle.ts';
import { headBytes, initialiseObject, OBJECT_QUEUE, objectValueAt } from '../../../tiers/memory/object.ts';
import { initialiseTree } from '../../../tiers/tree/build.ts';
import { ENCODING_TREE, treeValueBytes } from '../../../tiers/tree/layout.ts';
import { freeTrees } from '../../../tiers/tree/walk.ts';
import { errors } from '../../commands/errors.ts';
import { KeyRef } from '../../keyspace/key-ref.ts';
import { EXPIRY_NONE } from '../string/string-values.ts';
import type { Collections } from './collections.ts';

/**
 * A TREE with several roots that is built out of everybody's sight and then put in a key's place; `Scratch` is the same for one root. Between
 * `begin` and `place` or `discard`, `ref` is an object without a key, which a type's own classes open and fill as they do those of keys.
 */
export class Detached {
  readonly ref: KeyRef = new KeyRef();
  private readonly store: StoreView;
  private readonly collections: Collections;
  private roots = 0;
  private metaBytes = 0;

  constructor(store: StoreView, collections: Collections) {
    this.store = store;
    this.collections = collections;
  }

  get isBegun(): boolean {
    return this.ref.exists;
  }

  /** An empty TREE; see `Collections.createTree`. Throws errors.oom. */
  begin(type: number, encoding: number, roots: number, metaBytes: number): KeyRef {
    assert(!this.isBegun, 'one value is built at a time');
    const { allocator, arena } = this.store;
    const { ref } = this;
    const length = treeValueBytes(roots, metaBytes);
    const handle = allocator.allocateBeyondLimit(headBytes(0) + length, type);
    if (handle === NULL_HANDLE) throw errors.oom;
    const view = arena.view(handle);
    const at = arena.offset(handle);
    initialiseObject(view, at, 0, type | ((encoding | ENCODING_TREE) << 4), 0, length);
    view.setUint32(at + OBJECT_QUEUE, 0, true);
    initialiseTree(view, arena.bytes(handle), objectValueAt(view, at), roots, metaBytes);
    ref.exists = true;
    ref.type = type;
    ref.handle = handle;
    this.roots = roots;
    this.metaBytes = metaBytes;
    return ref;
  }

  /** Makes it the key's value, whatever that was. Not a change that counts. Throws errors.oom with the key unchanged. */
  place(to: KeyRef, expiryMs = EXPIRY_NONE): void {
    const { collections, ref } = this;
    const { arena, allocator } = this.store;
    const handle = asHandle(ref.handle);
    const view = arena.view(handle);
    const valueAt = objectValueAt(view, arena.offset(handle));
    const length = treeValueBytes(this.roots, this.metaBytes);
    const value = arena.bytes(handle).slice(valueAt, valueAt + length);
    const encoding = collections.encoding(ref);
    collections.createFrom(to, ref.type, encoding, new DataView(value.buffer), value, length, expiryMs, true);
    allocator.free(handle, ref.type);
    this.forget();
  }

  /** Forgets what was begun, if anything was, and gives its memory back. */
  discard(): void {
    if (!this.isBegun) return;
    const { arena, allocator } = this.store;
    const handle = asHandle(this.ref.handle);
    freeTrees(allocator, arena.view(handle), arena.offset(handle));
    allocator.free(handle, this.ref.type);
    this.forget();
  }

  private forget(): void {
    this.ref.exists = false;
    this.ref.handle = NULL_HANDLE;
  }
}
