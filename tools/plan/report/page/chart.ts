import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { element } from './dom.ts';
import { colour, onThemeChange } from './theme.ts';

export interface ChartSeries {
  readonly name: string;
  /** Of the style sheet's colours. */
  readonly colour: string;
  readonly values: readonly (number | null)[];
  /** Upper and lower end of what the value may be. */
  readonly band?: { readonly high: readonly (number | null)[]; readonly low: readonly (number | null)[] };
  readonly dash?: number[];
}

export interface ChartSpec {
  /** What the chart shows, for those who do not see it. */
  readonly label: string;
  readonly x: readonly number[];
  readonly xName: string;
  readonly xText: (value: number) => string;
  /** `log`: powers of two; `bars`: running numbers, each a bar that `xText` names. */
  readonly kind: 'log' | 'linear' | 'bars';
  readonly yText: (value: number) => string;
  /** Distances between the lines of an axis that make round figures; uPlot's own are powers of ten. */
  readonly yIncrements?: number[];
  readonly xIncrements?: number[];
  readonly yTop?: number;
  readonly series: readonly ChartSeries[];
  readonly height: number;
}

export interface Chart {
  readonly root: HTMLElement;
  /** To be called once `root` is in the page. */
  draw(): void;
  show(series: number, visible: boolean): void;
}

const AXIS_FONT = '12px system-ui, sans-serif';

/**
 * A chart whose values can be read by mouse, finger and keyboard: with the focus on it, the arrow keys move from value to value and a line below tells
 * them, to screen readers too.
 */
export function chart(spec: ChartSpec): Chart {
  const plotPlace = element('div', {
    class: 'plot',
    tabindex: '0',
    role: 'img',
    'aria-label': `${spec.label}. Arrow keys read its values; the table below has them all.`,
  });
  const values = element('p', { class: 'values', 'aria-live': 'polite' });
  const root = element('div', { class: 'chart' }, plotPlace, values);
  const visible = spec.series.map(() => true);
  const tell = (index: number | null | undefined) => {
    values.replaceChildren(...valuesAt(spec, visible, index));
  };
  let plot: uPlot | undefined;
  const draw = () => {
    plot = new uPlot(optionsOf(spec, plotPlace.clientWidth, tell), dataOf(spec), plotPlace);
    tell(undefined);
    new ResizeObserver(() => plot?.setSize({ width: plotPlace.clientWidth, height: spec.height })).observe(plotPlace);
  };
  onThemeChange(() => plot?.redraw(false));
  let at = -1;
  plotPlace.addEventListener('keydown', (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1, Home: -spec.x.length, End: spec.x.length }[event.key];
    if (step === undefined || plot === undefined) return;
    event.preventDefault();
    at = Math.min(spec.x.length - 1, Math.max(0, at + step));
    const x = spec.x[at] ?? 0;
    const y = spec.series.find((_, index) => visible[index])?.values[at] ?? 0;
    plot.setCursor({ left: plot.valToPos(x, 'x'), top: plot.valToPos(y, 'y') });
  });
  return {
    root,
    draw,
    show(index, show) {
      visible[index] = show;
      const first = firstColumns(spec)[index] ?? 1;
      const columns = spec.series[index]?.band === undefined ? 1 : 3;
      for (let column = 0; column < columns; column++) plot?.setSeries(first + column, { show });
    },
  };
}

/** In uPlot's data each series is one column, or three with its band. */
function firstColumns(spec: ChartSpec): number[] {
  let next = 1;
  return spec.series.map(({ band }) => {
    const first = next;
    next += band === undefined ? 1 : 3;
    return first;
  });
}

function dataOf(spec: ChartSpec): uPlot.AlignedData {
  const columns = spec.series.flatMap(({ values, band }) => [
    [...values],
    ...(band === undefined ? [] : [[...band.high], [...band.low]]),
  ]);
  return [[...spec.x], ...columns];
}

