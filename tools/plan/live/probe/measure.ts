import { randomFillSync } from 'node:crypto';
import { statfsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { performance } from 'node:perf_hooks';
import type { DeviceProfile, DeviceReads } from '../../plan.ts';
import { PlanError } from '../../plan-error.ts';
import { alignedBuffer, BLOCK_BYTES, CHUNK_BYTES, DeviceFile } from './device-file.ts';
import type { ProbeResult, ProbeTask } from './messages.ts';
import { ASSUMED_ENDURANCE_WRITES } from './profile.ts';
import { ReadThreads } from './read-threads.ts';

/** Below this too much of the file is in the device's own cache. */
const LEAST_BYTES = 16 * 2 ** 20;
/** What the probe leaves free on the file system. */
const SPARE_SHARE = 0.1;
/** Of the time: writing the file. The rest is for reads, the same for each depth. */
const WRITE_SHARE = 0.3;
/** Chunks under way, and different ones. */
const WRITE_DEPTH = 4;
const POOL_CHUNKS = 16;
/** Of each depth's time: not counted. */
const WARM_UP_SHARE = 0.1;
/** Of the processors' time: then they bound the reads, not the device. */
const BUSY = 0.7;

/** Measures the device below a folder; `reader`: the built reader.entry.ts. Rejects with a PlanError, or with what the file system says. */
export async function measure(
  task: ProbeTask,
  reader: URL,
  onProgress: (share: number, doing: string) => void,
): Promise<ProbeResult> {
  const bytes = affordableBytes(task);
  const warnings: string[] = [];
  if (bytes < task.bytes)
    warnings.push(`only ${Math.floor(bytes / 2 ** 20)} MiB are used: the file system has little room`);
  const file = new DeviceFile(task.folder);
  try {
    if (!file.direct)
      warnings.push(
        'this file system does not let reads past the page cache: the figures are those of RAM, not of the device',
      );
    const writeBytesPerSecond = await writeAll(file, bytes, task.seconds * WRITE_SHARE, (share) =>
      onProgress(share * WRITE_SHARE, 'writing'),
    );
    const { reads, busy } = await readAll(file, task, reader, (share, doing) =>
      onProgress(WRITE_SHARE + (1 - WRITE_SHARE) * share, doing),
    );
    if (busy > BUSY)
      warnings.push(
        'the processors were busy most of the time at some depth: the device may do more than is told here',
      );
    onProgress(1, 'done');
    const profile: DeviceProfile = {
      name: `${task.folder}, measured ${new Date().toISOString().slice(0, 10)}`,
      readBytes: BLOCK_BYTES,
      reads,
      writeBytesPerSecond: Math.round(writeBytesPerSecond),
      enduranceWrites: ASSUMED_ENDURANCE_WRITES,
    };
    return { profile, warnings };
  } finally {
    file.close();
  }
}

function affordableBytes({ folder, bytes }: ProbeTask): number {
  const { bavail, bsize } = statfsSync(folder);
  const affordable = Math.min(bytes, bavail * bsize * (1 - SPARE_SHARE));
  if (affordable < LEAST_BYTES)
    throw new PlanError(`${folder} has ${Math.floor((bavail * bsize) / 2 ** 20)} MiB free; a probe needs some 20`);
  return Math.floor(affordable / CHUNK_BYTES) * CHUNK_BYTES;
}

/** Fills the file, as far as the time allows; bytes per second, the sync at the end included. */
async function writeAll(
  file: DeviceFile,
  bytes: number,
  seconds: number,
  onProgress: (share: number) => void,
): Promise<number> {
  const pool = randomFillSync(alignedBuffer(POOL_CHUNKS * CHUNK_BYTES));
  const startedAt = performance.now();
  const mayGoOn = () =>
    file.bytes < bytes && (file.bytes < LEAST_BYTES || performance.now() - startedAt < seconds * 1000);
  let chunk = 0;
  const writer = async () => {
    while (mayGoOn()) {
      const at = (chunk++ % POOL_CHUNKS) * CHUNK_BYTES;
      await file.append(pool.subarray(at, at + CHUNK_BYTES));
      onProgress(Math.min(1, Math.max(file.bytes / bytes, (performance.now() - startedAt) / (seconds * 1000))));
    }
  };
  await Promise.all(Array.from({ length: WRITE_DEPTH }, writer));
  file.sync();
  return (file.bytes * 1000) / (performance.now() - startedAt);
}

/** Reads at all depths, and the largest share of the processors' time that one of them took. */
async function readAll(
  file: DeviceFile,
  { depths, seconds }: ProbeTask,
  reader: URL,
  onProgress: (share: number, doing: string) => void,
): Promise<{ reads: DeviceReads[]; busy: number }> {
  const threads = new ReadThreads(reader, file.fd, file.bytes / BLOCK_BYTES);
  try {
    const slotMs = (seconds * 1000 * (1 - WRITE_SHARE)) / depths.length;
    const reads: DeviceReads[] = [];
    let busy = 0;
    for (const [n, depth] of depths.entries()) {
      onProgress(n / depths.length, `reading, ${depth} at a time`);
      const before = process.cpuUsage();
      const startedAt = performance.now();
      reads.push(await threads.read(depth, slotMs * WARM_UP_SHARE, slotMs * (1 - WARM_UP_SHARE)));
      const { user, system } = process.cpuUsage(before);
      const elapsedUs = (performance.now() - startedAt) * 1000;
      busy = Math.max(busy, (user + system) / elapsedUs / availableParallelism());
    }
    return { reads, busy };
  } finally {
    await threads.close();
  }
}
