import type { HistogramBar } from '../plan.ts';

/** Bars per doubling. */
const STEPS = 2;

/**
 * Counts values in bars that each reach from one power of the square root of two to the next; those below 1 are in a bar of their own. For sizes and
 * distances, which span many orders of magnitude.
 */
export class LogHistogram {
  private readonly weights: number[] = [];
  private total = 0;

  add(value: number, weight: number): void {
    const bar = barOf(value);
    while (this.weights.length <= bar) this.weights.push(0);
    this.weights[bar] = (this.weights[bar] ?? 0) + weight;
    this.total += weight;
  }

  /** From the first bar with a value to the last one; weights are shares that add up to 1. */
  get bars(): readonly HistogramBar[] {
    const first = this.weights.findIndex((weight) => weight > 0);
    if (first < 0) return [];
    return this.weights
      .map((weight, bar) => ({ from: edge(bar), to: edge(bar + 1), weight: weight / this.total }))
      .slice(first)
      .filter(({ from, to, weight }) => weight > 0 || Math.ceil(from) < to);
  }
}

/** Bar 0 is what lies below 1. */
function barOf(value: number): number {
  if (value < 1) return 0;
  const bar = Math.floor(Math.log2(value) * STEPS) + 1;
  // Logarithms round; the edges decide.
  if (value < edge(bar)) return bar - 1;
  return value >= edge(bar + 1) ? bar + 1 : bar;
}

const edge = (bar: number): number => (bar === 0 ? 0 : 2 ** ((bar - 1) / STEPS));
