import type { Request } from '../../protocol/resp/request.ts';
import { BUCKET_BYTES, ENTRY_BYTES, SEGMENT_BYTES } from '../../tiers/base/limits.ts';
import {
  DESCRIPTOR_BYTES,
  ENTRY_TAG_MASK,
  ENTRY_TAG_SHIFT,
  INFO_BUCKETS_MASK,
  INFO_DEPTH_SHIFT,
  SLOT_DEPTH,
  SLOT_ROOT,
  SLOT_ROOT_INFO,
} from '../../tiers/index/layout.ts';
import { homeBucket } from '../../tiers/index/page.ts';
import { SlotTables } from '../../tiers/index/slot-tables.ts';
import type { StoreView } from '../../tiers/index/store-view.ts';
import { asHandle } from '../../tiers/memory/handle.ts';
import { MemberPrefetcher } from './member-prefetcher.ts';
import { touchAll } from './touch.ts';

/** Requests that are looked at together: as many cache misses as the processor can have under way. */
export const PREFETCH_REQUESTS = 16;

const CACHE_LINE = 64;

/**
 * Brings what pipelined requests will touch into the processor's caches. A lookup is a chain of three cache misses (slot header, bucket,
 * object), and taking a lock keeps the processor from starting the next chain early; walking all chains side by side, one step of
 * each at a time, lets their misses overlap.
 *
 * Nothing here takes a lock, so what is read may be stale or torn: it decides what to touch, never what to answer.
 */
export class Prefetcher {
  private readonly store: StoreView;
  /** Per request: where its slot header lies, then where its bucket lies in `view`, then its object. -1: nothing to touch. */
  private readonly slotAt = new Int32Array(PREFETCH_REQUESTS);
  private readonly at = new Int32Array(PREFETCH_REQUESTS);
  private readonly views: DataView[];
  /** Per request: the first of those before it, or itself, that names the same key as all between them. */
  private readonly owner = new Int32Array(PREFETCH_REQUESTS);
  private readonly members: MemberPrefetcher;
  /** Keeps the loads from being optimised away. */
  private sink = 0;

  constructor(store: StoreView) {
    this.store = store;
    this.views = Array.from({ length: PREFETCH_REQUESTS }, () => store.tables.view);
    this.members = new MemberPrefetcher(store, PREFETCH_REQUESTS);
  }

  /**
   * `requests[0, count)`; hashes their argument 1 on the way. Addresses are worked out in one loop and touched in the next: the processor
   * looks only some hundred instructions ahead, so the loops that miss must be short.
   */
  run(requests: readonly Request[], count: number, db: number): void {
    const { hasher, tables } = this.store;
    const { owner, slotAt } = this;
    const table = tables.tableOf(db);
    let named = -1;
    let position = 0;
    let check = 0;
    for (let i = 0; i < count; i++) {
      const request = requests[i];
      slotAt[i] = -1;
      owner[i] = -1;
      if (request === undefined || request.count < 2) continue;
      hasher.hash(request.view, request.start(1), request.length(1));
      request.slot = hasher.slot;
      request.position = hasher.position;
      request.check = hasher.check;
      request.hashed = true;
      owner[i] = i;
      // Often a pipeline is for one key.
      if (named >= 0 && position === hasher.position && check === hasher.check) {
        owner[i] = named;
        continue;
      }
      named = i;
      position = hasher.position;
      check = hasher.check;
      slotAt[i] = SlotTables.at(table, hasher.slot);
    }
    let sum = touch(tables.view, slotAt, count);
    for (let i = 0; i < count; i++) this.locateBucket(i, requests[i]?.position ?? 0);
    sum ^= touchAll(this.views, this.at, count, 0);
    for (let i = 0; i < count; i++) this.locateObject(i, requests[i]?.position ?? 0);
    sum ^= touchAll(this.views, this.at, count, 0) ^ touchAll(this.views, this.at, count, CACHE_LINE);
    this.sink ^= sum;
    this.runMembers(requests, count);
  }

  private runMembers(requests: readonly Request[], count: number): void {
    const { at, members, owner, views } = this;
    let ways = 0;
    for (let i = 0; i < count; i++) {
      const request = requests[i];
      const object = owner[i] ?? -1;
      const objectAt = object < 0 ? -1 : (at[object] ?? -1);
      const view = object < 0 ? undefined : views[object];
      if (members.begin(i, request, view, objectAt)) ways++;
    }
    if (ways > 0) members.run(requests, count);
  }

  private locateBucket(i: number, position: number): void {
    const { arena, tables } = this.store;
    const slots = tables.view;
    const slotAt = this.slotAt[i] ?? -1;
    this.at[i] = -1;
    if (slotAt < 0) return;
    let page = slots.getUint32(slotAt + SLOT_ROOT, true);
    let info = slots.getUint32(slotAt + SLOT_ROOT_INFO, true);
    const depth = slots.getUint32(slotAt + SLOT_DEPTH, true);
    if (page === 0) return;
    if (depth > 0) {
      const directory = arena.tryView(page);
      if (directory === undefined) return;
      const at = arena.offset(asHandle(page)) + (position >>> (32 - depth)) * DESCRIPTOR_BYTES;
      if (at + DESCRIPTOR_BYTES > SEGMENT_BYTES) return;
      page = directory.getUint32(at, true);
      info = directory.getUint32(at + 4, true);
    }
    const view = arena.tryView(page);
    if (view === undefined) return;
    const bucket = homeBucket(position >>> ENTRY_TAG_SHIFT, (info >>> INFO_DEPTH_SHIFT) & 31, info & INFO_BUCKETS_MASK);
    const at = arena.offset(asHandle(page)) + bucket * BUCKET_BYTES;
    if (at + BUCKET_BYTES > SEGMENT_BYTES) return;
    this.views[i] = view;
    this.at[i] = at;
  }

  private locateObject(i: number, position: number): void {
    const { arena } = this.store;
    const from = this.at[i] ?? -1;
    const view = this.views[i];
    this.at[i] = -1;
    if (from < 0 || view === undefined) return;
    const tag = position & ENTRY_TAG_MASK;
    for (let at = from; at < from + BUCKET_BYTES; at += ENTRY_BYTES) {
      const word1 = view.getInt32(at + 4, true);
      if (((word1 ^ tag) & ENTRY_TAG_MASK) !== 0 || (word1 & 1) === 0) continue;
      const handle = view.getUint32(at, true);
      const object = arena.tryView(handle);
      if (object === undefined) return;
      const objectAt = arena.offset(asHandle(handle));
      if (objectAt + 2 * CACHE_LINE > SEGMENT_BYTES) return;
      this.views[i] = object;
      this.at[i] = objectAt;
      return;
    }
  }
}

function touch(view: DataView, at: Int32Array, count: number): number {
  let sum = 0;
  for (let i = 0; i < count; i++) {
    const from = at[i] ?? -1;
    if (from >= 0) sum ^= view.getInt32(from, true);
  }
  return sum;
}
