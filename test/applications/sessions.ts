import assert from 'node:assert/strict';
import { RedisStore } from 'connect-redis';
import type { SessionData } from 'express-session';
import { createClient } from 'redis';
import type { Application } from './application.ts';

const USERS = 50;
const BROWSERS = 8;

function cookieFor(n: number): SessionData {
  return { cookie: { originalMaxAge: 60_000, path: '/', user: n } } as unknown as SessionData;
}

/** connect-redis over node-redis: sessions are made, read, kept alive and ended. */
export const sessions: Application = {
  name: 'sessions (connect-redis)',
  async run(port, until) {
    const failures: Error[] = [];
    const client = createClient({ url: `redis://127.0.0.1:${port}` });
    client.on('error', (error: Error) => void failures.push(error));
    await client.connect();
    try {
      const store = new RedisStore({ client, prefix: 'session:', ttl: 60 });
      let visits = 0;
      const visit = async (n: number): Promise<void> => {
        const id = `user${n}`;
        const before = await store.get(id);
        if (before === null || before === undefined) await store.set(id, cookieFor(n));
        else {
          assert.deepEqual(before, cookieFor(n));
          if (visits % 10 === 0) await store.destroy(id);
          else await store.touch(id, before);
        }
        visits++;
      };
      await Promise.all(
        Array.from({ length: BROWSERS }, async (_, browser) => {
          for (let n = browser; Date.now() < until(); n += BROWSERS) await visit(n % USERS);
        }),
      );
      const all = await store.all();
      assert.ok(Array.isArray(all));
      assert.equal(all.length, await store.length());
      assert.ok(all.length > 0 && all.length <= USERS, `${all.length} sessions`);
      await store.clear();
      assert.equal(await store.length(), 0);
      assert.deepEqual(failures, []);
      return `${visits} visits`;
    } finally {
      client.destroy();
    }
  },
};
