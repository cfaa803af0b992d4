import type { PhaseResult } from './contestant.ts';
import { mib, microseconds, table, thousands } from './report.ts';
import type { TieredPlan } from './tiered-plan.ts';

/** One demand on this server and what was measured; informative, since machines differ. */
export interface Bar {
  what: string;
  measured: string;
  holds: boolean;
}

const RESIDENT_ALLOWANCE = 250 << 20;
const LONGEST_PAUSE_US = 50_000;

interface Demand {
  phase: string;
  /** Least share of redis-server's op/s. */
  throughput: number;
  /** Most multiple of redis-server's p99. */
  p99?: number;
}
const demands: readonly Demand[] = [
  { phase: 'Zipf 0.99 reads', throughput: 0.8, p99: 2 },
  { phase: 'Zipf 0.99, 90/10', throughput: 0.7 },
];

/** Sets this server's figures against the demands; nothing when it did not run. */
export function checkBars(results: readonly PhaseResult[], ownName: string | undefined, plan: TieredPlan): Bar[] {
  const own = results.filter(({ server }) => server === ownName);
  if (own.length === 0) return [];
  const bars: Bar[] = [];
  for (const { phase, throughput, p99 } of demands) {
    const mine = own.find((result) => result.phase === phase);
    const redis = results.find((result) => result.server === 'redis-server' && result.phase === phase);
    if (mine === undefined || redis === undefined) continue;
    const share = mine.opsPerSecond / redis.opsPerSecond;
    bars.push({
      what: `${phase}: op/s at least ${throughput}x redis-server's`,
      measured: `${share.toFixed(2)}x`,
      holds: share >= throughput,
    });
    if (p99 === undefined) continue;
    const times = mine.p99Us / redis.p99Us;
    bars.push({
      what: `${phase}: p99 at most ${p99}x redis-server's`,
      measured: `${times.toFixed(2)}x`,
      holds: times <= p99,
    });
  }
  const peak = Math.max(...own.map(({ residentMax }) => residentMax));
  const allowed = plan.maxmemoryBytes + RESIDENT_ALLOWANCE;
  bars.push({ what: `RSS at most ${mib(allowed)} MiB`, measured: `${mib(peak)} MiB`, holds: peak <= allowed });
  const pause = Math.max(...own.map(({ longestPauseUs }) => longestPauseUs));
  bars.push({
    what: 'longest pause at most 50 ms',
    measured: `${(pause / 1000).toFixed(1)} ms`,
    holds: pause <= LONGEST_PAUSE_US,
  });
  return bars;
}

export function renderTiered(results: readonly PhaseResult[], bars: readonly Bar[]): string {
  const header = [
    '',
    'op/s',
    'p50',
    'p99',
    'p99.9',
    'max',
    'CPU µs/op',
    'from RAM',
    'longest pause',
    'RSS MiB min / median / max',
    'drift',
  ];
  const rows = results.map((row) => [
    `${row.phase}, ${row.server}`,
    thousands(row.opsPerSecond),
    microseconds(row.p50Us),
    microseconds(row.p99Us),
    microseconds(row.p999Us),
    microseconds(row.maxUs),
    row.serverCpuUsPerOp.toFixed(2),
    Number.isNaN(row.hotShare) ? '-' : `${(row.hotShare * 100).toFixed(1)} %`,
    `${(row.longestPauseUs / 1000).toFixed(1)} ms`,
    `${mib(row.residentMin)} / ${mib(row.residentMedian)} / ${mib(row.residentMax)}`,
    `${row.residentDrift >= 0 ? '+' : '-'}${mib(Math.abs(row.residentDrift))} MiB`,
  ]);
  const parts = [table(header, rows)];
  if (bars.length > 0) {
    const verdicts = bars.map(({ what, measured, holds }) => [what, measured, holds ? 'yes' : 'no']);
    parts.push(table(['demand', 'measured', 'holds'], verdicts));
  }
  return parts.join('\n\n');
}