function valuesAt(spec: ChartSpec, visible: readonly boolean[], index: number | null | undefined): Node[] {
  const x = index === null || index === undefined ? undefined : spec.x[index];
  if (x === undefined)
    return [element('span', { class: 'hint' }, 'Point at the chart, or use the arrow keys, to read values.')];
  const words = spec.series.flatMap((series, number) => {
    const value = series.values[index ?? 0];
    if (!visible[number] || value === null || value === undefined) return [];
    const high = series.band?.high[index ?? 0];
    const error = high === null || high === undefined ? '' : ` ± ${spec.yText(high - value)}`;
    const key = element('i', { class: 'key' });
    key.style.setProperty('background', `var(--${series.colour})`);
    return [element('span', {}, key, `${series.name} ${spec.yText(value)}${error}`)];
  });
  return [element('b', {}, `${spec.xName} ${spec.xText(x)}`), ...words];
}

function optionsOf(spec: ChartSpec, width: number, tell: (index: number | null | undefined) => void): uPlot.Options {
  const first = firstColumns(spec);
  const axis = {
    stroke: () => colour('text-soft'),
    font: AXIS_FONT,
    grid: { stroke: () => colour('line'), width: 1 },
    ticks: { stroke: () => colour('line'), width: 1 },
  };
  const range = spec.kind === 'bars' ? { range: (): [number, number] => [-0.6, spec.x.length - 0.4] } : {};
  return {
    width,
    height: spec.height,
    legend: { show: false },
    cursor: { drag: { x: false, y: false }, points: { size: 8 } },
    padding: [12, 24, 0, 0],
    scales: {
      x: { time: false, ...(spec.kind === 'log' ? { distr: 3 as const, log: 2 as const } : {}), ...range },
      y: { range: (_plot, _min, max) => [0, spec.yTop ?? (max > 0 ? max * 1.05 : 1)] },
    },
    axes: [
      {
        ...axis,
        space: 64,
        values: (_plot, splits) => splits.map((x) => axisText(spec, x)),
        ...(spec.kind === 'bars' ? barSplits(spec, width) : {}),
        ...(spec.xIncrements === undefined ? {} : { incrs: spec.xIncrements }),
      },
      {
        ...axis,
        size: 60,
        values: (_plot, splits) => splits.map((y) => spec.yText(y).replace('.0 %', ' %')),
        ...(spec.yIncrements === undefined ? {} : { incrs: spec.yIncrements }),
      },
    ],
    series: [{}, ...spec.series.flatMap((series) => seriesOf(series, spec.kind))],
    bands: spec.series.flatMap((series, index) => {
      const column = first[index] ?? 1;
      if (series.band === undefined) return [];
      return [{ series: [column + 1, column + 2] as [number, number], fill: () => colour(`${series.colour}-band`) }];
    }),
    hooks: { setCursor: [(plot) => tell(plot.cursor.idx)] },
  };
}

function axisText(spec: ChartSpec, x: number | null): string {
  if (x === null) return '';
  return spec.kind === 'bars' && spec.x[x] === undefined ? '' : spec.xText(x);
}

/** As many bars are named as there is room for. */
function barSplits(spec: ChartSpec, width: number): Pick<uPlot.Axis, 'splits'> {
  const every = Math.ceil(spec.x.length / Math.max(1, Math.floor((width - 64) / 84)));
  return { splits: () => spec.x.filter((_, index) => index % every === 0) };
}

function seriesOf(series: ChartSeries, kind: ChartSpec['kind']): uPlot.Series[] {
  const stroke = () => colour(series.colour);
  const bars = kind === 'bars' ? uPlot.paths.bars?.({ size: [0.82, 90] }) : undefined;
  const line: uPlot.Series = {
    label: series.name,
    stroke,
    width: bars === undefined ? 2 : 0,
    points: { show: false },
    ...(series.dash === undefined ? {} : { dash: series.dash }),
    ...(bars === undefined ? {} : { paths: bars, fill: () => colour(series.colour) }),
  };
  const edge: uPlot.Series = { label: `${series.name}: error`, width: 0, points: { show: false } };
  return series.band === undefined ? [line] : [line, { ...edge }, { ...edge }];
}
