import { assert } from '../../tiers/base/assert.ts';
import type { StoreView } from '../../tiers/index/store-view.ts';
import { NULL_HANDLE } from '../../tiers/memory/handle.ts';
import { Slice } from '../../tiers/tree/slice.ts';
import type { CollectionLimits } from '../config/collection-limits.ts';
import { HEAD, TAIL } from '../types/list/shared-lists.ts';
import { type KeyRef, VALUE_HASH, VALUE_LIST, VALUE_SET, VALUE_ZSET } from './key-ref.ts';
import type { SharedKeyspace } from './shared-keyspace.ts';
import type { FuzzModel } from './storage-fuzz-model.ts';

const LIMITS: CollectionLimits = {
  hashEntries: 128,
  hashValue: 64,
  listSize: -2,
  listCompressDepth: 0,
  intsetEntries: 512,
  zsetEntries: 128,
  zsetValue: 64,
  streamNodeBytes: 4096,
  streamNodeEntries: 100,
  hllSparseBytes: 3000,
};

/** Each key has one type that it is given when it is made a collection. */
const TYPES = [VALUE_SET, VALUE_HASH, VALUE_LIST, VALUE_ZSET];
/** One key of each type in so many has many members, the others few. */
const LARGE_EVERY = 128;
const LARGE_MEMBERS = 4000;
const SMALL_MEMBERS = 40;
const MAX_VALUE_BYTES = 5000;
/** The dispatcher lets no command in that may need memory when there is none. */
const ROOM_BYTES = 256 * 1024;

/**
 * Random changes of collections, for the storage fuzzer. The model knows how many entries each has, and the sum of what they hash to: an entry
 * that is lost, doubled or damaged shows in it.
 */
export class CollectionFuzz {
  private readonly store: StoreView;
  private readonly keyspace: SharedKeyspace;
  private readonly model: FuzzModel;
  private readonly below: (limit: number) => number;
  private readonly member = Slice.of(new Uint8Array(64));
  private readonly value = Slice.of(new Uint8Array(MAX_VALUE_BYTES));
  private count = 0;
  private sum = 0;

  constructor(store: StoreView, keyspace: SharedKeyspace, model: FuzzModel, below: (limit: number) => number) {
    this.store = store;
    this.keyspace = keyspace;
    this.model = model;
    this.below = below;
  }

  /** Most of the time true of keys that are to become large: what would end them is left undone then. */
  keeps(ref: KeyRef): boolean {
    return isLarge(ref) && this.below(12) > 0;
  }

  /** Some additions to and removals from a key, which becomes a collection if it is none of its type. */
  change(ref: KeyRef): void {
    if ((ref.exists && ref.handle === NULL_HANDLE) || !this.store.allocator.hasRoom(ROOM_BYTES)) return;
    const type = TYPES[ref.argIndex % TYPES.length] ?? VALUE_SET;
    const before = this.model.read(ref.db, ref.argIndex);
    const fits = ref.exists && ref.type === type;
    this.count = fits ? before.length : 0;
    this.sum = fits ? before.sum : 0;
    const expiry = fits ? before.expiry : -1;
    if (!fits) {
      this.keyspace.collections.create(ref, type, 0);
      this.model.put(ref.db, ref.argIndex, { version: 1, length: 0, expiry: -1, type, sum: 0 });
    }
    const large = isLarge(ref);
    const grows = this.below(10) < (large ? 8 : 6);
    const turns = 1 + this.below(large ? 400 : 6);
    try {
      for (let turn = 0; turn < turns; turn++) {
        this.nameMember(large ? LARGE_MEMBERS : SMALL_MEMBERS);
        const adds = this.count === 0 || (this.below(10) < 8 ? grows : !grows);
        if (adds) this.add(ref, type);
        else if (this.count > 1) this.remove(ref, type);
      }
    } finally {
      this.keyspace.collections.changed(ref, turns);
      this.model.put(ref.db, ref.argIndex, { version: 1, length: this.count, expiry, type, sum: this.sum });
    }
  }

  /** SUNIONSTORE of two sets, of which the destination may be one. */
  unite(to: KeyRef, a: KeyRef, b: KeyRef): void {
    if (!this.store.allocator.hasRoom(ROOM_BYTES)) return;
    for (const ref of [a, b]) if (ref.handle === NULL_HANDLE || ref.type !== VALUE_SET) return;
    const { sets } = this.keyspace;
    const wanted = new Set<string>();
    for (const ref of [a, b]) sets.visit(ref, (member) => wanted.add(member.copy().latin1Slice()));
    sets.bulk.begin();
    try {
      sets.algebra.concatenate([a, b], (member) => sets.bulk.add(member));
      sets.bulk.dropRepeated();
      sets.bulk.place(to, LIMITS.intsetEntries);
    } finally {
      sets.bulk.discard();
    }
    sets.changed(to, 1);
    let sum = 0;
    for (const name of wanted) sum = (sum + hashOf(Slice.of(Buffer.from(name, 'latin1')), 0)) | 0;
    this.model.put(to.db, to.argIndex, { version: 1, length: wanted.size, expiry: -1, type: VALUE_SET, sum });
  }

