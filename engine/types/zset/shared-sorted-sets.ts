import { assert } from '../../../tiers/base/assert.ts';
import { ORDER_BYTES, ORDER_HASH, PACKED_MAX_BYTES, type TreeShape } from '../../../tiers/tree/layout.ts';
import { keyEntryBytes } from '../../../tiers/tree/pack.ts';
import { Slice } from '../../../tiers/tree/slice.ts';
import type { CollectionLimits } from '../../config/collection-limits.ts';
import { KeyRef, VALUE_ZSET } from '../../keyspace/key-ref.ts';
import { type Collection, flatLimit } from '../collection/collection.ts';
import type { Collections } from '../collection/collections.ts';
import type { MemberOwner } from '../collection/member-expiry.ts';
import type { Scratch } from '../collection/scratch.ts';
import { EXPIRY_NONE } from '../string/string-values.ts';
import { LexRanks } from './lex-ranks.ts';
import { readScore, SCORE_BYTES, ScoreKey } from './score-key.ts';
import type { ScoredMembers } from './scored-members.ts';
import { ZsetBuilder } from './zset-builder.ts';

/**
 * Root 0 of a TREE, and a FLAT one as a whole: members in order, see score-key.ts. What Redis would keep in a listpack stays FLAT while it is worth
 * walking over: with the usual limits always.
 */
const orderShape: TreeShape = {
  order: ORDER_BYTES,
  valued: false,
  fixedKeys: false,
  leafBytes: 512,
  packedBytes: Math.min(PACKED_MAX_BYTES, 16 * 1024),
};
/** Root 1 of a TREE: the score of each member, a double. */
const memberShape: TreeShape = { order: ORDER_HASH, valued: true, fixedKeys: false, leafBytes: 512 };
const ROOTS = 2;

/** Encoding numbers. SIGNED is a skiplist with a score of -0, which only root 1 can tell from 0: always a TREE. */
const LISTPACK = 0;
const SKIPLIST = 1;
const SIGNED = 2;

/** Entries that `window` names at a time. */
export const WINDOW = 128;
/** About what a member takes in RAM beside its bytes, twice. */
const ENTRY_OVERHEAD_BYTES = 48;

/**
 * Sorted sets in shared memory: `open` one for the running command (slot locked, value in RAM), then ask and change it. Members have numbers
 * (ranks) from 0 in the order of (score, member).
 */
export class SharedSortedSets implements MemberOwner {
  readonly collections: Collections;
  /** Score of the member that `find` found, or that `pick` picked. */
  score = 0;
  /** The member that `pick` picked: `memberLength` bytes of `view` and `bytes` (one memory) from `memberAt`. */
  view: DataView = new DataView(new ArrayBuffer(0));
  bytes: Uint8Array = new Uint8Array(0);
  memberAt = 0;
  memberLength = 0;
  private readonly order: Collection;
  /** For sorted sets that are built aside. */
  private readonly small: Scratch;
  private readonly large: ZsetBuilder;
  private readonly scores: Collection;
  /** Whether `scores` is open: ranges do without. */
  private opened = false;
  private readonly keys = new ScoreKey();
  private readonly tail = new Slice();
  private readonly lex: LexRanks;
  private ref: KeyRef = new KeyRef();
  private found = false;
  private readonly windowViews: DataView[] = [];
  private readonly windowBytes: Uint8Array[] = [];
  private readonly windowAt = new Uint32Array(WINDOW);
  private readonly windowLength = new Uint32Array(WINDOW);

  constructor(collections: Collections) {
    this.collections = collections;
    this.order = collections.cursor(orderShape);
    this.scores = collections.cursor(memberShape);
    this.small = collections.scratch(orderShape);
    this.large = new ZsetBuilder(collections, orderShape, memberShape);
    this.lex = new LexRanks(this.order, this.keys);
  }

  /** Opens the sorted set of an existing key. */
  open(ref: KeyRef): this {
    this.ref = ref;
    this.order.open(ref, 0);
    this.opened = false;
    return this;
  }

