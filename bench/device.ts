// npm run bench:device -- [--quick] [--gib N] [--threads N] [--no-cgroup] [--no-write]
// Uniform reads of far more data than the page cache holds, so that nearly each of them waits for the device, beside what fio gets from the
// same device. Writes bench/results/device.json and the table of docs/BENCHMARKS.md.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { atLeast, renderBars } from './support/bars.ts';
import { createMemoryCgroup } from './support/cgroup.ts';
import { Contestant, findProblems, summarisePhase } from './support/contestant.ts';
import { type DeviceReads, findFio, measureDevice } from './support/fio.ts';
import { ownPlan } from './support/peers.ts';
import { ioBytesRead } from './support/process-stats.ts';
import {
  describeMachine,
  machineLine,
  microseconds,
  table,
  thousands,
  writeResult,
  writeSection,
} from './support/report.ts';
import { ServerProcess } from './support/server-process.ts';
import { readTierFigures, settleTiers } from './support/tier-figures.ts';

const { values: flags } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    gib: { type: 'string', default: '4' },
    threads: { type: 'string', default: '1' },
    'no-cgroup': { type: 'boolean', default: false },
    'no-write': { type: 'boolean', default: false },
  },
});
const VALUE_BYTES = 512;
/** What a key and its value take on disk, about. */
const RECORD_BYTES = 570;
/** Reads under way in fio: alone, as many as this server's pool is given at a time, and up to one for each client. */
const DEPTHS = [1, 4, 16, 32, 50];
const CLIENTS = 50;
/** The share of the device's reads at the clients' depth that is demanded. */
const DEMAND = 0.7;

const plan = flags.quick
  ? { keys: 20_000, maxmemory: '4mb', cgroupBytes: 700 << 20, warmUpMs: 200, runMs: 500, fileBytes: 16 << 20 }
  : {
      keys: Math.floor((Number(flags.gib) * 2 ** 30) / RECORD_BYTES),
      maxmemory: '120mb',
      cgroupBytes: 400 << 20,
      warmUpMs: 5000,
      runMs: 10_000,
      fileBytes: 1 << 30,
    };

/** One slice of the server's reads, with what they took from the device. */
async function measureServer(contestant: Contestant) {
  const { server } = contestant;
  const { keys } = plan;
  const load = { keys, valueBytes: VALUE_BYTES, clients: CLIENTS };
  await contestant.slice({ ...load, pipeline: 16, operations: keys, readShare: 0, distribution: 'sequential' }, []);
  await settleTiers(server.control);
  const reads = { ...load, readShare: 1, distribution: 'uniform' } as const;
  await contestant.slice({ ...reads, durationMs: plan.warmUpMs }, []);
  const before = { figures: await readTierFigures(server.control), bytes: ioBytesRead(server.pid) };
  const resident: number[] = [];
  const slice = await contestant.slice({ ...reads, durationMs: plan.runMs }, resident);
  const after = { figures: await readTierFigures(server.control), bytes: ioBytesRead(server.pid) };
  const coldReads = after.figures.coldReads - before.figures.coldReads;
  const phase = summarisePhase(server.name, 'uniform reads', [slice], resident);
  return {
    phase,
    coldReadsPerSecond: coldReads / slice.load.seconds,
    deviceBytesPerColdRead: (after.bytes - before.bytes) / coldReads,
  };
}

function fioRow({ depth, iops, meanUs, p99Us, cpuUsPerRead }: DeviceReads): string[] {
  const name = `fio, ${depth} under way`;
  return [name, thousands(iops), microseconds(meanUs), microseconds(p99Us), cpuUsPerRead.toFixed(1), '4.0'];
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
const log = (line: string) => console.error(line);
const cgroup = flags['no-cgroup']
  ? { refused: 'left out by --no-cgroup' }
  : createMemoryCgroup(`stratakv-device-${process.pid}`, plan.cgroupBytes);
const fence = 'refused' in cgroup ? undefined : cgroup;
const cgroupNote =
  'refused' in cgroup
    ? `No memory cgroup (${cgroup.refused}): the page cache may hold everything.`
    : `Memory cgroup v${cgroup.version} of ${plan.cgroupBytes >> 20} MiB around fio and this server.`;
log(cgroupNote);
const fio = findFio();
if (fio === undefined) {
  log(
    'fio is not installed (apt-get install fio): the device itself is not measured, and there is nothing to compare with.',
  );
}

const folder = mkdtempSync(join(tmpdir(), 'strata-device-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
const own = ownPlan({ threads: Number(flags.threads), tiered: true, maxmemory: plan.maxmemory });
const fioPlan = { folder, fileBytes: plan.fileBytes, runMs: plan.runMs / 2, depths: DEPTHS };
try {
  const fenced = fence === undefined ? {} : { cgroup: fence };
  const device = fio === undefined ? [] : await measureDevice(fio.path, { ...fioPlan, ...fenced });
  for (const { depth, iops } of device) log(`fio, ${depth} under way: ${thousands(iops)} reads/s`);
  const contestant = new Contestant(await ServerProcess.start({ plan: own, ...fenced }));
  let measured: Awaited<ReturnType<typeof measureServer>>;
  try {
    measured = await measureServer(contestant);
  } finally {
    await contestant.close();
  }
  const { phase, coldReadsPerSecond, deviceBytesPerColdRead } = measured;
  const atClients = device.find(({ depth }) => depth === CLIENTS)?.iops ?? Number.NaN;
  const what = `cold reads/s of ${CLIENTS} clients against fio's reads/s, ${CLIENTS} under way`;
  const bars = device.length === 0 ? [] : [atLeast(what, coldReadsPerSecond / atClients, DEMAND)];
  const ownRow = [
    `${phase.server}, ${CLIENTS} clients`,
    thousands(coldReadsPerSecond),
    microseconds(phase.p50Us),
    microseconds(phase.p99Us),
    phase.serverCpuUsPerOp.toFixed(1),
    (deviceBytesPerColdRead / 1024).toFixed(1),
  ];
  const header = ['', 'reads from disk/s', 'mean (fio), p50 (server)', 'p99', 'CPU µs', 'KiB from the device per read'];
  const rendered = renderBars(bars);
  const markdown = [table(header, [...device.map(fioRow), ownRow]), ...(rendered === '' ? [] : ['', rendered])].join(
    '\n',
  );
  console.log(`\n${markdown}`);
  const problems = findProblems(phase);
  for (const problem of problems) console.error(`problem: ${problem}`);
  if (!flags.quick && !flags['no-write'] && fio !== undefined && problems.length === 0) {
    const machine = describeMachine();
    const keysNote = `${thousands(plan.keys)} keys of ${VALUE_BYTES} bytes, maxmemory ${plan.maxmemory}.`;
    writeResult('device', { machine, fio: fio.version, plan, cgroup: cgroupNote, device, bars, ...measured });
    writeSection(
      'device',
      [`${machineLine(machine)} ${fio.version}. ${keysNote} ${cgroupNote}`, '', markdown].join('\n'),
    );
  }
  process.exitCode = problems.length === 0 ? 0 : 1;
} finally {
  fence?.remove();
}
process.exit();
