import { Request } from '../../protocol/resp/request.ts';
import { assert } from '../../tiers/base/assert.ts';
import { KeyHasher, readSeed } from '../../tiers/index/hash.ts';
import { ENTRY_DIRTY, STATE_HOT, STATE_MASK } from '../../tiers/index/layout.ts';
import { COUNT_DIRTY, SlotTables, TABLE_CLEARING } from '../../tiers/index/slot-tables.ts';
import { StoreView } from '../../tiers/index/store-view.ts';
import { NULL_HANDLE } from '../../tiers/memory/handle.ts';
import { headBytes, OBJECT_FLAGS, OBJECT_QUEUE, objectKeyLength } from '../../tiers/memory/object.ts';
import type { SharedMemory } from '../../tiers/memory/shared-memory.ts';
import { Defragmenter } from '../../tiers/mover/defragmenter.ts';
import { makeCold } from '../../tiers/mover/transitions.ts';
import { QUEUE_MAIN, QUEUE_SMALL } from '../../tiers/policy/hot-queues.ts';
import { errors } from '../commands/errors.ts';
import { EXPIRY_KEEP, EXPIRY_NONE } from '../types/string/string-values.ts';
import { SharedKeyAccess } from './key-access.ts';
import { type KeyRef, VALUE_STRING } from './key-ref.ts';
import { ObjectWriter } from './object-writer.ts';
import { SharedKeyspace } from './shared-keyspace.ts';
import { CollectionFuzz } from './storage-fuzz-collections.ts';
import { FuzzModel, fuzzKeys, matches, pattern } from './storage-fuzz-model.ts';

/** What a thread of the storage fuzzer is started with. */
export interface FuzzStart {
  readonly memory: SharedMemory;
  readonly model: SharedArrayBuffer;
  readonly thread: number;
  readonly seed: number;
  readonly keys: number;
  /** Slots that keys are hashed to: few, so that each grows a directory and threads meet at its lock. */
  readonly slots: number;
  readonly tiered: boolean;
}

/** Hashes to the first `slots` slots only. */
class FewSlotsHasher extends KeyHasher {
  private readonly slots: number;

  constructor(memory: SharedMemory, slots: number) {
    super(readSeed(memory));
    this.slots = slots;
  }

  override hash(view: DataView, start: number, length: number): void {
    super.hash(view, start, length);
    this.slot %= this.slots;
  }
}

const MAX_LENGTH = 150_000;
const BATCH = 16;

/**
 * One thread of random operations on the real keyspace code. What every key should be stands in a model in plain shared memory,
 * written under the key's slot lock only: a lock that does not lock shows as a wrong model, too.
 */
export class StorageFuzzer {
  readonly store: StoreView;
  readonly done = { operations: 0, oom: 0, cold: 0, requeued: 0, moved: 0, cleared: 0, graves: 0, trees: 0 };
  private readonly access: SharedKeyAccess;
  private readonly keyspace: SharedKeyspace;
  private readonly model: FuzzModel;
  private readonly collections: CollectionFuzz;
  private readonly defragmenter: Defragmenter;
  private readonly request = new Request();
  private readonly scratch = Buffer.alloc(MAX_LENGTH + 4);
  private readonly scratchView = new DataView(this.scratch.buffer, this.scratch.byteOffset, this.scratch.length);
  private readonly start: FuzzStart;
  private random: number;
  private now = 0;

