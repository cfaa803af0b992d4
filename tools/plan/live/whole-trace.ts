import { markOf } from '../../../tiers/mrc/marks.ts';
import { OP_DELETE, OP_WRITE, type SampledTrace } from '../plan.ts';

/**
 * A sample taken for all there is: its requests as a trace of their own, without times to live and times, since it is replayed as fast as it goes. Its totals
 * are those of the sample.
 */
export function asWholeTrace(trace: SampledTrace): SampledTrace {
  const { length, keyCount, ops, keys, valueBytes, keyBytes } = trace;
  let writes = 0;
  let deletes = 0;
  let requestedBytes = 0;
  const lastBytes = new Float64Array(keyCount);
  for (let at = 0; at < length; at++) {
    const key = keys[at] ?? 0;
    if (ops[at] === OP_DELETE) {
      deletes++;
      continue;
    }
    if (ops[at] === OP_WRITE) writes++;
    const bytes = valueBytes[at] ?? 0;
    requestedBytes += bytes + (keyBytes[key] ?? 0);
    lastBytes[key] = bytes;
  }
  const mean = (values: ArrayLike<number>) => {
    let sum = 0;
    for (let key = 0; key < keyCount; key++) sum += values[key] ?? 0;
    return keyCount === 0 ? 0 : sum / keyCount;
  };
  return {
    ...trace,
    rate: 1,
    // Marks below the threshold of a sample are not spread over all there are.
    marks: trace.rate >= 1 ? trace.marks : Uint32Array.from({ length: keyCount }, (_, key) => markOf(key, 1)),
    timesMs: Float64Array.from({ length }, (_, at) => at),
    ttlSeconds: new Uint32Array(length),
    totals: {
      requests: length,
      reads: length - writes - deletes,
      writes,
      deletes,
      requestedBytes,
      seconds: 0,
      distinctKeys: keyCount,
      meanKeyBytes: mean(keyBytes),
      meanValueBytes: mean(lastBytes),
    },
  };
}
