// npm run bench:pressure -- [--megabytes N] [--maxmemory M] [--threads N] [--no-write]
// Writers as fast as the server lets them be until more than 1 GB has been demoted, with a reader of hot keys beside them.
// Writes bench/results/pressure.json and a table of docs/BENCHMARKS.md.
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import type { LatencySummary } from './support/histogram.ts';
import { HotReader } from './support/hot-reader.ts';
import type { LoadResult } from './support/load-options.ts';
import { LoadProcess } from './support/load-process.ts';
import { ownPlan } from './support/peers.ts';
import { Pinger } from './support/pinger.ts';
import { cpuUs, ResidentSampler, residentBytes } from './support/process-stats.ts';
import {
  describeMachine,
  machineLine,
  mib,
  microseconds,
  table,
  thousands,
  writeResult,
  writeSection,
} from './support/report.ts';
import { ServerProcess } from './support/server-process.ts';
import { readTierFigures } from './support/tier-figures.ts';

const VALUE_BYTES = 512;
/** What one record of such a value takes on disk, header and key included. */
const RECORD_BYTES = 570;

const { values: flags } = parseArgs({
  options: {
    megabytes: { type: 'string', default: '1100' },
    maxmemory: { type: 'string', default: '150mb' },
    threads: { type: 'string', default: String(Math.max(1, Math.min(availableParallelism() - 1, 4))) },
    clients: { type: 'string', default: '50' },
    phases: { type: 'string', default: '3' },
    'no-write': { type: 'boolean', default: false },
  },
});

interface Phase {
  name: string;
  load: LoadResult;
  hot: LatencySummary;
  ping: LatencySummary;
  demotedBytes: number;
  cpuUsPerOp: number;
  residentMax: number;
  stops: ReadonlyMap<string, string>;
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
const bytes = Number(flags.megabytes) * 2 ** 20;
const keys = Math.ceil(bytes / RECORD_BYTES);
const plan = ownPlan({ threads: Number(flags.threads), tiered: true, maxmemory: flags.maxmemory });
const server = await ServerProcess.start({ plan });
const load = new LoadProcess();
const phases: Phase[] = [];

async function run(
  name: string,
  options: { readShare: number; distribution: 'sequential' | 'uniform' },
): Promise<void> {
  const { pid, port, control } = server;
  const reader = await HotReader.start(port);
  const pinger = await Pinger.start(port);
  const sampler = new ResidentSampler(pid, 100);
  const before = await readTierFigures(control);
  const cpuBefore = cpuUs(pid);
  await control.send('CONFIG', 'RESETSTAT');
  const operations = Math.ceil(keys / (1 - options.readShare));
  // The same keys again make no new records, but the old ones are read or written over: each phase demotes as much as the first.
  const result = await server.watch(
    load.run({
      port,
      clients: Number(flags.clients),
      keys,
      valueBytes: VALUE_BYTES,
      operations: options.readShare > 0 ? Math.min(operations, keys) : operations,
      ...options,
    }),
  );
  const cpu = cpuUs(pid) - cpuBefore;
  const after = await readTierFigures(control);
  sampler.stop();
  const status = await control.info('everything');
  const stops = new Map([...status].filter(([field]) => /stop|stall|longest/.test(field)));
  phases.push({
    name,
    load: result,
    hot: await reader.stop(),
    ping: await pinger.stop(),
    demotedBytes: (after.coldKeys - before.coldKeys) * RECORD_BYTES,
    cpuUsPerOp: cpu / result.operations,
    residentMax: Math.max(...sampler.samples, residentBytes(pid).now),
    stops,
  });
  const { latency } = result;
  console.error(
    `${name}: ${thousands(result.opsPerSecond)} op/s over ${result.seconds.toFixed(0)} s, p50 ${latency.p50Us} p99 ${latency.p99Us} p99.9 ${latency.p999Us} max ${latency.maxUs} us`,
  );
}

try {
  await run('SET', { readShare: 0, distribution: 'sequential' });
  if (Number(flags.phases) > 1) await run('SET again', { readShare: 0, distribution: 'uniform' });
  if (Number(flags.phases) > 2) await run('90/10', { readShare: 0.9, distribution: 'uniform' });
} finally {
  await load.close();
  await server.stop();
}

const header = ['load', 'op/s', 'p50', 'p99', 'p99.9', 'max', 'hot GET p99', 'p99.9', 'max', 'CPU per op', 'RSS max'];
const rows = phases.map(({ name, load: { opsPerSecond, latency }, hot, cpuUsPerOp, residentMax }) => [
  name,
  thousands(opsPerSecond),
  ...[latency.p50Us, latency.p99Us, latency.p999Us, latency.maxUs].map(microseconds),
  ...[hot.p99Us, hot.p999Us, hot.maxUs].map(microseconds),
  `${cpuUsPerOp.toFixed(1)} µs`,
  `${mib(residentMax)} MiB`,
]);
const markdown = table(header, rows);
console.log(`\n${markdown}`);
for (const { name, stops, demotedBytes } of phases) {
  console.log(`${name}: ${mib(demotedBytes)} MiB more on disk; ${[...stops].map((pair) => pair.join('=')).join(' ')}`);
}
if (!flags['no-write']) {
  const machine = describeMachine();
  writeResult('pressure', {
    machine,
    command: server.commandLine,
    phases: phases.map((phase) => ({ ...phase, stops: [...phase.stops] })),
  });
  const head = `${machineLine(machine)} ${flags.clients} clients, ${VALUE_BYTES}-byte values, no pipelining, ${mib(bytes)} MiB of records, maxmemory ${flags.maxmemory}.`;
  writeSection('pressure', [head, '', markdown, '', '```', server.commandLine, '```'].join('\n'));
}
process.exit(0);
