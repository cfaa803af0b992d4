/** A question that is asked again and again, but never while the answer to an earlier one is not there: a thread that hears nothing gets one. */
export class Asked<T> {
  /** The newest answer. */
  last: T | undefined;
  private readonly ask: () => Promise<T>;
  private readonly clock: () => number;
  private readonly onProblem: (error: unknown) => void;
  private askedMs: number | undefined;

  /** @param onProblem is told why an answer did not come; the one before stays */
  constructor(ask: () => Promise<T>, clock: () => number, onProblem: (error: unknown) => void) {
    this.ask = ask;
    this.clock = clock;
    this.onProblem = onProblem;
  }

  /** How long an answer has been waited for. */
  get silentMs(): number {
    return this.askedMs === undefined ? 0 : this.clock() - this.askedMs;
  }

  /** Resolves with the answer; never when one is waited for already. */
  again(): Promise<void> {
    if (this.askedMs !== undefined) return new Promise(() => {});
    this.askedMs = this.clock();
    return this.ask().then(
      (answer) => {
        this.askedMs = undefined;
        this.last = answer;
      },
      (error: unknown) => {
        this.askedMs = undefined;
        this.onProblem(error);
      },
    );
  }
}
