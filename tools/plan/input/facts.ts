import { OP_DELETE, type SampledTrace, type WorkingSetPoint, type WorkloadFacts } from '../plan.ts';
import { LogHistogram } from './histogram.ts';

/** Points of the working set over the course of a workload. */
const INTERVALS = 60;

/** What a sample says of its workload; counts are those of the whole, estimated from the sample's rate. */
export function factsOf(trace: SampledTrace): WorkloadFacts {
  const { totals, keyCount, length } = trace;
  const reuse = reuses(trace);
  const sizes = new LogHistogram();
  for (const bytes of lastSizes(trace)) sizes.add(bytes, 1);
  return {
    totals,
    sampledKeys: keyCount,
    sampledRequests: length,
    oneHitWonders: keyCount === 0 ? 0 : reuse.once / keyCount,
    valueSizes: sizes.bars,
    reuseRequests: reuse.requests.bars,
    reuseSeconds: totals.seconds > 0 ? reuse.seconds.bars : [],
    workingSet: workingSet(trace),
  };
}

function lastSizes({ keys, valueBytes, ops, keyCount }: SampledTrace): Float64Array {
  const last = new Float64Array(keyCount);
  for (let at = 0; at < keys.length; at++) if (ops[at] !== OP_DELETE) last[keys[at] ?? 0] = valueBytes[at] ?? 0;
  return last;
}

/** How long ago each request's key was asked for, and how many keys were asked for once. */
function reuses(trace: SampledTrace) {
  const { keys, timesMs, keyCount, length, totals } = trace;
  const lastAt = new Int32Array(keyCount).fill(-1);
  const requestsOf = new Uint32Array(keyCount);
  const requests = new LogHistogram();
  const seconds = new LogHistogram();
  // The sample's requests stand for all of them.
  const weight = length === 0 ? 1 : totals.requests / length;
  for (let at = 0; at < length; at++) {
    const key = keys[at] ?? 0;
    const before = lastAt[key] ?? 0;
    if (before >= 0) {
      requests.add((at - before) * weight, 1);
      seconds.add(((timesMs[at] ?? 0) - (timesMs[before] ?? 0)) / 1000, 1);
    }
    lastAt[key] = at;
    requestsOf[key] = (requestsOf[key] ?? 0) + 1;
  }
  let once = 0;
  for (const count of requestsOf) if (count === 1) once++;
  return { requests, seconds, once };
}

/** Distinct keys and bytes of them (names included) since the beginning, and in each of equally long intervals. */
function workingSet(trace: SampledTrace): readonly WorkingSetPoint[] {
  const { keys, valueBytes, timesMs, keyBytes, keyCount, length, totals, rate } = trace;
  if (length === 0) return [];
  const timed = totals.seconds > 0;
  const span = timed ? totals.seconds * 1000 : totals.requests;
  const points: WorkingSetPoint[] = [];
  const bytesOf = new Float64Array(keyCount).fill(-1);
  const intervalOf = new Int32Array(keyCount).fill(-1);
  let keysSoFar = 0;
  let bytesSoFar = 0;
  let at = 0;
  for (let interval = 0; interval < INTERVALS; interval++) {
    const end = (span * (interval + 1)) / INTERVALS;
    let keysInInterval = 0;
    let bytesInInterval = 0;
    for (; at < length && (interval === INTERVALS - 1 || (timesMs[at] ?? 0) < end); at++) {
      const key = keys[at] ?? 0;
      const bytes = (valueBytes[at] ?? 0) + (keyBytes[key] ?? 0);
      const before = bytesOf[key] ?? 0;
      if (before < 0) keysSoFar++;
      bytesSoFar += bytes - Math.max(before, 0);
      if (intervalOf[key] === interval) bytesInInterval += bytes - before;
      else {
        intervalOf[key] = interval;
        keysInInterval++;
        bytesInInterval += bytes;
      }
      bytesOf[key] = bytes;
    }
    points.push({
      at: timed ? end / 1000 : end,
      keysSoFar: keysSoFar / rate,
      bytesSoFar: bytesSoFar / rate,
      keysInInterval: keysInInterval / rate,
      bytesInInterval: bytesInInterval / rate,
    });
  }
  return points;
}
