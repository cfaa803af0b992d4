/** Where an object begins that comes to RAM: what whoever makes or promotes objects, on any thread, has to know of the policy. */
export interface Placement {
  /**
   * The queue for an object that comes (back) to RAM with frequency 0. The access that brought it must not count as a hit. `position` and `check`
   * are lanes of its key's hash, as `KeyHasher` gives them. Not a question only: a ghost that is found is used up.
   */
  placement(position: number, check: number): number;
}

/** Which objects leave RAM, and in which order. */
export interface EvictionRules {
  /**
   * The queue whose front object is to be judged next, given how many objects each holds: QUEUE_SMALL or QUEUE_MAIN. Never an
   * empty queue while the other holds something.
   */
  queueToTake(smallLength: number, mainLength: number): number;

  /**
   * What becomes of the object at the front of `queue`, whose entry has this frequency (0..3): EVICT, or `keepIn` of the queue to whose back it
   * goes and the frequency that its entry gets. Lanes as for `placement`.
   */
  judge(queue: number, frequency: number, position: number, check: number): number;

  /** An object was evicted from `queue`, whether demoted or deleted. Lanes as for `placement`. */
  forget(queue: number, position: number, check: number): void;
}

/**
 * What decides which objects stay in RAM. Pure decisions: a policy holds no object, takes no lock and allocates nothing per call,
 * so that the mover, the only thread that calls it, may ask for each of the 100 000 objects it looks at in a second.
 *
 * Objects are in one of two FIFO queues (hot-queues.ts). Hits only raise the frequency bits of the index entry (0..3).
 */
export interface HotPolicy extends Placement, EvictionRules {
  /** For INFO and logs. */
  readonly name: string;
}

/** A judgement: the object leaves RAM. */
export const EVICT = -1;

/** A judgement: the object goes to the back of a queue, with a frequency. */
export function keepIn(queue: number, frequency: number): number {
  return (queue << 2) | frequency;
}

/** The queue of a judgement that is not EVICT. */
export function keptQueue(judgement: number): number {
  return judgement >> 2;
}

/** Its frequency. */
export function keptFrequency(judgement: number): number {
  return judgement & 3;
}
