import { AdaptiveSimulator } from './adaptive.ts';
import { ClockSimulator } from './clock.ts';
import { FifoSimulator } from './fifo.ts';
import { LfuSimulator } from './lfu.ts';
import { LruSimulator } from './lru.ts';
import { S3FifoSimulator } from './s3-fifo.ts';
import { SieveSimulator } from './sieve.ts';
import type { SimulatorFactory } from './simulator.ts';
import { WTinyLfuSimulator } from './w-tiny-lfu.ts';

/** Every policy that has a simulator. */
export const simulators = {
  FIFO: (bytes, objects) => new FifoSimulator(bytes, objects),
  LRU: (bytes, objects) => new LruSimulator(bytes, objects),
  LFU: (bytes, objects) => new LfuSimulator(bytes, objects),
  Clock: (bytes, objects) => new ClockSimulator(bytes, objects),
  SIEVE: (bytes, objects) => new SieveSimulator(bytes, objects),
  'S3-FIFO': (bytes, objects) => new S3FifoSimulator(bytes, objects),
  'W-TinyLFU': (bytes, objects) => new WTinyLfuSimulator(bytes, objects),
  adaptive: (bytes, objects) => new AdaptiveSimulator(bytes, objects),
} as const satisfies Record<string, SimulatorFactory>;

export type SimulatedPolicy = keyof typeof simulators;
