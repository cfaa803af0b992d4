/** What reads under way, and what they have brought and nobody has taken yet, may take together: per thread that reads. */
const BUDGET_BYTES = 8 * 2 ** 20;
/** Before anything was read. */
const FIRST_GUESS_BYTES = 64 * 1024;
/** Weight of the latest record when it is smaller than what was expected. */
const WEIGHT = 1 / 16;

/**
 * How many records may be read at the same time. Nobody knows how large one is before it was read, so each is expected to be as large as those
 * before it: a large one counts at once, and is forgotten slowly.
 */
export class ReadBudget {
  private expected = FIRST_GUESS_BYTES;
  private underWay = 0;

  /** Records that may be asked for now; `heldBytes` were brought and wait. One at least while nothing is under way or waits. */
  room(heldBytes = 0): number {
    const room = Math.floor((BUDGET_BYTES - heldBytes) / this.expected) - this.underWay;
    return this.underWay === 0 && heldBytes === 0 ? Math.max(1, room) : Math.max(0, room);
  }

  begin(records: number): void {
    this.underWay += records;
  }

  end(values: readonly (Buffer | undefined | null)[], records: number): void {
    this.underWay -= records;
    for (const value of values) {
      if (!value) continue;
      const bytes = value.length;
      this.expected = bytes > this.expected ? bytes : this.expected + (bytes - this.expected) * WEIGHT;
    }
    this.expected = Math.max(1, this.expected);
  }
}
