import type { LatencySummary } from './histogram.ts';
import type { Distribution } from './key-picker.ts';

/** One closed-loop run: every connection sends `pipeline` requests, waits for all replies, and sends the next. */
export interface LoadOptions {
  port: number;
  host: string;
  clients: number;
  pipeline: number;
  /** Keys are `key:000000000000` to `key:<keys - 1>`. */
  keys: number;
  valueBytes: number;
  distribution: Distribution;
  /** Skew of `zipf`, 0 < theta < 1. */
  theta: number;
  /** Share of GETs, 0 to 1; the others are SETs. */
  readShare: number;
  /** Ends the run after this many milliseconds; 0 is no limit. */
  durationMs: number;
  /** Ends the run after exactly this many operations; 0 is no limit. */
  operations: number;
  /** The value of one GET in this many is compared with what was written; 0 compares none. */
  verifyEvery: number;
  seed: number;
}

export const defaultLoad: LoadOptions = {
  port: 0,
  host: '127.0.0.1',
  clients: 50,
  pipeline: 1,
  keys: 1_000_000,
  valueBytes: 64,
  distribution: 'uniform',
  theta: 0.99,
  readShare: 1,
  durationMs: 0,
  operations: 0,
  verifyEvery: 64,
  seed: 1,
};

export interface LoadResult {
  operations: number;
  gets: number;
  sets: number;
  hits: number;
  misses: number;
  /** Misses of keys whose SET had been acknowledged before the GET was sent. */
  lost: number;
  verified: number;
  /** Values that belong to another key, are damaged, or are older than an acknowledged SET. */
  wrong: number;
  errors: number;
  firstError: string;
  seconds: number;
  opsPerSecond: number;
  latency: LatencySummary;
  /** CPU of the load generator's own process, user and system, per operation. */
  generatorCpuUsPerOp: number;
}

/** Which version of each key was last acknowledged, so that reads can be told from stale ones. Outlives single runs. */
export class WrittenVersions {
  /** 0: never written by this process. */
  readonly acknowledged: Uint32Array;
  /** 1 while a SET of the key is on its way: two SETs in flight would leave it open which one the server applied last. */
  readonly inFlight: Uint8Array;
  private last = 0;

  constructor(keys: number) {
    this.acknowledged = new Uint32Array(keys);
    this.inFlight = new Uint8Array(keys);
  }

  nextVersion(): number {
    this.last = (this.last + 1) >>> 0;
    return this.last;
  }
}
