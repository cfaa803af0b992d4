import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TieredServer, until } from './tiered-server.ts';

const SMALL = 30_000;
const LARGE = 2_000;

/** Fills with small values, deletes nine of ten, and fills with larger ones: what is free then lies between small values. */
async function churn(tiered: TieredServer): Promise<void> {
  const keys = Array.from({ length: SMALL }, (_, n) => n);
  await tiered.pipeline(keys.map((n) => ['SET', `small:${n}`, `${n}`.padEnd(64, 's')]));
  await tiered.pipeline(keys.filter((n) => n % 10 !== 0).map((n) => ['DEL', `small:${n}`]));
  await tiered.pipeline(Array.from({ length: LARGE }, (_, n) => ['SET', `large:${n}`, `${n}`.padEnd(1024, 'l')]));
}

async function check(tiered: TieredServer): Promise<void> {
  const small = Array.from({ length: SMALL / 10 }, (_, n) => n * 10);
  const found = await tiered.pipeline(small.map((n) => ['GET', `small:${n}`]));
  found.forEach((value, at) => {
    assert.equal(value, `${small[at]}`.padEnd(64, 's'));
  });
  const large = await tiered.pipeline(Array.from({ length: LARGE }, (_, n) => ['GET', `large:${n}`]));
  large.forEach((value, n) => {
    assert.equal(value, `${n}`.padEnd(1024, 'l'));
  });
}

for (const storage of ['none', 'flash ./flash']) {
  test(`sparse slabs are emptied while clients work, storage-provider ${storage}`, { timeout: 300_000 }, async () => {
    const tiered = await TieredServer.start(['--maxmemory', '100mb', '--server-threads', '2'], { storage });
    try {
      await churn(tiered);
      const ratio = async (): Promise<number> => Number(await tiered.info('allocator_frag_ratio', 'memory'));
      const before = await ratio();
      assert.ok(before > 1.4, `a ratio of ${before} after the churn: too little to see anything`);
      assert.equal(await tiered.info('active_defrag_hits', 'stats'), '0', 'nothing is moved unasked');
      assert.equal(
        await tiered.call('CONFIG', 'SET', 'active-defrag-ignore-bytes', '1mb', 'active-defrag-cycle-max', '75'),
        'OK',
      );
      assert.equal(await tiered.call('CONFIG', 'SET', 'activedefrag', 'yes'), 'OK');
      const others = await Promise.all([0, 1].map(() => tiered.connect()));
      let busy = true;
      const working = others.map(async (client, n) => {
        for (let round = 0; busy; round++) {
          const keys = Array.from({ length: 100 }, (_, at) => `busy:${n}:${(round * 100 + at) % 2000}`);
          await tiered.pipeline(
            keys.map((key) => ['SET', key, `${key}${round}`.padEnd(20 + (round % 80))]),
            client,
          );
          const values = await tiered.pipeline(
            keys.map((key) => ['GET', key]),
            client,
          );
          values.forEach((value, at) => {
            assert.equal(value?.trimEnd(), `${keys[at]}${round}`);
          });
        }
      });
      await until('the slabs are emptied', async () => (await ratio()) <= 1.25, 120_000);
      busy = false;
      await Promise.all(working);
      assert.ok(Number(await tiered.info('active_defrag_hits', 'stats')) > SMALL / 40);
      await check(tiered);
      assert.equal(await tiered.call('CONFIG', 'SET', 'activedefrag', 'no'), 'OK');
      await until('it stops', async () => (await tiered.info('active_defrag_running', 'memory')) === '0');
      for (const client of others) client.close();
    } finally {
      assert.equal(await tiered.stop(), 0);
    }
  });
}
