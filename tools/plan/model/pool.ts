import { setMaxListeners } from 'node:events';
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import { assert } from '../../../tiers/base/assert.ts';
import { type Job, type JobResult, type JobShare, PROGRESS_REQUESTS, requestsOf } from './jobs.ts';

/** Between two looks at how far the workers are. */
const PROGRESS_MS = 100;
const SCRIPT = join('tools', 'plan', 'model', 'simulate.entry.js');

export interface PoolOptions {
  /** All cores by default. */
  readonly threads?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs jobs on worker threads and answers their results in order. Progress is what the workers have really passed of all requests that the jobs look at. A worker
 * needs some 200 bytes per sampled key while it works, whatever the trace's length.
 *
 * When `signal` is aborted the workers are stopped where they are, and the promise is rejected with its reason.
 */
export async function runJobs(
  jobs: readonly Job[],
  share: Omit<JobShare, 'progress'>,
  options: PoolOptions,
  onProgress: (share: number) => void,
): Promise<readonly JobResult[]> {
  options.signal?.throwIfAborted();
  if (jobs.length === 0) return [];
  const progress = new Int32Array(new SharedArrayBuffer(4));
  const total = jobs.reduce((sum, job) => sum + requestsOf(share, job.part), 1);
  const threads = Math.min(jobs.length, options.threads ?? availableParallelism());
  const workerData: JobShare = { ...share, progress };
  const pool = new Piscina({
    filename: workerScript(),
    minThreads: threads,
    maxThreads: threads,
    workerData,
    // Atomics.wait in idle workers would keep the process from ending quickly.
    atomics: 'disabled',
  });
  const timer = setInterval(() => {
    onProgress(Math.min(0.999, (Atomics.load(progress, 0) * PROGRESS_REQUESTS) / total));
  }, PROGRESS_MS);
  const stop = new AbortController();
  // Each job listens; above ten Node would warn of a leak.
  setMaxListeners(0, stop.signal);
  const abort = () => stop.abort(options.signal?.reason);
  options.signal?.addEventListener('abort', abort, { once: true });
  try {
    const results: JobResult[] = await Promise.all(jobs.map((job) => pool.run(job, { signal: stop.signal })));
    onProgress(1);
    return results;
  } catch (error) {
    options.signal?.throwIfAborted();
    throw error;
  } finally {
    clearInterval(timer);
    options.signal?.removeEventListener('abort', abort);
    await pool.destroy();
  }
}

/** The bundler puts the worker's script beside everything else it built, wherever this code ended up. */
function workerScript(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, SCRIPT)) && dirname(folder) !== folder) folder = dirname(folder);
  const path = join(folder, SCRIPT);
  assert(existsSync(path), `${SCRIPT} is built`);
  return path;
}
