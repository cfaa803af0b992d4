import { createGhosts, GhostTable, ghostBytesFor } from './ghost-table.ts';
import { QUEUE_MAIN } from './hot-queues.ts';
import type { Placement } from './policy.ts';

/** What threads share of the policy: changed by the tier thread and, where it says so, by whoever brings objects to RAM. */
export interface PolicyMemory {
  /**
   * Words, Int32, each read and written by itself:
   *
   *   0  queue for newcomers              1  ask the ghosts (0 or 1)
   *   2  filling: newcomers go to MAIN    3  age up to which a returning ghost is young, in evictions from its queue
   *   4  young ghosts of SMALL that returned   5  ghosts of MAIN that returned: both counted up atomically by all threads
   *   6  queue for ghosts of MAIN
   */
  readonly control: SharedArrayBuffer;
  /** Evicted from SMALL, and from MAIN. */
  readonly smallGhosts: SharedArrayBuffer;
  readonly mainGhosts: SharedArrayBuffer;
}

const NEWCOMERS = 0;
const ASKS_GHOSTS = 1;
const FILLING = 2;
const YOUNG = 3;
const SMALL_RETURNS = 4;
const MAIN_RETURNS = 5;
const MAIN_GHOSTS_TO = 6;
const CONTROL_BYTES = 64;

/** As much of the RAM as MAIN may hold before the first eviction; the rest is SMALL's. */
export const FILL_SHARE = 0.95;
/** Below this part of the bound the cache is as good as empty, and fills anew. */
const EMPTY_SHARE = 0.5;
/** MAIN's ghosts are only counted, and only the young ones: they need a part of the room. */
const MAIN_GHOSTS_SHARE = 1 / 16;

/** For a hot tier of so many bytes. Untouched memory costs nothing. */
export function createPolicyMemory(maxmemory: number): PolicyMemory {
  return {
    control: new SharedArrayBuffer(CONTROL_BYTES),
    smallGhosts: createGhosts(ghostBytesFor(maxmemory)),
    mainGhosts: createGhosts(ghostBytesFor(maxmemory * MAIN_GHOSTS_SHARE)),
  };
}

/**
 * Says in which queue objects begin, on every thread; the policy on the tier thread tells it how by a few words of shared memory.
 *
 * While the cache fills for the first time newcomers go to MAIN, as long as there is room beside SMALL: nothing says that they are worth less than those
 * who come later. Without that S3-FIFO throws away most of what it was filled with as soon as it is full.
 */
export class Placer implements Placement {
  readonly smallGhosts: GhostTable;
  readonly mainGhosts: GhostTable;
  private readonly words: Int32Array;

  constructor(memory: PolicyMemory) {
    this.words = new Int32Array(memory.control);
    this.smallGhosts = new GhostTable(memory.smallGhosts);
    this.mainGhosts = new GhostTable(memory.mainGhosts);
  }

  get filling(): boolean {
    return this.words[FILLING] === 1;
  }

  /** The queue for objects of keys that cannot be anybody's ghosts. */
  get newcomers(): number {
    return this.words[FILLING] === 1 ? QUEUE_MAIN : (this.words[NEWCOMERS] ?? 0);
  }

  placement(position: number, check: number): number {
    const { words } = this;
    if (words[FILLING] === 1) return QUEUE_MAIN;
    if (words[ASKS_GHOSTS] === 0) return words[NEWCOMERS] ?? 0;
    const age = this.smallGhosts.takeAge(position, check);
    if (age >= 0) {
      if (age <= (words[YOUNG] ?? 0)) Atomics.add(words, SMALL_RETURNS, 1);
      return QUEUE_MAIN;
    }
    if (!this.mainGhosts.take(position, check)) return words[NEWCOMERS] ?? 0;
    Atomics.add(words, MAIN_RETURNS, 1);
    return words[MAIN_GHOSTS_TO] ?? 0;
  }

  /** Any thread, whenever it knows how full the hot tier is: ends the filling, before the first eviction. `mark`: where eviction begins, 0 for never. */
  noteUsed(usedBytes: number, mark: number): void {
    if (this.words[FILLING] === 1 && mark > 0 && usedBytes > mark * FILL_SHARE) Atomics.store(this.words, FILLING, 0);
  }

  /** The tier thread's: the cache is (nearly) empty, or not. */
  mayFillAnew(usedBytes: number, mark: number): void {
    if (mark === 0 || usedBytes < mark * EMPTY_SHARE) Atomics.store(this.words, FILLING, 1);
  }

  endFilling(): void {
    if (this.words[FILLING] === 1) Atomics.store(this.words, FILLING, 0);
  }

  /** The tier thread's. */
  setNewcomers(queue: number, asksGhosts: boolean): void {
    Atomics.store(this.words, NEWCOMERS, queue);
    Atomics.store(this.words, ASKS_GHOSTS, asksGhosts ? 1 : 0);
  }

  /** The tier thread's. */
  setMainGhosts(queue: number): void {
    this.words[MAIN_GHOSTS_TO] = queue;
  }

  /** The tier thread's: ghosts that count, in evictions from their queue, and up to which age they are young. */
  setWindows(small: number, main: number, young: number): void {
    this.smallGhosts.setWindow(small);
    this.mainGhosts.setWindow(main);
    this.words[YOUNG] = young;
  }

  /** Since the start, modulo 2^32. */
  get smallReturns(): number {
    return Atomics.load(this.words, SMALL_RETURNS);
  }

  get mainReturns(): number {
    return Atomics.load(this.words, MAIN_RETURNS);
  }
}
