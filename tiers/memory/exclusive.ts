import { assert } from '../base/assert.ts';
import { MAX_THREADS } from '../base/limits.ts';
import { AT_EXCLUSIVE, AT_THREADS, THREAD_ACTIVE, THREAD_STRIDE } from './layout.ts';
import type { SharedMemory } from './shared-memory.ts';

/** Bound once, see mutex.ts. */
const { compareExchange, load, notify, store, wait } = Atomics;

/**
 * The process-wide exclusive lock. Each thread raises its own `active` word around a batch of commands and looks at the
 * exclusive word once: two stores and a load per batch. Whoever wants exclusivity sets the exclusive word and waits until every
 * other thread is inactive. All accesses are sequentially consistent, so of `active = 1; read exclusive` and `exclusive = 1; read
 * active` at least one side sees the other (Dekker).
 */
export class ExclusiveLock {
  private readonly words: Int32Array;
  private readonly mine: number;
  private running = false;

  private readonly thread: number;

  constructor(memory: SharedMemory, thread: number) {
    this.thread = thread;
    this.words = new Int32Array(memory.control);
    this.mine = activeWord(thread);
  }

  /** Begins a batch: no other thread holds the exclusive lock until `leave`. */
  enter(): void {
    const { words, mine } = this;
    store(words, mine, 1);
    while (load(words, AT_EXCLUSIVE >> 2) !== 0) {
      store(words, mine, 0);
      notify(words, mine);
      wait(words, AT_EXCLUSIVE >> 2, 1);
      store(words, mine, 1);
    }
  }

  /** Ends a batch. No slot may be locked. */
  leave(): void {
    store(this.words, this.mine, 0);
    if (load(this.words, AT_EXCLUSIVE >> 2) !== 0) notify(this.words, this.mine);
  }

  /** Whether somebody waits for this thread to leave: long work outside slots should end its batch early. */
  get wanted(): boolean {
    return load(this.words, AT_EXCLUSIVE >> 2) !== 0;
  }

  /** Runs `body` while no other thread is active. The caller must be between `enter` and `leave`, holding no slot; or within another `run`. */
  run<T>(body: () => T): T {
    if (this.running) return body();
    const { words } = this;
    assert(load(words, this.mine) === 1, 'exclusivity is asked for within a batch');
    this.leave();
    while (compareExchange(words, AT_EXCLUSIVE >> 2, 0, 1) !== 0) wait(words, AT_EXCLUSIVE >> 2, 1);
    try {
      for (let other = 0; other < MAX_THREADS; other++) {
        if (other === this.thread) continue;
        while (load(words, activeWord(other)) === 1) wait(words, activeWord(other), 1);
      }
      this.running = true;
      return body();
    } finally {
      this.running = false;
      store(words, AT_EXCLUSIVE >> 2, 0);
      notify(words, AT_EXCLUSIVE >> 2);
      this.enter();
    }
  }
}

function activeWord(thread: number): number {
  return (AT_THREADS + thread * THREAD_STRIDE + THREAD_ACTIVE) >> 2;
}
