import type { LoadProcess } from './load-process.ts';
import { cpuUs, residentBytes } from './process-stats.ts';
import { type DriverResult, type RedisBenchmarkRun, runRedisBenchmark } from './redis-benchmark.ts';
import type { ServerProcess } from './server-process.ts';

export interface DrivenRun extends DriverResult {
  serverCpuUsPerOp: number;
  residentBytes: number;
  /** Commands that the server counted beyond those asked for, or NaN where it does not count. */
  extraCommands: number;
}

/** INFO and the CONFIG GETs that redis-benchmark begins with are counted too; more than this is a miscount. */
export const EXTRA_COMMANDS_ALLOWED = 120;

/** Drives one server with one kind of command and reads off what it cost the server. */
export function drive(
  server: ServerProcess,
  load: LoadProcess,
  redisBenchmark: string | undefined,
  run: Omit<RedisBenchmarkRun, 'port'>,
): Promise<DrivenRun> {
  return server.watch(measure(server, load, redisBenchmark, run));
}

async function measure(
  server: ServerProcess,
  load: LoadProcess,
  redisBenchmark: string | undefined,
  run: Omit<RedisBenchmarkRun, 'port'>,
): Promise<DrivenRun> {
  const counted = async () =>
    Number((await server.control.info('stats')).get('total_commands_processed') ?? Number.NaN);
  const commandsBefore = await counted();
  const cpuBefore = cpuUs(server.pid);
  const result =
    redisBenchmark === undefined
      ? await runOwnLoad(server, load, run)
      : await runRedisBenchmark(redisBenchmark, { ...run, port: server.port });
  const cpu = cpuUs(server.pid) - cpuBefore;
  return {
    ...result,
    serverCpuUsPerOp: cpu / run.operations,
    residentBytes: residentBytes(server.pid).now,
    extraCommands: (await counted()) - commandsBefore - run.operations,
  };
}

async function runOwnLoad(
  server: ServerProcess,
  load: LoadProcess,
  run: Omit<RedisBenchmarkRun, 'port'>,
): Promise<DriverResult> {
  const { test, operations, pipeline, keys, valueBytes, clients } = run;
  const shape = { operations, pipeline, keys, valueBytes, clients };
  // One generator drives several servers here, so what it remembers to have written says nothing of this one.
  const result = await load.run({ ...shape, port: server.port, readShare: test === 'get' ? 1 : 0, verifyEvery: 0 });
  if (result.errors > 0) throw new Error(`${result.errors} errors, the first: ${result.firstError}`);
  const { p50Us, p99Us, p999Us } = result.latency;
  return { opsPerSecond: result.opsPerSecond, p50Us, p99Us, p999Us, driverCpuUsPerOp: result.generatorCpuUsPerOp };
}

/** Writes every key once, with random values; rejects when the server refuses one. */
export async function fillKeys(
  server: ServerProcess,
  load: LoadProcess,
  keys: number,
  valueBytes: number,
): Promise<void> {
  const result = await server.watch(
    load.run({
      ...{ port: server.port, keys, valueBytes, operations: keys },
      ...{ pipeline: 64, distribution: 'sequential', readShare: 0 },
    }),
  );
  if (result.errors > 0) throw new Error(`${server.name} refused ${result.errors} SETs: ${result.firstError}`);
}
