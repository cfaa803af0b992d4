/**
 * A mutual exclusion lock in one word of shared memory: 0 free, 1 held, 2 held and somebody may sleep on it (Ulrich Drepper,
 * "Futexes Are Tricky", mutex2). Not reentrant. The holder must not wait for I/O or for another thread.
 */
const FREE = 0;
const HELD = 1;
const CONTENDED = 2;

/** Bound once: as properties of the global object they would be looked up again at every call. */
const { compareExchange, exchange, load, notify, wait } = Atomics;

/** About 1-2 us of looking before sleeping: slot locks are held for less. With one processor per thread, waiting is cheap. */
const SPINS = 200;

export function lockWord(words: Int32Array, index: number): void {
  if (compareExchange(words, index, FREE, HELD) !== FREE) lockSlow(words, index);
}

function lockSlow(words: Int32Array, index: number): void {
  for (let spin = 0; spin < SPINS; spin++) {
    if (load(words, index) === FREE && compareExchange(words, index, FREE, HELD) === FREE) return;
  }
  while (exchange(words, index, CONTENDED) !== FREE) wait(words, index, CONTENDED);
}

/** Between two looks at whether to go on waiting, in ms. */
const PATIENCE_MS = 1;

/** As `lockWord`, but false, and nothing is locked, when `giveUp` says so while another thread holds the lock. */
export function lockWordUnless(words: Int32Array, index: number, giveUp: () => boolean): boolean {
  for (let spin = 0; spin < SPINS; spin++) {
    if (load(words, index) === FREE && compareExchange(words, index, FREE, HELD) === FREE) return true;
  }
  // A word that is left CONTENDED costs its holder one needless wake-up.
  while (exchange(words, index, CONTENDED) !== FREE) {
    if (giveUp()) return false;
    wait(words, index, CONTENDED, PATIENCE_MS);
  }
  return true;
}

export function tryLockWord(words: Int32Array, index: number): boolean {
  return compareExchange(words, index, FREE, HELD) === FREE;
}

export function unlockWord(words: Int32Array, index: number): void {
  if (exchange(words, index, FREE) === CONTENDED) notify(words, index, 1);
}
