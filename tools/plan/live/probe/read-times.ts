import type { DeviceReads } from '../../plan.ts';

/** To a reading thread: go, with so many reads at a time. */
export interface ReadOrder {
  readonly depth: number;
  readonly warmUpMs: number;
  readonly ms: number;
}

/** From it, after that time. */
export interface ReadReport {
  readonly count: number;
  readonly sumMs: number;
  readonly perSecond: number;
  /** Reads by `timeBucket`. */
  readonly counts: Uint32Array;
}

/** Times in buckets of one microsecond to 32, then 32 to each doubling: at most 3 % too high. */
const LINEAR = 32;
const DOUBLINGS = 22;
export const TIME_BUCKETS = LINEAR * (DOUBLINGS + 1);

export function timeBucket(us: number): number {
  if (us < LINEAR) return Math.floor(us);
  const doubling = Math.min(DOUBLINGS - 1, Math.floor(Math.log2(us / LINEAR)));
  const within = Math.floor((us / (LINEAR * 2 ** doubling) - 1) * LINEAR);
  return LINEAR * (doubling + 1) + Math.min(LINEAR - 1, within);
}

/** Where a bucket ends, in microseconds. */
export function bucketEndUs(bucket: number): number {
  if (bucket < LINEAR) return bucket + 1;
  const doubling = Math.floor(bucket / LINEAR) - 1;
  return 2 ** doubling * (LINEAR + (bucket % LINEAR) + 1);
}

/** Gathers one thread's reads; those that begin in the time of warming up do not count. */
export class ReadLog {
  private readonly countFrom: number;
  private readonly stopAt: number;
  private readonly counts = new Uint32Array(TIME_BUCKETS);
  private count = 0;
  private sumMs = 0;
  private endedAt: number;

  constructor({ warmUpMs, ms }: ReadOrder, startedAt: number) {
    this.countFrom = startedAt + warmUpMs;
    this.stopAt = this.countFrom + ms;
    this.endedAt = this.countFrom;
  }

  over(nowMs: number): boolean {
    return nowMs >= this.stopAt;
  }

  note(askedAt: number, endedAt: number): void {
    if (askedAt < this.countFrom) return;
    this.count++;
    this.sumMs += endedAt - askedAt;
    this.endedAt = endedAt;
    const bucket = timeBucket((endedAt - askedAt) * 1000);
    this.counts[bucket] = (this.counts[bucket] ?? 0) + 1;
  }

  report(): ReadReport {
    const { count, sumMs, counts } = this;
    const perSecond = count === 0 ? 0 : (count * 1000) / (this.endedAt - this.countFrom);
    return { count, sumMs, perSecond, counts };
  }
}

/** What the threads' reports say together; undefined when nothing was read. */
export function summarise(depth: number, reports: readonly ReadReport[]): DeviceReads | undefined {
  const counts = new Float64Array(TIME_BUCKETS);
  let count = 0;
  let sumMs = 0;
  let iops = 0;
  for (const report of reports) {
    count += report.count;
    sumMs += report.sumMs;
    iops += report.perSecond;
    for (const [bucket, reads] of report.counts.entries()) counts[bucket] = (counts[bucket] ?? 0) + reads;
  }
  if (count === 0) return undefined;
  const percentile = (share: number) => {
    let left = count * share;
    for (const [bucket, reads] of counts.entries()) {
      left -= reads;
      if (left <= 0) return bucketEndUs(bucket);
    }
    return bucketEndUs(TIME_BUCKETS - 1);
  };
  return {
    depth,
    iops: Math.round(iops),
    meanUs: Math.round((sumMs * 10_000) / count) / 10,
    p50Us: percentile(0.5),
    p99Us: percentile(0.99),
  };
}
