import type { Request } from '../../protocol/resp/request.ts';
import { SEGMENT_BYTES } from '../../tiers/base/limits.ts';
import type { StoreView } from '../../tiers/index/store-view.ts';
import { asHandle } from '../../tiers/memory/handle.ts';
import { OBJECT_TYPE, objectValueAt } from '../../tiers/memory/object.ts';
import {
  ENCODING_TREE,
  INNER_CHILDREN,
  INNER_HEADER_BYTES,
  ORDER_HASH,
  ROOT_HEIGHT,
  ROOT_NODE,
  rootOffset,
  SLOT_CHILD,
  SLOT_KEY,
  slotStride,
} from '../../tiers/tree/layout.ts';
import { VALUE_HASH, VALUE_SET } from './key-ref.ts';
import { touchAll } from './touch.ts';

const CACHE_LINE = 64;
const STRIDE = slotStride(ORDER_HASH);
/** Of a leaf by hash so many lines are touched: most of one that is two thirds full. */
const LEAF_LINES = 6;
/** An object's value may lie this far behind its beginning, and the root's fields are read there. */
const OBJECT_REACH = 0x10000 + 256;
/** A set or hash with more levels than this has more than a hundred million members. */
const MOST_LEVELS = 3;
/** A separator that is not found so near where it is foretold is not worth the search. */
const MOST_STEPS = 64;

/**
 * The rest of a pipelined request's way to the member of a large set or hash: from the root by the member's hash to the leaf, one level of all
 * requests at a time. A million members are some 30 MB of leaves, so that each way ends with several cache misses, one depending on the other.
 *
 * As in `Prefetcher` nothing is locked: nodes may be freed and filled with something else while they are read. What is read there decides what to touch,
 * every address is checked against its segment first, and every loop has a bound.
 */
export class MemberPrefetcher {
  private readonly store: StoreView;
  /** Per request: the node on its way, in `views`; -1: none. */
  private readonly at: Int32Array;
  private readonly slotAt: Int32Array;
  private readonly levels: Int32Array;
  /** Per request: what the node's hashes lie between. */
  private readonly low: Float64Array;
  private readonly high: Float64Array;
  private readonly views: DataView[];
  private sink = 0;

  constructor(store: StoreView, requests: number) {
    this.store = store;
    this.at = new Int32Array(requests);
    this.slotAt = new Int32Array(requests);
    this.levels = new Int32Array(requests);
    this.low = new Float64Array(requests);
    this.high = new Float64Array(requests);
    this.views = Array.from({ length: requests }, () => store.tables.view);
  }

  /** The object of request `i` lies at `objectAt` of `view` (-1: nowhere). Whether it has a way to be prefetched, which `run` then does. */
  begin(i: number, request: Request | undefined, view: DataView | undefined, objectAt: number): boolean {
    this.at[i] = -1;
    this.slotAt[i] = -1;
    if (request === undefined || view === undefined || request.count < 3) return false;
    if (objectAt < 0 || objectAt + OBJECT_REACH > SEGMENT_BYTES) return false;
    const typeByte = view.getUint8(objectAt + OBJECT_TYPE);
    const type = typeByte & 0xf;
    if ((typeByte & (ENCODING_TREE << 4)) === 0 || (type !== VALUE_SET && type !== VALUE_HASH)) return false;
    const rootAt = objectValueAt(view, objectAt) + rootOffset(0);
    // Key lengths above 64 KiB are torn, or rare.
    if (rootAt > objectAt + OBJECT_REACH - 64) return false;
    const height = view.getUint8(rootAt + ROOT_HEIGHT);
    if (height === 0 || height > MOST_LEVELS) return false;
    const hasher = this.store.memberHasher;
    hasher.hash(request.view, request.start(2), request.length(2));
    request.memberHash = hasher.position;
    request.memberHashed = true;
    this.levels[i] = height;
    this.low[i] = 0;
    this.high[i] = 2 ** 32;
    this.enter(i, view.getUint32(rootAt + ROOT_NODE, true));
    return true;
  }

