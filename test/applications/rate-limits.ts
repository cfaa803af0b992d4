import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import type { Application } from './application.ts';

const POINTS = 20;
const WINDOW_S = 1;
const CALLERS = 4;

/** rate-limiter-flexible: callers on several connections who together get so many points a second, and no more. */
export const rateLimits: Application = {
  name: 'rate limits (rate-limiter-flexible)',
  async run(port, until) {
    const clients = Array.from({ length: CALLERS }, () => new Redis({ host: '127.0.0.1', port }));
    try {
      const startedAt = Date.now();
      let granted = 0;
      let refused = 0;
      await Promise.all(
        clients.map(async (storeClient) => {
          const limiter = new RateLimiterRedis({ storeClient, points: POINTS, duration: WINDOW_S, keyPrefix: 'limit' });
          while (Date.now() < until() || refused === 0) {
            try {
              await limiter.consume('somebody');
              granted++;
            } catch (refusal) {
              if (!(refusal instanceof RateLimiterRes)) throw refusal;
              refused++;
              assert.ok(refusal.msBeforeNext <= WINDOW_S * 1000, `${refusal.msBeforeNext} ms to wait`);
              await sleep(5);
            }
          }
        }),
      );
      // Windows begin with their first call, so at most one more than have passed.
      const windows = Math.floor((Date.now() - startedAt) / (WINDOW_S * 1000)) + 1;
      assert.ok(granted <= POINTS * windows, `${granted} points in ${windows} windows`);
      assert.ok(granted >= POINTS, `${granted} granted, ${refused} refused`);
      return `${granted} granted, ${refused} refused`;
    } finally {
      for (const client of clients) client.disconnect();
    }
  },
};
