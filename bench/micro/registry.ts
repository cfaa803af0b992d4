import type { MicroBenchmark } from './harness.ts';
import { parserBenchmarks } from './parser.bench.ts';
import { storageBenchmarks } from './storage.bench.ts';
import { writerBenchmarks } from './writer.bench.ts';

/** Every in-process benchmark. To add one, write `bench/micro/<room>.bench.ts` like parser.bench.ts and list it here. */
export const microBenchmarks: readonly MicroBenchmark[] = [
  ...parserBenchmarks,
  ...writerBenchmarks,
  ...storageBenchmarks,
];
