import { assert } from '../base/assert.ts';
import { BUCKET_BYTES, BUCKET_ENTRIES, ENTRY_BYTES, SLOTS } from '../base/limits.ts';
import { asHandle, type Handle, NULL_HANDLE } from '../memory/handle.ts';
import { KIND_INDEX, KIND_OTHER, KIND_TOMBSTONE } from '../memory/layout.ts';
import { OBJECT_QUEUE, objectBytes, objectExpiry, objectType } from '../memory/object.ts';
import type { SharedMemory } from '../memory/shared-memory.ts';
import { BlockLedger } from '../memory/verify-blocks.ts';
import { QUEUE_MAIN, QUEUE_SMALL } from '../policy/hot-queues.ts';
import { garbageOf, isTreeObject, rootsOf, visitBlocks } from '../tree/walk.ts';
import { INTEREST_KINDS, type InterestKind } from './interest-layout.ts';
import {
  DESCRIPTOR_BYTES,
  ENTRY_DIRTY,
  ENTRY_EXPIRES,
  ENTRY_ON_DISK,
  ENTRY_TAG_SHIFT,
  INFO_BUCKETS_MASK,
  INFO_DEPTH_SHIFT,
  SLOT_DEPTH,
  SLOT_ENTRIES,
  SLOT_LOCK,
  SLOT_ROOT,
  SLOT_ROOT_INFO,
  STATE_COLD,
  STATE_DEMOTING,
  STATE_EMPTY,
  STATE_EXPIRY,
  STATE_HOT,
  STATE_MASK,
  STATE_TOMBSTONE,
} from './layout.ts';
import { entrySpan, homeBucket, pageOverflowed, pageUsed } from './page.ts';
import { COUNT_COLD, COUNT_DIRTY, COUNT_EXPIRES, COUNT_KEYS, SlotTables } from './slot-tables.ts';
import type { StoreView } from './store-view.ts';

/** What was found, over all tables. */
export interface StoreFigures {
  keys: number;
  cold: number;
  expires: number;
  dirty: number;
  tombstones: number;
  /** Records of interest in keys. */
  interests: number;
  blocks: number;
}

/**
 * Walks everything shared (tables, slots, pages, objects, queues, slabs, page runs) and asserts that it fits together: no block lost,
 * doubled or overlapping, accounts equal to what lives, counters equal to what is walked. Needs all threads outside of commands,
 * with their caches flushed (`Allocator.flushCaches`).
 */
export function verifyStore(memory: SharedMemory, store: StoreView): StoreFigures {
  return new StoreVerifier(memory, store).run();
}

class StoreVerifier {
  private readonly store: StoreView;
  private readonly ledger: BlockLedger;
  private readonly figures: StoreFigures = {
    keys: 0,
    cold: 0,
    expires: 0,
    dirty: 0,
    tombstones: 0,
    interests: 0,
    blocks: 0,
  };
  /** Objects that say they stand in a queue: handle and place. */
  private readonly queued = new Map<Handle, number>();
  /** Blocks that interest records refer to; several may share one. */
  private readonly interestData = new Set<Handle>();

  constructor(memory: SharedMemory, store: StoreView) {
    this.store = store;
    this.ledger = new BlockLedger(memory, store.allocator);
  }

  run(): StoreFigures {
    const { tables } = this.store;
    for (let table = 0; table < tables.tables; table++) this.checkTable(table);
    this.checkQueues();
    this.equal(this.store.interests.count(), this.figures.interests, 'interest records');
    this.store.graveyard.visit((handle) => {
      const view = this.store.arena.view(handle);
      const at = this.store.arena.offset(handle);
      this.ledger.claim(handle, objectType(view, at));
      this.claimNodes(view, at, objectType(view, at));
    });
    this.store.doomed.visit((block) => this.ledger.claim(block, KIND_OTHER));
    this.ledger.finish();
    this.figures.blocks = this.ledger.blocks;
    return this.figures;
  }

  private checkTable(table: number): void {
    const { tables } = this.store;
    const before = { ...this.figures };
    for (let slot = 0; slot < SLOTS; slot++) this.checkSlot(SlotTables.at(table, slot), slot);
    const { keys, cold, expires, dirty } = this.figures;
    this.equal(tables.total(table, COUNT_KEYS), keys - before.keys, `keys of table ${table}`);
    this.equal(tables.total(table, COUNT_COLD), cold - before.cold, `cold keys of table ${table}`);
    this.equal(tables.total(table, COUNT_EXPIRES), expires - before.expires, `expiring keys of table ${table}`);
    this.equal(tables.total(table, COUNT_DIRTY), dirty - before.dirty, `dirty entries of table ${table}`);
  }

