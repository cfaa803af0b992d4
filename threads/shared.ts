import type { Config } from '../engine/config/config.ts';
import { createStatisticsMemory, type StatisticsMemory } from '../engine/server/statistics.ts';

/** Everything that the threads share, structured-cloneable. */
export interface SharedState {
  readonly statistics: StatisticsMemory;
  /** Int32 per front-end: connections it serves or is about to be handed. Changed by atomics, by every thread. */
  readonly clients: SharedArrayBuffer;
}

/** Reserves the shared memory. Throws an Error with a line for the operator when it cannot be had. */
export function createShared(config: Config): SharedState {
  const threads = config.values['server-threads'];
  return {
    statistics: createStatisticsMemory(threads + 1),
    clients: new SharedArrayBuffer(threads * Int32Array.BYTES_PER_ELEMENT),
  };
}
