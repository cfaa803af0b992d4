import { spawn, spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { MemoryCgroup } from './cgroup.ts';
import { findExecutable } from './peers.ts';

/** Random reads of one page each past the page cache, `depth` of them under way. */
export interface DeviceReads {
  depth: number;
  iops: number;
  meanUs: number;
  p99Us: number;
  /** Of fio itself, user and system. */
  cpuUsPerRead: number;
}

export interface FioPlan {
  /** On the file system that is to be measured; a file of `fileBytes` is made here and removed. */
  folder: string;
  fileBytes: number;
  runMs: number;
  depths: readonly number[];
  cgroup?: MemoryCgroup;
}

/** The part of fio's report that is used. Times in nanoseconds, CPU in percent of one processor. */
interface FioJob {
  read: {
    iops: number;
    total_ios: number;
    runtime: number;
    clat_ns: { mean: number; percentile?: Record<string, number> };
  };
  usr_cpu: number;
  sys_cpu: number;
}

/** Version of the fio on PATH, or undefined. */
export function findFio(): { path: string; version: string } | undefined {
  const path = findExecutable('fio');
  if (path === undefined) return undefined;
  return { path, version: spawnSync(path, ['--version'], { encoding: 'utf8' }).stdout.trim() };
}

/** Runs fio once for each depth. Rejects with what fio says. */
export async function measureDevice(fio: string, plan: FioPlan): Promise<DeviceReads[]> {
  const file = join(plan.folder, 'fio.dat');
  const common = ['--name=device', `--filename=${file}`, `--size=${plan.fileBytes}`, '--direct=1'];
  try {
    await run(fio, [...common, '--rw=write', '--bs=1m', '--ioengine=psync', '--end_fsync=1'], plan.cgroup);
    const results: DeviceReads[] = [];
    for (const depth of plan.depths) {
      const read = ['--rw=randread', '--bs=4k', '--norandommap', '--ioengine=libaio', `--iodepth=${depth}`];
      const time = ['--time_based', `--runtime=${plan.runMs}ms`];
      const job = await run(fio, [...common, ...read, ...time], plan.cgroup);
      const { iops, total_ios: reads, runtime, clat_ns: latency } = job.read;
      results.push({
        depth,
        iops,
        meanUs: latency.mean / 1000,
        p99Us: (latency.percentile?.['99.000000'] ?? Number.NaN) / 1000,
        cpuUsPerRead: ((job.usr_cpu + job.sys_cpu) / 100) * ((runtime * 1000) / reads),
      });
    }
    return results;
  } finally {
    rmSync(file, { force: true });
  }
}

function run(fio: string, args: readonly string[], cgroup: MemoryCgroup | undefined): Promise<FioJob> {
  const all = [...args, '--output-format=json'];
  const child =
    cgroup === undefined
      ? spawn(fio, all)
      : spawn('sh', ['-c', 'echo $$ > "$0" && exec "$@"', cgroup.procsFile, fio, ...all]);
  let out = '';
  let complaint = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint += text;
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      const job = code === 0 ? firstJob(out) : undefined;
      if (job === undefined)
        reject(new Error(`fio ${all.join(' ')} ended with ${code}: ${complaint}${out.slice(0, 500)}`));
      else resolve(job);
    });
  });
}

/** The report begins at the first brace: notes may stand before it. */
function firstJob(out: string): FioJob | undefined {
  const report = JSON.parse(out.slice(out.indexOf('{'))) as { jobs?: FioJob[] };
  return report.jobs?.[0];
}