  private checkSlot(slotAt: number, slot: number): void {
    const { tables, arena } = this.store;
    const header = tables.view;
    assert(header.getUint32(slotAt + SLOT_LOCK, true) === 0, `slot ${slot} is not locked`);
    const root = asHandle(header.getUint32(slotAt + SLOT_ROOT, true));
    const depth = header.getUint32(slotAt + SLOT_DEPTH, true);
    this.checkInterests(slotAt);
    const before = { ...this.figures };
    let entries = 0;
    if (depth === 0) {
      if (root !== 0) entries = this.checkPage(slotAt, slot, root, header.getUint32(slotAt + SLOT_ROOT_INFO, true), 0);
    } else {
      this.ledger.claim(root, KIND_INDEX);
      const view = arena.view(root);
      const at = arena.offset(root);
      for (let i = 0; i < 2 ** depth; ) {
        const page = asHandle(view.getUint32(at + i * DESCRIPTOR_BYTES, true));
        const info = view.getUint32(at + i * DESCRIPTOR_BYTES + 4, true);
        const pageDepth = info >>> INFO_DEPTH_SHIFT;
        assert(pageDepth <= depth, `a page of slot ${slot} is no deeper than its directory`);
        const copies = 2 ** (depth - pageDepth);
        assert(i % copies === 0, `descriptors of a page of slot ${slot} are aligned`);
        for (let copy = i; copy < i + copies; copy++) {
          const same =
            view.getUint32(at + copy * DESCRIPTOR_BYTES, true) === page &&
            view.getUint32(at + copy * DESCRIPTOR_BYTES + 4, true) === info;
          assert(same, `descriptors of a page of slot ${slot} are equal`);
        }
        entries += this.checkPage(slotAt, slot, page, info, i / copies);
        i += copies;
      }
    }
    const { figures } = this;
    this.equal(header.getUint32(slotAt + SLOT_ENTRIES, true), entries, `entries of slot ${slot}`);
    this.equal(tables.slotCount(slotAt, COUNT_KEYS), figures.keys - before.keys, `keys of slot ${slot}`);
    this.equal(tables.slotCount(slotAt, COUNT_COLD), figures.cold - before.cold, `cold keys of slot ${slot}`);
    this.equal(
      tables.slotCount(slotAt, COUNT_EXPIRES),
      figures.expires - before.expires,
      `expiring keys of slot ${slot}`,
    );
    this.equal(tables.slotCount(slotAt, COUNT_DIRTY), figures.dirty - before.dirty, `dirty entries of slot ${slot}`);
  }

  private checkInterests(slotAt: number): void {
    const { interests } = this.store;
    for (let node = interests.firstNode(slotAt); node !== NULL_HANDLE; node = interests.nextNode(node)) {
      this.ledger.claim(node, KIND_OTHER);
      const before = this.figures.interests;
      for (const kind of INTEREST_KINDS) this.checkRecords(node, kind);
      assert(this.figures.interests > before, 'a key node has a record');
    }
  }

  private checkRecords(node: Handle, kind: InterestKind): void {
    const { interests } = this.store;
    for (let record = interests.firstOf(node, kind); record !== NULL_HANDLE; record = interests.next(record)) {
      this.figures.interests++;
      this.ledger.claim(record, KIND_OTHER);
      const data = interests.dataOf(record);
      if (data === NULL_HANDLE || this.interestData.has(data)) continue;
      this.interestData.add(data);
      this.ledger.claim(data, KIND_OTHER);
    }
  }

  /** Checks a page whose positions begin with the `depth` bits of `prefix`; answers its entries in use. */
  private checkPage(slotAt: number, slot: number, page: Handle, info: number, prefix: number): number {
    const { arena } = this.store;
    const buckets = info & INFO_BUCKETS_MASK;
    const depth = info >>> INFO_DEPTH_SHIFT;
    const bytes = this.ledger.claim(page, KIND_INDEX);
    assert(buckets > 0 && bytes >= buckets * BUCKET_BYTES, `a page of slot ${slot} holds its ${buckets} buckets`);
    const view = arena.view(page);
    const pageAt = arena.offset(page);
    let used = 0;
    for (let entry = 1; entry < buckets * BUCKET_ENTRIES; entry++) {
      const at = pageAt + entry * ENTRY_BYTES;
      const word1 = view.getUint32(at + 4, true);
      const state = word1 & STATE_MASK;
      if (state === STATE_EMPTY) continue;
      assert(state !== STATE_EXPIRY, `an expiry of slot ${slot} follows a cold key`);
      const tag = word1 >>> ENTRY_TAG_SHIFT;
      assert(depth === 0 || tag >>> (24 - depth) === prefix, `an entry of slot ${slot} is in the page of its position`);
      const bucket = Math.floor(entry / BUCKET_ENTRIES);
      for (let b = homeBucket(tag, depth, buckets); b !== bucket; b = (b + 1) % buckets) {
        assert(pageOverflowed(view, pageAt, b), `an entry of slot ${slot} is found from its home bucket`);
      }
      const expiry = this.checkEntry(slotAt, slot, view, at, word1);
      if (expiry >= 0 && state !== STATE_TOMBSTONE) {
        const noted = this.store.tables.earliestExpiry(slotAt);
        assert(noted <= Math.floor(expiry / 1000), `slot ${slot} knows of its earliest expiry`);
      }
      const span = entrySpan(word1);
      assert((entry % BUCKET_ENTRIES) + span <= BUCKET_ENTRIES, 'an expiry lies in the bucket of its key');
      used += span;
      entry += span - 1;
    }
    this.equal(pageUsed(view, pageAt), used, `entries of a page of slot ${slot}`);
    return used;
  }