  constructor(start: FuzzStart) {
    const { memory, thread, tiered } = start;
    this.start = start;
    this.random = start.seed | 1;
    // The mover's thread has a reserve; here every thread demotes.
    this.store = new StoreView({ memory, thread, tiered, reservePages: 0 });
    Object.assign(this.store, { hasher: new FewSlotsHasher(memory, start.slots) });
    this.defragmenter = new Defragmenter(this.store, memory);
    const writer = new ObjectWriter(this.store);
    this.access = new SharedKeyAccess(this.store, writer, undefined);
    this.keyspace = new SharedKeyspace(this.store, writer, this.access, undefined);
    this.model = new FuzzModel(start.model, start.keys);
    this.collections = new CollectionFuzz(this.store, this.keyspace, this.model, (limit) => this.below(limit));
    const { bytes, starts } = fuzzKeys(start.keys);
    this.request.attach(bytes, new DataView(bytes.buffer, bytes.byteOffset, bytes.length));
    for (let key = 0; key < start.keys; key++) {
      this.request.push(starts[key] ?? 0, (starts[key + 1] ?? 0) - (starts[key] ?? 0));
    }
    this.request.count = start.keys;
  }

  run(operations: number): void {
    const { exclusive } = this.store;
    for (let done = 0; done < operations; done += BATCH) {
      exclusive.enter();
      try {
        this.now = this.model.tick();
        for (let i = 0; i < BATCH; i++) this.operation();
        this.freeLazily();
        if (this.below(400) === 0) exclusive.run(() => this.exclusively());
      } finally {
        exclusive.leave();
      }
    }
    if (this.defragmenter.active && this.below(2) === 0) this.defragmenter.end();
    this.done.operations += operations;
    this.store.allocator.flushCaches();
  }

  /** As threads do between batches, but so little that objects wait now and then. */
  private freeLazily(): void {
    const { graveyard } = this.store;
    if (graveyard.empty) return;
    graveyard.clear(1 + this.below(40));
    this.done.graves += graveyard.freed;
    graveyard.freed = 0;
  }

  /** Compares every key with the model; nobody else runs. */
  checkAll(): void {
    this.now = this.model.tick();
    for (let db = 0; db < 2; db++) {
      for (let key = 0; key < this.start.keys; key++) this.withKey(db, key, (ref) => this.check(ref));
    }
    this.store.allocator.flushCaches();
  }

  /** Compares a whole SCAN with the model (RAM-only stores): every key once, no other. */
  checkScan(): void {
    for (let db = 0; db < 2; db++) {
      const seen = new Map<string, number>();
      let cursor = 0n;
      do {
        const next = this.keyspace.scan(db, cursor, 1 + this.below(100), ({ key }) => {
          const name = key.latin1Slice();
          seen.set(name, (seen.get(name) ?? 0) + 1);
        });
        assert(typeof next === 'bigint', 'nothing is cold');
        cursor = next;
      } while (cursor !== 0n);
      for (let key = 0; key < this.start.keys; key++) {
        const times = seen.get(this.request.latin1(key)) ?? 0;
        const { version, expiry } = this.model.read(db, key);
        if (version === 0) assert(times === 0, `SCAN does not invent key ${key}`);
        else assert(times === 1 || (times === 0 && expiry >= 0), `SCAN visits key ${key} once, not ${times} times`);
      }
    }
  }

  private operation(): void {
    const db = this.below(2);
    const dice = this.below(100);
    if (dice < 20) this.withKey(db, this.anyKey(), (ref) => this.set(ref));
    else if (dice < 30) this.withKey(db, this.anyKey(), (ref) => this.changeCollection(ref));
    else if (dice < 45) this.withKey(db, this.anyKey(), (ref) => this.check(ref));
    else if (dice < 57) this.withKey(db, this.anyKey(), (ref) => this.delete(ref));
    else if (dice < 63) this.withKey(db, this.anyKey(), (ref) => this.grow(ref));
    else if (dice < 67) this.withKey(db, this.anyKey(), (ref) => this.setNumber(ref));
    else if (dice < 72) this.withKey(db, this.anyKey(), (ref) => this.expire(ref));
    else if (dice < 86)
      this.withKey(db, this.anyKey(), (ref) => (this.start.tiered ? this.demote(ref) : this.set(ref)));
    else if (dice < 92) this.withKeys(2, (from, to) => this.moveOrCopy(from, to));
    else if (dice < 93)
      this.withKeys(3, () => this.collections.unite(this.access.at(0), this.access.at(1), this.access.at(2)));
    else if (dice < 96) {
      this.withKeys(3, (...refs) => {
        for (let n = 0; n < refs.length; n++) this.set(this.access.at(n));
      });
    } else if (this.start.thread === 0 && this.below(3) === 0) this.defragment();
    else if (this.start.thread === 0) this.requeue();
    else this.withKey(db, this.anyKey(), (ref) => this.bury(ref));
  }

