import type { Region } from '../string-values.ts';
import { countDense, mergeDense } from './dense.ts';
import { estimateCardinality } from './estimate.ts';
import { HLL_AT_REGISTERS, HLL_REGISTERS, isSparse } from './layout.ts';
import { countSparse, mergeSparse } from './sparse.ts';

const histogram = new Int32Array(64);

/** The cardinality that a HyperLogLog's registers stand for; undefined when it is corrupt. */
export function countElements(region: Region): number | bigint | undefined {
  const { view, offset, length } = region;
  const start = offset + HLL_AT_REGISTERS;
  histogram.fill(0);
  if (!isSparse(region)) countDense(view, start, histogram);
  else if (!countSparse(view, start, offset + length, histogram)) return undefined;
  return estimateCardinality(histogram);
}

/** The highest value of each register over several HyperLogLogs, one byte each. Reused: one union at a time. */
export class RegisterUnion {
  readonly highest: Uint8Array = new Uint8Array(HLL_REGISTERS);

  clear(): void {
    this.highest.fill(0);
  }

  /** Takes a HyperLogLog in; false when it is corrupt. */
  add(region: Region): boolean {
    const { view, offset, length } = region;
    const start = offset + HLL_AT_REGISTERS;
    if (isSparse(region)) return mergeSparse(view, start, offset + length, this.highest);
    mergeDense(view, start, this.highest);
    return true;
  }

  /** The cardinality of the union. */
  count(): number | bigint {
    histogram.fill(0);
    for (const value of this.highest) histogram[value] = (histogram[value] ?? 0) + 1;
    return estimateCardinality(histogram);
  }
}
