import { assert } from '../../../tiers/base/assert.ts';
import type { SimulatedTierPolicy } from '../../../tiers/policy/simulator/two-tiers.ts';
import type { Admission } from '../../../tiers/policy/storage-admission.ts';
import type { Configuration, Curve, CurvePoint, Prediction, Predictor, SampledTrace, WorkloadFacts } from '../plan.ts';
import { nextRequests } from './belady-job.ts';
import { estimate, type Ratios, standardError } from './estimate.ts';
import {
  type Counts,
  type Job,
  type JobResult,
  type ModelOptions,
  newCounts,
  PARTS,
  type PartOrder,
  partOrder,
  WHOLE,
} from './jobs.ts';
import { runJobs } from './pool.ts';

export interface TracePredictorOptions {
  /** `tier-policy`; the server's default unless given. */
  readonly policy?: SimulatedTierPolicy;
  /** `storage-admission`. */
  readonly admission?: Admission;
  /** `storage-flush-period`. */
  readonly flushMs?: number;
  /** Whether who reads and misses writes the value then, as caches in front of a database are used. Default true. */
  readonly fillsOnMiss?: boolean;
  /** For traces without times: how fast requests came. */
  readonly requestsPerSecond?: number;
  readonly threads?: number;
  readonly signal?: AbortSignal;
}

const NO_COUNTS: JobResult = [];
/** A part with so many keys is a sample in its own right: then the parts together are the estimate, and the whole is not simulated besides. */
const PART_KEYS = 6144;
/**
 * Requests simulated for a point of a curve, as far as whole parts allow: a sixtieth of the trace's, since there are about as many simulations, within these bounds. The table of
 * configurations uses all there are.
 */
const CURVE_SHARE = 1 / 60;
const LEAST_CURVE_REQUESTS = 150_000;
const MOST_CURVE_REQUESTS = 1_250_000;
const FEWEST_PARTS = 2;

/** Predicts by miniature simulation: tiers as much smaller as the sample of the trace is, and everything else as in the server. */
export class TracePredictor implements Predictor {
  readonly facts: WorkloadFacts;
  private readonly trace: SampledTrace;
  private readonly options: ModelOptions;
  private readonly threads: number | undefined;
  private readonly signal: AbortSignal | undefined;
  private cut: PartOrder | undefined;

  /** The trace's arrays should be views of shared memory; those that are not are copied. */
  constructor(trace: SampledTrace, facts: WorkloadFacts, options: TracePredictorOptions = {}) {
    this.facts = facts;
    this.trace = shared(trace);
    this.options = {
      policy: options.policy ?? 'adaptive',
      admission: options.admission ?? 'all',
      flushMs: options.flushMs ?? 1000,
      fillsOnMiss: options.fillsOnMiss ?? true,
      requestsPerSecond: options.requestsPerSecond,
    };
    this.threads = options.threads;
    this.signal = options.signal;
  }

  /** @throws the signal's reason when that is aborted */
  async predict(
    configurations: readonly Configuration[],
    onProgress: (share: number) => void,
  ): Promise<readonly Prediction[]> {
    const { policy } = this.options;
    const parts = this.partsFor(this.trace.length);
    const groups = configurations.map((configuration) =>
      parts.map((part): Job => ({ kind: 'tiers', policy, configuration, part })),
    );
    const results = await this.run(groups, undefined, onProgress);
    return configurations.map((configuration, n) => this.prediction(configuration, parts, results[n] ?? []));
  }

  /** @throws the signal's reason when that is aborted */
  async curves(ramBytes: readonly number[], onProgress: (share: number) => void): Promise<readonly Curve[]> {
    const wanted = this.trace.totals.requests * CURVE_SHARE;
    const parts = this.partsFor(Math.min(MOST_CURVE_REQUESTS, Math.max(LEAST_CURVE_REQUESTS, wanted)));
    const alone = (ram: number, policy: SimulatedTierPolicy): Job[] =>
      parts.map((part) => ({ kind: 'tiers', policy, configuration: { ramBytes: ram, nvmeBytes: 0 }, part }));
    const groups = [
      ...ramBytes.map((ram) => alone(ram, this.options.policy)),
      ...ramBytes.map((ram) => alone(ram, 's3-fifo')),
      ...ramBytes.map((ram) => parts.map((part): Job => ({ kind: 'belady', ramBytes: ram, part }))),
      parts.map((part): Job => ({ kind: 'lru', ramBytes, part })),
    ];
    const results = await this.run(groups, nextRequests(this.trace), onProgress);
    const sizes = ramBytes.length;
    const lru = results[sizes * 3] ?? [];
    const points = (from: number) => ramBytes.map((ram, n) => this.point(ram, parts, firsts(results[from + n] ?? [])));
    return [
      { policy: 'server', points: points(0) },
      {
        policy: 'lru',
        points: ramBytes.map((ram, n) =>
          this.point(
            ram,
            parts,
            lru.flatMap((result) => result[n] ?? []),
          ),
        ),
      },
      { policy: 's3-fifo', points: points(sizes) },
      { policy: 'belady', points: points(sizes * 2) },
    ];
  }

