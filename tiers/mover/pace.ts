import { performance } from 'node:perf_hooks';

/** Rests shorter than this are not worth a timer. In ms. */
const LEAST_REST_MS = 1;

/**
 * Spreads work that comes in steps over a time: after each step it rests until as much of the time has passed as of the work is done. However late it
 * is, the thread's event loop gets its chance after each step. Starting it anew begins another time.
 */
export class Pace {
  private fromMs = 0;
  private spanMs = 0;
  private wake: (() => void) | undefined;

  /** From now on, over `spanMs`; 0: as fast as it goes. */
  start(spanMs: number): void {
    this.fromMs = performance.now();
    this.spanMs = spanMs;
  }

  /** Somebody waits for it: no more rests. */
  hurry(): void {
    this.spanMs = 0;
    this.wake?.();
  }

  /** To be awaited after a step. `done`: share of the work, 0 to 1. */
  async rest(done: number): Promise<void> {
    const ms = this.fromMs + this.spanMs * Math.min(1, done) - performance.now();
    if (ms < LEAST_REST_MS) {
      await new Promise((resolve) => setImmediate(resolve));
      return;
    }
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.wake = undefined;
  }
}
