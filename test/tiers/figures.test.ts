import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TieredServer, until } from './tiered-server.ts';

const names = (count: number, prefix = 'k') => Array.from({ length: count }, (_, n) => `${prefix}${n}`);

test('INFO and TIER STATUS tell where lookups were answered, how long the disk took, and what was moved', {
  timeout: 60_000,
}, async () => {
  const tiered = await TieredServer.start(['--server-threads', '2', '--maxmemory', '64mb']);
  try {
    const keys = names(300);
    await tiered.pipeline(keys.map((key) => ['SET', key, 'v'.repeat(500)]));
    assert.equal(await tiered.call('TIER', 'DEMOTE', ...keys), '300');
    await tiered.call('CONFIG', 'RESETSTAT');
    await tiered.pipeline(keys.slice(0, 100).map((key) => ['GET', key]));
    await tiered.pipeline(keys.slice(0, 60).map((key) => ['GET', key]));
    await tiered.pipeline(names(40, 'none').map((key) => ['GET', key]));
    const status = await tiered.status();
    const figure = (name: string) => Number(status.get(name));
    assert.deepEqual([figure('nvme_hits'), figure('ram_hits'), figure('misses')], [100, 60, 40]);
    assert.deepEqual(
      ['ram_hit_ratio', 'nvme_hit_ratio', 'hit_ratio'].map((name) => status.get(name)),
      ['0.3000', '0.7143', '0.8000'],
    );
    assert.equal(figure('cold_keys'), 200);
    assert.equal(figure('hot_keys'), 100);
    const percentiles = ['p50', 'p99', 'p999', 'max'].map((name) => figure(`cold_read_${name}_usec`));
    assert.ok((percentiles[0] ?? 0) > 0);
    assert.deepEqual(
      percentiles,
      percentiles.toSorted((a, b) => a - b),
    );
    assert.ok(figure('ram_bytes') > 0 && figure('ram_bytes') < 64 * 2 ** 20);
    assert.equal(figure('ram_max_bytes'), 64 * 2 ** 20);
    assert.ok(figure('bytes_written') > 300 * 500);
    assert.equal(status.get('pressure'), 'none');
    if (process.platform === 'linux') {
      assert.ok(figure('device_bytes_written') > 0, 'the kernel counts what is written');
      assert.ok(figure('write_amplification') > 0);
    }
    // INFO has the same fields, and so many lines that are `name:value` and nothing else.
    const info = (await tiered.call('INFO', 'tiers')) ?? '';
    const lines = info.split('\r\n').filter((line) => line !== '' && !line.startsWith('# '));
    assert.deepEqual(
      lines.map((line) => line.slice(0, line.indexOf(':')).replace('tier_', '')),
      [...status.keys()],
    );

    await tiered.call('CONFIG', 'RESETSTAT');
    await until('RESETSTAT empties what Redis would', async () => {
      const after = await tiered.status();
      return ['nvme_hits', 'ram_hits', 'misses', 'cold_read_max_usec'].every((name) => after.get(name) === '0');
    });
    assert.ok((await tiered.figure('promotions')) >= 100, 'movements count since the start');
  } finally {
    await tiered.stop();
  }
});

test('a thread that does not come to its event loop is told', { timeout: 60_000 }, async () => {
  const tiered = await TieredServer.start(['--server-threads', '1', '--enable-debug-command', 'yes']);
  try {
    await tiered.call('DEBUG', 'SLEEP', '2');
    await until('the stall is seen', async () => (await tiered.figure('thread_0_longest_stall_usec')) >= 1_900_000);
    assert.ok((await tiered.figure('longest_stall_usec')) >= 1_900_000);
    await tiered.call('CONFIG', 'RESETSTAT');
    await until('it is forgotten', async () => (await tiered.figure('thread_0_longest_stall_usec')) < 1_900_000);
  } finally {
    await tiered.stop();
  }
});
