import { MARKS } from '../../../tiers/mrc/miss-ratio-curve.ts';
import { OP_DELETE, type SampledTrace, type WorkloadTotals } from '../plan.ts';
import type { RequestColumns } from './request-columns.ts';
import { type Sampler, UNKNOWN_BYTES } from './sampler.ts';

/** What is not in the columns of a sampler. */
export interface TraceEnds {
  readonly name: string;
  /** Whether the columns' times are times; else they are running numbers. */
  readonly hasTimes: boolean;
  readonly lastMs: number;
  /** For keys of which no request tells a size, if there is no other either. */
  readonly assumedValueBytes: number;
}

/** The sample of a whole trace, from the sampler that all of it went through. The sampler's memory becomes the trace's. */
export function finishSample(sampler: Sampler, ends: TraceEnds): SampledTrace {
  sampler.cut();
  const { columns, length, counts } = sampler;
  const { keyCount, marks, keyBytes } = numberByFirstUse(sampler);
  const { unsizedBytes, unsized, lastBytes } = fillSizes(columns, length, keyCount, ends.assumedValueBytes);
  for (let at = 0; at < length; at++) columns.timesMs[at] = (columns.timesMs[at] ?? 0) - sampler.firstMs;
  const rate = sampler.threshold / MARKS;
  const totals: WorkloadTotals = {
    requests: counts.requests,
    reads: counts.reads,
    writes: counts.writes,
    deletes: counts.deletes,
    requestedBytes: Math.round(counts.bytes + (unsized === 0 ? 0 : (unsizedBytes / unsized) * counts.unsized)),
    seconds: ends.hasTimes ? (ends.lastMs - sampler.firstMs) / 1000 : 0,
    distinctKeys: Math.round(keyCount / rate),
    meanKeyBytes: mean(keyBytes),
    meanValueBytes: mean(lastBytes),
  };
  return {
    name: ends.name,
    rate,
    length,
    keys: columns.keys.subarray(0, length),
    valueBytes: columns.valueBytes.subarray(0, length),
    ops: columns.ops.subarray(0, length),
    timesMs: columns.timesMs.subarray(0, length),
    ttlSeconds: columns.ttlSeconds.subarray(0, length),
    keyCount,
    marks,
    keyBytes,
    totals,
  };
}

/** Numbers keys in order of first use among the held requests: some may have lost all of theirs. */
function numberByFirstUse({ columns, length, keys }: Sampler) {
  const numbers = new Int32Array(keys.size).fill(-1);
  const marks = new Uint32Array(new SharedArrayBuffer(keys.size * 4));
  const keyBytes = new Uint16Array(new SharedArrayBuffer(keys.size * 2));
  let keyCount = 0;
  for (let at = 0; at < length; at++) {
    const key = columns.keys[at] ?? 0;
    let number = numbers[key] ?? 0;
    if (number < 0) {
      number = keyCount++;
      numbers[key] = number;
      marks[number] = keys.marks[key] ?? 0;
      keyBytes[number] = keys.nameBytes[key] ?? 0;
    }
    columns.keys[at] = number;
  }
  return { keyCount, marks: marks.subarray(0, keyCount), keyBytes: keyBytes.subarray(0, keyCount) };
}

/**
 * Sizes that the trace does not tell are what the key had before; before the first one told, what that one tells (a read that misses comes before the
 * write that fills); and of keys that have none, the mean of the others.
 */
function fillSizes({ keys, valueBytes, ops }: RequestColumns, length: number, keyCount: number, assumed: number) {
  const first = new Float64Array(keyCount).fill(UNKNOWN_BYTES);
  for (let at = length - 1; at >= 0; at--) {
    const bytes = valueBytes[at] ?? 0;
    if (bytes !== UNKNOWN_BYTES) first[keys[at] ?? 0] = bytes;
  }
  let known = 0;
  let sum = 0;
  for (const bytes of first) {
    if (bytes === UNKNOWN_BYTES) continue;
    known++;
    sum += bytes;
  }
  const meanBytes = known === 0 ? assumed : Math.round(sum / known);
  const lastBytes = first.map((bytes) => (bytes === UNKNOWN_BYTES ? meanBytes : bytes));
  let unsized = 0;
  let unsizedBytes = 0;
  for (let at = 0; at < length; at++) {
    const key = keys[at] ?? 0;
    const bytes = valueBytes[at] ?? 0;
    if (bytes !== UNKNOWN_BYTES) {
      lastBytes[key] = bytes;
      continue;
    }
    valueBytes[at] = lastBytes[key] ?? 0;
    if (ops[at] === OP_DELETE) continue;
    unsized++;
    unsizedBytes += lastBytes[key] ?? 0;
  }
  return { unsized, unsizedBytes, lastBytes };
}

function mean(values: Float64Array | Uint16Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return values.length === 0 ? 0 : sum / values.length;
}
