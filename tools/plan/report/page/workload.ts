import type { HistogramBar, Plan, WorkloadFacts } from '../../plan.ts';
import { formatBytes, formatCount, formatSeconds, formatShare, formatWhole, shortBytes } from '../format.ts';
import { type Chart, chart } from './chart.ts';
import { asTable, element, pairs, section } from './dom.ts';

const binarySteps = Array.from({ length: 50 }, (_, power) => 2 ** power);
const timeSteps = [
  1,
  5,
  10,
  30,
  ...[1, 5, 10, 30, 60, 120, 360, 720, 1440, 2880, 7200, 14_400, 43_200].map((m) => m * 60),
];

interface Part {
  readonly root: HTMLElement;
  readonly charts: readonly Chart[];
}

/** What was counted of the workload: totals, sizes, reuse, working set. */
export function workloadSection(plan: Plan): Part {
  const { facts } = plan;
  const byTime = facts.reuseSeconds.length > 0;
  const parts = [
    histogram('sizes', 'Value sizes', 'Share of the keys by the size of their values', facts.valueSizes, shortBytes),
    byTime
      ? histogram(
          'reuse',
          'Time until asked for again',
          'Share of the repeated requests by the time since the one before',
          facts.reuseSeconds,
          formatSeconds,
        )
      : histogram(
          'reuse',
          'Requests until asked for again',
          'Share of the repeated requests by requests since the one before',
          facts.reuseRequests,
          formatCount,
        ),
    workingSet(facts),
  ].filter((part) => part !== undefined);
  return {
    root: section('workload', 'The workload', pairs(factPairs(plan)), ...parts.map(({ root }) => root)),
    charts: parts.flatMap(({ charts }) => charts),
  };
}

function factPairs({ facts, assumptions }: Plan): [string, string][] {
  const { totals } = facts;
  const share = (count: number) => formatShare(totals.requests === 0 ? 0 : count / totals.requests);
  const from = {
    trace: 'as in the trace',
    server: 'as on the server',
    option: 'as given',
    assumed: 'assumed',
  } as const;
  return [
    ['Requests', formatWhole(totals.requests)],
    ['Over', totals.seconds > 0 ? formatSeconds(totals.seconds) : 'no times known'],
    ['Reads, writes, deletes', [totals.reads, totals.writes, totals.deletes].map(share).join(', ')],
    ['Keys', formatWhole(totals.distinctKeys)],
    ['Key and value, on average', `${formatBytes(totals.meanKeyBytes)}, ${formatBytes(totals.meanValueBytes)}`],
    ['All keys and values', formatBytes(totals.distinctKeys * (totals.meanKeyBytes + totals.meanValueBytes))],
    ['Keys asked for once only', formatShare(facts.oneHitWonders)],
    ['Load planned for', `${formatCount(assumptions.requestsPerSecond)}/s, ${from[assumptions.requestsPerSecondFrom]}`],
    ['Sampled keys', `${formatWhole(facts.sampledKeys)}, with ${formatWhole(facts.sampledRequests)} requests`],
  ];
}

function histogram(
  id: string,
  title: string,
  label: string,
  bars: readonly HistogramBar[],
  text: (value: number) => string,
): Part | undefined {
  if (bars.length === 0) return undefined;
  const range = ({ from, to }: HistogramBar) => `${text(from)} to ${Number.isFinite(to) ? text(to) : 'any'}`;
  const drawn = chart({
    label,
    x: bars.map((_, index) => index),
    xName: '',
    xText: (index) => {
      const bar = bars[index];
      return bar === undefined ? '' : text(bar.from);
    },
    kind: 'bars',
    yText: formatShare,
    series: [{ name: title, colour: 'accent', values: bars.map(({ weight }) => weight) }],
    height: 220,
  });
  const root = element(
    'div',
    { class: 'part', id },
    element('h3', {}, title),
    element('p', { class: 'soft' }, `${label}; each bar from its name to the next.`),
    drawn.root,
    asTable(
      title,
      ['From, to', 'Share'],
      bars.map((bar) => [range(bar), formatShare(bar.weight)]),
    ),
  );
  return { root, charts: [drawn] };
}

function workingSet({ workingSet: points, totals }: WorkloadFacts): Part | undefined {
  if (points.length < 2) return undefined;
  const at = (value: number) => (totals.seconds > 0 ? formatSeconds(value) : formatCount(value));
  const drawn = chart({
    label: 'Bytes of distinct keys over the course of the workload',
    x: points.map((point) => point.at),
    xName: totals.seconds > 0 ? 'after' : 'after requests:',
    xText: at,
    kind: 'linear',
    yText: shortBytes,
    yIncrements: binarySteps,
    ...(totals.seconds > 0 ? { xIncrements: timeSteps } : {}),
    series: [
      { name: 'since the start', colour: 'accent', values: points.map(({ bytesSoFar }) => bytesSoFar) },
      {
        name: 'within the interval',
        colour: 'policy-lru',
        values: points.map(({ bytesInInterval }) => bytesInInterval),
        dash: [6, 4],
      },
    ],
    height: 240,
  });
  const rows = points.map((point) => [
    at(point.at),
    formatCount(point.keysSoFar),
    formatBytes(point.bytesSoFar),
    formatCount(point.keysInInterval),
    formatBytes(point.bytesInInterval),
  ]);
  const root = element(
    'div',
    { class: 'part', id: 'working-set' },
    element('h3', {}, 'Working set'),
    element(
      'p',
      { class: 'soft' },
      'Bytes of distinct keys since the start (solid), and within each interval (dashed).',
    ),
    drawn.root,
    asTable('Working set', ['At', 'Keys so far', 'Bytes so far', 'Keys in interval', 'Bytes in interval'], rows),
  );
  return { root, charts: [drawn] };
}
