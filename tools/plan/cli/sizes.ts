import type { WorkloadFacts } from '../plan.ts';

const MB = 2 ** 20;
/** RAM of a hot key besides its name and value (docs/STATUS.md); enough for choosing sizes. */
const HOT_KEY_BYTES = 48;
const LEAST_RAM = 16 * MB;
const ramParts = [64, 32, 16, 8, 4, 2, 1];
const nvmeParts = [4, 2, 1, 0.5];
export const DEFAULT_RAM_SIZES: number = ramParts.length;
export const DEFAULT_NVME_SIZES: number = nvmeParts.length + 1;

/**
 * Sizes to look at when none are given: RAM from a 64th of all keys and values to all of them, NVMe from none to twice as much. Powers of two, which is
 * how memory is sold.
 */
export function defaultSizes(facts: WorkloadFacts): { readonly ramBytes: number[]; readonly nvmeBytes: number[] } {
  const { distinctKeys, meanKeyBytes, meanValueBytes } = facts.totals;
  const all = powerAbove(distinctKeys * (meanKeyBytes + meanValueBytes + HOT_KEY_BYTES));
  const ramBytes = ramParts.map((part) => Math.max(LEAST_RAM, all / part));
  const nvmeBytes = nvmeParts.map((part) => Math.max(LEAST_RAM, all / part));
  return { ramBytes: [...new Set(ramBytes)], nvmeBytes: [0, ...new Set(nvmeBytes)] };
}

function powerAbove(bytes: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(LEAST_RAM, bytes)));
}
