import { Slice } from '../../../tiers/tree/slice.ts';
import { type KeyRef, VALUE_SET } from '../../keyspace/key-ref.ts';
import type { Collection } from '../collection/collection.ts';
import type { Collections } from '../collection/collections.ts';
import type { MemberOwner } from '../collection/member-expiry.ts';
import { randomBelow } from '../collection/sample.ts';
import { ENCODING_HASHTABLE, ENCODING_INTSET, encodingNames, MAX_INTSET_ENTRIES, SET_SHAPE } from './encodings.ts';
import { SetAlgebra } from './set-algebra.ts';
import { isInteger, SetBuilder } from './set-builder.ts';
import { SetBulk } from './set-bulk.ts';

/**
 * Sets in shared memory: collections ordered by the hash of the member. Methods take keys that exist, hold a set and have their value in
 * RAM, unless they say otherwise. None is told to the keyspace as a change: call `changed` once.
 */
export class SharedSets implements MemberOwner {
  readonly collections: Collections;
  readonly algebra: SetAlgebra;
  /** For results that are looked at while they are built aside. */
  readonly builder: SetBuilder;
  /** For results that are stored. */
  readonly bulk: SetBulk;
  private readonly entries: Collection;
  private readonly member = new Slice();

  constructor(collections: Collections) {
    this.collections = collections;
    this.entries = collections.cursor(SET_SHAPE);
    this.builder = new SetBuilder(collections.scratch(SET_SHAPE));
    this.bulk = new SetBulk(collections.bulk(SET_SHAPE));
    this.algebra = new SetAlgebra(collections, this.builder);
  }

  /** Number of members; 0 for a missing key. */
  size(ref: KeyRef): number {
    return ref.exists ? this.entries.open(ref).count : 0;
  }

  /** A cursor over the members (the keys of its entries), good until another method of this class is called. */
  open(ref: KeyRef): Collection {
    return this.entries.open(ref);
  }

  /** False for a missing key. */
  has(ref: KeyRef, member: Slice): boolean {
    return ref.exists && this.entries.open(ref).find(member);
  }

  /** Whether looking up a member beforehand is needed so that a command of several changes cannot stop half-way. */
  mayWait(ref: KeyRef): boolean {
    return ref.exists && !this.entries.open(ref).isFlat;
  }

  /**
   * Adds a member, and creates the set if need be. False when it was there. `intsetEntries`: `set-max-intset-entries`.
   */
  add(ref: KeyRef, member: Slice, intsetEntries: number): boolean {
    const { collections, entries } = this;
    if (!ref.exists) collections.create(ref, VALUE_SET, ENCODING_INTSET);
    if (entries.open(ref).find(member)) return false;
    entries.insert(member);
    if (collections.encoding(ref) === ENCODING_INTSET) {
      const most = Math.min(intsetEntries, MAX_INTSET_ENTRIES);
      if (entries.count > most || !isInteger(member)) collections.setEncoding(ref, ENCODING_HASHTABLE);
    }
    return true;
  }

  /** The same once a command has begun to change the set: it looked for the member before. */
  hasLoaded(ref: KeyRef, member: Slice): boolean {
    return this.entries.open(ref).findLoaded(member);
  }

  /** Removes a member; false when there was none. The set may be empty afterwards: the caller deletes it. */
  remove(ref: KeyRef, member: Slice): boolean {
    const { entries } = this;
    if (!entries.open(ref).find(member)) return false;
    entries.remove();
    return true;
  }

  spread(ref: KeyRef): void {
    this.collections.toTree(ref, 1);
  }

  hasMember(ref: KeyRef, member: Slice): boolean {
    return this.has(ref, member);
  }

  removeMember(ref: KeyRef, member: Slice): void {
    this.remove(ref, member);
  }

  isEmpty(ref: KeyRef): boolean {
    return this.size(ref) === 0;
  }

  /** Stands the cursor of `open` at a random member. */
  openRandom(ref: KeyRef): Collection {
    const entries = this.entries.open(ref);
    entries.seek(randomBelow(entries.count));
    return entries;
  }

  /** Calls `visit` for each member. It may use neither this set's cursor nor change anything. */
  visit(ref: KeyRef, visit: (member: Slice) => void): void {
    const entries = this.entries.open(ref);
    for (let more = entries.first(); more; more = entries.next()) visit(entries.key(this.member));
  }

  /** Bytes of RAM that the members take, more or less. */
  bytes(ref: KeyRef): number {
    const entries = this.entries.open(ref);
    return entries.isFlat ? entries.flatBytes : entries.blockBytes;
  }

  isIntset(ref: KeyRef): boolean {
    return this.collections.encoding(ref) === ENCODING_INTSET;
  }

  /** Name of the encoding, as OBJECT ENCODING answers it. */
  encodingName(ref: KeyRef): string {
    return encodingNames[this.collections.encoding(ref)] ?? 'unknown';
  }

  /** After a command: `changes` as Redis adds to its count. */
  changed(ref: KeyRef, changes: number): void {
    this.collections.changed(ref, changes);
  }
}
