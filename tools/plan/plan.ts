/**
 * What the capacity planner's parts hand to each other, and the shape of its JSON output: a workload comes in (input/, live/), a predictor answers
 * for configurations of tiers (model/), and a `Plan` goes out (report/). Types only. Sizes are bytes, times are what the name's last word says.
 */

export const OP_READ = 0;
export const OP_WRITE = 1;
export const OP_DELETE = 2;

/** What was counted over all requests of a workload, sampled or not. */
export interface WorkloadTotals {
  readonly requests: number;
  readonly reads: number;
  readonly writes: number;
  readonly deletes: number;
  /** Key and value bytes that requests asked for or wrote. */
  readonly requestedBytes: number;
  /** From the first request to the last; 0 where the workload has no times. */
  readonly seconds: number;
  /** Estimated from the sample where it is one. */
  readonly distinctKeys: number;
  /** Of the distinct keys: bytes of names and of the values as last seen, on average. */
  readonly meanKeyBytes: number;
  readonly meanValueBytes: number;
}

/**
 * The requests whose keys fell into a spatial sample (by hash of the key), in their order. Arrays are views of shared memory, so that workers read them
 * without copies. Request `i` is about key `keys[i]`, a dense number below `keyCount` in order of first use.
 */
export interface SampledTrace {
  readonly name: string;
  /** Share of the keys that is in the sample, over 0 and up to 1. */
  readonly rate: number;
  /** Sampled requests; the first four arrays have as many elements. */
  readonly length: number;
  readonly keys: Uint32Array;
  /** Value bytes; what the key had before where the trace does not tell, else the mean. */
  readonly valueBytes: Uint32Array;
  /** OP_READ, OP_WRITE or OP_DELETE. A trace without operations is all reads, and who misses fills (cache-aside). */
  readonly ops: Uint8Array;
  /** Since the first request of the trace; its running number where it has no times. */
  readonly timesMs: Float64Array;
  /** Time to live that the request gave its key in seconds; 0: none. */
  readonly ttlSeconds: Uint32Array;
  readonly keyCount: number;
  /** By key: the 24-bit hash that decided about the sample (`tiers/mrc/marks.ts`), and the length of its name in bytes. */
  readonly marks: Uint32Array;
  readonly keyBytes: Uint16Array;
  readonly totals: WorkloadTotals;
}

/** One bar of a histogram: `weight` of what has values from `from` (inclusive) to `to`. */
export interface HistogramBar {
  readonly from: number;
  readonly to: number;
  readonly weight: number;
}

/** What a reader wants to know of a workload beside its curves. */
export interface WorkloadFacts {
  readonly totals: WorkloadTotals;
  readonly sampledKeys: number;
  readonly sampledRequests: number;
  /** Of the distinct keys, the share that was asked for once only. */
  readonly oneHitWonders: number;
  /** Value bytes by distinct key; keys by how many requests ago they were asked for (of all requests). Weights are shares of 1. */
  readonly valueSizes: readonly HistogramBar[];
  readonly reuseRequests: readonly HistogramBar[];
  /** The same by time; empty where there are no times. */
  readonly reuseSeconds: readonly HistogramBar[];
  /** Over the course of the workload: distinct keys and bytes since its start, and within each interval. `at` is in seconds, or requests without times. */
  readonly workingSet: readonly WorkingSetPoint[];
}

export interface WorkingSetPoint {
  readonly at: number;
  readonly keysSoFar: number;
  readonly bytesSoFar: number;
  readonly keysInInterval: number;
  readonly bytesInInterval: number;
}

/** RAM as `maxmemory` means it (index included), NVMe as `maxstorage` does. 0 bytes of NVMe: no cold tier. */
export interface Configuration {
  readonly ramBytes: number;
  readonly nvmeBytes: number;
}

/** Shares of the reads, which add up to 1 with those that neither tier could answer. */
export interface Prediction extends Configuration {
  readonly ramHitRatio: number;
  readonly nvmeHitRatio: number;
  /** Standard error of each of the two, from disjoint parts of the sample; undefined where it cannot be told. */
  readonly ramError: number | undefined;
  readonly nvmeError: number | undefined;
  /** By each request of the workload (reads and writes), before write amplification. */
  readonly nvmeBytesWrittenPerRequest: number;
  readonly nvmeReadsPerRequest: number;
  /** RAM that the index of the cold keys takes, part of `ramBytes`. */
  readonly indexBytes: number;
}

/** Answers what tiers of given sizes would do for one workload. */
export interface Predictor {
  readonly facts: WorkloadFacts;
  /** In the order of the configurations. `onProgress` gets shares of the work done, from 0 to 1. */
  predict(
    configurations: readonly Configuration[],
    onProgress: (share: number) => void,
  ): Promise<readonly Prediction[]>;
  /** Miss-ratio curves of RAM alone; those that the workload's source allows. */
  curves(ramBytes: readonly number[], onProgress: (share: number) => void): Promise<readonly Curve[]>;
}

