import { atLeast, atMost, type Bar, renderBars } from './bars.ts';
import type { PhaseResult } from './contestant.ts';
import { mib, microseconds, table, thousands } from './report.ts';
import type { TieredPlan } from './tiered-plan.ts';

const RESIDENT_ALLOWANCE = 250 << 20;
const LONGEST_PAUSE_MS = 50;
const MIB = 2 ** 20;

/** KeyDB's tiered mode, as `tieredPeerPlan` names it. */
const FLASH = 'keydb-server FLASH';

interface Demand {
  phase: string;
  /** Least share of redis-server's op/s. */
  throughput: number;
  /** Most multiple of redis-server's p99. */
  p99?: number;
  /** Least multiple of KeyDB FLASH's op/s. */
  flash: number;
}
const demands: readonly Demand[] = [
  { phase: 'Zipf 0.99 reads', throughput: 0.95, p99: 2, flash: 2.5 },
  { phase: 'Zipf 0.99, 90/10', throughput: 0.95, flash: 3.5 },
  { phase: 'uniform reads', throughput: 0.85, flash: 3 },
];

/** Sets this server's figures against the demands; nothing when it did not run. */
export function checkBars(results: readonly PhaseResult[], ownName: string | undefined, plan: TieredPlan): Bar[] {
  const own = results.filter(({ server }) => server === ownName);
  if (own.length === 0) return [];
  const bars: Bar[] = [];
  for (const { phase, throughput, p99, flash } of demands) {
    const mine = own.find((result) => result.phase === phase);
    if (mine === undefined) continue;
    const of = (server: string) => results.find((result) => result.server === server && result.phase === phase);
    const redis = of('redis-server');
    const keydb = of(FLASH);
    if (redis !== undefined) {
      bars.push(atLeast(`${phase}: op/s against redis-server`, mine.opsPerSecond / redis.opsPerSecond, throughput));
      if (p99 !== undefined) bars.push(atMost(`${phase}: p99 against redis-server`, mine.p99Us / redis.p99Us, p99));
    }
    if (keydb !== undefined)
      bars.push(atLeast(`${phase}: op/s against ${FLASH}`, mine.opsPerSecond / keydb.opsPerSecond, flash));
  }
  const peak = Math.max(...own.map(({ residentMax }) => residentMax));
  bars.push(atMost('highest RSS', peak / MIB, (plan.maxmemoryBytes + RESIDENT_ALLOWANCE) / MIB, 'MiB'));
  const pauseUs = Math.max(...own.map(({ longestPauseUs }) => longestPauseUs));
  bars.push(atMost('longest pause', pauseUs / 1000, LONGEST_PAUSE_MS, 'ms'));
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
  return [table(header, rows), ...(bars.length === 0 ? [] : [renderBars(bars)])].join('\n\n');
}
