// npm run bench:plan -- [--requests N] [--keys N] [--seed S] [--formats oracle,csv]
// How fast the capacity planner reads and samples traces, on one core and on all, and with how much memory: a trace is generated for each
// format below the temporary directory, read by a process of its own for each measurement, and removed. Writes bench/results/plan.json.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { generateTrace } from '../tools/plan/input/generate.ts';
import { readTrace } from '../tools/plan/input/read-trace.ts';
import { describeMachine, machineLine, mib, table, thousands, writeResult } from './support/report.ts';

const { values: flags } = parseArgs({
  options: {
    requests: { type: 'string', default: '10000000' },
    keys: { type: 'string', default: '5000000' },
    seed: { type: 'string', default: '1' },
    formats: { type: 'string', default: 'oracle,csv' },
    /** Of a process that measures: the file, and the threads that read it. */
    measure: { type: 'string' },
    threads: { type: 'string', default: '1' },
  },
});

/** What the bar demands of each core. */
const DEMAND = 2_000_000;

interface Measured {
  readonly requests: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly rssBytes: number;
  readonly sampledKeys: number;
  readonly sampledRequests: number;
}

async function measure(path: string, threads: number): Promise<Measured> {
  const before = process.cpuUsage();
  const started = performance.now();
  const trace = await readTrace({ path, threads }, () => undefined);
  const seconds = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(before);
  return {
    requests: trace.totals.requests,
    seconds,
    cpuSeconds: (user + system) / 1e6,
    rssBytes: process.resourceUsage().maxRSS * 1024,
    sampledKeys: trace.keyCount,
    sampledRequests: trace.length,
  };
}

function measureApart(path: string, threads: number): Measured {
  const args = [fileURLToPath(import.meta.url), '--measure', path, '--threads', String(threads)];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }));
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'stratakv-bench-plan-'));
  const rows: string[][] = [];
  const results: object[] = [];
  try {
    for (const format of (['oracle', 'csv'] as const).filter((name) => flags.formats.includes(name))) {
      const path = join(folder, `trace.${format === 'oracle' ? 'oracleGeneral.bin' : 'csv'}`);
      const options = { requests: Number(flags.requests), keys: Number(flags.keys), seed: Number(flags.seed) };
      const started = performance.now();
      await generateTrace({ ...options, skew: 0.99, format, out: path }, () => undefined);
      const generated = options.requests / ((performance.now() - started) / 1000);
      for (const threads of [1, availableParallelism()]) {
        const measured = measureApart(path, threads);
        const perCore = measured.requests / measured.cpuSeconds;
        results.push({ format, threads, fileBytes: statSync(path).size, generatedPerSecond: generated, ...measured });
        rows.push([
          format,
          String(threads),
          thousands(measured.requests / measured.seconds),
          thousands(perCore),
          mib(measured.rssBytes),
          thousands(measured.sampledKeys),
          thousands(measured.sampledRequests),
          thousands(generated),
          perCore >= DEMAND ? 'yes' : 'no',
        ]);
      }
      rmSync(path);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  const machine = describeMachine();
  const header = [
    'format',
    'threads',
    'requests/s',
    'requests/s of CPU',
    'RSS MiB',
    'sampled keys',
    'sampled requests',
    'generated/s',
    `${thousands(DEMAND)} a core`,
  ];
  console.log(`${machineLine(machine)}\n${thousands(Number(flags.requests))} requests\n\n${table(header, rows)}`);
  writeResult('plan', { machine, requests: Number(flags.requests), keys: Number(flags.keys), results });
}

if (flags.measure === undefined) await main();
else console.log(JSON.stringify(await measure(flags.measure, Number(flags.threads))));
