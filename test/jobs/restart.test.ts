import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { derivedValue, TieredServer, until } from '../tiers/tiered-server.ts';

const HOUR = 3_600_000;
const threads = ['--server-threads', '2'];

/** The second checkpoint from now on began after everything that was acknowledged before. */
async function checkpoint(tiered: TieredServer): Promise<void> {
  const made = await tiered.figure('checkpoints');
  await until('two checkpoints', async () => (await tiered.figure('checkpoints')) >= made + 2);
}

for (const end of ['SIGTERM', 'kill -9'] as const) {
  test(`jobs survive ${end}: hot and on disk, single and repeated, in their database`, {
    timeout: 300_000,
  }, async () => {
    const dir = mkdtempSync(join(tmpdir(), 'stratakv-jobs-'));
    try {
      let tiered = await TieredServer.start(threads, { dir });
      const dueMs = Date.now() + 6000;
      await tiered.call('SELECT', 3);
      await tiered.call('KEYDB.CRON', 'single', 'single', dueMs, 1, 'redis.call("incr", KEYS[1])', 1, 'once');
      await tiered.call('KEYDB.CRON', 'cold', 'single', dueMs, 1, 'redis.call("incr", KEYS[1])', 1, 'cold:once');
      await tiered.call('KEYDB.CRON', 'repeat', 'repeat', dueMs - 50, 50, 'redis.call("incr", KEYS[1])', 1, 'often');
      await tiered.call('KEYDB.CRON', 'later', 'single', HOUR, 'redis.call("incr", "never")');
      await tiered.call('KEYDB.CRON', 'deleted', 'single', dueMs, 1, 'redis.call("incr", "never")');
      await tiered.call('TIER', 'DEMOTE', 'cold');
      await tiered.call('DEL', 'deleted');
      const deletedInTime = Date.now() < dueMs;
      await checkpoint(tiered);
      if (end === 'SIGTERM') assert.equal(await tiered.stop(), 0);
      else await tiered.kill();
      // On a very slow machine they may have run before, and what they did may be lost.
      const ranBefore = Date.now() >= dueMs;
      tiered = await TieredServer.start(threads, { dir });
      await tiered.call('SELECT', 3);
      await until('the single jobs run', async () => (await tiered.call('EXISTS', 'single', 'cold')) === '0');
      await until('the other repeats', async () => Number(await tiered.call('GET', 'often')) >= 3);
      if (!ranBefore) assert.equal(await tiered.call('GET', 'once'), '1');
      if (!ranBefore) assert.equal(await tiered.call('GET', 'cold:once'), '1');
      assert.equal(await tiered.call('EXISTS', 'repeat', 'later'), '2');
      if (deletedInTime) assert.equal(await tiered.call('EXISTS', 'never'), '0');
      await tiered.call('SELECT', 0);
      assert.equal(await tiered.call('DBSIZE'), '0');
      await tiered.stop();
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  });
}

test('a job that comes due on disk is read and runs, with its keys, when memory is scarce', {
  timeout: 300_000,
}, async () => {
  const tiered = await TieredServer.start([...threads, '--maxmemory', '4mb']);
  try {
    const script = 'redis.call("set", KEYS[2], redis.call("get", KEYS[1]))';
    const dueMs = Date.now() + 2000;
    for (let n = 0; n < 50; n++) {
      await tiered.call('SET', `from${n}`, derivedValue(`from${n}`, 0, 500));
      await tiered.call('KEYDB.CRON', `job${n}`, 'single', dueMs, 1, script, 2, `from${n}`, `to${n}`);
    }
    await tiered.call('KEYDB.CRON', 'often', 'repeat', 20, 'redis.call("incr", "runs")');
    const values = Array.from({ length: 20_000 }, (_, n) => ['SET', `k${n}`, derivedValue(`k${n}`, 0, 800)]);
    await tiered.pipeline(values);
    const names = Array.from({ length: 50 }, (_, n) => `job${n}`);
    await until('all run', async () => (await tiered.call('EXISTS', ...names)) === '0');
    for (let n = 0; n < 50; n++) assert.equal(await tiered.call('GET', `to${n}`), derivedValue(`from${n}`, 0, 500));
    const runs = Number(await tiered.call('GET', 'runs'));
    await until('the other goes on', async () => Number(await tiered.call('GET', 'runs')) > runs);
    assert.equal(await tiered.call('GET', 'k19999'), derivedValue('k19999', 0, 800));
  } finally {
    await tiered.stop();
  }
});
