import type { SampledTrace } from '../plan.ts';
import type { ModelOptions } from './jobs.ts';

const SECOND_MS = 1000;
const NEVER = Number.POSITIVE_INFINITY;

/** When requests happen, and when what they write expires, as far as the trace tells. */
export class TraceClock {
  private readonly times: Float64Array;
  private readonly ttls: Uint32Array;
  private readonly factor: number;
  /** The last time to live that a key was given; who fills the cache after a miss gives it again. */
  private readonly ttlOf: Uint32Array;

  constructor(trace: SampledTrace, options: ModelOptions) {
    this.times = trace.timesMs;
    this.ttls = trace.ttlSeconds;
    this.ttlOf = new Uint32Array(trace.keyCount);
    const { requestsPerSecond } = options;
    // Without times `timesMs` counts requests. Where nobody knows how fast they came, each has a second of its own (see TwoTierSimulator).
    if (trace.totals.seconds > 0) this.factor = 1;
    else this.factor = requestsPerSecond === undefined ? 0 : SECOND_MS / requestsPerSecond;
  }

  /** Whether there are times at all; without them nothing expires. */
  get knows(): boolean {
    return this.factor > 0;
  }

  atMs(request: number): number {
    return this.factor === 0 ? request * SECOND_MS : (this.times[request] ?? 0) * this.factor;
  }

  /** When the value that a request writes expires, in the same clock: Infinity for never. */
  expiryMs(request: number, key: number, nowMs: number): number {
    if (this.factor === 0) return NEVER;
    const given = this.ttls[request] ?? 0;
    if (given > 0) this.ttlOf[key] = given;
    return given > 0 ? nowMs + given * SECOND_MS : NEVER;
  }

  /** The same for a value that fills the cache after a miss. */
  fillExpiryMs(request: number, key: number, nowMs: number): number {
    if (this.factor === 0) return NEVER;
    const given = (this.ttls[request] ?? 0) || (this.ttlOf[key] ?? 0);
    return given > 0 ? nowMs + given * SECOND_MS : NEVER;
  }
}
