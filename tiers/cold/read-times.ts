/**
 * How long reads of the cold tier took, for all threads that make some: a histogram in shared memory. Buckets are linear up to 31 us, then 16 per
 * power of two, so a figure read from it is at most 1/16 too high. Each thread has a row of doubles that it alone writes, without atomics (an
 * aligned double is read whole on every platform that Node runs on); readers add the rows up. Recording allocates nothing.
 */
const HALF = 16;
const HALF_BITS = 4;
/** Longer reads are counted as this: 67 s. */
const MAX_USEC = 2 ** 26 - 1;
const BUCKETS = indexOf(MAX_USEC) + 1;

const ROW_SUM = BUCKETS;
const ROW_MAX = BUCKETS + 1;
/** Whole cache lines, so that threads do not fight over one. */
const ROW_LENGTH = Math.ceil((BUCKETS + 2) / 8) * 8;

function indexOf(usec: number): number {
  const shift = Math.max(0, 31 - Math.clz32(usec) - HALF_BITS);
  return shift * HALF + (usec >>> shift);
}

/** The longest duration of a bucket, in us. */
function highestOf(index: number): number {
  const shift = Math.max(0, (index >>> HALF_BITS) - 1);
  return ((index - shift * HALF + 1) << shift) - 1;
}

/** `threads`: how many rows there are. */
export function createReadTimes(threads: number): SharedArrayBuffer {
  return new SharedArrayBuffer(threads * ROW_LENGTH * Float64Array.BYTES_PER_ELEMENT);
}

/** One thread's row. */
export class ReadTimes {
  private readonly row: Float64Array;

  constructor(memory: SharedArrayBuffer, thread: number) {
    this.row = new Float64Array(memory, thread * ROW_LENGTH * Float64Array.BYTES_PER_ELEMENT, ROW_LENGTH);
  }

  /** Counts one read that took so many milliseconds. */
  record(ms: number): void {
    const { row } = this;
    const usec = Math.min(MAX_USEC, Math.max(1, Math.round(ms * 1000)));
    const index = indexOf(usec);
    row[index] = (row[index] ?? 0) + 1;
    row[ROW_SUM] = (row[ROW_SUM] ?? 0) + usec;
    if (usec > (row[ROW_MAX] ?? 0)) row[ROW_MAX] = usec;
  }

  /** CONFIG RESETSTAT, by the thread whose row it is. */
  reset(): void {
    this.row.fill(0);
  }
}

/** What the rows say together. Durations in us. */
export interface ReadTimeSummary {
  readonly count: number;
  readonly sumUsec: number;
  readonly p50Usec: number;
  readonly p99Usec: number;
  readonly p999Usec: number;
  readonly maxUsec: number;
  /** How many took less than 16, 32, 64 ... us, up to 2^26: cumulative, as Prometheus wants them. */
  readonly below: readonly (readonly [usec: number, count: number])[];
}

export function summarizeReadTimes(memory: SharedArrayBuffer): ReadTimeSummary {
  const all = new Float64Array(memory);
  const counts = new Float64Array(BUCKETS);
  let count = 0;
  let sumUsec = 0;
  let maxUsec = 0;
  for (let at = 0; at < all.length; at += ROW_LENGTH) {
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      const here = all[at + bucket] ?? 0;
      counts[bucket] = (counts[bucket] ?? 0) + here;
      count += here;
    }
    sumUsec += all[at + ROW_SUM] ?? 0;
    maxUsec = Math.max(maxUsec, all[at + ROW_MAX] ?? 0);
  }
  const percentile = (share: number) => Math.min(maxUsec, percentileOf(counts, count, share));
  return {
    count,
    sumUsec,
    p50Usec: percentile(0.5),
    p99Usec: percentile(0.99),
    p999Usec: percentile(0.999),
    maxUsec,
    below: cumulative(counts),
  };
}

function percentileOf(counts: Float64Array, all: number, share: number): number {
  const rank = Math.max(1, Math.ceil(share * all));
  let seen = 0;
  for (let bucket = 0; bucket < BUCKETS; bucket++) {
    seen += counts[bucket] ?? 0;
    if (seen >= rank) return highestOf(bucket);
  }
  return 0;
}

function cumulative(counts: Float64Array): [usec: number, count: number][] {
  const rows: [number, number][] = [];
  let seen = 0;
  let bucket = 0;
  for (let usec = HALF; usec <= MAX_USEC + 1; usec *= 2) {
    for (; bucket < BUCKETS && highestOf(bucket) < usec; bucket++) seen += counts[bucket] ?? 0;
    rows.push([usec, seen]);
  }
  return rows;
}
