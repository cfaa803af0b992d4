import { ENTRY_BYTES } from '../../../tiers/base/limits.ts';
import { OBJECT_HEADER_BYTES } from '../../../tiers/memory/object.ts';
import type { HistogramBar } from '../plan.ts';
import type { Control } from './control.ts';

/** What was learned of a server's keys by asking for a few of them. */
export interface SizeSample {
  readonly keys: number;
  readonly meanKeyBytes: number;
  /** Of those in RAM: what a key takes there beside its name. */
  readonly meanValueBytes: number;
  readonly valueSizes: readonly HistogramBar[];
  /** Share of keys that expire, and the median of what they have left. */
  readonly expiringShare: number;
  readonly medianTtlSeconds: number | undefined;
}

/** Keys asked for at a time. */
const ROUND = 64;
const ROUNDS = 16;
/** What MEMORY USAGE counts beside the name and the value. */
const OVERHEAD_BYTES = OBJECT_HEADER_BYTES + ENTRY_BYTES;

/**
 * Asks for at most 1,024 random keys, 64 at a time, each round when the last one is answered. What is asked (RANDOMKEY, TIER WHERE, MEMORY USAGE, PTTL) reads
 * no value from disk, moves none to RAM, and counts in no hit ratio. Keys of the client's database only.
 */
export async function sampleSizes(control: Control): Promise<SizeSample> {
  const nameBytes: number[] = [];
  const valueBytes: number[] = [];
  const ttls: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const drawn = await control.pipeline(Array.from({ length: ROUND }, () => ['RANDOMKEY'] as const));
    const names = drawn.filter((name): name is string => typeof name === 'string');
    if (names.length === 0) break;
    const where = await control.call('TIER', 'WHERE', ...names);
    const usage = await control.pipeline(names.map((name) => ['MEMORY', 'USAGE', name] as const));
    const left = await control.pipeline(names.map((name) => ['PTTL', name] as const));
    for (const [n, name] of names.entries()) {
      const bytes = Buffer.byteLength(name);
      nameBytes.push(bytes);
      if (Array.isArray(where) && String(where[n]).startsWith('hot'))
        valueBytes.push(Math.max(0, Number(usage[n] ?? 0) - bytes - OVERHEAD_BYTES));
      const ttl = Number(left[n] ?? -1);
      if (ttl >= 0) ttls.push(ttl / 1000);
    }
  }
  return {
    keys: nameBytes.length,
    meanKeyBytes: mean(nameBytes),
    meanValueBytes: mean(valueBytes),
    valueSizes: histogram(valueBytes),
    expiringShare: nameBytes.length === 0 ? 0 : ttls.length / nameBytes.length,
    medianTtlSeconds: ttls.toSorted((a, b) => a - b)[ttls.length >> 1],
  };
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** One bar for each power of two. */
function histogram(values: readonly number[]): readonly HistogramBar[] {
  const counts = new Map<number, number>();
  for (const value of values) {
    const from = value < 1 ? 0 : 2 ** Math.floor(Math.log2(value));
    counts.set(from, (counts.get(from) ?? 0) + 1);
  }
  return [...counts]
    .toSorted(([a], [b]) => a - b)
    .map(([from, count]) => ({ from, to: from === 0 ? 1 : from * 2, weight: count / values.length }));
}