  /** Compares a collection in RAM with the model. */
  check(ref: KeyRef): void {
    const { length, sum, type } = this.model.read(ref.db, ref.argIndex);
    let count = 0;
    let found = 0;
    this.walk(ref, type, (hash) => {
      count++;
      found = (found + hash) | 0;
    });
    assert(count === length, `collection ${ref.argIndex} (type ${type}) has ${length} entries, not ${count}`);
    assert(found === sum, `the entries of collection ${ref.argIndex} (type ${type}) are what was put in`);
  }

  private walk(ref: KeyRef, type: number, visit: (hash: number) => void): void {
    const { hashes, lists, sets, sortedSets } = this.keyspace;
    const slice = new Slice();
    if (type === VALUE_ZSET) {
      const sorted = sortedSets.open(ref);
      const { ranked } = sorted;
      for (let more = ranked.first(); more; more = ranked.next()) {
        sorted.read(ranked);
        visit(hashOf(sorted.member(slice), sorted.score));
      }
      return;
    }
    const entries = type === VALUE_SET ? sets.open(ref) : type === VALUE_HASH ? hashes.open(ref) : lists.open(ref);
    for (let more = entries.first(); more; more = entries.next()) {
      const hash = hashOf(entries.key(slice), 0);
      visit(type === VALUE_HASH ? hashOf(entries.value(slice), hash) : hash);
    }
  }

  private add(ref: KeyRef, type: number): void {
    const { hashes, lists, sets, sortedSets } = this.keyspace;
    const { member, value } = this;
    const hash = hashOf(member, 0);
    if (type === VALUE_SET) {
      if (sets.add(ref, member, LIMITS.intsetEntries)) this.gain(1, hash);
    } else if (type === VALUE_LIST) {
      const rank = this.below(8) === 0 ? this.below(this.count + 1) : -1;
      if (rank >= 0) lists.open(ref).insertAt(rank, member);
      else lists.push(ref, this.below(2) === 0 ? HEAD : TAIL, member);
      this.gain(1, hash);
    } else if (type === VALUE_HASH) {
      this.makeValue();
      const entries = hashes.open(ref);
      const old = entries.find(member) ? hashOf(entries.value(new Slice()), hash) : 0;
      const isNew = hashes.put(member, value);
      this.gain(isNew ? 1 : 0, hashOf(value, hash) - old);
    } else {
      const score = this.below(1000) - 500;
      const sorted = sortedSets.open(ref);
      const found = sorted.find(member);
      const old = found ? hashOf(member, sorted.score) : 0;
      sorted.put(member, score, LIMITS);
      this.gain(found ? 0 : 1, hashOf(member, score) - old);
    }
  }

  private remove(ref: KeyRef, type: number): void {
    const { hashes, lists, sets, sortedSets } = this.keyspace;
    const { member } = this;
    const hash = hashOf(member, 0);
    if (type === VALUE_SET) {
      if (sets.remove(ref, member)) this.gain(-1, -hash);
    } else if (type === VALUE_LIST) {
      const list = lists.open(ref);
      const slice = new Slice();
      const first = this.below(8) === 0 ? this.below(this.count) : this.below(2) * (this.count - 1);
      const gone = Math.min(this.count - 1, 1 + (this.below(10) === 0 ? this.below(100) : 0), this.count - first);
      list.seek(first);
      for (let n = 0; n < gone; n++, list.next()) this.gain(-1, -hashOf(list.key(slice), 0));
      lists.removeRange(ref, first, gone);
    } else if (type === VALUE_HASH) {
      const entries = hashes.open(ref);
      if (!entries.find(member)) return;
      this.gain(-1, -hashOf(entries.value(new Slice()), hash));
      entries.remove();
    } else {
      const sorted = sortedSets.open(ref);
      if (!sorted.find(member)) return;
      this.gain(-1, -hashOf(member, sorted.score));
      sorted.remove(member);
    }
  }

  private gain(count: number, sum: number): void {
    this.count += count;
    this.sum = (this.sum + sum) | 0;
  }

  /** One of `range` members; some are integers, some longer than others. */
  private nameMember(range: number): void {
    const n = this.below(range);
    const text = n % 3 === 0 ? String(n) : `member:${n}`.padEnd(n % 7 === 0 ? 60 : 1, '.');
    const { member } = this;
    member.length = text.length;
    for (let i = 0; i < text.length; i++) member.view.setUint8(i, text.charCodeAt(i));
  }

  private makeValue(): void {
    const dice = this.below(1000);
    const { value } = this;
    value.length = dice < 800 ? this.below(60) : dice < 995 ? this.below(300) : this.below(MAX_VALUE_BYTES);
    const seed = this.below(256);
    for (let i = 0; i < value.length; i++) value.view.setUint8(i, seed + i);
  }
}

function isLarge(ref: KeyRef): boolean {
  return ref.argIndex % LARGE_EVERY < TYPES.length;
}

/** Some hash of bytes and a number (FNV-1a). */
function hashOf(bytes: Slice, seed: number): number {
  let hash = 0x811c9dc5 ^ seed;
  for (let i = 0; i < bytes.length; i++) hash = Math.imul(hash ^ bytes.view.getUint8(bytes.at + i), 0x01000193);
  return hash | 0;
}
