import assert from 'node:assert/strict';
import { test } from 'node:test';
import { logged } from '../support/logged.ts';
import { derivedValue, TieredServer, until } from './tiered-server.ts';

test('above maxstorage nothing is demoted: maxmemory-policy decides, and raising the bound ends it', {
  timeout: 300_000,
}, async () => {
  const args = ['--maxmemory', '8mb', '--maxstorage', '24mb', '--server-threads', '1'];
  const tiered = await TieredServer.start(args);
  try {
    let last: string | null = 'OK';
    const write = async (from: number): Promise<void> => {
      const keys = Array.from({ length: 100 }, (_, n) => `k${from + n}`);
      const replies = await tiered.pipeline(keys.map((key) => ['SET', key, derivedValue(key, 0, 10_000)]));
      for (const reply of replies) assert.ok(reply === 'OK' || reply?.startsWith('-OOM '), reply ?? '');
      last = replies.at(-1) ?? null;
    };
    let written = 0;
    await until(
      'noeviction refuses',
      async () => {
        await write(written);
        written += 100;
        return last !== 'OK';
      },
      30_000,
    );
    await logged(tiered.server, /reached maxstorage/);
    assert.equal(await tiered.call('GET', 'k5'), derivedValue('k5', 0, 10_000));
    await tiered.call('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru');
    await until('allkeys-lru deletes', async () => {
      await write(written);
      return last === 'OK' && Number(await tiered.info('evicted_keys', 'stats')) > 0;
    });
    await tiered.call('CONFIG', 'SET', 'maxstorage', '0', 'maxmemory-policy', 'noeviction');
    await until('everything is demoted again', async () => {
      await write(written);
      return last === 'OK';
    });
  } finally {
    assert.equal(await tiered.stop(), 0);
  }
});
