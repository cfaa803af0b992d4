import type { WorkloadTotals } from '../plan.ts';
import type { Counts } from './jobs.ts';

/** Ratios of all reads (and requests), from counts of sampled ones. */
export interface Ratios {
  readonly ramHits: number;
  readonly nvmeHits: number;
  readonly misses: number;
  readonly nvmeReadsPerRequest: number;
  readonly nvmeBytesWrittenPerRequest: number;
}

/**
 * What a sample at `rate` says of the whole. A sample has too few reads when keys that are used very often are not in it, and too many when they are; in either case
 * the difference would have been hits in RAM. Without any read nothing is missed. So misses and hits on NVMe are shares of the reads that the sample *should* have (SHARDS_adj, FAST 2015, carried
 * over to miniature simulations), and RAM has the rest.
 */
export function estimate(counts: Counts, totals: WorkloadTotals, rate: number): Ratios {
  const reads = totals.reads * rate;
  const requests = totals.requests * rate;
  const sampledMisses = counts.reads - counts.ramHits - counts.nvmeHits;
  const misses = reads <= 0 ? 0 : Math.min(1, sampledMisses / reads);
  const nvmeHits = reads <= 0 ? 0 : Math.min(1 - misses, counts.nvmeHits / reads);
  return {
    ramHits: 1 - misses - nvmeHits,
    nvmeHits,
    misses,
    nvmeReadsPerRequest: requests <= 0 ? 0 : counts.nvmeReads / requests,
    nvmeBytesWrittenPerRequest: requests <= 0 ? 0 : counts.nvmeBytesWritten / requests,
  };
}

/**
 * Standard error of an estimate from the same estimate of disjoint parts of its sample. `rate`: of the sample; one that has every key has no chance in it.
 */
export function standardError(parts: readonly number[], rate: number): number | undefined {
  if (rate >= 1) return 0;
  if (parts.length < 2) return undefined;
  const mean = parts.reduce((sum, value) => sum + value, 0) / parts.length;
  const squares = parts.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return Math.sqrt((squares / (parts.length - 1) / parts.length) * (1 - rate));
}
