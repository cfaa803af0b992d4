import { Recency } from '../../../tiers/mrc/recency.ts';
import { PriorityHeap } from '../../../tiers/policy/simulator/priority-heap.ts';
import { OP_DELETE, OP_READ } from '../plan.ts';
import { objectRamBytes, ramRoomBytes } from './accounting.ts';
import { TraceClock } from './clock.ts';
import { sampledIndexBytes } from './index-bytes.ts';
import { type Counts, type JobShare, newCounts, rateOf, visitRequests } from './jobs.ts';

/**
 * Exact LRU of all sizes at once: a read is a hit in every cache that holds what was used since the key's last use, the key itself and the index of all
 * of them (stack distances, Mattson 1970).
 */
export function runLru(share: JobShare, ramBytes: readonly number[], part: number): Counts[] {
  const { trace, options } = share;
  const { keys, ops, valueBytes, keyBytes } = trace;
  const rate = rateOf(trace, part);
  const indexBytes = sampledIndexBytes(rate, trace.keyCount * 2);
  const rooms = ramBytes.map((bytes) => ramRoomBytes(bytes) * rate);
  const order = rooms.map((_, n) => n).sort((a, b) => (rooms[a] ?? 0) - (rooms[b] ?? 0));
  const sorted = Float64Array.from(order, (n) => rooms[n] ?? 0);
  /** By place in `sorted`: hits in that size and all larger ones. */
  const hits = new Float64Array(sorted.length + 1);
  const recency = new Recency(Math.max(1, trace.keyCount));
  const known = new Uint8Array(trace.keyCount);
  const expiries = new PriorityHeap(trace.keyCount);
  const clock = new TraceClock(trace, options);
  let reads = 0;
  let requests = 0;
  const drop = (key: number) => {
    recency.remove(key);
    known[key] = 0;
    if (expiries.has(key)) expiries.remove(key);
  };
  visitRequests(share, part, (i) => {
    const key = keys[i] ?? 0;
    const op = ops[i] ?? OP_READ;
    const nowMs = clock.atMs(i);
    while (expiries.firstPriority <= nowMs) drop(expiries.first);
    requests++;
    const here = known[key] === 1;
    if (op === OP_DELETE) {
      if (here) drop(key);
      return;
    }
    if (op === OP_READ) {
      reads++;
      if (here) {
        const own = recency.bytes(key);
        const distance = recency.bytesSince(key) + own + indexBytes(recency.keysSince(key) + 1);
        const at = firstAtLeast(sorted, distance);
        hits[at] = (hits[at] ?? 0) + 1;
        recency.use(key, own);
        return;
      }
      if (!options.fillsOnMiss) return;
    }
    const expiryMs = op === OP_READ ? clock.fillExpiryMs(i, key, nowMs) : clock.expiryMs(i, key, nowMs);
    const expires = expiryMs !== Number.POSITIVE_INFINITY;
    recency.use(key, objectRamBytes(keyBytes[key] ?? 0, valueBytes[i] ?? 0, expires));
    known[key] = 1;
    if (expires) expiries.set(key, expiryMs);
    else if (expiries.has(key)) expiries.remove(key);
  });
  const results = ramBytes.map((): Counts => ({ ...newCounts(), reads, requests }));
  let sum = 0;
  order.forEach((n, at) => {
    sum += hits[at] ?? 0;
    const counts = results[n];
    if (counts !== undefined) counts.ramHits = sum;
  });
  return results;
}

/** The first place in a sorted array with at least `value`; its length if there is none. */
function firstAtLeast(sorted: Float64Array, value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