  private changeCollection(ref: KeyRef): void {
    this.collections.change(ref);
    if (ref.type !== VALUE_STRING && ref.handle !== NULL_HANDLE && this.keyspace.collections.isTree(ref))
      this.done.trees++;
  }

  private set(ref: KeyRef): void {
    if (this.collections.keeps(ref)) {
      this.changeCollection(ref);
      return;
    }
    const length = this.anyLength();
    const version = this.model.nextVersion(this.start.thread);
    pattern(this.scratchView, 0, length, ref.argIndex, version);
    const dice = this.below(10);
    const expiry = dice < 7 ? EXPIRY_NONE : dice < 8 ? EXPIRY_KEEP : this.now + 1 + this.below(3000);
    const before = this.model.read(ref.db, ref.argIndex);
    this.keyspace.strings.set(ref, this.scratch, 0, length, expiry);
    const kept = before.version === 0 ? EXPIRY_NONE : before.expiry;
    this.model.write(ref.db, ref.argIndex, version, length, expiry === EXPIRY_KEEP ? kept : expiry);
  }

  private setNumber(ref: KeyRef): void {
    if (ref.exists && ref.type !== VALUE_STRING) return;
    const before = this.model.read(ref.db, ref.argIndex);
    const version = -1 - this.below(2 ** 20);
    this.keyspace.strings.setNumber(ref, version);
    this.model.write(ref.db, ref.argIndex, version, 0, before.version === 0 ? EXPIRY_NONE : before.expiry);
  }

  private grow(ref: KeyRef): void {
    if (ref.exists && (ref.handle === NULL_HANDLE || ref.type !== VALUE_STRING)) return;
    const before = this.model.read(ref.db, ref.argIndex);
    const region = this.keyspace.strings.grow(ref, this.anyLength());
    const version = this.model.nextVersion(this.start.thread);
    pattern(region.view, region.offset, region.length, ref.argIndex, version);
    const expiry = before.version === 0 ? EXPIRY_NONE : before.expiry;
    this.model.write(ref.db, ref.argIndex, version, region.length, expiry);
  }

  private delete(ref: KeyRef): void {
    if (this.collections.keeps(ref)) return;
    assert(
      this.keyspace.delete(ref) === (this.model.read(ref.db, ref.argIndex).version !== 0),
      'DEL says what was there',
    );
    assert(!ref.exists, 'a deleted key is gone');
    this.model.remove(ref.db, ref.argIndex);
  }

  private expire(ref: KeyRef): void {
    if (ref.handle === NULL_HANDLE) return;
    const expiry = this.below(3) === 0 ? EXPIRY_NONE : this.now + 1 + this.below(3000);
    this.keyspace.setExpireAt(ref, expiry);
    this.model.put(ref.db, ref.argIndex, { ...this.model.read(ref.db, ref.argIndex), expiry });
  }

  /** As the mover does when the record is on disk: clean, then cold. */
  private demote(ref: KeyRef): void {
    if (ref.handle === NULL_HANDLE || (ref.word1 & STATE_MASK) !== STATE_HOT) return;
    // The mover writes the nodes of a TREE first.
    if (ref.type !== VALUE_STRING && this.keyspace.collections.isTree(ref)) return;
    const { index, tables } = this.store;
    index.goTo(ref.slotAt, ref.position, ref.entry);
    if (ref.word1 & ENTRY_DIRTY) {
      index.view.setInt32(ref.entry + 4, ref.word1 & ~ENTRY_DIRTY, true);
      tables.count(ref.slotAt, COUNT_DIRTY, -1);
    }
    if (makeCold(this.store, ref.slotAt, ref.position, ref.check)) this.done.cold++;
  }

