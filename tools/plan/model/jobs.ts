import type { SimulatedTierPolicy } from '../../../tiers/policy/simulator/two-tiers.ts';
import type { Admission } from '../../../tiers/policy/storage-admission.ts';
import type { Configuration, SampledTrace } from '../plan.ts';

/** Disjoint parts that a sample is cut into, by mark, to tell how much chance there is in it. */
export const PARTS = 4;
/** The whole sample. */
export const WHOLE = -1;

/** What simulations have in common. */
export interface ModelOptions {
  readonly policy: SimulatedTierPolicy;
  readonly admission: Admission;
  /** `storage-flush-period`. */
  readonly flushMs: number;
  /** Whether who reads and misses writes the value then. */
  readonly fillsOnMiss: boolean;
  /** For workloads without times: how fast requests came. Undefined: nothing expires, and every write reaches the disk. */
  readonly requestsPerSecond: number | undefined;
}

/** One pass over the sample, or over a part of it; done by one worker. */
export type Job =
  | {
      readonly kind: 'tiers';
      readonly part: number;
      readonly policy: SimulatedTierPolicy;
      readonly configuration: Configuration;
    }
  | { readonly kind: 'lru'; readonly part: number; readonly ramBytes: readonly number[] }
  | { readonly kind: 'belady'; readonly part: number; readonly ramBytes: number };

/** Counts of the sampled requests. */
export interface Counts {
  reads: number;
  /** Requests of all kinds. */
  requests: number;
  ramHits: number;
  nvmeHits: number;
  nvmeReads: number;
  nvmeBytesWritten: number;
  /** Of the index at the end, in full scale. */
  indexBytes: number;
}

/** For `lru` one per size; else one. */
export type JobResult = readonly Counts[];

/** What every worker gets when it starts; all arrays are views of shared memory. */
export interface JobShare {
  readonly trace: SampledTrace;
  readonly options: ModelOptions;
  /** By request: the number of the key's next request, NO_NEXT without one. Absent unless `belady` is asked for. */
  readonly next: Uint32Array | undefined;
  /** One word: requests passed, in units of PROGRESS_REQUESTS. */
  readonly progress: Int32Array;
}

export const NO_NEXT = 0xffffffff;
export const PROGRESS_REQUESTS = 8192;

export function newCounts(): Counts {
  return { reads: 0, requests: 0, ramHits: 0, nvmeHits: 0, nvmeReads: 0, nvmeBytesWritten: 0, indexBytes: 0 };
}

/** Whether a key with this mark is in a part. The lowest bits: the highest ones decided about the sample. */
export function inPart(mark: number, part: number): boolean {
  return part === WHOLE || mark % PARTS === part;
}

/** Share of all keys that a job sees. */
export function rateOf(trace: SampledTrace, part: number): number {
  return part === WHOLE ? trace.rate : trace.rate / PARTS;
}