  /** Makes the key an empty sorted set and opens it; the first member, of `length` bytes, decides what it is called. */
  create(ref: KeyRef, length: number, limits: CollectionLimits): this {
    const large = limits.zsetEntries === 0 || length > limits.zsetValue;
    this.collections.create(ref, VALUE_ZSET, large ? SKIPLIST : LISTPACK);
    return this.open(ref);
  }

  /**
   * Makes the key a sorted set of these members (not empty), in place of whatever it is. `encoding` by the caller's rules. Not a change that
   * counts. Throws errors.oom with the key unchanged.
   */
  build(ref: KeyRef, list: ScoredMembers, encoding: 'listpack' | 'skiplist', expiryMs = EXPIRY_NONE): void {
    this.collections.reserve(2 * (list.memberBytes + list.count * ENTRY_OVERHEAD_BYTES));
    const isListpack = encoding === 'listpack';
    const bytes = list.memberBytes + list.count * (SCORE_BYTES + 3);
    const limit = flatLimit(orderShape, isListpack ? LISTPACK : SKIPLIST);
    if (bytes <= limit && (isListpack || !list.hasMinusZero)) {
      this.buildFlat(list, limit);
      this.small.place(ref, isListpack ? LISTPACK : SKIPLIST, expiryMs);
      return;
    }
    list.takeHashes(this.collections.store.memberHasher);
    const isSigned = !isListpack && list.hasMinusZero;
    this.large.place(ref, list, isListpack ? LISTPACK : isSigned ? SIGNED : SKIPLIST, isSigned, expiryMs);
  }

  /** In `small`, out of sight. */
  private buildFlat(list: ScoredMembers, limit: number): void {
    const { keys, small } = this;
    const tree = small.begin(VALUE_ZSET, limit);
    for (const n of list.sorted()) {
      const key = keys.of(list.score(n), list.member(n));
      tree.find(key);
      tree.insert(key);
    }
  }

  /** `listpack` or `skiplist`, for OBJECT ENCODING. */
  encodingName(ref: KeyRef): 'listpack' | 'skiplist' {
    return this.isListpack(ref) ? 'listpack' : 'skiplist';
  }

  /** What SORT does to a sorted set that it looks at. */
  becomeSkiplist(ref: KeyRef): void {
    if (!this.isListpack(ref)) return;
    this.collections.setEncoding(ref, SKIPLIST);
    this.collections.rewritten(ref);
  }

  isListpack(ref: KeyRef): boolean {
    return this.collections.encoding(ref) === LISTPACK;
  }

  /** Number of members. */
  get count(): number {
    return this.order.count;
  }

  /** Root 1 of a TREE. */
  private get members(): Collection {
    if (!this.opened) {
      this.scores.open(this.ref, 1);
      this.opened = true;
    }
    return this.scores;
  }

  /** Looks a member up; its score is `score` then. */
  find(member: Slice): boolean {
    const { order } = this;
    if (order.isFlat) {
      this.found = order.findTail(member, SCORE_BYTES);
      if (this.found) this.score = readScore(order.leafView, order.keyAt);
    } else {
      const { members } = this;
      this.found = members.find(member);
      if (this.found) this.score = members.leafView.getFloat64(members.valueAt, true);
    }
    return this.found;
  }

  /** The same once the sorted set has begun to change: the member was looked for before. */
  findLoaded(member: Slice): boolean {
    if (this.order.isFlat) return this.find(member);
    const { members } = this;
    this.found = members.findLoaded(member);
    if (this.found) this.score = members.leafView.getFloat64(members.valueAt, true);
    return this.found;
  }

  /** Descends to where a member with this score is, or would be: before the first of several changes. */
  look(score: number, member: Slice): void {
    if (this.collections.neverStored(this.ref)) return;
    if (this.find(member)) this.order.find(this.keys.of(this.score, member));
    this.order.find(this.keys.of(score, member));
  }

  /** Gives the member that `find` was just asked for a score (not NaN), whether it was there or not. */
  put(member: Slice, score: number, limits: CollectionLimits): void {
    const { collections, ref } = this;
    let encoding = collections.encoding(ref);
    if (
      encoding === LISTPACK &&
      !this.found &&
      (this.count + 1 > limits.zsetEntries || member.length > limits.zsetValue)
    ) {
      encoding = SKIPLIST;
      collections.setEncoding(ref, encoding);
    }
    // A listpack of Redis's keeps whole scores as integers.
    this.place(member, encoding === LISTPACK ? score + 0 : score);
  }

