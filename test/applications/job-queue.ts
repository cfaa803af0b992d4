import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { Queue, QueueEvents, Worker } from 'bullmq';
import type { Application } from './application.ts';

const NAME = 'mail';
const WORKERS = 4;
const CONCURRENCY = 8;
/** Jobs that are added at a time, and how many may wait to be done. */
const BATCH = 20;
const MAX_UNDONE = 400;
/** How long the jobs that are left may take when no more are added. */
const PATIENCE_MS = 60_000;

/** BullMQ: producers that add jobs of all kinds, workers on other connections; each job is done once and gives its result. */
export const jobQueue: Application = {
  name: 'job queue (bullmq)',
  async run(port, until) {
    const connection = { host: '127.0.0.1', port, maxRetriesPerRequest: null };
    const done = new Map<number, number>();
    const failures: Error[] = [];
    const work = async ({ data }: { data: { readonly n: number } }): Promise<number> => {
      done.set(data.n, (done.get(data.n) ?? 0) + 1);
      return data.n * 2;
    };
    const queue = new Queue(NAME, { connection });
    const events = new QueueEvents(NAME, { connection });
    const workers = Array.from(
      { length: WORKERS },
      () => new Worker(NAME, work, { connection, concurrency: CONCURRENCY }),
    );
    let completed = 0;
    let told = 0;
    events.on('completed', () => {
      told++;
    });
    const fail = (error: Error) => void failures.push(error);
    queue.on('error', fail);
    events.on('error', fail);
    for (const worker of workers) {
      worker.on('error', fail);
      worker.on('failed', (_, error) => fail(error));
      worker.on('completed', () => {
        completed++;
      });
    }
    await events.waitUntilReady();
    try {
      let added = 0;
      const add = async (): Promise<void> => {
        const jobs = Array.from({ length: BATCH }, (_, i) => ({
          name: 'send',
          data: { n: added + i },
          opts: i % 5 === 0 ? { delay: 20 } : i % 5 === 1 ? { priority: 3 } : i % 5 === 2 ? { lifo: true } : {},
        }));
        added += BATCH;
        await queue.addBulk(jobs);
      };
      const patience = (): boolean => told === 0 && Date.now() < until() + PATIENCE_MS;
      while (Date.now() < until() || patience()) {
        if (added - done.size < MAX_UNDONE) await add();
        else await sleep(1);
      }
      for (const last = Date.now() + PATIENCE_MS; completed < added; await sleep(5)) {
        assert.deepEqual(failures, []);
        assert.ok(
          Date.now() < last,
          `${completed} of ${added} jobs done: ${JSON.stringify(await queue.getJobCounts())}`,
        );
      }
      // Events that happen before the reader's first XREAD from `$`, or that it is trimmed past, are lost by design.
      assert.ok(told > 0 && told <= added, `${told} events of ${added} jobs`);
      assert.equal(done.size, added);
      assert.ok(
        [...done.values()].every((times) => times === 1),
        'a job was done twice',
      );
      assert.deepEqual(await queue.getJobCounts('wait', 'active', 'delayed', 'failed'), {
        wait: 0,
        active: 0,
        delayed: 0,
        failed: 0,
      });
      assert.deepEqual(failures, []);
      return `${added} jobs`;
    } finally {
      await Promise.all([...workers, events, queue].map((part) => part.close()));
    }
  },
};