  /** As the mover does when a deletion is on disk. */
  private bury(ref: KeyRef): void {
    if (ref.exists || ref.entry === 0) return;
    this.store.index.goTo(ref.slotAt, ref.position, ref.entry);
    this.store.buryTombstone(ref.slotAt, ref.position);
  }

  private moveOrCopy(from: KeyRef, to: KeyRef): void {
    const same = from.db === to.db && from.argIndex === to.argIndex;
    if (from.handle === NULL_HANDLE || same) return;
    const believed = this.model.read(from.db, from.argIndex);
    const { version, length } = believed;
    // A string's bytes name its key: moved to another key it is written anew, under the same locks.
    const moves = this.below(2) === 0;
    if (moves) this.keyspace.move(from, to);
    else this.keyspace.copy(from, to);
    this.model.put(to.db, to.argIndex, believed);
    if (version > 0 && believed.type === VALUE_STRING) {
      const { view, offset } = this.keyspace.strings.locate(this.access.at(1));
      assert(matches(view, offset, length, from.argIndex, version), 'a copy is a copy');
      pattern(view, offset, length, to.argIndex, version);
    }
    if (moves) this.model.remove(from.db, from.argIndex);
  }

  /** As the mover's scan does: takes objects from the front of a queue without knowing their slots, and queues them again. */
  private requeue(): void {
    const { queues, arena, allocator, hasher, index, tables } = this.store;
    const place = queues.take(this.below(2) === 0 ? QUEUE_SMALL : QUEUE_MAIN);
    if (place === 0) return;
    for (let handle = queues.at(place); handle !== NULL_HANDLE; handle = queues.at(place)) {
      const view = arena.view(handle);
      const at = arena.offset(handle);
      const head = headBytes(view.getUint8(at + OBJECT_FLAGS));
      const keyLength = objectKeyLength(view, at);
      // Seen without a lock: the block may be another's by now.
      if (head + keyLength > allocator.probe(handle)) continue;
      hasher.hash(view, at + head, keyLength);
      const { slot, position } = hasher;
      for (let db = 0; db < 2; db++) {
        const slotAt = SlotTables.at(tables.tableOf(db), slot);
        tables.lock(slotAt);
        if (queues.at(place) === handle && index.findHandle(slotAt, position, handle) !== 0) {
          queues.remove(place);
          view.setUint32(at + OBJECT_QUEUE, queues.add(QUEUE_MAIN, handle), true);
          this.done.requeued++;
        }
        tables.unlock(slotAt);
      }
      if (queues.at(place) === handle && this.isClearing()) {
        // Its table was flushed: whoever clears it frees the object.
        this.clear();
      }
    }
  }

  /** As the mover does, between whatever else it does. */
  private defragment(): void {
    const { defragmenter: work } = this;
    const { moved } = work;
    if (work.active || work.begin()) {
      if (this.below(40) === 0) work.end();
      else work.step();
    }
    this.done.moved += work.moved - moved;
  }

  private exclusively(): void {
    const dice = this.below(10);
    if (dice < 6) {
      this.keyspace.swap(0, 1);
      this.model.swap();
      return;
    }
    if (dice === 6) this.keyspace.flush(-1);
    else this.keyspace.flush(dice & 1);
    for (let db = 0; db < 2; db++) if (dice === 6 || db === (dice & 1)) this.model.clear(db);
    if (this.below(2) === 0) this.clear();
  }

  private isClearing(): boolean {
    const { tables } = this.store;
    for (let table = 0; table < tables.tables; table++) if (tables.tableState(table) === TABLE_CLEARING) return true;
    return false;
  }

