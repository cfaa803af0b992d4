import type { LoadOptions } from './load-options.ts';

export interface Phase {
  name: string;
  load: Partial<LoadOptions>;
}

/** Sizes of one tiered run. */
export interface TieredPlan {
  keys: number;
  valueBytes: number;
  maxmemory: string;
  maxmemoryBytes: number;
  cgroupBytes: number;
  clients: number;
  /**
   * Zipf reads before the first phase, not measured, the same for every server: a cache that begins with what was loaded last reaches
   * the hit ratio that its policy gives it after about one read per key (simulated: 70 % over the first quarter of so many reads, 78 %
   * over the second, 80 % from then on, 82 % in the end).
   */
  warmUpOperations: number;
  /** Before a phase's first slice, so that the hot tier holds what the phase reads. */
  warmUpMs: number;
  sliceMs: number;
  slices: number;
  phases: readonly Phase[];
}

const phases: readonly Phase[] = [
  { name: 'Zipf 0.99 reads', load: { distribution: 'zipf', readShare: 1 } },
  { name: 'Zipf 0.99, 90/10', load: { distribution: 'zipf', readShare: 0.9 } },
  { name: 'uniform reads', load: { distribution: 'uniform', readShare: 1 } },
];

export const fullPlan: TieredPlan = {
  keys: 2_000_000,
  valueBytes: 512,
  maxmemory: '200mb',
  maxmemoryBytes: 200 << 20,
  cgroupBytes: 700 << 20,
  clients: 50,
  warmUpOperations: 2_000_000,
  warmUpMs: 5000,
  sliceMs: 8000,
  slices: 3,
  phases,
};

/** A smoke run: the same path in about five seconds. */
export const quickPlan: TieredPlan = {
  ...fullPlan,
  keys: 20_000,
  maxmemory: '4mb',
  maxmemoryBytes: 4 << 20,
  warmUpOperations: 0,
  warmUpMs: 0,
  sliceMs: 400,
  slices: 1,
};
