import { QUEUE_MAIN, QUEUE_SMALL } from './hot-queues.ts';
import type { Placer } from './placer.ts';
import { EVICT, type EvictionRules, keepIn } from './policy.ts';

/**
 * SIEVE (Zhang et al., NSDI 2024): a hand goes over one queue from old to new and evicts the first object that was not hit since it last passed; who
 * was hit stays in its place. The queue is cut in two where the hand stands: one FIFO holds what is ahead of it, newcomers at the back,
 * and survivors go to the back of the other, in the order in which the hand passed them. When nothing is ahead the hand begins again with the oldest
 * survivor: the two change roles.
 */
export class SieveRules implements EvictionRules {
  private readonly placer: Placer;
  private ahead = QUEUE_SMALL;
  /** The object to be judged is the last one ahead of the hand. */
  private last = false;

  constructor(placer: Placer) {
    this.placer = placer;
    placer.setNewcomers(this.ahead, false);
  }

  queueToTake(smallLength: number, mainLength: number): number {
    if ((this.ahead === QUEUE_SMALL ? smallLength : mainLength) === 0) this.beginAgain();
    this.last = (this.ahead === QUEUE_SMALL ? smallLength : mainLength) === 1;
    return this.ahead;
  }

  judge(_queue: number, frequency: number): number {
    const judgement = frequency > 0 ? keepIn(this.behind, 0) : EVICT;
    if (this.last) this.beginAgain();
    return judgement;
  }

  forget(): void {}

  private beginAgain(): void {
    this.last = false;
    this.ahead = this.behind;
    this.placer.setNewcomers(this.ahead, false);
  }

  private get behind(): number {
    return this.ahead === QUEUE_SMALL ? QUEUE_MAIN : QUEUE_SMALL;
  }
}
