import type { Trace } from './trace.ts';

/**
 * A cache that stores nothing but names and sizes: what an eviction policy would have kept. Objects are dense numbers from 0, as
 * in a {@link Trace}.
 */
export interface Simulator {
  readonly name: string;
  /** Asks for an object of `bytes` and, when it is missing, brings it in. Answers whether it was there. */
  access(object: number, bytes: number): boolean;
}

/** Makes a simulator of a cache of `capacityBytes` for objects numbered below `objects`. */
export type SimulatorFactory = (capacityBytes: number, objects: number) => Simulator;

/** Replays a trace from a cold start; answers the number of requests that missed. */
export function countMisses(factory: SimulatorFactory, capacityBytes: number, trace: Trace): number {
  const simulator = factory(capacityBytes, trace.objects);
  const { requests, sizes } = trace;
  let misses = 0;
  for (let i = 0; i < requests.length; i++) {
    if (!simulator.access(requests[i] ?? 0, sizes[i] ?? 1)) misses++;
  }
  return misses;
}
