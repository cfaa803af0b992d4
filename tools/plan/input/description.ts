import { MARKS } from '../../../tiers/mrc/miss-ratio-curve.ts';
import { SeededRandom } from '../../../tiers/policy/random.ts';
import { OP_DELETE, OP_READ, OP_WRITE, type SampledTrace } from '../plan.ts';
import { PlanError } from '../plan-error.ts';
import { RequestColumns } from './request-columns.ts';
import { normalQuantile, type SizeDistribution, sizeAt } from './sizes.ts';
import { defaultLimits } from './threshold.ts';
import { Zipf } from './zipf.ts';

/** A workload in words. */
export interface WorkloadDescription {
  readonly keys: number;
  readonly keyBytes: number;
  readonly sizes: SizeDistribution;
  /** Of Zipf popularity; 0: all keys alike. */
  readonly skew: number;
  /** Shares of the requests; the others are reads. */
  readonly writes: number;
  readonly deletes: number;
  /** That each value lives for, as told by the request that writes it or by the read that fills it; 0: for ever. */
  readonly ttlSeconds: number;
  readonly requestsPerSecond: number;
  /** As long as the workload is looked at; undefined: 20 for each key, at least a million. */
  readonly requests?: number;
  /** How many times the keys are replaced by new ones over the workload, each at a time of its own (drift) or all at once (shift). */
  readonly turnover?: number;
  readonly turnoverAtOnce?: boolean;
  readonly seed?: number;
  readonly maxKeys?: number;
  readonly maxRequests?: number;
}

const REQUESTS_PER_KEY = 20;
const FEWEST_REQUESTS = 1_000_000;
const FEWEST_KEYS = 64;

/**
 * A sample of the described workload, drawn from its seed without the requests that are not in it: the ranks are cut into equal pieces, of each of which
 * the one with the mean popularity is in the sample, and the sample's requests are as many as fall on those ranks. Requests are independent of
 * each other: there are no bursts and no scans. Throws a PlanError for a description that describes nothing.
 */
export function describeWorkload(description: WorkloadDescription): SampledTrace {
  check(description);
  const { keys, skew, requestsPerSecond } = description;
  const ttlSeconds = Math.ceil(description.ttlSeconds);
  const random = new SeededRandom(description.seed ?? 1);
  const requests = description.requests ?? Math.max(FEWEST_REQUESTS, keys * REQUESTS_PER_KEY);
  const zipf = new Zipf(keys, skew);
  const ranks = sampledRanks(zipf, slotCount(description, requests), random);
  const cumulative = new Float64Array(ranks.length);
  let weight = 0;
  for (const [slot, rank] of ranks.entries()) {
    weight += zipf.weightOf(rank);
    cumulative[slot] = weight;
  }
  const share = ranks.length === keys ? 1 : Math.min(weight / zipf.weightOfFirst(keys), 1);
  const length = binomial(requests, share, random);
  const columns = new RequestColumns(length);
  const holders = new Holders(description, ranks.length, requests, random);
  let index = 0;
  let bytes = 0;
  for (let at = 0; at < length; at++) {
    // The next of `length` uniform numbers in ascending order.
    index -= (requests - index) * Math.expm1(Math.log1p(-fine(random)) / (length - at));
    const key = holders.keyAt(slotAt(cumulative, fine(random) * weight), index);
    const kind = random.fraction();
    const op =
      kind < description.writes ? OP_WRITE : kind < description.writes + description.deletes ? OP_DELETE : OP_READ;
    columns.keys[at] = key;
    columns.ops[at] = op;
    columns.valueBytes[at] = holders.valueBytes[key] ?? 0;
    columns.timesMs[at] = (Math.floor(index) / requestsPerSecond) * 1000;
    columns.ttlSeconds[at] = op === OP_DELETE ? 0 : ttlSeconds;
    bytes += description.keyBytes + (op === OP_DELETE ? 0 : (holders.valueBytes[key] ?? 0));
  }
  const rate = ranks.length / keys;
  const keyCount = holders.valueBytes.length;
  const writes = Math.round(requests * description.writes);
  const deletes = Math.round(requests * description.deletes);
  return {
    name: 'description',
    rate,
    length,
    keys: columns.keys,
    valueBytes: columns.valueBytes,
    ops: columns.ops,
    timesMs: columns.timesMs,
    ttlSeconds: columns.ttlSeconds,
    keyCount,
    marks: marksBelow(rate * MARKS, keyCount, random),
    keyBytes: new Uint16Array(new SharedArrayBuffer(keyCount * 2)).fill(description.keyBytes),
    totals: {
      requests,
      reads: requests - writes - deletes,
      writes,
      deletes,
      requestedBytes: Math.round((bytes / length) * requests),
      seconds: requests / requestsPerSecond,
      distinctKeys: Math.round(keyCount / rate),
      meanKeyBytes: description.keyBytes,
      meanValueBytes: holders.valueBytes.reduce((sum, size) => sum + size, 0) / keyCount,
    },
  };
}

