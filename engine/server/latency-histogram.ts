/**
 * Counts durations in nanoseconds to two significant digits, with the buckets of the HDR histograms that redis 7.0.15 keeps per command
 * (http://hdrhistogram.org, two digits, 1 ns to 1 s): up to 255 ns one bucket each, then 128 buckets per power of two. So LATENCY
 * HISTOGRAM and INFO latencystats print the same numbers.
 */
const HALF = 128;
const HALF_BITS = 7;
/** Durations above are counted as this. */
const MAX_NS = 1_000_000_000;
const BUCKETS = indexOf(MAX_NS) + 1;

/** The bucket of a duration. `MAX_NS` needs 30 bits. */
function indexOf(ns: number): number {
  const shift = Math.max(0, 31 - Math.clz32(ns) - HALF_BITS);
  return shift * HALF + (ns >>> shift);
}

/** The longest duration of a bucket. */
function highestOf(index: number): number {
  const shift = Math.max(0, (index >>> HALF_BITS) - 1);
  return ((index - shift * HALF + 1) << shift) - 1;
}

/** Buckets that count, by their longest duration in ns, ascending. */
export type HistogramCounts = readonly (readonly [upToNs: number, calls: number])[];

/** One command's durations. Takes memory from the first one on. */
export class LatencyHistogram {
  private counts: Float64Array | undefined;

  record(ns: number, calls: number): void {
    this.counts ??= new Float64Array(BUCKETS);
    const index = indexOf(Math.min(MAX_NS, Math.max(1, Math.round(ns))));
    this.counts[index] = (this.counts[index] ?? 0) + calls;
  }

  reset(): void {
    this.counts?.fill(0);
  }

  snapshot(): HistogramCounts {
    const result: [number, number][] = [];
    this.counts?.forEach((calls, index) => {
      if (calls > 0) result.push([highestOf(index), calls]);
    });
    return result;
  }
}

/** Sum of the histograms of several threads. */
export function mergeHistograms(a: HistogramCounts, b: HistogramCounts): HistogramCounts {
  const sums = new Map(a);
  for (const [upToNs, calls] of b) sums.set(upToNs, (sums.get(upToNs) ?? 0) + calls);
  return [...sums].sort(([x], [y]) => x - y);
}

/** The duration in ns that the given percentage of all calls did not exceed. */
export function percentileNs(counts: HistogramCounts, percentile: number): number {
  let all = 0;
  for (const [, calls] of counts) all += calls;
  const rank = Math.max(1, Math.floor((Math.min(percentile, 100) / 100) * all + 0.5));
  let seen = 0;
  for (const [upToNs, calls] of counts) {
    seen += calls;
    if (seen >= rank) return upToNs;
  }
  return counts.at(-1)?.[0] ?? 0;
}

/** Rows of LATENCY HISTOGRAM: calls that took at most so many µs, in steps of powers of two, only where the number grows. */
export function cumulativeRows(counts: HistogramCounts): [upToUsec: number, calls: number][] {
  const rows: [number, number][] = [];
  let all = 0;
  for (const [, calls] of counts) all += calls;
  let seen = 0;
  let at = 0;
  for (let level = 1024; seen < all; level *= 2) {
    // The step takes in the whole bucket in which it lies.
    const upToNs = highestOf(indexOf(Math.min(level, MAX_NS)));
    const before = seen;
    for (let next = counts[at]; next !== undefined && (next[0] <= upToNs || level > MAX_NS); next = counts[++at]) {
      seen += next[1];
    }
    if (seen > before) rows.push([Math.floor(upToNs / 1000), seen]);
  }
  return rows;
}
