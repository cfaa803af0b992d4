import type { Trace } from '../../../../tiers/policy/simulator/trace.ts';
import type { SampledTrace } from '../../plan.ts';
import { nextRequests } from '../belady-job.ts';
import { estimate } from '../estimate.ts';
import { type Job, type JobShare, WHOLE } from '../jobs.ts';
import { runJob } from '../run-job.ts';
import { sampleOf } from './sampled.ts';

/** What is compared: the curves of RAM alone, and the parts of two tiers. */
export const measures = ['server', 'lru', 's3-fifo', 'belady', 'RAM of two', 'NVMe of two'] as const;
export type Measure = (typeof measures)[number];
/** By size of RAM. */
export type Ratios = Readonly<Record<Measure, readonly number[]>>;

export interface AccuracyOptions {
  readonly ramBytes: readonly number[];
  /** Bytes of NVMe for each of RAM. */
  readonly nvmeTimes: number;
  /** Of a request's value. */
  readonly bytes: (request: number) => number;
}

/** All measures, from a sample of the keys, without worker threads. */
export function measure(
  trace: Trace,
  rate: number,
  salt: number,
  options: AccuracyOptions,
): Ratios & { readonly keys: number } {
  const sample = sampleOf(trace, rate, salt, options.bytes);
  const { ramBytes, nvmeTimes } = options;
  const share: JobShare = {
    trace: sample,
    options: { policy: 'adaptive', admission: 'all', flushMs: 1000, fillsOnMiss: true, requestsPerSecond: undefined },
    parts: undefined,
    next: nextRequests(sample),
    progress: new Int32Array(1),
  };
  const tiers = (policy: 'adaptive' | 's3-fifo', times: number): Job[] =>
    ramBytes.map((ram) => ({
      kind: 'tiers',
      part: WHOLE,
      policy,
      configuration: { ramBytes: ram, nvmeBytes: ram * times },
    }));
  const ratios = (jobs: readonly Job[]) =>
    jobs.flatMap((job) => runJob(share, job)).map((counts) => of(sample, counts));
  const two = ratios(tiers('adaptive', nvmeTimes));
  return {
    server: ratios(tiers('adaptive', 0)).map(({ misses }) => misses),
    lru: ratios([{ kind: 'lru', part: WHOLE, ramBytes }]).map(({ misses }) => misses),
    's3-fifo': ratios(tiers('s3-fifo', 0)).map(({ misses }) => misses),
    belady: ratios(ramBytes.map((ram): Job => ({ kind: 'belady', part: WHOLE, ramBytes: ram }))).map(
      ({ misses }) => misses,
    ),
    'RAM of two': two.map(({ ramHits }) => ramHits),
    'NVMe of two': two.map(({ nvmeHits }) => nvmeHits),
    keys: sample.keyCount,
  };
}

function of(sample: SampledTrace, counts: Parameters<typeof estimate>[0]) {
  return estimate(counts, sample.totals, sample.rate);
}

/** Mean of |sampled - exact| over the sizes. */
export function meanError(exact: readonly number[], sampled: readonly number[]): number {
  return exact.reduce((sum, value, n) => sum + Math.abs(value - (sampled[n] ?? Number.NaN)), 0) / exact.length;
}