  /** What is simulated for one answer, with about so many requests. A sample that has every key needs no parts: nothing in it is chance. */
  private partsFor(requests: number): readonly number[] {
    const { rate, keyCount, length } = this.trace;
    const every = Array.from({ length: PARTS }, (_, part) => part);
    if (keyCount < PARTS * PART_KEYS) return rate >= 1 ? [WHOLE] : [WHOLE, ...every];
    const parts = Math.max(FEWEST_PARTS, Math.floor((PARTS * requests) / Math.max(1, length)));
    return rate >= 1 && parts >= PARTS ? [WHOLE] : every.slice(0, parts);
  }

  /** Results by group. */
  private async run(
    groups: readonly (readonly Job[])[],
    next: Uint32Array | undefined,
    onProgress: (share: number) => void,
  ): Promise<readonly (readonly JobResult[])[]> {
    const { trace, options, threads, signal } = this;
    if (groups.some((group) => group.some(({ part }) => part !== WHOLE))) this.cut ??= partOrder(trace);
    const share = { trace, options, next, parts: this.cut };
    const results = await runJobs(groups.flat(), share, { threads, signal }, onProgress);
    let at = 0;
    return groups.map((group) => {
      at += group.length;
      return results.slice(at - group.length, at);
    });
  }

  private prediction(
    configuration: Configuration,
    parts: readonly number[],
    results: readonly JobResult[],
  ): Prediction {
    const { ratios, error, indexBytes } = this.combine(parts, firsts(results));
    return {
      ...configuration,
      ramHitRatio: ratios.ramHits,
      nvmeHitRatio: ratios.nvmeHits,
      ramError: error((part) => part.ramHits),
      nvmeError: error((part) => part.nvmeHits),
      nvmeBytesWrittenPerRequest: ratios.nvmeBytesWrittenPerRequest,
      nvmeReadsPerRequest: ratios.nvmeReadsPerRequest,
      indexBytes,
    };
  }

  private point(ramBytes: number, parts: readonly number[], counts: readonly Counts[]): CurvePoint {
    const { ratios, error } = this.combine(parts, counts);
    return { ramBytes, missRatio: ratios.misses, error: error(({ misses }) => misses) };
  }

  /** Of one answer's simulations, in the order of `parts`: the whole and its parts, or parts that are the sample together. */
  private combine(parts: readonly number[], counts: readonly Counts[]): Combined {
    const { totals, rate } = this.trace;
    const [first] = counts;
    assert(first !== undefined && counts.length === parts.length, 'every part was simulated');
    const hasWhole = parts[0] === WHOLE;
    const whole = hasWhole ? first : sum(counts);
    const simulated = hasWhole ? rate : (rate * counts.length) / PARTS;
    const partly = (hasWhole ? counts.slice(1) : counts).map((part) => estimate(part, totals, rate / PARTS));
    return {
      ratios: estimate(whole, totals, simulated),
      error: (of) => standardError(partly.map(of), simulated),
      indexBytes: hasWhole ? first.indexBytes : whole.indexBytes / counts.length,
    };
  }
}

interface Combined {
  readonly ratios: Ratios;
  /** The standard error of one of the ratios. */
  readonly error: (of: (part: Ratios) => number) => number | undefined;
  readonly indexBytes: number;
}

function sum(counts: readonly Counts[]): Counts {
  const total = newCounts();
  for (const one of counts) {
    total.reads += one.reads;
    total.requests += one.requests;
    total.ramHits += one.ramHits;
    total.nvmeHits += one.nvmeHits;
    total.nvmeReads += one.nvmeReads;
    total.nvmeBytesWritten += one.nvmeBytesWritten;
    total.indexBytes += one.indexBytes;
  }
  return total;
}

function firsts(results: readonly JobResult[]): readonly Counts[] {
  return results.flatMap((result) => (result ?? NO_COUNTS)[0] ?? []);
}

/** The same trace with every array in shared memory. */
function shared(trace: SampledTrace): SampledTrace {
  return {
    ...trace,
    keys: inSharedMemory(trace.keys, Uint32Array),
    valueBytes: inSharedMemory(trace.valueBytes, Uint32Array),
    ops: inSharedMemory(trace.ops, Uint8Array),
    timesMs: inSharedMemory(trace.timesMs, Float64Array),
    ttlSeconds: inSharedMemory(trace.ttlSeconds, Uint32Array),
    marks: inSharedMemory(trace.marks, Uint32Array),
    keyBytes: inSharedMemory(trace.keyBytes, Uint16Array),
  };
}

interface NumberArray extends ArrayLike<number> {
  readonly buffer: ArrayBufferLike;
  readonly byteLength: number;
}

function inSharedMemory<A extends NumberArray & { set(from: ArrayLike<number>): void }>(
  array: A,
  Type: new (buffer: SharedArrayBuffer) => A,
): A {
  if (array.buffer instanceof SharedArrayBuffer) return array;
  const copy = new Type(new SharedArrayBuffer(array.byteLength));
  copy.set(array);
  return copy;
}
