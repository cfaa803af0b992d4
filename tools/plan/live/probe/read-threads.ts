import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { DeviceReads } from '../../plan.ts';
import { PlanError } from '../../plan-error.ts';
import { type ReadOrder, type ReadReport, summarise } from './read-times.ts';

/** Up to so many reads at a time each have a thread of Node's. */
const MOST_IN_TURN = 4;
/** Threads that share more between them. */
const MOST_LOOPS = 4;

/**
 * Threads that read a file block by block. A thread that waits in the kernel adds nothing to the device's time, while a read by libuv's pool is handed from
 * thread to thread twice; but dozens of Node's threads cost more than that. So a few reads are made by a thread each, many by the pool.
 */
export class ReadThreads {
  private readonly workers: Worker[] = [];
  private readonly script: URL;
  private readonly fd: number;
  private readonly blocks: number;

  constructor(script: URL, fd: number, blocks: number) {
    this.script = script;
    this.fd = fd;
    this.blocks = blocks;
  }

  /** Reads with `depth` reads at a time for so long. Rejects with a thread's error. */
  async read(depth: number, warmUpMs: number, ms: number): Promise<DeviceReads> {
    const threads = depth <= MOST_IN_TURN ? depth : Math.min(MOST_LOOPS, Math.max(1, availableParallelism() - 1));
    while (this.workers.length < threads) await this.start();
    const orders = this.workers
      .slice(0, threads)
      .map((worker, n) => ask(worker, { depth: Math.floor((depth + n) / threads), warmUpMs, ms }));
    const reads = summarise(depth, await Promise.all(orders));
    if (reads === undefined) throw new PlanError(`no read ended within ${Math.round(ms)} ms`);
    return reads;
  }

  async close(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.terminate()));
  }

  private start(): Promise<void> {
    const workerData = { fd: this.fd, blocks: this.blocks };
    const worker = new Worker(this.script, { workerData });
    this.workers.push(worker);
    return new Promise((resolve, reject) => {
      worker.once('error', reject);
      worker.once('online', () => {
        worker.off('error', reject);
        resolve();
      });
    });
  }
}

function ask(worker: Worker, order: ReadOrder): Promise<ReadReport> {
  return new Promise((resolve, reject) => {
    worker.once('error', reject);
    worker.once('message', (report: ReadReport) => {
      worker.off('error', reject);
      resolve(report);
    });
    worker.postMessage(order);
  });
}
