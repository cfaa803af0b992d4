import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TieredServer } from './tiered-server.ts';

const MB = 2 ** 20;
const value = (n: number) => `${n}`.padEnd(1000, 'x');
const OOM = "-OOM command not allowed when used memory > 'maxmemory'.";

async function ramOnly(policy: string, body: (tiered: TieredServer) => Promise<void>): Promise<void> {
  const args = ['--maxmemory', '8mb', '--maxmemory-policy', policy, '--server-threads', '2'];
  const tiered = await TieredServer.start(args, { storage: 'none' });
  try {
    await body(tiered);
  } finally {
    assert.equal(await tiered.stop(), 0);
  }
}

const sets = (count: number, from = 0, ...rest: string[]) =>
  Array.from({ length: count }, (_, n) => ['SET', `k${from + n}`, value(from + n), ...rest]);

test('without a cold tier noeviction refuses what needs memory, and nothing else', async () => {
  await ramOnly('noeviction', async (tiered) => {
    const replies = await tiered.pipeline(sets(12_000));
    assert.ok(replies.includes('OK'));
    assert.ok(replies.every((reply) => reply === 'OK' || reply === OOM));
    assert.equal(replies.at(-1), OOM);
    const kept = replies.filter((reply) => reply === 'OK').length;
    assert.equal(await tiered.call('DBSIZE'), String(kept));
    for (let n = 0; n < 100; n++) assert.equal(await tiered.call('GET', `k${n}`), value(n));
    assert.equal(await tiered.call('APPEND', 'k0', 'x'), OOM);
    const deletions = await tiered.pipeline(sets(1000).map(([, key]) => ['DEL', key ?? '']));
    assert.ok(deletions.every((reply) => reply === '1'));
    assert.equal(await tiered.call('SET', 'again', 'v'), 'OK');
    // The mover was stuck: it wakes up when it may delete.
    await tiered.pipeline(sets(3000, 20_000));
    await tiered.call('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru');
    let last = '';
    for (let tries = 0; tries < 50 && last !== 'OK'; tries++) last = (await tiered.call('SET', 'late', value(1))) ?? '';
    assert.equal(last, 'OK');
  });
});

for (const policy of ['allkeys-lru', 'allkeys-lfu', 'allkeys-random']) {
  test(`${policy} deletes keys and never refuses`, async () => {
    await ramOnly(policy, async (tiered) => {
      for (let part = 0; part < 4; part++) {
        for (const reply of await tiered.pipeline(sets(5000, part * 5000))) assert.equal(reply, 'OK');
        const used = await tiered.usedMemory();
        assert.ok(used <= 9 * MB, `used_memory ${used}`);
      }
      const size = Number(await tiered.call('DBSIZE'));
      assert.ok(size > 4000 && size < 9000, `${size} keys`);
      assert.ok(Number(await tiered.info('evicted_keys', 'stats')) >= 20_000 - size);
    });
  });
}

for (const policy of ['volatile-lru', 'volatile-lfu', 'volatile-random', 'volatile-ttl']) {
  test(`${policy} deletes only keys that expire, and refuses when there are none`, async () => {
    await ramOnly(policy, async (tiered) => {
      for (const reply of await tiered.pipeline(sets(2000))) assert.equal(reply, 'OK');
      const expiring = Array.from({ length: 10_000 }, (_, n) => [
        ...(sets(1, 50_000 + n)[0] ?? []),
        'EX',
        String(1000 + n),
      ]);
      for (const reply of await tiered.pipeline(expiring)) assert.equal(reply, 'OK');
      assert.ok((await tiered.usedMemory()) <= 9 * MB);
      const found = await tiered.pipeline(sets(2000).map(([, key]) => ['EXISTS', key ?? '']));
      assert.ok(found.every((reply) => reply === '1'));
      if (policy === 'volatile-ttl') {
        const late = await tiered.pipeline(Array.from({ length: 500 }, (_, n) => ['EXISTS', `k${59_500 + n}`]));
        assert.ok(late.filter((reply) => reply === '1').length > 450, 'those that expire late stay');
      }
      // Nothing that expires is left in the end: refused, at once.
      const replies = await tiered.pipeline(sets(9000, 100_000));
      assert.equal(replies.at(-1), OOM);
      assert.match((await tiered.info('db0', 'keyspace')) ?? '', /expires=0/);
      assert.equal(await tiered.call('GET', 'k1'), value(1));
    });
  });
}
