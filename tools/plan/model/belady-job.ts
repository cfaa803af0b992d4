import { BeladyTier, NEVER_AGAIN } from '../../../tiers/policy/simulator/belady.ts';
import { OP_DELETE, OP_READ, type SampledTrace } from '../plan.ts';
import { objectRamBytes, ramRoomBytes } from './accounting.ts';
import { TraceClock } from './clock.ts';
import { sampledIndexBytes } from './index-bytes.ts';
import { type Counts, type JobShare, NO_NEXT, newCounts, rateOf, visitRequests } from './jobs.ts';

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

/** Belady's bound: RAM as whoever knows the future would use it, with the server's own costs of keys. */
export function runBelady(share: JobShare, ramBytes: number, part: number): Counts {
  const { trace, options, next } = share;
  const { keys, ops, valueBytes, keyBytes } = trace;
  const rate = rateOf(trace, part);
  const indexBytes = sampledIndexBytes(rate, trace.keyCount * 2);
  const room = ramRoomBytes(ramBytes) * rate;
  const clock = new TraceClock(trace, options);
  const tier = new BeladyTier(trace.keyCount);
  const expiryOf = new Float64Array(trace.keyCount).fill(Number.POSITIVE_INFINITY);
  const counts = newCounts();
  /** When the key is read next; a write or a deletion before then makes keeping it useless, and so does its expiry. */
  const nextRead = (i: number, key: number): number => {
    const then = next?.[i] ?? NO_NEXT;
    const useless = then === NO_NEXT || ops[then] !== OP_READ || clock.atMs(then) >= (expiryOf[key] ?? 0);
    return useless ? NEVER_AGAIN : then;
  };
  visitRequests(share, part, (i) => {
    const key = keys[i] ?? 0;
    const op = ops[i] ?? OP_READ;
    const nowMs = clock.atMs(i);
    counts.requests++;
    if (tier.has(key) && (op !== OP_READ || (expiryOf[key] ?? 0) <= nowMs)) tier.remove(key);
    if (op === OP_DELETE) return;
    if (op === OP_READ) {
      counts.reads++;
      if (tier.has(key)) {
        counts.ramHits++;
        tier.use(key, nextRead(i, key));
        return;
      }
      if (!options.fillsOnMiss) return;
    }
    expiryOf[key] = op === OP_READ ? clock.fillExpiryMs(i, key, nowMs) : clock.expiryMs(i, key, nowMs);
    const bytes = objectRamBytes(keyBytes[key] ?? 0, valueBytes[i] ?? 0, expiryOf[key] !== Number.POSITIVE_INFINITY);
    tier.add(key, bytes, nextRead(i, key));
    while (tier.length > 0 && tier.bytes + indexBytes(tier.length) > room) tier.evict();
  });
  return counts;
}
