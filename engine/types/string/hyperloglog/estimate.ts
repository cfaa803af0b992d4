import { HLL_RANK_BITS, HLL_REGISTERS } from './layout.ts';

/**
 * The estimator of Otmar Ertl, "New cardinality estimation algorithms for HyperLogLog sketches" (2017, arXiv:1702.01284), algorithm 6, in
 * the order of operations of redis 7.0, so that every bit of every double is the same.
 */

/** 1 / (2 ln 2), the double next to it. */
const ALPHA_INFINITY = 0.7213475204444817;
/** What C's llroundl answers, on x86-64, for numbers beyond int64: registers that no adding of elements makes. */
const OVERFLOWN = -(2n ** 63n);

/** The cardinality that a histogram of register values stands for. Values above 51 occur in made-up sketches only, and count for nothing. */
export function estimateCardinality(histogram: Int32Array): number | bigint {
  const m = HLL_REGISTERS;
  let z = m * tau((m - (histogram[HLL_RANK_BITS + 1] ?? 0)) / m);
  for (let value = HLL_RANK_BITS; value >= 1; value--) {
    z += histogram[value] ?? 0;
    z *= 0.5;
  }
  z += m * sigma((histogram[0] ?? 0) / m);
  const estimate = (ALPHA_INFINITY * m * m) / z;
  if (!(estimate < 2 ** 63)) return OVERFLOWN;
  const rounded = Math.round(estimate);
  return Number.isSafeInteger(rounded) ? rounded : BigInt(rounded);
}

function sigma(start: number): number {
  if (start === 1) return Number.POSITIVE_INFINITY;
  let x = start;
  let y = 1;
  let z = x;
  for (let before = Number.NaN; before !== z; ) {
    x *= x;
    before = z;
    z += x * y;
    y += y;
  }
  return z;
}

function tau(start: number): number {
  if (start === 0 || start === 1) return 0;
  let x = start;
  let y = 1;
  let z = 1 - x;
  for (let before = Number.NaN; before !== z; ) {
    x = Math.sqrt(x);
    before = z;
    y *= 0.5;
    z -= (1 - x) * (1 - x) * y;
  }
  return z / 3;
}
