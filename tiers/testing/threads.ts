import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

/** Runs one worker thread per item of `data` (its `workerData`) and waits until all have left; rejects with the first error. */
export async function runThreads(script: URL, data: readonly unknown[]): Promise<void> {
  const workers = data.map((workerData) => new Worker(script, { workerData }));
  try {
    // `once` rejects when the worker emits an error.
    await Promise.all(workers.map((worker) => once(worker, 'exit')));
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}
