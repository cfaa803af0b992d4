import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TieredServer, until } from './tiered-server.ts';

/** STRATAKV_VOLATILE_KEYS=200000 is the campaign whose figures are in docs/decisions/0011-cold-tier-housekeeping.md: 100 s. */
const KEYS = Number(process.env.STRATAKV_VOLATILE_KEYS ?? 8000);
const CAMPAIGN = KEYS >= 200_000;
const COLD = 300;
const VALUE = 'x'.repeat(500);
const PATIENCE_MS = 300_000;

test('many volatile keys through a small hot tier leave nothing behind', { timeout: 600_000 }, async (t) => {
  const tiered = await TieredServer.start(['--maxmemory', CAMPAIGN ? '16mb' : '4mb', '--server-threads', '1']);
  try {
    const startedAt = performance.now();
    for (let from = 0; from < KEYS; from += 1000) {
      const ttl = (n: number) => String(1000 + ((n * 7919) % 4000));
      const sets = Array.from({ length: 1000 }, (_, n) => ['SET', `k${from + n}`, VALUE, 'PX', ttl(from + n)]);
      for (const reply of await tiered.pipeline(sets)) assert.equal(reply, 'OK');
    }
    // Whatever the machine's pace: these are cold when they expire.
    const cold = Array.from({ length: COLD }, (_, n) => `cold${n}`);
    await tiered.pipeline(cold.map((key) => ['SET', key, VALUE, 'PX', '4000']));
    await tiered.call('TIER', 'DEMOTE', ...cold);
    await until('all keys are gone', async () => (await tiered.call('DBSIZE')) === '0', PATIENCE_MS);
    assert.equal(await tiered.info('db0', 'keyspace'), undefined);
    await until('each was counted', async () => Number(await tiered.info('expired_keys', 'stats')) >= KEYS + COLD);
    assert.equal(await tiered.info('expired_keys', 'stats'), String(KEYS + COLD));
    await until('their slots were swept', async () => (await tiered.figure('expiry_backlog')) === 0);
    const seconds = (performance.now() - startedAt) / 1000;
    const sweep = await tiered.figure('expiry_sweep_ms');
    t.diagnostic(`${KEYS} keys in ${seconds.toFixed(1)} s, ${sweep} ms of the sweep's requests`);
    if (!CAMPAIGN) return;
    const written = await tiered.figure('bytes_written');
    await until('the disk is compacted', async () => (await tiered.figure('cold_bytes')) < written / 4, PATIENCE_MS);
  } finally {
    assert.equal(await tiered.stop(), 0);
  }
});
