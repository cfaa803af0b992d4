import { assert } from '../../../tiers/base/assert.ts';
import type { SimulatedTierPolicy } from '../../../tiers/policy/simulator/two-tiers.ts';
import type { Admission } from '../../../tiers/policy/storage-admission.ts';
import type { Configuration, SampledTrace } from '../plan.ts';

/** Disjoint parts that a sample is cut into, by mark, to tell how much chance there is in it. */
export const PARTS = 8;
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
  /** Numbers of the requests, those of the first part first, in order within each; and where each part begins. Undefined: only WHOLE is asked for. */
  readonly parts: PartOrder | undefined;
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

export interface PartOrder {
  readonly requests: Uint32Array;
  /** PARTS + 1 of them. */
  readonly starts: Uint32Array;
}

/** Cuts a sample into parts by the lowest bits of marks: the highest ones decided about the sample. In shared memory. */
export function partOrder({ keys, marks, length }: SampledTrace): PartOrder {
  const partOf = (request: number) => (marks[keys[request] ?? 0] ?? 0) % PARTS;
  const starts = new Uint32Array(new SharedArrayBuffer((PARTS + 1) * 4));
  for (let i = 0; i < length; i++) starts[partOf(i) + 1] = (starts[partOf(i) + 1] ?? 0) + 1;
  for (let part = 0; part < PARTS; part++) starts[part + 1] = (starts[part + 1] ?? 0) + (starts[part] ?? 0);
  const requests = new Uint32Array(new SharedArrayBuffer(length * 4));
  const next = starts.slice(0, PARTS);
  for (let i = 0; i < length; i++) {
    const part = partOf(i);
    const place = next[part] ?? 0;
    requests[place] = i;
    next[part] = place + 1;
  }
  return { requests, starts };
}

/** How many requests a job looks at. */
export function requestsOf(share: Pick<JobShare, 'trace' | 'parts'>, part: number): number {
  if (part === WHOLE) return share.trace.length;
  const { parts } = share;
  assert(parts !== undefined, 'a sample is cut before its parts are asked for');
  return (parts.starts[part + 1] ?? 0) - (parts.starts[part] ?? 0);
}

/** Calls `visit` with the number of each request of a part, in order, and counts them where others see it. */
export function visitRequests(share: JobShare, part: number, visit: (request: number) => void): void {
  const { parts, progress } = share;
  const count = requestsOf(share, part);
  const requests = part === WHOLE ? undefined : parts?.requests;
  const from = part === WHOLE ? 0 : (parts?.starts[part] ?? 0);
  for (let n = 0; n < count; n++) {
    visit(requests === undefined ? n : (requests[from + n] ?? 0));
    if ((n + 1) % PROGRESS_REQUESTS === 0) Atomics.add(progress, 0, 1);
  }
}

/** Share of all keys that a job sees. */
export function rateOf(trace: SampledTrace, part: number): number {
  return part === WHOLE ? trace.rate : trace.rate / PARTS;
}
