import { performance } from 'node:perf_hooks';

/**
 * Keeps background work on the disk to a share of the time: what took t ms is followed by a rest of t (1 / share - 1) ms. So a slow disk gets
 * fewer requests, and there is never more than one under way.
 */
export class DutyCycle {
  /** Time at work since the start, in ms. */
  busyMs = 0;
  private readonly share: number;
  private timer: NodeJS.Timeout | undefined;
  private wake: (() => void) | undefined;
  private owed = 0;
  private closed = false;

  /** `share`: above 0, up to 1. */
  constructor(share: number) {
    this.share = share;
  }

  /** Does some work on the disk; it counts from the call until it has settled. */
  async work<T>(body: () => Promise<T>): Promise<T> {
    const startedAt = performance.now();
    try {
      return await body();
    } finally {
      this.worked(performance.now() - startedAt);
    }
  }

  /** So much work was done. */
  worked(ms: number): void {
    this.busyMs += ms;
    this.owed += ms * (1 / this.share - 1);
  }

  /** Rests for what was worked since the last rest. */
  async rest(): Promise<void> {
    const ms = this.owed;
    this.owed = 0;
    if (this.closed) return;
    await new Promise<void>((resolve) => {
      this.wake = resolve;
      this.timer = setTimeout(resolve, ms);
    });
    this.wake = undefined;
  }

  /** Nobody rests any more. */
  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
    this.wake?.();
  }
}
