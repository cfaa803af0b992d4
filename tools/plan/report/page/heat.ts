import type { Plan, PlanCell } from '../../plan.ts';
import { cellsWithAnswer, isAnswer } from '../cells.ts';
import {
  formatBytes,
  formatCount,
  formatMoney,
  formatShare,
  formatUs,
  formatYears,
  shortBytes,
  shortShare,
} from '../format.ts';
import { constraintWords } from '../words.ts';
import { asTable, element, pairs, section } from './dom.ts';

interface Metric {
  readonly name: string;
  readonly value: (cell: PlanCell) => number | undefined;
  readonly text: (cell: PlanCell, plan: Plan) => string;
  /** Whether large values are good ones. */
  readonly moreIsBetter?: boolean;
}

const metrics: readonly Metric[] = [
  {
    name: 'Cost per month',
    value: (cell) => cell.costPerMonth,
    text: (cell, plan) => formatMoney(cell.costPerMonth, plan.prices.currency),
  },
  {
    name: 'Hit ratio, RAM and NVMe',
    value: (cell) => 1 - cell.missRatio,
    text: (cell) => shortShare(1 - cell.missRatio),
    moreIsBetter: true,
  },
  {
    name: 'Hit ratio of RAM',
    value: (cell) => cell.ramHitRatio,
    text: (cell) => shortShare(cell.ramHitRatio),
    moreIsBetter: true,
  },
  { name: 'p99 latency', value: (cell) => cell.p99Us, text: (cell) => formatUs(cell.p99Us) },
  { name: 'Mean latency', value: (cell) => cell.meanUs, text: (cell) => formatUs(cell.meanUs) },
  {
    name: 'Misses per second',
    value: (cell) => cell.missesPerSecond,
    text: (cell) => formatCount(cell.missesPerSecond),
  },
  { name: 'NVMe reads per second', value: (cell) => cell.nvmeIops, text: (cell) => formatCount(cell.nvmeIops) },
  {
    name: 'Written per day',
    value: (cell) => cell.nvmeBytesWrittenPerDay,
    text: (cell) => formatBytes(cell.nvmeBytesWrittenPerDay),
  },
  {
    name: 'Drive life',
    value: (cell) => cell.driveYears,
    text: (cell) => formatYears(cell.driveYears),
    moreIsBetter: true,
  },
];

interface Place {
  readonly cell: PlanCell;
  readonly button: HTMLButtonElement;
  readonly row: number;
  readonly column: number;
}

/** RAM x NVMe coloured by a figure that the reader chooses; a configuration that is chosen is told in full below. */
export function heatSection(plan: Plan): HTMLElement {
  const cells = cellsWithAnswer(plan);
  const rams = sizesOf(cells.map(({ ramBytes }) => ramBytes));
  const nvmes = sizesOf(cells.map(({ nvmeBytes }) => nvmeBytes));
  const places: Place[] = [];
  const rows = rams.map((ramBytes, row) => {
    const fields = nvmes.map((nvmeBytes, column) => {
      const cell = cells.find((one) => one.ramBytes === ramBytes && one.nvmeBytes === nvmeBytes);
      if (cell === undefined) return element('td', {});
      const button = element('button', { type: 'button', tabindex: '-1' });
      places.push({ cell, button, row, column });
      return element('td', {}, button);
    });
    return element('tr', {}, element('th', { scope: 'row' }, shortBytes(ramBytes)), ...fields);
  });
  const head = nvmes.map((size) => element('th', { scope: 'col' }, size === 0 ? 'none' : shortBytes(size)));
  const grid = element(
    'table',
    { class: 'heat', 'aria-label': 'Configurations: RAM in rows, NVMe in columns', 'aria-describedby': 'heat-hint' },
    element('thead', {}, element('tr', {}, element('th', { scope: 'col' }, 'RAM \\ NVMe'), ...head)),
    element('tbody', {}, ...rows),
  );
  const details = element('div', { id: 'configuration', 'aria-live': 'polite' });
  const choose = (place: Place) => {
    for (const { button } of places) {
      button.setAttribute('aria-pressed', String(button === place.button));
      button.tabIndex = button === place.button ? 0 : -1;
    }
    details.replaceChildren(...configuration(place.cell, plan));
  };
  for (const place of places) place.button.addEventListener('click', () => choose(place));
  grid.addEventListener('keydown', (event) => moveBetween(places, event));
  const select = element(
    'select',
    { id: 'metric' },
    ...metrics.map(({ name }, index) => element('option', { value: String(index) }, name)),
  );
  const paint = () => colourBy(metrics[Number(select.value)] ?? metrics[0], places, plan);
  select.addEventListener('change', paint);
  paint();
  const start = places.find(({ cell }) => isAnswer(plan, cell)) ?? places[0];
  if (start !== undefined) choose(start);
  return section(
    'table',
    'RAM x NVMe',
    element('p', { class: 'choice' }, element('label', { for: 'metric' }, 'Coloured by '), select),
    element('div', { class: 'scroll' }, grid),
    element(
      'p',
      { class: 'soft', id: 'heat-hint' },
      'Rows: RAM. Columns: NVMe. ★ the answer, ✕ breaks the target or a limit. Choose a configuration to see all of it; the arrow keys move between them.',
    ),
    details,
    allCells(plan),
  );
}

function sizesOf(sizes: readonly number[]): number[] {
  return [...new Set(sizes)].sort((a, b) => a - b);
}

