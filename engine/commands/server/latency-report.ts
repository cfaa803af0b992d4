import type { LatencyLatest, LatencySample } from '../../server/latency.ts';

/** One line per event: the newest sample of any thread, and the worst of all. */
export function mergeLatest(answers: readonly (readonly LatencyLatest[])[]): LatencyLatest[] {
  const byEvent = new Map<string, LatencyLatest>();
  for (const one of answers.flat()) {
    const before = byEvent.get(one.event);
    if (before === undefined) byEvent.set(one.event, one);
    else {
      const newer = one.atSeconds >= before.atSeconds ? one : before;
      byEvent.set(one.event, { ...newer, maxMs: Math.max(one.maxMs, before.maxMs) });
    }
  }
  return [...byEvent.values()].sort((a, b) => (a.event < b.event ? -1 : 1));
}

/** Samples of all threads in order of time; of several in one second the worst. */
export function mergeHistories(answers: readonly (readonly LatencySample[])[]): LatencySample[] {
  const bySecond = new Map<number, number>();
  for (const { atSeconds, ms } of answers.flat()) bySecond.set(atSeconds, Math.max(ms, bySecond.get(atSeconds) ?? 0));
  return [...bySecond].sort(([a], [b]) => a - b).map(([atSeconds, ms]) => ({ atSeconds, ms }));
}

const graphRows = 4;
/** Of a column's topmost row, by thirds; below it everything is filled. */
const tops = ['_', 'o', '#'] as const;

function age(seconds: number): string {
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)}h`;
  return `${Math.floor(seconds / 86400)}d`;
}

/**
 * A column per sample, and below each its age, read downwards; in the manner of redis 7.0.15.
 *
 * @param allTimeMs the worst of all, also of those that are no longer kept
 */
export function drawGraph(
  event: string,
  samples: readonly LatencySample[],
  allTimeMs: number,
  nowSeconds: number,
): string {
  const values = samples.map(({ ms }) => ms);
  const high = Math.max(...values);
  const low = Math.min(...values);
  const lines = [`${event} - high ${high} ms, low ${low} ms (all time high ${allTimeMs} ms)`, '-'.repeat(80)];
  const steps = tops.length * graphRows;
  const stepOf = (ms: number): number =>
    Math.min(steps - 1, Math.floor(((ms - low) / Math.max(1, high - low)) * steps));
  for (let row = graphRows - 1; row >= 0; row--) {
    lines.push(values.map((ms) => cell(stepOf(ms) - row * tops.length)).join(''));
  }
  lines.push('');
  const ages = samples.map(({ atSeconds }) => age(Math.max(0, nowSeconds - atSeconds)));
  const longest = Math.max(...ages.map((text) => text.length));
  for (let i = 0; i < longest; i++) lines.push(ages.map((text) => text[i] ?? ' ').join(''));
  return `${lines.join('\n')}\n`;
}

/** @param above steps by which the value is above the foot of the row */
function cell(above: number): string {
  return above < 0 ? ' ' : (tops[above] ?? '|');
}

/** What usually causes an event, and what to look at. */
const advice: Readonly<Record<string, string>> = {
  command: 'Slow commands: SLOWLOG GET names them. Long values and KEYS are the usual ones.',
  'fast-command': 'Commands that should be fast were not: is the machine out of CPU, or swapping?',
  'expire-cycle': 'Many keys expire at the same time: spread their expiry.',
  'eviction-cycle': 'Writes outrun demotion: raise maxmemory, or use a faster device for the cold tier.',
};

/** LATENCY DOCTOR: findings in plain words. */
export function explainLatency(events: readonly LatencyLatest[], thresholdMs: number): string {
  if (thresholdMs <= 0 && events.length === 0) {
    return 'Latency monitoring is off. CONFIG SET latency-monitor-threshold <milliseconds> switches it on.\n';
  }
  if (events.length === 0) return 'No latency spike was seen.\n';
  const lines = events.map(({ event, latestMs, maxMs }) => {
    const hint = advice[event];
    return `* ${event}: latest ${latestMs} ms, worst ${maxMs} ms.${hint === undefined ? '' : ` ${hint}`}`;
  });
  return `${lines.join('\n')}\n`;
}
