import { monitorEventLoopDelay } from 'node:perf_hooks';
import { counters, type Statistics } from '../engine/server/statistics.ts';

/** A timer of libuv's comes this often: a stall that is longer never goes unseen, and its length is at most so much too short. */
const RESOLUTION_MS = 10;

/** Notes for how long this thread has not come to its event loop, at worst. */
export class StallWatch {
  private readonly statistics: Statistics;
  private readonly delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });

  constructor(statistics: Statistics) {
    this.statistics = statistics;
  }

  /** What the start took is no stall. */
  start(): void {
    this.delays.enable();
  }

  /** A part of the thread's cron. */
  publish(): void {
    const usec = Math.round(this.delays.max / 1000) - RESOLUTION_MS * 1000;
    this.statistics.set(counters.longest_stall_usec, Math.max(0, usec));
  }

  /** CONFIG RESETSTAT. */
  reset(): void {
    this.delays.reset();
    this.publish();
  }

  close(): void {
    this.delays.disable();
  }
}
