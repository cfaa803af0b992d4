/** Only what comes less than this after the one before waits for more. */
const DENSE_MS = 1;
/** So long it may wait, in milliseconds: until a turn ends after that, or until the asker's timer, which comes within 2 ms. */
const HOLD_MS = 0.5;
/** So often nothing is held after that was in vain; doubled each time. */
const FIRST_SKIPS = 16;
const MAX_SKIPS = 4096;

/**
 * Whether what could be done at the end of a turn waits, so that it is done once for what several turns have made: waking a thread, writing to a
 * subscriber. As network cards put off interrupts under load. Where each message waits for the answer to the one before, to wait only loses time: so
 * what has shown that it gains nothing is not tried again for a while, and what comes now and then never waits.
 */
export class Patience {
  private askedMs = Number.NEGATIVE_INFINITY;
  private held = false;
  private heldMs = 0;
  private skips = 0;
  private penalty = 0;

  /**
   * Asked at the end of every turn with something to do. True: not yet; ask again at the end of the next turn, and after a millisecond.
   *
   * @param late the timer asks
   * @param isWorth whether it has been worth it to wait so far
   */
  holds(nowMs: number, late: boolean, isWorth: boolean): boolean {
    const dense = nowMs - this.askedMs < DENSE_MS;
    if (!late) this.askedMs = nowMs;
    if (this.held) {
      if (nowMs - this.heldMs < HOLD_MS) return true;
      this.held = false;
      if (isWorth) {
        this.penalty >>= 1;
      } else {
        this.penalty = Math.min(MAX_SKIPS, Math.max(FIRST_SKIPS, this.penalty * 2));
        this.skips = this.penalty;
      }
      return false;
    }
    if (!dense || late) return false;
    if (this.skips > 0) {
      this.skips--;
      return false;
    }
    this.held = true;
    this.heldMs = nowMs;
    return true;
  }

  /** It was done for another reason. */
  end(): void {
    this.held = false;
  }
}
