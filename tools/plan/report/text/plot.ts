import type { Curve } from '../../plan.ts';
import { curveAt, inOrder } from '../curves.ts';
import { shortBytes, shortShare } from '../format.ts';
import { policyNames } from '../words.ts';
import { type Colour, paint, type TextStyle } from './style.ts';

/** How each curve is drawn: the earlier ones lie above the later ones. */
const pens: Readonly<Record<Curve['policy'], { readonly mark: string; readonly colour: Colour }>> = {
  server: { mark: '●', colour: 'green' },
  's3-fifo': { mark: '+', colour: 'cyan' },
  lru: { mark: 'x', colour: 'yellow' },
  belady: { mark: '·', colour: 'magenta' },
};
const BAND = '░';

const PLOT_HEIGHT = 16;
const AXIS_WIDTH = 7;

/**
 * Miss ratio by RAM, drawn in characters; the x axis is logarithmic. Around the first curve's points lies its error, two standard errors to each
 * side.
 */
export function curvesPlot(curves: readonly Curve[], style: TextStyle): string[] {
  const drawn = inOrder(curves).filter(({ points }) => points.length > 1);
  if (drawn.length === 0) return ['No curves: the workload gave none.'];
  const columns = Math.max(20, Math.min(style.width, 110) - AXIS_WIDTH - 2);
  const sizes = drawn.flatMap((curve) => curve.points.map(({ ramBytes }) => ramBytes));
  const from = Math.log2(Math.min(...sizes));
  const to = Math.log2(Math.max(...sizes));
  const top = niceTop(Math.max(...drawn.flatMap((curve) => curve.points.map(({ missRatio }) => missRatio))));
  const sizeAt = (column: number) => 2 ** (from + ((to - from) * column) / (columns - 1));
  const canvas = Array.from({ length: PLOT_HEIGHT }, () => new Array<string>(columns).fill(' '));
  const put = (row: number, column: number, text: string) => {
    const line = canvas[row];
    if (line?.[column] === ' ' || (line !== undefined && text !== BAND && line[column]?.includes(BAND)))
      line[column] = text;
  };
  const rowOf = (missRatio: number) =>
    Math.min(PLOT_HEIGHT - 1, Math.max(0, Math.round((1 - missRatio / top) * (PLOT_HEIGHT - 1))));
  for (const curve of drawn) {
    const pen = pens[curve.policy];
    for (let column = 0; column < columns; column++) {
      const at = curveAt(curve, sizeAt(column));
      if (at !== undefined) put(rowOf(at.missRatio), column, paint(style, pen.colour, pen.mark));
    }
  }
  const [first] = drawn;
  if (first !== undefined)
    for (let column = 0; column < columns; column++) {
      const at = curveAt(first, sizeAt(column));
      if (at === undefined || at.error === undefined) continue;
      const high = rowOf(at.missRatio + 2 * at.error);
      const low = rowOf(at.missRatio - 2 * at.error);
      for (let row = high; row <= low; row++) put(row, column, paint(style, pens[first.policy].colour, BAND));
    }
  return [...withAxes(canvas, top, from, to), ...plotLegend(drawn, style)];
}

function niceTop(highest: number): number {
  for (const top of [0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8]) if (highest <= top) return top;
  return 1;
}

function withAxes(canvas: readonly (readonly string[])[], top: number, from: number, to: number): string[] {
  const columns = canvas[0]?.length ?? 0;
  const lines = canvas.map((row, index) => {
    const labelled = index % 5 === 0;
    const label = labelled ? shortShare(top * (1 - index / (PLOT_HEIGHT - 1))) : '';
    return `${label.padStart(AXIS_WIDTH)} ${labelled ? '┤' : '│'}${row.join('')}`.trimEnd();
  });
  const ticks = new Array<string>(columns).fill('─');
  const labels = new Array<string>(columns + AXIS_WIDTH + 2).fill(' ');
  const gap = (to - from) / Math.max(1, Math.floor(columns / 12));
  let free = 0;
  for (let log = Math.ceil(from - 1e-9); log <= to + 1e-9; log += Math.max(1, Math.ceil(gap))) {
    const column = to === from ? 0 : Math.round(((log - from) / (to - from)) * (columns - 1));
    const text = shortBytes(2 ** log);
    const start = Math.min(
      columns + AXIS_WIDTH + 2 - text.length,
      Math.max(free, column + AXIS_WIDTH + 2 - (text.length >> 1)),
    );
    if (start < free) continue;
    ticks[column] = '┬';
    for (let index = 0; index < text.length; index++) labels[start + index] = text[index] ?? '';
    free = start + text.length + 2;
  }
  return [...lines, `${' '.repeat(AXIS_WIDTH)} └${ticks.join('')}`, labels.join('').trimEnd()];
}

/** Names beside what draws them, in as many lines as they need. */
function plotLegend(drawn: readonly Curve[], style: TextStyle): string[] {
  const indent = ' '.repeat(AXIS_WIDTH + 2);
  const words = drawn.map(({ policy }) => ({ ...pens[policy], name: policyNames[policy] }));
  const [first] = drawn;
  if (first?.points.some(({ error }) => error !== undefined) === true)
    words.push({ mark: BAND, colour: pens[first.policy].colour, name: 'two standard errors' });
  const lines: string[] = [];
  let used = Number.POSITIVE_INFINITY;
  for (const { mark, colour, name } of words) {
    const length = 2 + name.length;
    const fits = used + 3 + length <= style.width;
    const word = `${paint(style, colour, mark)} ${name}`;
    if (fits) lines.push(`${lines.pop() ?? ''}   ${word}`);
    else lines.push(indent + word);
    used = fits ? used + 3 + length : indent.length + length;
  }
  return lines;
}
