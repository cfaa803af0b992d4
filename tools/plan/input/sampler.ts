import { MARKS } from '../../../tiers/mrc/miss-ratio-curve.ts';
import { OP_DELETE, OP_READ } from '../plan.ts';
import { HeldKeys } from './held-keys.ts';
import { markOfIdentity } from './identity.ts';
import { RequestColumns } from './request-columns.ts';
import { type SampleLimits, thresholdWithin } from './threshold.ts';

/** Instead of a size that the trace does not tell. */
export const UNKNOWN_BYTES = 0xffffffff;
/** Room for keys and requests beyond what the sample may have in the end, so that it is cut seldom. */
const SLACK = 1.25;

/** Room for as many requests as a sampler of at most `requests` may have to hold at once. */
export function requestRoom(limits: SampleLimits, requests: number): number {
  return Math.min(Math.ceil(limits.maxRequests * limits.stretch * SLACK), requests + 1);
}

/** Counted over all requests, sampled or not. Plain data: it travels between threads. */
export interface Counts {
  readonly requests: number;
  readonly reads: number;
  readonly writes: number;
  readonly deletes: number;
  /** Key bytes of all, value bytes of those that told them. */
  readonly bytes: number;
  /** Reads and writes that did not tell how large the value is. */
  readonly unsized: number;
}

/** Places in `Sampler.counted`, an array of doubles so that counting allocates nothing; operations have the places of their numbers. */
const BYTES = 3;
const UNSIZED = 4;
const REQUESTS = 5;

/**
 * Holds the requests of those keys whose marks are below a threshold. The threshold begins where every key belongs, and sinks when there are too many
 * keys or requests: what no longer belongs leaves. It never sinks below what the whole trace asks for, so the sample does not depend on in which and
 * how many parts a trace is read.
 */
export class Sampler {
  threshold: number = MARKS;
  length = 0;
  readonly limits: SampleLimits;
  readonly columns: RequestColumns;
  readonly keys: HeldKeys;
  /** The time of the request that is offered next; an array, because a double as an argument may cost an allocation. */
  readonly now: Float64Array = new Float64Array(1);
  /** Time of the first request. */
  firstMs = 0;
  private readonly counted = new Float64Array(6);
  private readonly renumbered: Int32Array;
  /** Held requests at which to look whether the threshold has to sink. */
  private nextCut = 0;

  /** `room`: from `requestRoom`. */
  constructor(limits: SampleLimits, room: number) {
    this.limits = limits;
    this.columns = new RequestColumns(room);
    this.keys = new HeldKeys(Math.ceil(limits.maxKeys * SLACK) + 1);
    this.renumbered = new Int32Array(this.keys.capacity);
    this.reset(MARKS);
  }

  /** Begins again, with keys whose marks are below `threshold`. */
  reset(threshold: number): void {
    this.threshold = threshold;
    this.length = 0;
    this.firstMs = 0;
    this.keys.clear();
    this.counted.fill(0);
    this.nextCut = this.cutFrom(this.limits.maxRequests);
  }

  /** Requests offered since the last reset. */
  get requests(): number {
    return this.counted[REQUESTS] ?? 0;
  }

  get counts(): Counts {
    const [reads = 0, writes = 0, deletes = 0, bytes = 0, unsized = 0, requests = 0] = this.counted;
    return { reads, writes, deletes, bytes, unsized, requests };
  }

  /** Counts requests that were offered to another sampler. */
  count(counts: Counts): void {
    const { reads, writes, deletes, bytes, unsized, requests } = counts;
    const all = [reads, writes, deletes, bytes, unsized, requests];
    for (const [place, value] of all.entries()) this.counted[place] = (this.counted[place] ?? 0) + value;
  }

  /**
   * One request, at the time `now[0]`, of the key whose identity the lanes are. `valueBytes` below 0: the trace does not tell. Of a read that found
   * nothing traces say 0; that tells nothing either.
   */
  offer(a: number, b: number, nameBytes: number, valueBytes: number, op: number, ttlSeconds: number): void {
    const { counted } = this;
    const sized = valueBytes > 0 || (valueBytes === 0 && op !== OP_READ && op !== OP_DELETE);
    if (counted[REQUESTS] === 0) this.firstMs = this.now[0] ?? 0;
    counted[REQUESTS] = (counted[REQUESTS] ?? 0) + 1;
    counted[op] = (counted[op] ?? 0) + 1;
    counted[BYTES] = (counted[BYTES] ?? 0) + nameBytes + (sized ? valueBytes : 0);
    if (!sized && op !== OP_DELETE) counted[UNSIZED] = (counted[UNSIZED] ?? 0) + 1;
    const mark = markOfIdentity(a, b);
    if (mark < this.threshold) this.hold(a, b, mark, nameBytes, sized ? valueBytes : UNKNOWN_BYTES, op, ttlSeconds);
  }

  /** Holds a request at the time `now[0]` without counting it. The mark has to be below the threshold. */
  hold(a: number, b: number, mark: number, nameBytes: number, valueBytes: number, op: number, ttl: number): void {
    const { columns, keys } = this;
    if (this.length >= this.nextCut || keys.size === keys.capacity) {
      this.cut();
      if (mark >= this.threshold) return;
    }
    let key = keys.find(a, b);
    if (key < 0) key = keys.add(a, b, mark, nameBytes);
    const at = this.length++;
    columns.keys[at] = key;
    columns.valueBytes[at] = valueBytes;
    columns.ops[at] = op;
    columns.timesMs[at] = this.now[0] ?? 0;
    columns.ttlSeconds[at] = ttl;
    keys.requests[key] = (keys.requests[key] ?? 0) + 1;
  }

  /** Lowers the threshold as far as the limits ask for, and lets go of what no longer belongs. */
  cut(): void {
    this.lowerTo(thresholdWithin(this.limits, this.keys, this.threshold));
    // A handful of keys with more requests than there is room for: the later half of them says enough.
    if (this.length === this.columns.capacity) this.dropOldest(this.length >> 1);
    this.nextCut = this.cutFrom(this.length);
  }

  /** Samples no keys with marks from `threshold` on. */
  lowerTo(threshold: number): void {
    if (threshold >= this.threshold) return;
    this.threshold = threshold;
    this.keys.keepBelow(threshold, this.renumbered);
    this.length = this.columns.keep(this.length, this.renumbered);
  }

  private dropOldest(dropped: number): void {
    const { columns, keys } = this;
    for (let at = 0; at < dropped; at++) {
      const key = columns.keys[at] ?? 0;
      keys.requests[key] = (keys.requests[key] ?? 0) - 1;
    }
    columns.dropFirst(dropped, this.length);
    this.length -= dropped;
  }

  private cutFrom(held: number): number {
    return Math.min(Math.ceil(Math.max(held, this.limits.maxRequests) * SLACK), this.columns.capacity);
  }
}
