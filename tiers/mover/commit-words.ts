import { MAX_THREADS } from '../base/limits.ts';
import { AT_COMMITS, AT_THREADS, THREAD_STRIDE, THREAD_WAITS } from '../memory/layout.ts';
import type { SharedMemory } from '../memory/shared-memory.ts';

/**
 * What front-ends and the tier thread tell each other of commits, in shared memory; all by atomics.
 *   0  begun: number of the last commit that began to copy (tier thread)
 *   4  done: number of the last one that is in the store's log (tier thread)
 *   8  wanted: NOBODY, RUNNING (the tier thread is at it), AGAIN
 *   12 failing: 1 from a failed commit to the next that succeeds (tier thread)
 * and per thread whether it is to be told when a commit is done. Numbers wrap.
 */
const BEGUN = AT_COMMITS >> 2;
const DONE = BEGUN + 1;
const WANTED = BEGUN + 2;
const FAILING = BEGUN + 3;

const NOBODY = 0;
const RUNNING = 1;
const AGAIN = 2;

const waitsWord = (thread: number): number => (AT_THREADS + thread * THREAD_STRIDE + THREAD_WAITS) >> 2;

/** One thread's view of the commits' words. */
export class CommitWords {
  private readonly words: Int32Array;

  constructor(memory: SharedMemory) {
    this.words = new Int32Array(memory.control);
  }

  /** The first commit that is sure to have all changes that this thread has made so far. */
  get next(): number {
    return (Atomics.load(this.words, BEGUN) + 1) | 0;
  }

  /** Whether commit `number` is in the store's log. */
  isDone(number: number): boolean {
    return ((Atomics.load(this.words, DONE) - number) | 0) >= 0;
  }

  /** The last commit could not be written. */
  get failing(): boolean {
    return Atomics.load(this.words, FAILING) !== 0;
  }

  /** A front-end wants a commit that begins after this, and to be told. True: the tier thread has to be woken for it. */
  want(thread: number): boolean {
    Atomics.store(this.words, waitsWord(thread), 1);
    return Atomics.exchange(this.words, WANTED, AGAIN) === NOBODY;
  }

  /** Tier thread: whatever was wanted so far is wanted from the commit that begins next. */
  attend(): void {
    Atomics.store(this.words, WANTED, RUNNING);
  }

  /** Tier thread: whether nobody has wanted another commit since `attend`; who does from now on has to wake it. */
  rest(): boolean {
    return Atomics.compareExchange(this.words, WANTED, RUNNING, NOBODY) === RUNNING;
  }

  /** Tier thread, before it looks at any change: answers the commit's number. */
  begin(): number {
    return Atomics.add(this.words, BEGUN, 1) + 1;
  }

  /** Tier thread. Of a commit that failed the number is never done by itself: the next one has its changes. */
  end(number: number): void {
    Atomics.store(this.words, FAILING, 0);
    Atomics.store(this.words, DONE, number | 0);
  }

  fail(): void {
    Atomics.store(this.words, FAILING, 1);
  }

  /** Tier thread: whether the thread wants to be told of a commit that is done. Asked once for each that is. */
  takeWaits(thread: number): boolean {
    return thread < MAX_THREADS && Atomics.exchange(this.words, waitsWord(thread), 0) !== 0;
  }
}
