/**
 * What decides which objects stay in RAM. Pure decisions: a policy holds no object, takes no lock and allocates nothing per call,
 * so that the mover, the only thread that calls it, may ask for each of the 100 000 objects it looks at in a second.
 *
 * Objects are in one of two FIFO queues (hot-queues.ts). New keys, which front-ends write without asking anybody, start in SMALL.
 * Hits only raise the frequency bits of the index entry (0..3).
 */
export interface HotPolicy {
  /** For INFO and logs. */
  readonly name: string;

  /**
   * The queue whose front object is to be judged next, given how many objects each holds: QUEUE_SMALL or QUEUE_MAIN. Never an
   * empty queue while the other holds something.
   */
  queueToTake(smallLength: number, mainLength: number): number;

  /**
   * What becomes of the object at the front of `queue`, whose entry has this frequency (0..3): EVICT, or (anything not negative)
   * the frequency that its entry gets when it is queued again, at the back of MAIN.
   */
  judge(queue: number, frequency: number): number;

  /**
   * The queue for an object that was read from the cold tier and may come (back) to RAM with frequency 0, or NOT_ADMITTED: its value
   * is answered and not kept. The read that brought it must not count as a hit. `position` and `check` are lanes of its key's
   * hash, as `KeyHasher` gives them. Not a question only: a ghost that is found is used up, and who is not admitted becomes one.
   */
  placement(position: number, check: number): number;

  /** An object was evicted from `queue`, whether demoted or deleted. Lanes as for `placement`. */
  forget(queue: number, position: number, check: number): void;
}

/** A judgement: the object leaves RAM. Every other judgement is the frequency with which it goes to the back of MAIN. */
export const EVICT = -1;
/** A placement: the object stays in the cold tier. Where RAM is free for the taking, the mover may put it into SMALL all the same. */
export const NOT_ADMITTED = -1;
