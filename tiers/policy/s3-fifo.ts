import type { GhostTable } from './ghost-table.ts';
import { QUEUE_MAIN, QUEUE_SMALL } from './hot-queues.ts';
import { EVICT, type HotPolicy, NOT_ADMITTED } from './policy.ts';
import { SeededRandom } from './random.ts';

/** Part of the hot objects that SMALL holds before it is taken from first. */
export const SMALL_SHARE = 0.1;
/** Frequency in SMALL that earns a place in MAIN. One hit may be the second half of one visit; two are a habit. */
export const MOVE_TO_MAIN_FREQUENCY = 2;
/** What two bits can count to. */
export const MAX_FREQUENCY = 3;

/** Part of the first reads (those that no ghost remembers) that are admitted to RAM. */
export const ADMISSION_SHARE = 1;

/**
 * S3-FIFO (Yang et al., "FIFO queues are all you need for cache eviction", SOSP 2023): most new objects are never used again, so
 * they pass through a short queue; those that prove themselves there, or come back soon after, get a place in the long one, where each
 * hit (up to three) buys one more round. A hit moves nothing.
 *
 * Counts objects, not bytes: with sizes that vary SMALL holds a tenth of the objects.
 *
 * An admission share below 1 leaves that many first reads where they are and remembers them as ghosts, so that the second read within
 * the ghosts' window goes to MAIN. That saves most promotions where popularity is steady, and misses more where it moves;
 * docs/decisions/0004-hot-tier-policy.md has the figures.
 */
export class S3FifoPolicy implements HotPolicy {
  readonly name = 's3-fifo';
  private readonly ghosts: GhostTable;
  private readonly admissionShare: number;
  private readonly random: SeededRandom;

  constructor(ghosts: GhostTable, admissionShare = ADMISSION_SHARE, seed = 0) {
    this.ghosts = ghosts;
    this.admissionShare = admissionShare;
    this.random = new SeededRandom(seed);
  }

  queueToTake(smallLength: number, mainLength: number): number {
    const length = smallLength + mainLength;
    // As many ghosts as MAIN is meant to hold; MAIN itself starts empty, and needs ghosts to grow.
    this.ghosts.setWindow(Math.floor(length * (1 - SMALL_SHARE)));
    if (smallLength === 0) return QUEUE_MAIN;
    return smallLength >= length * SMALL_SHARE ? QUEUE_SMALL : QUEUE_MAIN;
  }

  judge(queue: number, frequency: number): number {
    if (queue === QUEUE_SMALL) return frequency >= MOVE_TO_MAIN_FREQUENCY ? 0 : EVICT;
    return frequency > 0 ? frequency - 1 : EVICT;
  }

  placement(position: number, check: number): number {
    if (this.ghosts.take(position, check)) return QUEUE_MAIN;
    if (this.random.fraction() < this.admissionShare) return QUEUE_SMALL;
    this.ghosts.add(position, check);
    return NOT_ADMITTED;
  }

  forget(queue: number, position: number, check: number): void {
    if (queue === QUEUE_SMALL) this.ghosts.add(position, check);
  }
}
