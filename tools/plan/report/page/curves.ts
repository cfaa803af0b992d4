import type { Curve, Plan } from '../../plan.ts';
import { curveAt, inOrder } from '../curves.ts';
import { formatBytes, formatShare, shortBytes } from '../format.ts';
import { policyNames } from '../words.ts';
import { type Chart, type ChartSeries, chart } from './chart.ts';
import { asTable, element, section } from './dom.ts';

const dashes: Partial<Record<Curve['policy'], number[]>> = { lru: [6, 4], belady: [2, 3] };

/** Miss ratio by RAM for every policy, each with its error band and a box to hide it. */
export function curvesSection(plan: Plan): { readonly root: HTMLElement; readonly charts: readonly Chart[] } {
  const curves = inOrder(plan.curves);
  const title = 'Misses by RAM alone';
  if (curves.length === 0)
    return { root: section('curves', title, element('p', {}, 'The workload gave no curves.')), charts: [] };
  const sizes = [...new Set(curves.flatMap(({ points }) => points.map(({ ramBytes }) => ramBytes)))].sort(
    (a, b) => a - b,
  );
  const drawn = chart({
    label: 'Miss ratio by size of RAM for each policy',
    x: sizes,
    xName: 'RAM',
    xText: shortBytes,
    kind: 'log',
    yText: formatShare,
    series: curves.map((curve) => seriesOf(curve, sizes)),
    height: 340,
  });
  const boxes = curves.map(({ policy }, index) => {
    const box = element('input', { type: 'checkbox', checked: '' });
    box.addEventListener('change', () => drawn.show(index, box.checked));
    const key = element('i', { class: 'key' });
    key.style.setProperty('background', `var(--policy-${policy})`);
    return element('label', {}, box, key, policyNames[policy]);
  });
  const rows = sizes.map((size) => [formatBytes(size), ...curves.map((curve) => pointText(curve, size))]);
  const root = section(
    'curves',
    title,
    element(
      'p',
      { class: 'soft' },
      'Share of the reads that RAM of a size would not answer, by what decides who leaves RAM. Bands: two standard errors to each side.' +
        (curves.some(({ policy }) => policy === 'belady')
          ? ' Bélady’s bound knows the future: no policy does better.'
          : ''),
    ),
    element('fieldset', { class: 'toggles' }, element('legend', {}, 'Policies shown'), ...boxes),
    drawn.root,
    asTable('Miss ratios', ['RAM', ...curves.map(({ policy }) => policyNames[policy])], rows),
  );
  return { root, charts: [drawn] };
}

function seriesOf(curve: Curve, sizes: readonly number[]): ChartSeries {
  const points = sizes.map((size) => curveAt(curve, size));
  const edge = (sign: number) =>
    points.map((point) =>
      point?.error === undefined ? null : Math.min(1, Math.max(0, point.missRatio + sign * 2 * point.error)),
    );
  const hasError = points.some((point) => point?.error !== undefined);
  const dash = dashes[curve.policy];
  return {
    name: policyNames[curve.policy],
    colour: `policy-${curve.policy}`,
    values: points.map((point) => point?.missRatio ?? null),
    ...(hasError ? { band: { high: edge(1), low: edge(-1) } } : {}),
    ...(dash === undefined ? {} : { dash }),
  };
}

function pointText(curve: Curve, size: number): string {
  const point = curveAt(curve, size);
  if (point === undefined) return '';
  return point.error === undefined
    ? formatShare(point.missRatio)
    : `${formatShare(point.missRatio)} ± ${formatShare(2 * point.error)}`;
}
