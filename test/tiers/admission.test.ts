import assert from 'node:assert/strict';
import { test } from 'node:test';
import { COUNT_COLD } from '../../tiers/index/slot-tables.ts';
import type { TierPolicyName } from '../../tiers/policy/names.ts';
import { countMisses } from '../../tiers/policy/simulator/simulator.ts';
import { syntheticTraces } from '../../tiers/policy/simulator/synthetic.ts';
import { TwoTierSimulator } from '../../tiers/policy/simulator/two-tiers.ts';
import type { Admission } from '../../tiers/policy/storage-admission.ts';
import { logged } from '../support/logged.ts';
import { InProcessTiers } from './in-process.ts';
import { TieredServer, until } from './tiered-server.ts';

const GHOST_BYTES = 64 * 1024;

async function admitting(
  setting: Admission,
  scope: 'all' | 'volatile' | 'none' = 'all',
  tierPolicy: TierPolicyName = 'adaptive',
): Promise<InProcessTiers> {
  const tiers = await InProcessTiers.open({ tierPolicy });
  tiers.admission.configure(setting, scope === 'none' ? undefined : scope, GHOST_BYTES);
  return tiers;
}

test('what was never used again is dropped when it leaves RAM, and only that', async () => {
  const tiers = await admitting('reuse');
  const gone: string[] = [];
  tiers.store.onGone = (cause, _slotAt, key, start, length) => {
    gone.push(`${cause} ${Buffer.from(key.buffer, key.byteOffset + start, length).toString()}`);
  };
  tiers.set('once', 'v');
  tiers.set('used', 'v');
  assert.equal(tiers.hot('used'), 'v');
  await tiers.demoteAll();
  assert.deepEqual([tiers.where('once'), tiers.where('used')], ['none', 'cold']);
  assert.deepEqual(gone, ['evicted once']);
  assert.deepEqual([tiers.figures.evictedKeys, tiers.figures.nvmeRefused], [1, 1]);
  // Back soon: that is a use.
  tiers.set('once', 'again');
  await tiers.demoteAll();
  assert.equal(await tiers.get('once'), 'again');
  // Its record is on disk, so what replaces it is written, used or not.
  tiers.set('once', 'newer');
  await tiers.demoteAll();
  assert.equal(await (await tiers.restart()).get('once'), 'newer');
  tiers.verify();
});

test('frequency wants two uses', async () => {
  const tiers = await admitting('frequency');
  for (const expected of ['none', 'none', 'cold']) {
    tiers.set('k', 'v');
    await tiers.demoteAll();
    assert.equal(tiers.where('k'), expected);
  }
  tiers.verify();
});

test('a periodic checkpoint leaves out what may be refused, one that was asked for writes everything', async () => {
  const tiers = await admitting('reuse');
  tiers.set('once', 'v');
  tiers.set('used', 'v');
  assert.equal(tiers.hot('used'), 'v');
  await tiers.checkpoint.run(false);
  assert.deepEqual([tiers.where('once'), tiers.where('used')], ['hot dirty', 'hot']);
  await tiers.checkpoint.run();
  assert.equal(await (await tiers.restart()).get('once'), 'v');
});

test('volatile policies drop keys that expire only, noeviction drops nothing', async () => {
  const volatile = await admitting('reuse', 'volatile');
  const nothing = await admitting('reuse', 'none');
  for (const tiers of [volatile, nothing]) {
    tiers.set('stays', 'v');
    tiers.set('expires', 'v', tiers.nowMs + 100_000);
    await tiers.checkpoint.run(false);
    await tiers.demoteAll();
    assert.equal(tiers.where('stays'), 'cold');
    tiers.verify();
  }
  assert.equal(volatile.where('expires'), 'none');
  assert.equal(nothing.where('expires'), 'cold');
});

test('a server drops what was used once, where maxmemory-policy allows it, and says so where it does not', async () => {
  const tiered = await TieredServer.start([
    '--maxmemory',
    '8mb',
    '--storage-admission',
    'reuse',
    '--server-threads',
    '1',
  ]);
  try {
    await logged(tiered.server, /storage-admission reuse has no effect: maxmemory-policy noeviction/);
    await tiered.call('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru');
    let written = 0;
    await until('values are refused', async () => {
      const keys = Array.from({ length: 1000 }, (_, n) => ['SET', `k${written + n}`, 'x'.repeat(1000)]);
      for (const reply of await tiered.pipeline(keys)) assert.equal(reply, 'OK');
      written += keys.length;
      return (await tiered.figure('nvme_refused')) > 2000;
    });
    const size = Number(await tiered.call('DBSIZE'));
    const evicted = Number(await tiered.info('evicted_keys', 'stats'));
    // The mover may be at work between the two questions.
    assert.ok(size + evicted >= written && size < written - 1000, `${size} and ${evicted} of ${written}`);
    assert.equal(await tiered.call('GET', `k${written - 1}`), 'x'.repeat(1000));
  } finally {
    assert.equal(await tiered.stop(), 0);
  }
});

const SEED = 11;
const OBJECTS = 6000;
const REQUESTS = 30_000;
const VALUE = 'x'.repeat(1000);
/** Of a record: headers, a key of six bytes, the value. */
const RECORD_BYTES = 14 + 6 + 16 + VALUE.length;
const HOT_BYTES = 2 ** 20;
/** What the live tiers may differ from the simulator: points of the miss ratio, and part of the bytes written. */
const POINTS = 2;
const BYTES_SHARE = 0.1;

for (const setting of ['all', 'reuse', 'frequency'] as const) {
  test(`bytes written and misses are those of the simulator: ${setting}`, async (t) => {
    const [trace] = syntheticTraces({ seed: SEED, requests: REQUESTS, objects: OBJECTS });
    assert.ok(trace !== undefined);
    const tiers = await admitting(setting, 'all', 's3-fifo');
    const { pressure, store } = tiers;
    pressure.setMax(HOT_BYTES);
    let misses = 0;
    let hotSum = 0;
    let samples = 0;
    for (const [n, object] of trace.requests.entries()) {
      const key = `k${String(object).padStart(5, '0')}`;
      const where = tiers.where(key);
      if (where === 'cold') await tiers.fetch(key);
      else if (where === 'none') {
        misses++;
        tiers.set(key, VALUE);
      }
      if (pressure.usedBytes() > pressure.highWater) await tiers.mover.free();
      if (n % 250 !== 249) continue;
      await tiers.checkpoint.run(false);
      if (n < REQUESTS / 4) continue;
      hotSum += tiers.size() - store.tables.total(store.tables.tableOf(0), COUNT_COLD);
      samples++;
    }
    const hot = Math.round(hotSum / samples);
    const simulator = new TwoTierSimulator(hot, trace.objects, { policy: 's3-fifo', admission: setting });
    const simulated = countMisses(() => simulator, hot, trace);
    const points = ((misses - simulated) / REQUESTS) * 100;
    const written = tiers.figures.bytesWritten / RECORD_BYTES / simulator.recordsWritten;
    t.diagnostic(
      `seed ${SEED}, ${hot} objects hot: ${points.toFixed(2)} points of ${((simulated / REQUESTS) * 100).toFixed(1)} %, ${written.toFixed(3)} of the bytes`,
    );
    assert.ok(Math.abs(points) < POINTS, `${misses} misses, ${simulated} simulated`);
    assert.ok(Math.abs(written - 1) < BYTES_SHARE, `${written} of the simulated bytes`);
    pressure.setMax(0);
    tiers.verify();
  });
}
