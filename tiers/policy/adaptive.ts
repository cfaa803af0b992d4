import { QUEUE_MAIN, QUEUE_SMALL } from './hot-queues.ts';
import type { Placer } from './placer.ts';
import { EVICT, type EvictionRules, keepIn } from './policy.ts';

/** Bounds of the part of the hot objects that is SMALL's. */
export const LEAST_SMALL = 0.08;
export const MOST_SMALL = 0.9;
/** Objects that SMALL grows by when a ghost returns that a little more of it would have kept, and shrinks by when one of MAIN's does. */
export const STEP_OBJECTS = 8;
/** How much "a little more" is: as a part of all hot objects. Ghosts of MAIN are remembered for so many evictions. */
export const YOUNG_SHARE = 0.05;
/** As many ghosts of SMALL count. */
export const GHOST_SHARE_OF_HOT = 0.9;
/**
 * Once SMALL has grown beyond this, popularity is on the move: then one hit buys one round in MAIN, not up to three, and who returns soon after it left MAIN
 * goes there again.
 */
export const MOVING_SHARE = 0.15;

/**
 * S3-FIFO (s3-fifo.ts) that finds out by itself how long newcomers are to be watched. Keys whose popularity stands still want a short SMALL; where
 * the popular ones change, what MAIN holds goes stale, and a long SMALL (LRU, at the extreme) is better. What tells them apart is who
 * comes back soon after it was evicted: a ghost of SMALL that a little more SMALL would have kept, or a ghost of MAIN that a little more MAIN would
 * have kept. SMALL grows with the one and shrinks with the other, until both are worth the same; ARC (Megiddo and Modha, FAST 2003) balances its two
 * lists in this way.
 *
 * Besides, one hit in SMALL is enough for MAIN, and the cache is filled by way of MAIN (placer.ts). docs/decisions/0004-hot-tier-policy.md
 * has what each of these is worth.
 */
export class AdaptiveRules implements EvictionRules {
  /** Part of the hot objects that SMALL may hold before it is taken from first. */
  smallShare = LEAST_SMALL;
  private readonly placer: Placer;
  private smallReturns: number;
  private mainReturns: number;

  constructor(placer: Placer) {
    this.placer = placer;
    placer.setNewcomers(QUEUE_SMALL, true);
    placer.setMainGhosts(QUEUE_SMALL);
    this.smallReturns = placer.smallReturns;
    this.mainReturns = placer.mainReturns;
  }

  queueToTake(smallLength: number, mainLength: number): number {
    const { placer } = this;
    const length = smallLength + mainLength;
    this.adapt(length);
    const young = Math.floor(length * YOUNG_SHARE);
    placer.setWindows(Math.floor(length * GHOST_SHARE_OF_HOT), young, young);
    if (smallLength === 0) return QUEUE_MAIN;
    if (mainLength === 0) return QUEUE_SMALL;
    return mainLength > length * (1 - this.smallShare) ? QUEUE_MAIN : QUEUE_SMALL;
  }

  judge(queue: number, frequency: number): number {
    if (queue === QUEUE_SMALL) return frequency > 0 ? keepIn(QUEUE_MAIN, 0) : EVICT;
    if (frequency === 0) return EVICT;
    return keepIn(QUEUE_MAIN, this.moving ? 0 : frequency - 1);
  }

  forget(queue: number, position: number, check: number): void {
    const { smallGhosts, mainGhosts } = this.placer;
    (queue === QUEUE_SMALL ? smallGhosts : mainGhosts).add(position, check);
  }

  private get moving(): boolean {
    return this.smallShare > MOVING_SHARE;
  }

  private adapt(length: number): void {
    const { smallReturns, mainReturns } = this.placer;
    const balance = ((smallReturns - this.smallReturns) | 0) - ((mainReturns - this.mainReturns) | 0);
    if (balance !== 0) {
      const share = this.smallShare + (balance * STEP_OBJECTS) / length;
      this.smallShare = Math.min(MOST_SMALL, Math.max(LEAST_SMALL, share));
      this.placer.setMainGhosts(this.moving ? QUEUE_MAIN : QUEUE_SMALL);
    }
    this.smallReturns = smallReturns;
    this.mainReturns = mainReturns;
  }
}
