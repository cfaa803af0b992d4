import { spawn } from 'node:child_process';
import { cpuUs } from './process-stats.ts';

const CPU_SAMPLE_MS = 20;

export interface RedisBenchmarkRun {
  port: number;
  test: 'get' | 'set';
  operations: number;
  pipeline: number;
  keys: number;
  valueBytes: number;
  clients: number;
}

export interface DriverResult {
  opsPerSecond: number;
  p50Us: number;
  p99Us: number;
  p999Us: number;
  /** CPU of the driver's own process per operation. */
  driverCpuUsPerOp: number;
}

export function redisBenchmarkArgs(run: RedisBenchmarkRun): string[] {
  const { port, test, operations, pipeline, keys, valueBytes, clients } = run;
  const numbers = { p: port, n: operations, r: keys, c: clients, P: pipeline, d: valueBytes };
  return [...Object.entries(numbers).flatMap(([flag, value]) => [`-${flag}`, String(value)]), '-t', test];
}

/**
 * Runs redis-benchmark on one thread. Its full report is read rather than `--csv`, which has no p99.9. `operations` must be a
 * multiple of `pipeline`, since it sends whole pipelines.
 */
export async function runRedisBenchmark(path: string, run: RedisBenchmarkRun): Promise<DriverResult> {
  const child = spawn(path, redisBenchmarkArgs(run), { stdio: ['ignore', 'pipe', 'pipe'] });
  // Node does not tell a child's CPU time once it has ended, so the last look before that has to do.
  let driverCpuUs = 0;
  const sampler = setInterval(() => {
    try {
      driverCpuUs = cpuUs(child.pid ?? 0);
    } catch {
      // It has ended; the result is read below.
    }
  }, CPU_SAMPLE_MS);
  let text = '';
  let complaints = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    complaints += chunk;
  });
  const code = await new Promise((resolve, reject) => {
    child.once('close', resolve);
    child.once('error', reject);
  }).finally(() => clearInterval(sampler));
  if (code !== 0) throw new Error(`redis-benchmark exited with ${String(code)}: ${complaints || text.slice(-500)}`);
  return { ...parseReport(text), driverCpuUsPerOp: driverCpuUs / run.operations };
}

/** Reads the throughput and percentiles from the report's text. Throws when it does not look like one. */
export function parseReport(text: string): Omit<DriverResult, 'driverCpuUsPerOp'> {
  const throughput = /throughput summary: ([\d.]+)/.exec(text);
  const percentiles = [...text.matchAll(/^([\d.]+)% <= ([\d.]+) milliseconds \(cumulative/gm)].map(
    ([, percent, ms]) => ({
      percent: Number(percent),
      us: Number(ms) * 1000,
    }),
  );
  const summary = /avg\s+min\s+p50\s+p95\s+p99\s+max\s+([\d.]+)\s+([\d.]+)\s+([\d.]+)\s+([\d.]+)\s+([\d.]+)/.exec(text);
  if (throughput === null || summary === null) throw new Error(`not a redis-benchmark report: ${text.slice(-300)}`);
  return {
    opsPerSecond: Number(throughput[1]),
    p50Us: Number(summary[3]) * 1000,
    p99Us: Number(summary[5]) * 1000,
    p999Us: percentiles.find(({ percent }) => percent >= 99.9)?.us ?? Number.NaN,
  };
}