function check(description: WorkloadDescription): void {
  const { keys, keyBytes, skew, writes, deletes, ttlSeconds, requestsPerSecond, requests, turnover } = description;
  const demand = (holds: boolean, what: string): void => {
    if (!holds) throw new PlanError(`a workload has ${what}`);
  };
  demand(Number.isInteger(keys) && keys >= 1 && keys <= 1e12, 'from 1 to 10^12 keys');
  demand(keyBytes >= 0 && keyBytes <= 0xffff, 'names of at most 65,535 bytes');
  demand(skew >= 0 && skew <= 5, 'a skew from 0 to 5');
  demand(
    writes >= 0 && deletes >= 0 && writes + deletes <= 1,
    'shares of writes and deletes that are at most 1 together',
  );
  demand(ttlSeconds >= 0 && ttlSeconds < 2 ** 32, 'times to live that are not negative');
  demand(requestsPerSecond > 0 && Number.isFinite(requestsPerSecond), 'more than 0 requests per second');
  demand(
    requests === undefined || (Number.isInteger(requests) && requests >= 1 && requests <= 1e15),
    'at least one request',
  );
  demand(turnover === undefined || (turnover >= 0 && Number.isFinite(turnover)), 'a turnover that is not negative');
}

/** Ranks to sample: as many as keep the sample within its limits, see SampleLimits. */
function slotCount(description: WorkloadDescription, requests: number): number {
  const { keys } = description;
  const { enoughKeys, stretch } = defaultLimits;
  const maxRequests = description.maxRequests ?? defaultLimits.maxRequests;
  const slots = Math.min(keys, (description.maxKeys ?? defaultLimits.maxKeys) / (1 + (description.turnover ?? 0)));
  const byRequests = (limit: number): number => (keys * limit) / requests;
  const fitting = Math.min(
    slots,
    Math.max(byRequests(maxRequests), Math.min(enoughKeys, byRequests(maxRequests * stretch))),
  );
  return Math.max(Math.floor(fitting), Math.min(FEWEST_KEYS, keys));
}

/** Of each of `count` equal pieces of the ranks the one whose popularity is the piece's mean; any one where all are alike. */
function sampledRanks(zipf: Zipf, count: number, random: SeededRandom): Float64Array {
  const ranks = new Float64Array(count);
  for (let piece = 0; piece < count; piece++) {
    const from = Math.floor((piece * zipf.ranks) / count);
    const to = Math.floor(((piece + 1) * zipf.ranks) / count);
    if (zipf.skew === 0 || to === from + 1) {
      ranks[piece] = from + random.below(to - from);
      continue;
    }
    const mean = (zipf.weightOfFirst(to) - zipf.weightOfFirst(from)) / (to - from);
    ranks[piece] = Math.min(Math.max(Math.round(mean ** (-1 / zipf.skew)) - 1, from), to - 1);
  }
  return ranks;
}

/** Which keys have the sampled ranks, over time. */
class Holders {
  /** By key. */
  readonly valueBytes: number[] = [];
  private readonly sizes: SizeDistribution;
  private readonly random: SeededRandom;
  /** Requests for which a key has its rank. */
  private readonly period: number;
  /** By rank: how far the first holder's period is gone at the beginning, which holder it has now, and the number of that key. */
  private readonly phases: Float64Array;
  private readonly generations: Int32Array;
  private readonly current: Int32Array;

  constructor(description: WorkloadDescription, slots: number, requests: number, random: SeededRandom) {
    this.sizes = description.sizes;
    this.random = random;
    this.period = description.turnover ? requests / description.turnover : Number.POSITIVE_INFINITY;
    this.phases = new Float64Array(slots);
    if (description.turnover && !description.turnoverAtOnce)
      for (let slot = 0; slot < slots; slot++) this.phases[slot] = random.fraction();
    this.generations = new Int32Array(slots).fill(-1);
    this.current = new Int32Array(slots);
  }

  keyAt(slot: number, index: number): number {
    const generation = Math.floor(index / this.period + (this.phases[slot] ?? 0));
    if (this.generations[slot] !== generation) {
      this.generations[slot] = generation;
      this.current[slot] = this.valueBytes.length;
      this.valueBytes.push(sizeAt(this.sizes, fine(this.random)));
    }
    return this.current[slot] ?? 0;
  }
}

/** The first place whose cumulative weight is above `wanted`. */
function slotAt(cumulative: Float64Array, wanted: number): number {
  let low = 0;
  let high = cumulative.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((cumulative[middle] ?? 0) <= wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** How many of `trials` succeed, by the normal distribution that it comes close to. */
function binomial(trials: number, share: number, random: SeededRandom): number {
  if (share === 1) return trials;
  const deviation = Math.sqrt(trials * share * (1 - share));
  const drawn = Math.round(trials * share + deviation * normalQuantile(random.fraction()));
  return Math.min(Math.max(drawn, 1), trials);
}

/** A number in [0, 1) with all the digits that a double has. */
function fine(random: SeededRandom): number {
  return ((random.bits() >>> 5) * 2 ** 26 + (random.bits() >>> 6)) / 2 ** 53;
}

/** Marks of keys that are in a sample, spread below its threshold. */
function marksBelow(threshold: number, keys: number, random: SeededRandom): Uint32Array {
  const marks = new Uint32Array(new SharedArrayBuffer(keys * 4));
  for (let key = 0; key < keys; key++) marks[key] = Math.floor(random.fraction() * threshold);
  return marks;
}
