import { PriorityHeap } from './priority-heap.ts';
import type { Trace } from './trace.ts';

/** Of an object that is not asked for again. */
export const NEVER_AGAIN: number = Number.POSITIVE_INFINITY;

/**
 * A cache whose owner knows the future: whoever is asked for again last leaves first (Belady 1966). For objects of one size nobody misses less;
 * with different sizes the best is too hard to compute, and this is close to it. It has no bound: who drives it evicts.
 */
export class BeladyTier {
  bytes = 0;
  private readonly heap: PriorityHeap;
  private readonly sizes: Float64Array;

  constructor(objects: number) {
    this.heap = new PriorityHeap(objects);
    this.sizes = new Float64Array(objects);
  }

  get length(): number {
    return this.heap.length;
  }

  has(object: number): boolean {
    return this.heap.has(object);
  }

  /** An object that is here is asked for; `next`: when it will be again. */
  use(object: number, next: number): void {
    this.heap.set(object, -next);
  }

  add(object: number, bytes: number, next: number): void {
    this.sizes[object] = bytes;
    this.bytes += bytes;
    this.heap.set(object, -next);
  }

  remove(object: number): void {
    this.heap.remove(object);
    this.bytes -= this.sizes[object] ?? 0;
  }

  /** Takes out the object that is asked for last of all; there has to be one. */
  evict(): void {
    this.remove(this.heap.first);
  }
}

/**
 * Misses of a trace from a cold start. Objects larger than the cache are not let in. `bypass`: neither are those that would have to go first; without it
 * others make room for them, as in libCacheSim.
 */
export function countBeladyMisses(capacityBytes: number, trace: Trace, bypass: boolean): number {
  const { requests, sizes, objects } = trace;
  const next = new Float64Array(requests.length);
  const latest = new Float64Array(objects).fill(NEVER_AGAIN);
  for (let i = requests.length - 1; i >= 0; i--) {
    const object = requests[i] ?? 0;
    next[i] = latest[object] ?? NEVER_AGAIN;
    latest[object] = i;
  }
  const tier = new BeladyTier(objects);
  let misses = 0;
  for (let i = 0; i < requests.length; i++) {
    const object = requests[i] ?? 0;
    const bytes = sizes[i] ?? 1;
    const then = next[i] ?? NEVER_AGAIN;
    if (tier.has(object)) {
      tier.use(object, then);
      continue;
    }
    misses++;
    if (bytes > capacityBytes) continue;
    if (!bypass) while (tier.bytes + bytes > capacityBytes) tier.evict();
    tier.add(object, bytes, then);
    while (tier.bytes > capacityBytes) tier.evict();
  }
  return misses;
}
