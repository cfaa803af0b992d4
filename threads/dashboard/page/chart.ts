import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { Point } from '../point.ts';
import { card, el, setText } from './dom.ts';

export interface Series {
  readonly label: string;
  /** Name of a colour in page.css. */
  readonly colour: string;
  readonly value: (point: Point) => number | null;
}

export interface ChartParts {
  readonly title: string;
  readonly series: readonly Series[];
  readonly format: (value: number | null) => string;
  /** Figures that differ by powers of ten. */
  readonly logarithmic?: boolean;
  /** The largest there can be. */
  readonly max?: number;
}

const HEIGHT = 180;

/** Lines over time, with a legend that tells the newest values as text. */
export class LiveChart {
  readonly element: HTMLElement;
  private readonly parts: ChartParts;
  private readonly host: HTMLElement;
  private readonly values: readonly HTMLElement[];
  private plot: uPlot | undefined;
  private data: uPlot.AlignedData = [[]];

  constructor(parts: ChartParts) {
    this.parts = parts;
    this.host = el('div', { class: 'plot', role: 'img', 'aria-label': `${parts.title}: no figures yet` });
    this.values = parts.series.map(() => el('strong', {}, '-'));
    const legend = el(
      'ul',
      { class: 'legend' },
      ...parts.series.map(({ label, colour }, at) =>
        el(
          'li',
          {},
          el('span', { class: `swatch ${colour}`, 'aria-hidden': 'true' }),
          `${label} `,
          this.values[at] ?? '',
        ),
      ),
    );
    this.element = card(parts.title, 'chart', legend, this.host);
    new ResizeObserver(() => this.resize()).observe(this.host);
  }

  show(points: readonly Point[]): void {
    const { series, format, title } = this.parts;
    const lines = series.map(({ value }) => points.map((point) => value(point)));
    this.data = [points.map(({ at }) => at), ...lines];
    const told = series.map(({ label }, at) => {
      const newest = format(lines[at]?.at(-1) ?? null);
      const element = this.values[at];
      if (element !== undefined) setText(element, newest);
      const known = (lines[at] ?? []).filter((value) => value !== null);
      const range = known.length < 2 ? '' : `, between ${format(Math.min(...known))} and ${format(Math.max(...known))}`;
      return `${label} ${newest}${range}`;
    });
    this.host.setAttribute('aria-label', `${title}, last minutes: ${told.join('; ')}`);
    if (this.plot === undefined) this.build();
    else this.plot.setData(this.data);
  }

  /** With the colours that hold now. */
  build(): void {
    this.plot?.destroy();
    const colours = getComputedStyle(document.documentElement);
    const colour = (name: string) => colours.getPropertyValue(`--${name}`).trim();
    const { series, format, logarithmic = false, max } = this.parts;
    const axis = {
      stroke: colour('soft'),
      grid: { stroke: colour('line'), width: 1 },
      ticks: { show: false },
      font: '12px system-ui, sans-serif',
    };
    const range: uPlot.Scale.Range = (_, low, high) => {
      if (max !== undefined) return [0, max];
      if (logarithmic) return [low > 0 ? low / 1.3 : 0.1, high > 0 ? Math.max(high * 1.3, (low || 0.1) * 10) : 10];
      return [0, Math.max(high * 1.1, 1)];
    };
    const options: uPlot.Options = {
      width: Math.max(120, this.host.clientWidth),
      height: HEIGHT,
      legend: { show: false },
      cursor: { drag: { x: false, y: false } },
      scales: { x: { time: true }, y: { range, ...(logarithmic ? { distr: 3 } : {}) } },
      axes: [
        { ...axis, size: 30, space: 90, values: (_, ticks) => ticks.map(clock) },
        {
          ...axis,
          size: 70,
          space: 34,
          values: (_, ticks) => ticks.map((tick) => format(tick)),
          ...(logarithmic
            ? { splits: (_plot, _axis, low, high) => powersOfTen(low, high), filter: (_, ticks) => ticks }
            : {}),
        },
      ],
      series: [
        {},
        ...series.map(
          ({ label, colour: name }): uPlot.Series => ({
            label,
            stroke: colour(name),
            width: 2,
            spanGaps: false,
            points: { show: false },
          }),
        ),
      ],
    };
    this.plot = new uPlot(options, this.data, this.host);
  }

  private resize(): void {
    this.plot?.setSize({ width: Math.max(120, this.host.clientWidth), height: HEIGHT });
  }
}

function clock(seconds: number): string {
  return new Date(seconds * 1000).toLocaleTimeString([], { hour12: false });
}

function powersOfTen(low: number, high: number): number[] {
  const powers: number[] = [];
  for (let power = Math.ceil(Math.log10(low)); power <= Math.log10(high); power++) powers.push(10 ** power);
  return powers;
}