  /** Walks the ways that were begun for requests below `count`. */
  run(requests: readonly Request[], count: number): void {
    let sum = 0;
    for (let level = 0; level < MOST_LEVELS; level++) {
      sum ^= touchAll(this.views, this.at, count, 0);
      for (let i = 0; i < count; i++) this.foretell(i, level, requests[i]?.memberHash ?? 0);
      sum ^= this.touchSlots(count);
      for (let i = 0; i < count; i++) this.descend(i, level, requests[i]?.memberHash ?? 0);
    }
    for (let line = 0; line < LEAF_LINES; line++) sum ^= touchAll(this.views, this.at, count, line * CACHE_LINE);
    this.sink ^= sum;
  }

  private enter(i: number, handle: number): void {
    const { arena } = this.store;
    const view = arena.tryView(handle);
    const at = arena.offset(asHandle(handle));
    if (handle === 0 || view === undefined || at + LEAF_LINES * CACHE_LINE > SEGMENT_BYTES) {
      this.at[i] = -1;
      return;
    }
    this.views[i] = view;
    this.at[i] = at;
  }

  private touchSlots(count: number): number {
    const { slotAt, views } = this;
    let sum = 0;
    for (let i = 0; i < count; i++) {
      const from = slotAt[i] ?? -1;
      const view = views[i];
      if (from < CACHE_LINE || view === undefined || from + CACHE_LINE + 4 > SEGMENT_BYTES) continue;
      sum ^=
        view.getInt32(from, true) ^ view.getInt32(from - CACHE_LINE, true) ^ view.getInt32(from + CACHE_LINE, true);
    }
    return sum;
  }

  /** Where in its inner node the hash should stand. */
  private foretell(i: number, level: number, memberHash: number): void {
    const at = this.at[i] ?? -1;
    const view = this.views[i];
    this.slotAt[i] = -1;
    if (at < 0 || view === undefined || level >= (this.levels[i] ?? 0)) return;
    const children = view.getUint16(at + INNER_CHILDREN, true);
    const low = this.low[i] ?? 0;
    const width = (this.high[i] ?? 0) - low;
    const end = at + INNER_HEADER_BYTES + children * STRIDE;
    if (children === 0 || width <= 0 || end > SEGMENT_BYTES) {
      this.at[i] = -1;
      return;
    }
    const slot = Math.floor((((memberHash >>> 0) - low) / width) * children);
    this.slotAt[i] = at + INNER_HEADER_BYTES + Math.min(children - 1, Math.max(0, slot)) * STRIDE;
  }

  private descend(i: number, level: number, memberHash: number): void {
    let slotAt = this.slotAt[i] ?? -1;
    const at = this.at[i] ?? -1;
    const view = this.views[i];
    if (slotAt < 0 || at < 0 || view === undefined || level >= (this.levels[i] ?? 0)) return;
    const hash = memberHash >>> 0;
    const first = at + INNER_HEADER_BYTES;
    // Read again, perhaps from another node: checked again.
    const end = Math.min(first + view.getUint16(at + INNER_CHILDREN, true) * STRIDE, SEGMENT_BYTES - STRIDE);
    let steps = 0;
    while (slotAt > first && view.getUint32(slotAt + SLOT_KEY, true) > hash && ++steps < MOST_STEPS) slotAt -= STRIDE;
    while (slotAt + STRIDE < end && view.getUint32(slotAt + STRIDE + SLOT_KEY, true) <= hash && ++steps < MOST_STEPS) {
      slotAt += STRIDE;
    }
    if (slotAt > first) this.low[i] = view.getUint32(slotAt + SLOT_KEY, true);
    if (slotAt + STRIDE < end) this.high[i] = view.getUint32(slotAt + STRIDE + SLOT_KEY, true);
    this.enter(i, view.getUint32(slotAt + SLOT_CHILD, true));
  }
}