  private place(member: Slice, score: number): void {
    if (Object.is(score, -0)) this.expectSigned(member);
    const { collections, order, keys, ref } = this;
    if (order.isFlat) {
      const size = keyEntryBytes(SCORE_BYTES + member.length, -1);
      if (this.found) {
        order.replaceKey(keys.of(score, member));
        return;
      }
      if (order.flatBytes + size <= flatLimit(orderShape, collections.encoding(ref))) {
        order.find(keys.of(score, member));
        order.insert(keys.of(score, member));
        return;
      }
      this.toTree();
      this.members.find(member);
    }
    const { members } = this;
    if (this.found) this.reorder(member, score);
    else {
      const key = keys.of(score, member);
      order.find(key);
      order.insert(key);
      members.insert(member, SCORE_BYTES);
    }
    members.leafView.setFloat64(members.valueAt, score, true);
    members.changed();
  }

  /** The member that `find` found moves to where its new score belongs in the order. */
  private reorder(member: Slice, score: number): void {
    const { order, keys } = this;
    if (score === this.score) return;
    const there = order.find(keys.of(this.score, member));
    assert(there, 'both roots hold the same members');
    if (order.replaceKey(keys.of(score, member))) return;
    order.find(keys.of(score, member));
    order.insert(keys.of(score, member));
    order.find(keys.of(this.score, member));
    order.remove();
  }

  /** Removes the member that `find` just found. The caller deletes an empty set's key. */
  remove(member: Slice): void {
    const { order } = this;
    if (!order.isFlat) {
      const { members } = this;
      const there = order.find(this.keys.of(this.score, member));
      assert(there, 'both roots hold the same members');
      members.remove();
    }
    order.remove();
  }

  /** Rank of the member that `find` just found. */
  rank(member: Slice): number {
    const { order } = this;
    if (!order.isFlat) order.find(this.keys.of(this.score, member));
    return order.rank();
  }

  /** Number of members with a lower score (`after`: not a higher one). */
  rankOfScore(score: number, after: boolean): number {
    return this.order.lowerBound(this.keys.bound(score, after)) ? this.order.rank() : this.count;
  }

  /** The ranks of a range of members: `LexRanks.range`. */
  lexRange(...bounds: Parameters<LexRanks['range']>): readonly [start: number, end: number] {
    return this.lex.range(...bounds);
  }

  /**
   * Names `count` members (at most WINDOW) from number `rank` on, and answers how many there were. Then `pick` any of them, until the next
   * change.
   */
  window(rank: number, count: number): number {
    const { order, windowAt, windowLength, windowViews, windowBytes } = this;
    let n = 0;
    for (let more = order.seek(rank); more && n < count; more = ++n < count && order.next()) {
      windowViews[n] = order.leafView;
      windowBytes[n] = order.leafBytes;
      windowAt[n] = order.keyAt + SCORE_BYTES;
      windowLength[n] = order.keyLength - SCORE_BYTES;
    }
    return n;
  }

  /** Member `n` of the window. */
  pick(n: number): void {
    const { order } = this;
    this.view = this.windowViews[n] ?? order.leafView;
    this.bytes = this.windowBytes[n] ?? order.leafBytes;
    this.memberAt = this.windowAt[n] ?? 0;
    this.memberLength = this.windowLength[n] ?? 0;
    this.readScore();
  }

  /** Calls `visit` for `count` members from number `rank` on, counted and read from the last one on if `backwards`. */
  visit(rank: number, count: number, backwards: boolean, visit: (member: Slice) => void): void {
    const { order } = this;
    let more = count > 0 && order.seek(backwards ? order.count - 1 - rank : rank);
    for (let left = count; more; more = --left > 0 && (backwards ? order.previous() : order.next())) {
      visit(this.tailOf(order));
    }
  }

