import { performance } from 'node:perf_hooks';
import type { CommandStatistics } from '../server/command-statistics.ts';

/** Commands that share two readings of the clock at most. */
const maxRun = 16;

/**
 * Times commands without two readings of the clock (75 ns each) per command. Cheap ones (O(1)) that follow each other share
 * their time: a run of up to 16 calls of one command is measured as one and its time split evenly. Every other command, and
 * every command when the slow log's threshold is below a millisecond, ends its run and so is measured by itself.
 */
export class RunTimer {
  private statistics: CommandStatistics | undefined;
  private calls = 0;
  private startedAt = 0;

  /** @param now `performance.now()` at the start of the batch */
  begin(now: number): void {
    this.startedAt = now;
    this.calls = 0;
    this.statistics = undefined;
  }

  /** Before a command: ends the run of another command. */
  open(statistics: CommandStatistics): void {
    if (this.statistics === statistics) return;
    if (this.calls > 0) this.close();
    this.statistics = statistics;
  }

  /** After a command. True when the run must be closed now. */
  count(alone: boolean): boolean {
    this.calls++;
    return alone || this.calls >= maxRun;
  }

  /** Ends the run; answers its mean time per command in µs. */
  close(): number {
    if (this.calls === 0) return 0;
    const now = performance.now();
    const usec = (now - this.startedAt) * 1000;
    const calls = this.calls;
    this.statistics?.record(calls, usec);
    this.calls = 0;
    this.startedAt = now;
    return usec / calls;
  }

  /** Time since the last reading does not belong to a command: it was parked or refused. */
  skip(): void {
    if (this.calls > 0) this.close();
    this.startedAt = performance.now();
  }
}
