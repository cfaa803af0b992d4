import { markOf } from '../../../../tiers/mrc/marks.ts';
import { MARKS } from '../../../../tiers/mrc/miss-ratio-curve.ts';
import type { Trace } from '../../../../tiers/policy/simulator/trace.ts';
import { OP_READ, OP_WRITE, type SampledTrace, type WorkloadFacts } from '../../plan.ts';

/** One request of a trace written by hand: `at` in ms, sizes in bytes, `ttl` in seconds. */
export interface MadeRequest {
  readonly key: number;
  readonly op?: number;
  readonly at?: number;
  readonly bytes?: number;
  readonly ttl?: number;
}

const KEY_BYTES = 16;

/** A sampled trace of these requests; all are in the sample. `timed`: whether `at` means anything. */
export function madeTrace(requests: readonly MadeRequest[], timed = false): SampledTrace {
  const numbers = new Map<number, number>();
  const keys = Uint32Array.from(requests, ({ key }) => {
    if (!numbers.has(key)) numbers.set(key, numbers.size);
    return numbers.get(key) ?? 0;
  });
  const keyCount = numbers.size;
  const ops = Uint8Array.from(requests, ({ op }) => op ?? OP_READ);
  const timesMs = Float64Array.from(requests, ({ at }, n) => (timed ? (at ?? 0) : n));
  return {
    name: 'made',
    rate: 1,
    length: requests.length,
    keys,
    valueBytes: Uint32Array.from(requests, ({ bytes }) => bytes ?? 100),
    ops,
    timesMs,
    ttlSeconds: Uint32Array.from(requests, ({ ttl }) => ttl ?? 0),
    keyCount,
    marks: Uint32Array.from({ length: keyCount }, (_, key) => markOf(key, 1)),
    keyBytes: new Uint16Array(keyCount).fill(KEY_BYTES),
    totals: {
      requests: requests.length,
      reads: ops.filter((op) => op === OP_READ).length,
      writes: ops.filter((op) => op === OP_WRITE).length,
      deletes: ops.filter((op) => op !== OP_READ && op !== OP_WRITE).length,
      requestedBytes: requests.reduce((sum, { bytes }) => sum + (bytes ?? 100) + KEY_BYTES, 0),
      seconds: timed ? (timesMs.at(-1) ?? 0) / 1000 : 0,
      distinctKeys: keyCount,
      meanKeyBytes: KEY_BYTES,
      meanValueBytes: 100,
    },
  };
}

/** A sample of `rate` of a simulator's trace, all reads; `bytes` gives values their sizes. */
export function sampleOf(
  trace: Trace,
  rate: number,
  salt = 1,
  bytes: (request: number) => number = () => 200,
): SampledTrace {
  const threshold = rate * MARKS;
  const numbers = new Map<number, number>();
  const marks: number[] = [];
  const keys: number[] = [];
  const sizes: number[] = [];
  const times: number[] = [];
  let requestedBytes = 0;
  trace.requests.forEach((object, i) => {
    requestedBytes += bytes(i) + KEY_BYTES;
    const mark = markOf(object, salt);
    if (mark >= threshold) return;
    let number = numbers.get(object);
    if (number === undefined) {
      number = numbers.size;
      numbers.set(object, number);
      marks.push(mark);
    }
    keys.push(number);
    sizes.push(bytes(i));
    times.push(i);
  });
  return {
    name: trace.name,
    rate,
    length: keys.length,
    keys: Uint32Array.from(keys),
    valueBytes: Uint32Array.from(sizes),
    ops: new Uint8Array(keys.length),
    timesMs: Float64Array.from(times),
    ttlSeconds: new Uint32Array(keys.length),
    keyCount: numbers.size,
    marks: Uint32Array.from(marks),
    keyBytes: new Uint16Array(numbers.size).fill(KEY_BYTES),
    totals: {
      requests: trace.requests.length,
      reads: trace.requests.length,
      writes: 0,
      deletes: 0,
      requestedBytes,
      seconds: 0,
      distinctKeys: trace.objects,
      meanKeyBytes: KEY_BYTES,
      meanValueBytes: requestedBytes / trace.requests.length - KEY_BYTES,
    },
  };
}

/** Facts that nobody looks at. */
export function factsOf(trace: SampledTrace): WorkloadFacts {
  return {
    totals: trace.totals,
    sampledKeys: trace.keyCount,
    sampledRequests: trace.length,
    oneHitWonders: 0,
    valueSizes: [],
    reuseRequests: [],
    reuseSeconds: [],
    workingSet: [],
  };
}
