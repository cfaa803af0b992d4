import type { HistogramBar, Plan, WorkingSetPoint, WorkloadFacts } from '../../plan.ts';
import { formatBytes, formatCount, formatSeconds, formatShare, formatWhole, shortBytes } from '../format.ts';
import { harmless, heading, paint, type TextStyle, wrap } from './style.ts';

const BLOCKS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'] as const;

/** What the plan is about: source, counts, sizes. */
export function factsLines(plan: Plan, style: TextStyle): string[] {
  const { totals, sampledKeys, sampledRequests, oneHitWonders } = plan.facts;
  const rate = plan.assumptions.requestsPerSecond;
  const from = {
    trace: 'as in the trace',
    server: 'as measured on the server',
    option: 'as given',
    assumed: 'assumed',
  } as const;
  const over = totals.seconds > 0 ? ` over ${formatSeconds(totals.seconds)}` : '';
  const rows: [string, string][] = [
    [plan.source.kind, harmless(plan.source.name)],
    [
      'requests',
      `${formatWhole(totals.requests)}${over}: ${share(totals.reads, totals)} reads, ${share(totals.writes, totals)} writes, ${share(totals.deletes, totals)} deletes`,
    ],
    [
      'keys',
      `${formatCount(totals.distinctKeys)}, ${formatBytes(totals.meanKeyBytes)} of name and ${formatBytes(totals.meanValueBytes)} of value on average; ` +
        `${formatBytes(totals.distinctKeys * (totals.meanKeyBytes + totals.meanValueBytes))} in all`,
    ],
    ['asked once only', `${formatShare(oneHitWonders)} of the keys`],
    ['load planned for', `${formatCount(rate)} requests/s, ${from[plan.assumptions.requestsPerSecondFrom]}`],
    ['figures rest on', `${formatWhole(sampledKeys)} sampled keys, ${formatWhole(sampledRequests)} of their requests`],
  ];
  return rows.flatMap(([name, text]) =>
    wrap(`${name.padEnd(17)} ${text}`, style.width, ' '.repeat(18)).map((line, index) =>
      index === 0 ? paint(style, 'dim', line.slice(0, 18)) + line.slice(18) : line,
    ),
  );
}

function share(count: number, totals: WorkloadFacts['totals']): string {
  return formatShare(totals.requests === 0 ? 0 : count / totals.requests);
}

/** The histograms side by side where they fit, else below each other. */
export function histograms(facts: WorkloadFacts, style: TextStyle): string[] {
  const blocks = [
    block('Value sizes, by key', facts.valueSizes, shortBytes),
    facts.reuseSeconds.length > 0
      ? block('Asked for again after, by request', facts.reuseSeconds, formatSeconds)
      : block('Asked for again after so many requests', facts.reuseRequests, formatCount),
  ].filter(({ bars }) => bars.length > 0);
  const half = (style.width - 4) >> 1;
  if (blocks.length < 2 || half < 38)
    return blocks.flatMap(({ title, bars, label }, index) => [
      ...(index === 0 ? [] : ['']),
      heading(style, title),
      ...histogram(bars, label, Math.min(style.width, 70), style),
    ]);
  const [left, right] = blocks.map(({ title, bars, label }) => ({ title, lines: histogramLines(bars, label, half) }));
  if (left === undefined || right === undefined) return [];
  const height = Math.max(left.lines.length, right.lines.length);
  return [
    heading(style, `${left.title.padEnd(half + 4)}${right.title}`),
    ...Array.from({ length: height }, (_, row) =>
      `${(left.lines[row] ?? '').padEnd(half)}    ${right.lines[row] ?? ''}`.trimEnd(),
    ),
  ];
}

interface Block {
  readonly title: string;
  readonly bars: readonly HistogramBar[];
  readonly label: (value: number) => string;
}

function block(title: string, bars: readonly HistogramBar[], label: (value: number) => string): Block {
  return { title, bars, label };
}

function histogram(bars: readonly HistogramBar[], label: (value: number) => string, width: number, _style: TextStyle) {
  return histogramLines(bars, label, width);
}

const MAX_BARS = 12;

function histogramLines(bars: readonly HistogramBar[], label: (value: number) => string, width: number): string[] {
  const shown = merged(bars);
  const names = shown.map(({ from, to }) => `${label(from)} … ${label(to)}`);
  const nameWidth = Math.max(...names.map((name) => name.length));
  const room = Math.max(4, width - nameWidth - 9);
  const most = Math.max(...shown.map(({ weight }) => weight));
  return shown.map(({ weight }, index) => {
    const length = most === 0 ? 0 : (weight / most) * room;
    const bar = '█'.repeat(Math.floor(length)) + (BLOCKS[Math.floor((length % 1) * 8)] ?? '');
    return `${(names[index] ?? '').padStart(nameWidth)} ${formatShare(weight).padStart(7)} ${bar}`;
  });
}

/** Neighbours together until a dozen are left; bars without weight at either end are dropped. */
function merged(bars: readonly HistogramBar[]): HistogramBar[] {
  const first = bars.findIndex(({ weight }) => weight > 0);
  const last = bars.findLastIndex(({ weight }) => weight > 0);
  let rest = first < 0 ? [] : bars.slice(first, last + 1);
  while (rest.length > MAX_BARS)
    rest = rest.flatMap((bar, index) => {
      if (index % 2 === 1) return [];
      const next = rest[index + 1];
      return [next === undefined ? bar : { from: bar.from, to: next.to, weight: bar.weight + next.weight }];
    });
  return rest;
}

const SPARKS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const;

/** Two lines of bars over time: bytes since the start, and within each interval. */
export function workingSetLines(facts: WorkloadFacts, style: TextStyle): string[] {
  const points = facts.workingSet;
  const last = points.at(-1);
  if (last === undefined) return [];
  const shown = thinned(points, Math.max(10, Math.min(60, style.width - 40)));
  const step = points.length > 1 ? last.at / points.length : last.at;
  const at = (value: number) => (facts.totals.seconds > 0 ? formatSeconds(value) : `${formatCount(value)} requests`);
  const row = (name: string, values: readonly number[], most: number) =>
    `${name.padEnd(17)} ${sparks(values, most)}  up to ${formatBytes(most)}`;
  const so = shown.map(({ bytesSoFar }) => bytesSoFar);
  const within = shown.map(({ bytesInInterval }) => bytesInInterval);
  return [
    heading(style, `Working set over ${at(last.at)}`),
    row('since the start', so, Math.max(...so)),
    row(`each ${at(step)}`, within, Math.max(...within)),
  ];
}

function sparks(values: readonly number[], most: number): string {
  return values.map((value) => SPARKS[most === 0 ? 0 : Math.min(7, Math.floor((value / most) * 8))] ?? '').join('');
}

function thinned(points: readonly WorkingSetPoint[], most: number): WorkingSetPoint[] {
  const every = Math.ceil(points.length / most);
  return points.filter((_, index) => (points.length - 1 - index) % every === 0);
}
