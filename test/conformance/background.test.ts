import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { TieredServer, until } from '../tiers/tiered-server.ts';

const figure = async (server: TieredServer, name: string): Promise<number> => Number(await server.info(name));

async function withServer(args: readonly string[], storage: string, body: (server: TieredServer) => Promise<void>) {
  const server = await TieredServer.start(args, { storage });
  try {
    await body(server);
  } finally {
    server.client.close();
    await server.server.stop();
  }
}

describe('what the tier thread does in the background', () => {
  for (const storage of ['none', 'flash ./flash']) {
    it(`expires keys that nobody looks up unless told not to, and counts them (${storage})`, async () => {
      await withServer(['--enable-debug-command', 'yes'], storage, async (server) => {
        await server.call('debug', 'set-active-expire', '0');
        await server.call('psetex', 'k', '1', 'v');
        await sleep(400);
        assert.equal(await server.call('dbsize'), '1');
        await server.call('debug', 'set-active-expire', '1');
        await until('the key is gone', async () => (await server.call('dbsize')) === '0');
        await until('it is counted', async () => (await figure(server, 'expired_keys')) === 1);
        await server.call('config', 'resetstat');
        await until('counted anew', async () => (await figure(server, 'expired_keys')) === 0);
      });
    });
  }

  it('counts evictions', async () => {
    await withServer(['--maxmemory', '20mb', '--maxmemory-policy', 'allkeys-lru'], 'none', async (server) => {
      const value = Buffer.alloc(10_000, 'x');
      await server.pipeline(Array.from({ length: 4000 }, (_, i) => ['set', `k${i}`, value]));
      // The mover goes on for a moment after the last write, and perhaps between two questions.
      await until('what is missing was evicted', async () => {
        const left = Number(await server.call('dbsize'));
        assert.ok(left < 4000);
        return (await figure(server, 'evicted_keys')) === 4000 - left;
      });
    });
  });

  it('counts changes since the last checkpoint, DEBUG RELOAD loses nothing', async () => {
    const args = ['--storage-flush-period', '3600000', '--enable-debug-command', 'yes'];
    await withServer(args, 'flash ./flash', async (server) => {
      await server.pipeline(Array.from({ length: 100 }, (_, i) => ['set', `k${i}`, i]));
      await server.call('expire', 'k1', '1000');
      assert.equal(await figure(server, 'rdb_changes_since_last_save'), 101);
      const digests = Array.from({ length: 100 }, (_, i) => `k${i}`);
      const before = await server.list('debug', 'digest-value', ...digests);
      assert.equal(await server.call('debug', 'reload'), 'OK');
      assert.equal(await figure(server, 'rdb_changes_since_last_save'), 0);
      assert.deepEqual(await server.list('debug', 'digest-value', ...digests), before);
      assert.equal(await server.call('dbsize'), '100');
    });
  });
});

describe('cold keys that are only replaced', () => {
  it('are not read by SET, RENAME, COPY, MOVE and BITOP', async () => {
    await withServer([], 'flash ./flash', async (server) => {
      for (const key of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) await server.call('set', key, `old ${key}`, 'ex', '1000');
      for (const key of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) await server.call('tier', 'demote', key);
      await server.call('set', 'hot', 'new');
      const reads = await server.figure('coldReads');
      assert.equal(await server.call('set', 'a', 'x', 'nx'), null);
      assert.equal(await server.call('set', 'a', 'x', 'xx', 'keepttl'), 'OK');
      assert.ok(Number(await server.call('ttl', 'a')) > 900);
      assert.equal(await server.call('copy', 'hot', 'b'), '0');
      assert.equal(await server.call('copy', 'hot', 'b', 'replace'), '1');
      assert.equal(await server.call('renamenx', 'b', 'c'), '0');
      assert.equal(await server.call('rename', 'b', 'c'), 'OK');
      assert.equal(await server.call('bitop', 'or', 'd', 'hot'), '3');
      assert.equal(await server.call('setnx', 'e', 'x'), '0');
      assert.equal(await server.call('mset', 'f', 'x'), 'OK');
      await server.call('select', '1');
      await server.call('set', 'g', 'x');
      assert.equal(await server.call('move', 'g', '0'), '0');
      await server.call('select', '0');
      assert.equal(await server.figure('coldReads'), reads);
      assert.deepEqual(await server.list('mget', 'a', 'b', 'c', 'd', 'e', 'f', 'g'), [
        'x',
        null,
        'new',
        'new',
        'old e',
        'x',
        'old g',
      ]);
      assert.equal(await server.call('ttl', 'c'), '-1');
    });
  });
});
