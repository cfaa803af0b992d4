import { assert } from '../../../tiers/base/assert.ts';
import type { StoreView } from '../../../tiers/index/store-view.ts';
import { asHandle } from '../../../tiers/memory/handle.ts';
import { objectValueAt } from '../../../tiers/memory/object.ts';
import {
  ORDER_BYTES,
  ORDER_HASH,
  TREE_EXPIRES,
  TREE_FLAGS,
  TREE_META_BYTES,
  TREE_ROOTS,
  type TreeShape,
  treeValueBytes,
} from '../../../tiers/tree/layout.ts';
import { Slice } from '../../../tiers/tree/slice.ts';
import { isTreeObject } from '../../../tiers/tree/walk.ts';
import type { KeyRef } from '../../keyspace/key-ref.ts';
import type { Collection } from './collection.ts';
import type { Collections } from './collections.ts';

/**
 * Members of hashes, sets and sorted sets that expire (KeyDB's EXPIREMEMBER). A collection that has, or had, some is a TREE with the flag
 * TREE_EXPIRES, two roots more and eight bytes of meta more, each behind what the type itself has:
 *
 *   root n    when: f64 big endian, ms since 1970 | member; no value, by bytes: who is next
 *   root n+1  member -> when: f64, by hash
 *   meta      earliest: f64, not after the first of root n; Infinity when that is empty
 *
 * The keyspace removes members that are due whenever it looks a key up, so no command sees them. A member's time goes with the member,
 * however it is removed: the type's cursor over its members sees to that (`Collection.remove`). The two roots go wherever the value goes: to disk, into copies.
 */
const WHEN_BYTES = 8;
const EARLIEST_BYTES = 8;
const EXTRA_ROOTS = 2;

const byTime: TreeShape = { order: ORDER_BYTES, valued: false, fixedKeys: false, leafBytes: 512 };
const byMember: TreeShape = { order: ORDER_HASH, valued: true, fixedKeys: false, leafBytes: 512 };

/** What member expiry needs of a type. The key exists, has the type, its slot is locked and its value in RAM. */
export interface MemberOwner {
  /** Makes a FLAT collection a TREE. */
  spread(ref: KeyRef): void;
  hasMember(ref: KeyRef, member: Slice): boolean;
  /** Removes an existing member, completely, having descended to everything before the first change. The collection may be empty then. */
  removeMember(ref: KeyRef, member: Slice): void;
  isEmpty(ref: KeyRef): boolean;
}

export class MemberExpiry {
  /** By value type. */
  readonly owners: Map<number, MemberOwner> = new Map();
  private readonly store: StoreView;
  private readonly collections: Collections;
  private readonly times: Collection;
  private readonly members: Collection;
  private entry = Buffer.alloc(256);
  private entryView = new DataView(this.entry.buffer, this.entry.byteOffset, this.entry.length);
  private readonly entrySlice = new Slice();

  constructor(store: StoreView, collections: Collections) {
    this.store = store;
    this.collections = collections;
    this.times = collections.cursor(byTime);
    this.members = collections.cursor(byMember);
  }

  /** Whether the object at `at` has members whose time is over. One look at a byte for all that are FLAT or never had any. */
  isDue(view: DataView, at: number, nowMs: number): boolean {
    const valueAt = objectValueAt(view, at);
    if ((view.getUint8(valueAt + TREE_FLAGS) & TREE_EXPIRES) === 0) return false;
    return view.getFloat64(earliestAt(view, valueAt), true) <= nowMs;
  }

  /** When a member expires, in ms since 1970; -1 for never. */
  when(ref: KeyRef, member: Slice): number {
    if (!this.open(ref) || !this.members.find(member)) return -1;
    return this.members.leafView.getFloat64(this.members.valueAt, true);
  }

  /** Calls `visit` for every member that expires, in the order of time. It may change nothing. */
  visit(ref: KeyRef, visit: (member: Slice, whenMs: number) => void): void {
    if (!this.open(ref)) return;
    const { times } = this;
    const member = new Slice();
    for (let more = times.first(); more; more = times.next()) {
      const { leafView, leafBytes, keyAt, keyLength } = times;
      member.set(leafView, leafBytes, keyAt + WHEN_BYTES, keyLength - WHEN_BYTES);
      visit(member, leafView.getFloat64(keyAt, false));
    }
  }

  /** Lets an existing member expire at a time in ms, after now. What it had before is forgotten. */
  set(ref: KeyRef, member: Slice, whenMs: number): void {
    if (!this.open(ref)) {
      this.track(ref);
      this.open(ref);
    }
    this.lookFor(ref, member, whenMs);
    this.forget(ref, member);
    const { members, times } = this;
    times.find(this.entryOf(whenMs, member));
    times.insert(this.entryOf(whenMs, member));
    members.find(member);
    members.insert(member, WHEN_BYTES);
    members.leafView.setFloat64(members.valueAt, whenMs, true);
    const { view, valueAt } = this.locate(ref);
    const at = earliestAt(view, valueAt);
    if (whenMs < view.getFloat64(at, true)) view.setFloat64(at, whenMs, true);
  }