  private clear(): void {
    const { tables } = this.store;
    for (let table = 0; table < tables.tables; table++) {
      if (tables.tableState(table) !== TABLE_CLEARING) continue;
      this.store.clearTable(table);
      this.done.cleared++;
    }
  }

  private check(ref: KeyRef): void {
    const { version, length, expiry, type } = this.model.read(ref.db, ref.argIndex);
    if (version === 0) return;
    assert(ref.type === type, `key ${ref.argIndex} has type ${type}, not ${ref.type}`);
    assert(this.keyspace.expireAt(ref) === expiry, `key ${ref.argIndex} expires at ${expiry}`);
    if (ref.handle === NULL_HANDLE) return;
    if (type !== VALUE_STRING) {
      this.collections.check(ref);
      return;
    }
    if (version < 0) {
      assert(this.keyspace.strings.integer(ref) === version, `key ${ref.argIndex} holds its number`);
      return;
    }
    const region = this.keyspace.strings.locate(ref);
    assert(region.length === length, `key ${ref.argIndex} holds ${length} bytes, not ${region.length}`);
    assert(matches(region.view, region.offset, length, ref.argIndex, version), `key ${ref.argIndex} holds its bytes`);
  }

  private withKey(db: number, key: number, body: (ref: KeyRef) => void): void {
    const { access } = this;
    try {
      assert(access.prepareOne(this.request, key, db, this.now, 'index'), 'an index need is always met');
      const ref = access.at(0);
      this.agree(ref);
      this.attempt(1, () => body(ref));
    } catch (error) {
      if (error !== errors.oom) throw error;
      this.done.oom++;
    } finally {
      access.release();
    }
  }

  private withKeys(count: number, body: (...refs: [KeyRef, KeyRef]) => void): void {
    const { access } = this;
    try {
      access.begin(this.request, this.now);
      for (let i = 0; i < count; i++) access.add(this.anyKey(), this.below(2));
      assert(access.prepare('index'), 'an index need is always met');
      for (let i = 0; i < count; i++) this.agree(access.at(i));
      this.attempt(count, () => body(access.at(0), access.at(1)));
    } catch (error) {
      if (error !== errors.oom) throw error;
      this.done.oom++;
    } finally {
      access.release();
    }
  }

  /** Runs an operation; when it fails for lack of memory, its keys must be what the model says: nothing has changed. */
  private attempt(count: number, body: () => void): void {
    try {
      body();
    } catch (error) {
      if (error !== errors.oom) throw error;
      this.done.oom++;
      for (let i = 0; i < count; i++) {
        const ref = this.access.at(i);
        this.access.lookUp(ref);
        this.agree(ref);
        this.check(ref);
      }
    }
  }

  /** Lookup and model agree on whether the key exists. */
  private agree(ref: KeyRef): void {
    const { version, expiry } = this.model.read(ref.db, ref.argIndex);
    const expired = version !== 0 && expiry >= 0 && expiry <= this.now;
    if (expired) this.model.remove(ref.db, ref.argIndex);
    const expected = version !== 0 && !expired;
    assert(ref.exists === expected, `key ${ref.argIndex} of db ${ref.db} exists: ${ref.exists}, model: ${expected}`);
  }

  /** Favours a hot tenth of the keys, so that threads meet. */
  private anyKey(): number {
    return this.below(this.below(2) === 0 ? this.start.keys : Math.ceil(this.start.keys / 10));
  }

  private anyLength(): number {
    const dice = this.below(1000);
    if (dice < 650) return this.below(120);
    if (dice < 920) return this.below(1500);
    if (dice < 985) return this.below(9000);
    if (dice < 997) return 30_000 + this.below(8000);
    return this.below(MAX_LENGTH);
  }

  /** A random integer below `limit` (xorshift32). */
  private below(limit: number): number {
    let x = this.random;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.random = x;
    return (x >>> 0) % limit;
  }
}