  /** The member that was picked. */
  member(slice: Slice): Slice {
    return slice.set(this.view, this.bytes, this.memberAt, this.memberLength);
  }

  /**
   * The members in order, `read` reads the one that it stands at: for random choices, and for walks from the lowest score on. Their names begin
   * SCORE_BYTES after the key.
   */
  get ranked(): Collection {
    return this.order;
  }

  /** Descends to all members from number `rank` on: before they are removed. */
  lookAt(rank: number, count: number): void {
    const { order } = this;
    if (this.collections.neverStored(this.ref)) return;
    const { members } = this;
    let more = order.seek(rank);
    for (let n = 0; n < count && more; n++, more = order.next()) members.find(this.tailOf(order));
  }

  /** Removes `count` members from number `rank` on; `lookAt` came before, unless it is all by itself. */
  removeRange(rank: number, count: number): void {
    const { order } = this;
    if (order.isFlat) {
      order.removeRange(rank, count);
      return;
    }
    const { members } = this;
    let more = order.seek(rank);
    for (let n = 0; n < count && more; n++) {
      const there = members.find(this.tailOf(order));
      assert(there, 'both roots hold the same members');
      members.remove();
      if (count === 1) {
        order.remove();
        return;
      }
      more = order.next();
    }
    order.removeRange(rank, count);
  }

  /** For ZSCAN: all members in order where Redis would show a listpack, else those by hash; `read` reads the one that it stands at. */
  openForScan(ref: KeyRef): Collection {
    this.open(ref);
    return this.order.isFlat || this.isListpack(ref) ? this.order : this.members;
  }

  /** Bytes in front of the member in a key of what `openForScan` opened. */
  scanSkips(opened: Collection): number {
    return opened === this.order ? SCORE_BYTES : 0;
  }

  /** Picks the member that what `openForScan` opened stands at. */
  read(opened: Collection): void {
    const skips = this.scanSkips(opened);
    this.view = opened.leafView;
    this.bytes = opened.leafBytes;
    this.memberAt = opened.keyAt + skips;
    this.memberLength = opened.keyLength - skips;
    if (skips > 0) this.readScore();
    else this.score = opened.leafView.getFloat64(opened.valueAt, true);
  }

  private tailOf(order: Collection): Slice {
    return this.tail.set(order.leafView, order.leafBytes, order.keyAt + SCORE_BYTES, order.keyLength - SCORE_BYTES);
  }

  private readScore(): void {
    this.score = readScore(this.view, this.memberAt - SCORE_BYTES);
    if (this.score !== 0) return;
    if (this.order.isFlat || this.collections.encoding(this.ref) !== SIGNED) return;
    this.members.find(this.tail.set(this.view, this.bytes, this.memberAt, this.memberLength));
    this.score = this.members.leafView.getFloat64(this.members.valueAt, true);
  }

  /** From now on there are scores of -0. */
  private expectSigned(member: Slice): void {
    if (this.order.isFlat) {
      this.toTree();
      this.find(member);
    }
    this.collections.setEncoding(this.ref, SIGNED);
  }

  spread(ref: KeyRef): void {
    this.open(ref).toTree();
  }

  hasMember(ref: KeyRef, member: Slice): boolean {
    return this.open(ref).find(member);
  }

  removeMember(ref: KeyRef, member: Slice): void {
    if (this.open(ref).find(member)) this.remove(member);
  }

  isEmpty(ref: KeyRef): boolean {
    return this.open(ref).count === 0;
  }

  /** The member that `find` found gets a score that does not come from its old one: it expires no more. */
  overwritten(): void {
    if (this.found && !this.order.isFlat) this.members.overwritten();
  }

  /** FLAT becomes TREE. */
  private toTree(): void {
    const { collections, order, ref } = this;
    collections.toTree(ref, ROOTS);
    this.open(ref);
    const { members } = this;
    for (let more = order.first(); more; more = order.next()) {
      const score = readScore(order.leafView, order.keyAt);
      members.find(this.tailOf(order));
      members.insert(this.tailOf(order), SCORE_BYTES);
      members.leafView.setFloat64(members.valueAt, score, true);
    }
  }
}
