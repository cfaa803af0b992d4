import type { Plan, PlanCell } from '../../plan.ts';
import { cellsWithAnswer, isAnswer } from '../cells.ts';
import { formatCount, formatMoney, formatUs, formatYears, shortBytes, shortShare } from '../format.ts';
import { constraintWords } from '../words.ts';
import { paint, type TextStyle, wrap } from './style.ts';

interface Column {
  readonly head: readonly [string, string];
  readonly value: (cell: PlanCell) => string;
  /** What is left out first when the terminal is too narrow: the highest number. 0 stays. */
  readonly spare: number;
}

function columnsOf(plan: Plan): Column[] {
  return [
    { head: ['', 'RAM'], value: (cell) => shortBytes(cell.ramBytes), spare: 0 },
    { head: ['', 'NVMe'], value: (cell) => (cell.nvmeBytes === 0 ? '-' : shortBytes(cell.nvmeBytes)), spare: 0 },
    { head: ['hits', 'RAM'], value: (cell) => shortShare(cell.ramHitRatio), spare: 2 },
    { head: ['hits', 'NVMe'], value: (cell) => shortShare(cell.nvmeHitRatio), spare: 2 },
    { head: ['', 'misses'], value: (cell) => shortShare(cell.missRatio), spare: 0 },
    { head: ['misses', '/s'], value: (cell) => formatCount(cell.missesPerSecond), spare: 7 },
    { head: ['latency', 'mean'], value: (cell) => narrow(formatUs(cell.meanUs)), spare: 3 },
    { head: ['', 'p99'], value: (cell) => narrow(formatUs(cell.p99Us)), spare: 0 },
    { head: ['NVMe', 'IOPS'], value: (cell) => formatCount(cell.nvmeIops), spare: 5 },
    { head: ['read', '/s'], value: (cell) => shortBytes(cell.nvmeReadBytesPerSecond), spare: 8 },
    { head: ['written', '/day'], value: (cell) => shortBytes(cell.nvmeBytesWrittenPerDay), spare: 6 },
    { head: ['drive', 'life'], value: (cell) => narrow(formatYears(cell.driveYears)), spare: 4 },
    {
      head: [plan.prices.currency.slice(0, 6), '/month'],
      value: (cell) => narrow(formatMoney(cell.costPerMonth, '')),
      spare: 0,
    },
    { head: ['', 'breaks'], value: breaksOf, spare: 0 },
  ];
}

function narrow(text: string): string {
  return text.replaceAll(' ', '');
}

function breaksOf(cell: PlanCell): string {
  const [first, ...others] = cell.broken;
  if (first === undefined) return 'ok';
  return constraintWords[first].short + (others.length === 0 ? '' : `+${others.length}`);
}

/** The table of RAM x NVMe; the answer's row is marked by `>`. */
export function cellsTable(plan: Plan, style: TextStyle): string[] {
  const columns = columnsOf(plan);
  const cells = cellsWithAnswer(plan);
  const rows = cells.map((cell) => columns.map((column) => column.value(cell)));
  const widths = columns.map((column, index) =>
    Math.max(...column.head.map((word) => word.length), ...rows.map((row) => row[index]?.length ?? 0)),
  );
  const { shown, gap } = layout(columns, widths, style.width);
  const line = (values: readonly string[], mark: string) => {
    const fields = shown.map((index) => align(values[index] ?? '', widths[index] ?? 0, index, columns.length));
    return `${mark} ${fields.join(' '.repeat(gap))}`.trimEnd();
  };
  const lines = [0, 1].map((row) =>
    paint(
      style,
      'dim',
      line(
        columns.map(({ head }) => head[row] ?? ''),
        ' ',
      ),
    ),
  );
  let lastRam = -1;
  cells.forEach((cell, index) => {
    const answers = isAnswer(plan, cell);
    const values = [...(rows[index] ?? [])];
    if (cell.ramBytes === lastRam && !answers) values[0] = '';
    lastRam = cell.ramBytes;
    const colour = answers ? 'green' : cell.broken.length > 0 ? 'dim' : undefined;
    lines.push(paint(style, colour, line(values, answers ? '>' : ' ')));
  });
  return [...lines, ...legend(plan, columns, shown, style)];
}

/** Figures to the right, the last column's words to the left. */
function align(value: string, width: number, index: number, columns: number): string {
  return index === columns - 1 ? value.padEnd(width) : value.padStart(width);
}

/** Columns come closer together first, then those that can be spared are left out. */
function layout(columns: readonly Column[], widths: readonly number[], room: number): { shown: number[]; gap: number } {
  let shown = columns.map((_, index) => index);
  const fits = (gap: number) => shown.reduce((sum, index) => sum + (widths[index] ?? 0) + gap, 2 - gap) <= room;
  if (fits(2)) return { shown, gap: 2 };
  for (let spare = 8; spare > 0 && !fits(1); spare--) shown = shown.filter((index) => columns[index]?.spare !== spare);
  return { shown, gap: fits(2) ? 2 : 1 };
}

function legend(plan: Plan, columns: readonly Column[], shown: readonly number[], style: TextStyle): string[] {
  const broken = [...new Set(plan.cells.flatMap((cell) => cell.broken))];
  const words = broken.map((constraint) => `${constraintWords[constraint].short}: ${constraintWords[constraint].long}`);
  const lines = words.length === 0 ? [] : wrap(`breaks  ${words.join('; ')}`, style.width, '        ');
  const left = columns.filter((_, index) => !shown.includes(index)).map(({ head }) => head.join(' ').trim());
  if (left.length > 0)
    lines.push(...wrap(`Left out for want of width: ${left.join(', ')}; --json and --html have them.`, style.width));
  return lines.map((line) => paint(style, 'dim', line));
}
