import { PROGRESS_REQUESTS } from './jobs.ts';

/** Counts requests where others see it, now and then. */
export class Ticker {
  private readonly progress: Int32Array;
  private passed = 0;

  constructor(progress: Int32Array) {
    this.progress = progress;
  }

  tick(): void {
    if (++this.passed % PROGRESS_REQUESTS === 0) Atomics.add(this.progress, 0, 1);
  }
}
