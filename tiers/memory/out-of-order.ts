import { AT_OUT_OF_ORDER } from './layout.ts';
import type { SharedMemory } from './shared-memory.ts';

/** Between two looks at whether the others are done, in ms. */
const LOOK_EVERY_MS = 1;

/**
 * Slots are locked in ascending order, all before a command runs, so nobody waits in a circle. A script that has changed something and only then
 * names a key that it did not declare breaks the rule: it holds slots, and wants one more. While it says so here, whoever waits for a slot with
 * others in hand, and has changed nothing yet, lets go of them and begins anew.
 */
export class OutOfOrder {
  private readonly words: Int32Array;

  constructor(memory: SharedMemory) {
    this.words = new Int32Array(memory.control);
  }

  get wanted(): boolean {
    return Atomics.load(this.words, AT_OUT_OF_ORDER >> 2) !== 0;
  }

  begin(): void {
    Atomics.add(this.words, AT_OUT_OF_ORDER >> 2, 1);
  }

  end(): void {
    Atomics.sub(this.words, AT_OUT_OF_ORDER >> 2, 1);
    Atomics.notify(this.words, AT_OUT_OF_ORDER >> 2);
  }

  /** For who holds no slot: until nobody wants one out of order. */
  wait(): void {
    for (;;) {
      const count = Atomics.load(this.words, AT_OUT_OF_ORDER >> 2);
      if (count === 0) return;
      Atomics.wait(this.words, AT_OUT_OF_ORDER >> 2, count, LOOK_EVERY_MS);
    }
  }
}