export interface Curve {
  readonly policy: 'server' | 'lru' | 's3-fifo' | 'belady';
  readonly points: readonly CurvePoint[];
}

export interface CurvePoint {
  readonly ramBytes: number;
  readonly missRatio: number;
  /** Standard error; undefined where it cannot be told. */
  readonly error: number | undefined;
}

/** What `stratakv-plan probe` measures, and a file of one holds. Latencies in microseconds. */
export interface DeviceProfile {
  readonly name: string;
  /** Random reads of `readBytes` at several depths, the shallowest first. */
  readonly readBytes: number;
  readonly reads: readonly DeviceReads[];
  readonly writeBytesPerSecond: number;
  /** Rated bytes written over the drive's life for each byte of capacity (drive writes per day x days of warranty). */
  readonly enduranceWrites: number;
}

export interface DeviceReads {
  readonly depth: number;
  readonly iops: number;
  readonly meanUs: number;
  readonly p50Us: number;
  readonly p99Us: number;
}

/** Prices per month, in whatever currency `currency` names. */
export interface Prices {
  readonly currency: string;
  readonly ramGib: number;
  readonly nvmeGib: number;
  readonly core: number;
  /** What a million misses cost at the origin. */
  readonly originMillionReads: number;
}

/** Limits that a configuration may run into. */
export type Constraint = 'hit-ratio' | 'latency' | 'iops' | 'write-bandwidth' | 'endurance' | 'cpu' | 'index-ram';

export interface PlanCell extends Prediction {
  readonly missRatio: number;
  readonly missesPerSecond: number;
  readonly meanUs: number;
  readonly p99Us: number;
  readonly nvmeIops: number;
  readonly nvmeReadBytesPerSecond: number;
  /** Write amplification included. */
  readonly nvmeBytesWrittenPerDay: number;
  /** Years until the drive's rated writes are used up; undefined without a cold tier or without writes. */
  readonly driveYears: number | undefined;
  readonly cores: number;
  readonly costPerMonth: number;
  /** Every limit that this configuration breaks; empty: it meets the target. */
  readonly broken: readonly Constraint[];
}

export interface PlanTarget {
  /** Share of the reads that RAM and NVMe together have to answer. */
  readonly hitRatio: number | undefined;
  /** Share that RAM alone has to answer. */
  readonly ramHitRatio: number | undefined;
  readonly meanUs: number | undefined;
  readonly p99Us: number | undefined;
  /** Years that the drive's rated writes have to last; undefined: the planner's own number. */
  readonly driveYears?: number | undefined;
}

/** What figures rest on that no measurement of the workload gives; each with where it comes from. */
export interface Assumptions {
  readonly requestsPerSecond: number;
  /** `assumed`: the workload has no times, and nobody said. */
  readonly requestsPerSecondFrom: 'trace' | 'server' | 'option' | 'assumed';
  readonly ramLatencyUs: { readonly mean: number; readonly p99: number };
  readonly originLatencyUs: { readonly mean: number; readonly p99: number };
  readonly writeAmplification: number;
  readonly cpuUsPerHit: number;
  readonly cpuUsPerColdRead: number;
  readonly cores: number;
}

/** What `planCapacity` (model/) is asked. The command line has checked it: sizes ascend and there is one of each kind at least. */
export interface PlanQuestion {
  readonly source: Plan['source'];
  readonly ramBytes: readonly number[];
  readonly nvmeBytes: readonly number[];
  readonly target: PlanTarget;
  /** What a file says; undefined: the planner's own, which says that it is assumed. */
  readonly prices: Prices | undefined;
  readonly device: DeviceProfile | undefined;
  /** Undefined: as fast as the workload came, by its totals. `requestsPerSecondFrom` is the source's then. */
  readonly requestsPerSecond: number | undefined;
  /** What was given on the command line, in place of the planner's own. */
  readonly assumptions: Partial<Pick<Assumptions, 'ramLatencyUs' | 'originLatencyUs' | 'writeAmplification' | 'cores'>>;
}

export interface Plan {
  readonly version: 1;
  /** ISO 8601. */
  readonly made: string;
  readonly source: { readonly kind: 'trace' | 'server' | 'description'; readonly name: string };
  readonly facts: WorkloadFacts;
  readonly assumptions: Assumptions;
  readonly device: DeviceProfile;
  readonly prices: Prices;
  readonly target: PlanTarget;
  readonly curves: readonly Curve[];
  /** RAM sizes in rows, NVMe sizes within them. */
  readonly cells: readonly PlanCell[];
  readonly answer: PlanAnswer;
  /** Sentences for people, without full stop: what the workload's source cannot tell, or what may have spoilt the figures. Absent: none. */
  readonly notes?: readonly string[];
}

export type PlanAnswer =
  | {
      readonly kind: 'cheapest';
      readonly cell: PlanCell;
      /** What breaks first in the next cheaper configuration: the constraint that binds; undefined when the smallest one does. */
      readonly binding: Constraint | undefined;
      /** One sentence for people. */
      readonly why: string;
    }
  | { readonly kind: 'impossible'; readonly binding: Constraint; readonly why: string };