function moveBetween(places: readonly Place[], event: KeyboardEvent): void {
  const steps: Readonly<Record<string, readonly [number, number]>> = {
    ArrowUp: [-1, 0],
    ArrowDown: [1, 0],
    ArrowLeft: [0, -1],
    ArrowRight: [0, 1],
  };
  const step = steps[event.key];
  const from = places.find(({ button }) => button === event.target);
  if (step === undefined || from === undefined) return;
  event.preventDefault();
  const to = places.find(({ row, column }) => row === from.row + step[0] && column === from.column + step[1]);
  if (to === undefined) return;
  from.button.tabIndex = -1;
  to.button.tabIndex = 0;
  to.button.focus();
}

function colourBy(metric: Metric | undefined, places: readonly Place[], plan: Plan): void {
  if (metric === undefined) return;
  const known = places.map(({ cell }) => metric.value(cell)).filter((value) => value !== undefined);
  const least = Math.min(...known);
  const most = Math.max(...known);
  for (const { cell, button } of places) {
    const value = metric.value(cell);
    const share = value === undefined || most === least ? 0 : heat(value, least, most);
    button.style.setProperty('--heat', String(metric.moreIsBetter === true ? 1 - share : share));
    button.classList.toggle('broken', cell.broken.length > 0);
    button.classList.toggle('answer', isAnswer(plan, cell));
    button.classList.toggle('unknown', value === undefined);
    const mark = isAnswer(plan, cell) ? '★ ' : cell.broken.length > 0 ? '✕ ' : '';
    button.textContent = mark + metric.text(cell, plan);
    const broken = cell.broken.map((constraint) => constraintWords[constraint].long).join('; ');
    const name = `${formatBytes(cell.ramBytes)} of RAM, ${cell.nvmeBytes === 0 ? 'no' : formatBytes(cell.nvmeBytes)} NVMe`;
    const state = isAnswer(plan, cell) ? ', the answer' : broken === '' ? '' : `, breaks: ${broken}`;
    button.setAttribute('aria-label', `${name}: ${metric.name} ${metric.text(cell, plan)}${state}`);
    button.title = broken === '' ? name : `${name}\n${broken}`;
  }
}

/** Values over several powers of ten are told apart by their logarithm. */
function heat(value: number, least: number, most: number): number {
  if (least > 0 && most / least > 3) return Math.log(value / least) / Math.log(most / least);
  return (value - least) / (most - least);
}

function configuration(cell: PlanCell, plan: Plan): Node[] {
  const nvme = cell.nvmeBytes === 0 ? 'no NVMe' : `${formatBytes(cell.nvmeBytes)} of NVMe`;
  const broken = cell.broken.map((constraint) => constraintWords[constraint].long);
  const state =
    broken.length > 0
      ? element('p', { class: 'bad' }, `✕ ${broken.join('; ')}.`)
      : element(
          'p',
          { class: 'good' },
          isAnswer(plan, cell) ? '★ The answer: cheapest of those that meet the target.' : '✓ Meets the target.',
        );
  const error = (value: number | undefined) =>
    value === undefined || value === 0 ? '' : ` ± ${formatShare(2 * value)}`;
  return [
    element('h3', {}, `${formatBytes(cell.ramBytes)} of RAM, ${nvme}`),
    state,
    pairs([
      ['RAM answers', `${formatShare(cell.ramHitRatio)}${error(cell.ramError)}`],
      ['NVMe answers', `${formatShare(cell.nvmeHitRatio)}${error(cell.nvmeError)}`],
      ['Misses', `${formatShare(cell.missRatio)}, ${formatCount(cell.missesPerSecond)}/s`],
      ['Mean, p99', `${formatUs(cell.meanUs)}, ${formatUs(cell.p99Us)}`],
      ['NVMe reads', `${formatCount(cell.nvmeIops)}/s, ${formatBytes(cell.nvmeReadBytesPerSecond)}/s`],
      ['NVMe written', `${formatBytes(cell.nvmeBytesWrittenPerDay)} a day`],
      ['Drive life', formatYears(cell.driveYears)],
      ['Index in RAM', formatBytes(cell.indexBytes)],
      ['Cores', cell.cores.toFixed(1)],
      ['Cost per month', formatMoney(cell.costPerMonth, plan.prices.currency)],
    ]),
  ];
}

function allCells(plan: Plan): HTMLElement {
  const rows = cellsWithAnswer(plan).map((cell) => [
    `${isAnswer(plan, cell) ? '★ ' : ''}${formatBytes(cell.ramBytes)}`,
    cell.nvmeBytes === 0 ? 'none' : formatBytes(cell.nvmeBytes),
    formatShare(cell.ramHitRatio),
    formatShare(cell.nvmeHitRatio),
    formatShare(cell.missRatio),
    formatUs(cell.meanUs),
    formatUs(cell.p99Us),
    formatCount(cell.nvmeIops),
    formatBytes(cell.nvmeReadBytesPerSecond),
    formatBytes(cell.nvmeBytesWrittenPerDay),
    formatYears(cell.driveYears),
    formatMoney(cell.costPerMonth, plan.prices.currency),
    cell.broken.map((constraint) => constraintWords[constraint].short).join(', ') || 'nothing',
  ]);
  const head = [
    'RAM',
    'NVMe',
    'RAM hits',
    'NVMe hits',
    'Misses',
    'Mean',
    'p99',
    'IOPS',
    'Read/s',
    'Written/day',
    'Drive life',
    'Cost/month',
    'Breaks',
  ];
  return asTable('All configurations', head, rows);
}
