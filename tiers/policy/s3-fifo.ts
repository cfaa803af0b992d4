import { QUEUE_MAIN, QUEUE_SMALL } from './hot-queues.ts';
import type { Placer } from './placer.ts';
import { EVICT, type EvictionRules, keepIn } from './policy.ts';

/** Part of the hot objects that SMALL holds before it is taken from first. */
export const SMALL_SHARE = 0.1;
/** Frequency in SMALL that earns a place in MAIN. One hit may be the second half of one visit; two are a habit. */
export const MOVE_TO_MAIN_FREQUENCY = 2;
/** What two bits can count to. */
export const MAX_FREQUENCY = 3;

/**
 * S3-FIFO (Yang et al., "FIFO queues are all you need for cache eviction", SOSP 2023): most new objects are never used again, so
 * they pass through a short queue; those that prove themselves there, or come back soon after, get a place in the long one, where each
 * hit (up to three) buys one more round. A hit moves nothing.
 *
 * Counts objects, not bytes: with sizes that vary SMALL holds a tenth of the objects.
 */
export class S3FifoRules implements EvictionRules {
  private readonly placer: Placer;

  constructor(placer: Placer) {
    this.placer = placer;
    placer.setNewcomers(QUEUE_SMALL, true);
  }

  queueToTake(smallLength: number, mainLength: number): number {
    const length = smallLength + mainLength;
    // As many ghosts as MAIN is meant to hold; MAIN itself starts empty, and needs ghosts to grow.
    this.placer.setWindows(Math.floor(length * (1 - SMALL_SHARE)), 0, 0);
    if (smallLength === 0) return QUEUE_MAIN;
    return smallLength >= length * SMALL_SHARE ? QUEUE_SMALL : QUEUE_MAIN;
  }

  judge(queue: number, frequency: number): number {
    if (queue === QUEUE_SMALL) return frequency >= MOVE_TO_MAIN_FREQUENCY ? keepIn(QUEUE_MAIN, 0) : EVICT;
    return frequency > 0 ? keepIn(QUEUE_MAIN, frequency - 1) : EVICT;
  }

  forget(queue: number, position: number, check: number): void {
    if (queue === QUEUE_SMALL) this.placer.smallGhosts.add(position, check);
  }
}
