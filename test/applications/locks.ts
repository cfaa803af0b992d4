import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redlock } from '@sesamecare-oss/redlock';
import { Redis } from 'ioredis';
import type { Application } from './application.ts';

const HOLDERS = 6;
const COUNTER = 'locks:counter';
const LOCK_MS = 5000;

/** Redlock: several holders of one lock read, wait, and write a counter; without the lock they would lose increments. */
export const locks: Application = {
  name: 'locks (redlock)',
  async run(port, until) {
    const clients = Array.from({ length: HOLDERS }, () => new Redis({ host: '127.0.0.1', port }));
    try {
      let increments = 0;
      await Promise.all(
        clients.map(async (client) => {
          const redlock = new Redlock([client], { retryCount: -1, retryDelay: 5, retryJitter: 5 });
          while (Date.now() < until()) {
            const lock = await redlock.acquire(['locks:resource'], LOCK_MS);
            const count = Number((await client.get(COUNTER)) ?? 0);
            await sleep(1);
            await client.set(COUNTER, count + 1);
            increments++;
            await lock.release();
          }
        }),
      );
      assert.equal(Number(await clients[0]?.get(COUNTER)), increments);
      return `${increments} times held`;
    } finally {
      for (const client of clients) client.disconnect();
    }
  },
};
