import { PriorityHeap } from '../../../tiers/policy/simulator/priority-heap.ts';
import { OP_DELETE, OP_READ, type SampledTrace } from '../plan.ts';
import { objectRamBytes, ramRoomBytes } from './accounting.ts';
import { TraceClock } from './clock.ts';
import { sampledIndexBytes } from './index-bytes.ts';
import { type Counts, inPart, type JobShare, NO_NEXT, newCounts, rateOf } from './jobs.ts';
import type { Ticker } from './ticker.ts';

/** By request: the number of the next request of its key, NO_NEXT without one. In shared memory. */
export function nextRequests(trace: SampledTrace): Uint32Array {
  const next = new Uint32Array(new SharedArrayBuffer(trace.length * 4));
  const latest = new Uint32Array(trace.keyCount).fill(NO_NEXT);
  for (let i = trace.length - 1; i >= 0; i--) {
    const key = trace.keys[i] ?? 0;
    next[i] = latest[key] ?? NO_NEXT;
    latest[key] = i;
  }
  return next;
}

/**
 * Belady's rule: whoever is read again last has to go, what comes at once if need be. For values of one size nobody misses less; with different
 * sizes it is not quite the bound, which is too hard to compute, but no policy that must do without the future has come near it.
 */
export function runBelady(share: JobShare, ramBytes: number, part: number, ticker: Ticker): Counts {
  const { trace, options, next } = share;
  const { keys, ops, valueBytes, keyBytes, marks, length } = trace;
  const rate = rateOf(trace, part);
  const indexBytes = sampledIndexBytes(rate, trace.keyCount * 2);
  const room = ramRoomBytes(ramBytes) * rate;
  const clock = new TraceClock(trace, options);
  const heap = new PriorityHeap(trace.keyCount);
  const sizes = new Float64Array(trace.keyCount);
  const expiryOf = new Float64Array(trace.keyCount).fill(Number.POSITIVE_INFINITY);
  const counts = newCounts();
  let used = 0;
  const drop = (key: number) => {
    heap.remove(key);
    used -= sizes[key] ?? 0;
  };
  /** The farther the key's next read, the earlier it comes in the heap; a write or deletion before makes keeping it useless. */
  const priorityOf = (i: number, key: number): number => {
    const then = next?.[i] ?? NO_NEXT;
    const useless = then === NO_NEXT || ops[then] !== OP_READ || clock.atMs(then) >= (expiryOf[key] ?? 0);
    return useless ? Number.NEGATIVE_INFINITY : -then;
  };
  for (let i = 0; i < length; i++) {
    ticker.tick();
    const key = keys[i] ?? 0;
    if (!inPart(marks[key] ?? 0, part)) continue;
    const op = ops[i] ?? OP_READ;
    const nowMs = clock.atMs(i);
    counts.requests++;
    if (heap.has(key) && (op !== OP_READ || (expiryOf[key] ?? 0) <= nowMs)) drop(key);
    if (op === OP_DELETE) continue;
    if (op === OP_READ) {
      counts.reads++;
      if (heap.has(key)) {
        counts.ramHits++;
        heap.set(key, priorityOf(i, key));
        continue;
      }
      if (!options.fillsOnMiss) continue;
    }
    expiryOf[key] = op === OP_READ ? clock.fillExpiryMs(i, key, nowMs) : clock.expiryMs(i, key, nowMs);
    const bytes = objectRamBytes(keyBytes[key] ?? 0, valueBytes[i] ?? 0, expiryOf[key] !== Number.POSITIVE_INFINITY);
    sizes[key] = bytes;
    used += bytes;
    heap.set(key, priorityOf(i, key));
    while (used + indexBytes(heap.length) > room && heap.length > 0) drop(heap.first);
  }
  return counts;
}
