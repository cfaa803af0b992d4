import type { TierHits } from '../../engine/server/link.ts';
import type { Statistics } from '../../engine/server/statistics.ts';

/** The window, and how often it moves. */
const SAMPLES = 60;

/** Lookups in all and within the last minute. */
export class RecentHits {
  private readonly statistics: Statistics;
  /** One a second, the oldest first. */
  private samples: TierHits[] = [];

  constructor(statistics: Statistics) {
    this.statistics = statistics;
  }

  /** Since CONFIG RESETSTAT. Commands that write a value on disk which they read first (INCR) are hits of the disk that Redis does not count. */
  total(): TierHits {
    const { statistics } = this;
    const nvme = statistics.total('nvme_hits');
    return {
      ram: Math.max(0, statistics.total('keyspace_hits') - nvme),
      nvme,
      none: statistics.total('keyspace_misses'),
    };
  }

  /** Once a second. */
  sample(): void {
    const now = this.total();
    const last = this.samples.at(-1);
    // Other threads reset their counters a moment later than this one did.
    if (last !== undefined && (now.ram < last.ram || now.nvme < last.nvme || now.none < last.none)) this.samples = [];
    this.samples.push(now);
    if (this.samples.length > SAMPLES) this.samples.shift();
  }

  recent(): TierHits {
    const now = this.total();
    const then = this.samples[0];
    if (then === undefined) return now;
    return {
      ram: Math.max(0, now.ram - then.ram),
      nvme: Math.max(0, now.nvme - then.nvme),
      none: Math.max(0, now.none - then.none),
    };
  }

  /** CONFIG RESETSTAT: the counters begin again. */
  reset(): void {
    this.samples = [];
  }
}