  /** Descends to everything that `set` changes when some members have times already: call it before the first of several changes. */
  lookFor(ref: KeyRef, member: Slice, whenMs: number): void {
    this.look(ref, member);
    if (this.open(ref)) this.times.find(this.entryOf(whenMs, member));
  }

  /** Descends to everything that `forget` changes: call it before the first of several changes. */
  look(ref: KeyRef, member: Slice): boolean {
    const when = this.when(ref, member);
    return when >= 0 && this.times.find(this.entryOf(when, member));
  }

  /** A member expires no more; false when it was not going to. */
  forget(ref: KeyRef, member: Slice): boolean {
    if (!this.look(ref, member)) return false;
    this.times.remove();
    this.members.remove();
    return true;
  }

  /**
   * Removes the members that are due (see `isDue`), each wholly before the next; tells how many through `removed` even when it is interrupted. True when none
   * is left in the collection: the caller deletes the key.
   */
  purge(ref: KeyRef, nowMs: number, removed: (members: number) => void): boolean {
    const owner = this.owners.get(ref.type);
    assert(owner !== undefined, 'types with member expiry have an owner');
    let count = 0;
    try {
      for (;;) {
        const first = this.firstDue(ref, nowMs);
        if (first === undefined) break;
        if (owner.hasMember(ref, first)) owner.removeMember(ref, first);
        else this.forget(ref, first);
        count++;
      }
    } finally {
      if (count > 0) removed(count);
    }
    const empty = owner.isEmpty(ref);
    const { view, valueAt } = this.locate(ref);
    // Until the key of an empty one is deleted, every lookup has to try.
    view.setFloat64(earliestAt(view, valueAt), empty ? 0 : this.nextTime(ref), true);
    return empty;
  }

  /** A copy of the member that expires first, if it is due. */
  private firstDue(ref: KeyRef, nowMs: number): Slice | undefined {
    if (this.nextTime(ref) > nowMs) return undefined;
    const { leafBytes, keyAt, keyLength } = this.times;
    return Slice.of(leafBytes.slice(keyAt + WHEN_BYTES, keyAt + keyLength));
  }

  /** Stands at what expires first; Infinity when nothing does. */
  private nextTime(ref: KeyRef): number {
    this.open(ref);
    return this.times.first() ? this.times.leafView.getFloat64(this.times.keyAt, false) : Infinity;
  }

  /** Opens the two roots; false when the collection has none. */
  private open(ref: KeyRef): boolean {
    const { view, at, valueAt } = this.locate(ref);
    if (!isTreeObject(view, at) || (view.getUint8(valueAt + TREE_FLAGS) & TREE_EXPIRES) === 0) return false;
    const roots = view.getUint8(valueAt + TREE_ROOTS);
    this.times.open(ref, roots - 2);
    this.members.open(ref, roots - 1);
    return true;
  }

  private track(ref: KeyRef): void {
    const owner = this.owners.get(ref.type);
    assert(owner !== undefined, 'the type has members');
    if (!this.collections.isTree(ref)) owner.spread(ref);
    this.collections.extendTree(ref, EXTRA_ROOTS, EARLIEST_BYTES);
    const { view, valueAt } = this.locate(ref);
    view.setUint8(valueAt + TREE_FLAGS, view.getUint8(valueAt + TREE_FLAGS) | TREE_EXPIRES);
    view.setFloat64(earliestAt(view, valueAt), Infinity, true);
  }

  /** The key under which a member stands in the order of time. Good until the next one. */
  private entryOf(whenMs: number, member: Slice): Slice {
    const bytes = WHEN_BYTES + member.length;
    if (bytes > this.entry.length) {
      this.entry = Buffer.alloc(bytes * 2);
      this.entryView = new DataView(this.entry.buffer, this.entry.byteOffset, this.entry.length);
    }
    this.entryView.setFloat64(0, whenMs, false);
    this.entry.set(member.bytes.subarray(member.at, member.at + member.length), WHEN_BYTES);
    return this.entrySlice.set(this.entryView, this.entry, 0, bytes);
  }

  private locate(ref: KeyRef): { readonly view: DataView; readonly at: number; readonly valueAt: number } {
    const { arena } = this.store;
    const handle = asHandle(ref.handle);
    const view = arena.view(handle);
    const at = arena.offset(handle);
    return { view, at, valueAt: objectValueAt(view, at) };
  }
}

function earliestAt(view: DataView, valueAt: number): number {
  const roots = view.getUint8(valueAt + TREE_ROOTS);
  return valueAt + treeValueBytes(roots, view.getUint16(valueAt + TREE_META_BYTES, true)) - EARLIEST_BYTES;
}