  /** Counts an entry; answers its expiry in ms or -1. */
  private checkEntry(slotAt: number, slot: number, view: DataView, at: number, word1: number): number {
    const { figures, store } = this;
    const state = word1 & STATE_MASK;
    const expires = (word1 & ENTRY_EXPIRES) !== 0;
    if (word1 & ENTRY_DIRTY) figures.dirty++;
    if (state === STATE_TOMBSTONE) {
      figures.tombstones++;
      assert((word1 & ENTRY_DIRTY) !== 0 && (word1 & ENTRY_ON_DISK) !== 0 && !expires, 'a tombstone is to be written');
    } else {
      figures.keys++;
      if (expires) figures.expires++;
    }
    if (state === STATE_COLD) {
      figures.cold++;
      assert((word1 & ENTRY_ON_DISK) !== 0 && (word1 & ENTRY_DIRTY) === 0, `a cold key of slot ${slot} is on disk`);
      return expires ? store.index.expiryAfter(view, at) : -1;
    }
    const valid = state === STATE_HOT || state === STATE_DEMOTING || state === STATE_TOMBSTONE;
    assert(valid, `an entry of slot ${slot} has a state (${state})`);
    const handle = asHandle(view.getUint32(at, true));
    return this.checkObject(slotAt, handle, word1);
  }

  private checkObject(slotAt: number, handle: Handle, word1: number): number {
    const { store } = this;
    const view = store.arena.view(handle);
    const at = store.arena.offset(handle);
    const kind = objectType(view, at);
    assert(
      (kind === KIND_TOMBSTONE) === ((word1 & STATE_MASK) === STATE_TOMBSTONE) && kind !== KIND_INDEX,
      `object ${handle} has the type of its entry`,
    );
    const capacity = this.ledger.claim(handle, kind);
    if (isTreeObject(view, at)) this.claimNodes(view, at, kind);
    assert(objectBytes(view, at) <= capacity, `object ${handle} fits its block`);
    store.hashObject(handle);
    assert(
      store.hasher.slot === (slotAt / (SlotTables.at(0, 1) - SlotTables.at(0, 0))) % SLOTS,
      `object ${handle} is in its slot`,
    );
    assert(store.hasher.position >>> 8 === word1 >>> ENTRY_TAG_SHIFT, `object ${handle} has its entry's tag`);
    const expiry = objectExpiry(view, at);
    assert(
      expiry >= 0 === ((word1 & ENTRY_EXPIRES) !== 0),
      `object ${handle} and its entry agree on whether it expires`,
    );
    const place = view.getUint32(at + OBJECT_QUEUE, true);
    if (place !== 0) {
      assert(store.queues.at(place) === handle, `object ${handle} stands in its place in the queue`);
      this.queued.set(handle, place);
    }
    return expiry;
  }

  private claimNodes(view: DataView, at: number, kind: number): void {
    const garbage = garbageOf(view, at);
    if (garbage !== NULL_HANDLE) this.ledger.claim(garbage, kind);
    for (const rootAt of rootsOf(view, at)) {
      visitBlocks(this.store.allocator, view, rootAt, (node) => this.ledger.claim(node, kind));
    }
  }

  private checkQueues(): void {
    const { queues } = this.store;
    let found = 0;
    for (const queue of [QUEUE_SMALL, QUEUE_MAIN]) {
      let length = 0;
      queues.visit(queue, (place, handle, passed) => {
        length++;
        assert(this.queued.get(handle) === place, `the object ${handle} in a queue is live and knows its place`);
        assert(!passed, `object ${handle} was taken from its queue and left there`);
        assert(queues.queueOf(place) === queue, 'a chunk knows its queue');
      });
      this.equal(queues.length(queue), length, `length of queue ${queue}`);
      found += length;
    }
    this.equal(this.queued.size, found, 'objects with a place in a queue');
  }

  private equal(counted: number, walked: number, what: string): void {
    assert(counted === walked, `${what}: ${counted} counted, ${walked} found`);
  }
}
