/**
 * An in-process benchmark. `run(n)` does n operations and returns a number that depends on all of them; `check` says whether that
 * number is right. So the smoke size is a test, and the optimizer cannot leave the work out.
 */
export interface MicroBenchmark {
  /** `room: what one operation is`. */
  name: string;
  /** Operations of one timed batch: enough for about 10 ms in `full`, for a test's worth in `smoke`. */
  sizes: { smoke: number; full: number };
  /** Builds what `run` works on; called once per measurement, not timed. */
  setup(): MicroRun;
}

export interface MicroRun {
  run(n: number): number;
  check(result: number, n: number): boolean;
  /** Releases what `setup` took (memory, threads). */
  close?(): void;
}

export interface MicroResult {
  name: string;
  operations: number;
  nsPerOp: number;
  /** User and system time of the whole process, so that work on other threads and of the collector shows. */
  cpuNsPerOp: number;
}

const BATCHES = { smoke: 2, full: 30 };
const WARM_UP_BATCHES = { smoke: 0, full: 5 };

/** Measures one benchmark: the median batch's time and the mean CPU. Throws when a result is wrong. */
export function measure(benchmark: MicroBenchmark, size: 'smoke' | 'full'): MicroResult {
  const work = benchmark.setup();
  const n = benchmark.sizes[size];
  const runChecked = () => {
    const result = work.run(n);
    if (!work.check(result, n)) throw new Error(`${benchmark.name}: ${n} operations gave ${result}, which is wrong`);
  };
  try {
    for (let i = 0; i < WARM_UP_BATCHES[size]; i++) runChecked();
    const times: number[] = [];
    const cpuBefore = process.cpuUsage();
    for (let i = 0; i < BATCHES[size]; i++) {
      const startedAt = performance.now();
      runChecked();
      times.push(performance.now() - startedAt);
    }
    const cpu = process.cpuUsage(cpuBefore);
    const operations = n * times.length;
    const middle = times.toSorted((a, b) => a - b)[times.length >> 1] ?? 0;
    return {
      name: benchmark.name,
      operations,
      nsPerOp: (middle * 1e6) / n,
      cpuNsPerOp: ((cpu.user + cpu.system) * 1000) / operations,
    };
  } finally {
    work.close?.();
  }
}
