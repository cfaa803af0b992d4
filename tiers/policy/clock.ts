import { QUEUE_MAIN, QUEUE_SMALL } from './hot-queues.ts';
import type { Placer } from './placer.ts';
import { EVICT, type EvictionRules, keepIn } from './policy.ts';

/**
 * LRU as far as it goes without moving objects at every hit: Clock (Corbató, 1968), one queue in which a hit since the last round buys another. What it
 * evicts was not used for a whole round, but it does not know who of those was used last.
 */
export class ClockRules implements EvictionRules {
  constructor(placer: Placer) {
    placer.setNewcomers(QUEUE_MAIN, false);
  }

  queueToTake(smallLength: number): number {
    // What another policy left there is no younger or older than the rest.
    return smallLength > 0 ? QUEUE_SMALL : QUEUE_MAIN;
  }

  judge(_queue: number, frequency: number): number {
    return frequency > 0 ? keepIn(QUEUE_MAIN, 0) : EVICT;
  }

  forget(): void {}
}
