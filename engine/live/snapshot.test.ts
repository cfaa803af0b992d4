import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Reading } from './reading.ts';
import { snapshotOf } from './snapshot-of.ts';

function reading(atMs: number, info: Record<string, string | number>, more: Partial<Reading> = {}): Reading {
  return {
    atMs,
    info: new Map(Object.entries({ run_id: 'a', ...info }).map(([name, value]) => [name, String(value)])),
    commands: new Map(),
    latencies: undefined,
    threads: undefined,
    hotKeys: undefined,
    slots: undefined,
    curve: undefined,
    missing: [],
    ...more,
  };
}

const thread = { thread: '0', clients: 1, blockedClients: 0, heapBytes: 1, longestStallUsec: 5, silentMs: 0 };

test('rates are over the time between two readings', () => {
  const get = { calls: 100, usec: 500, rejected: 0, failed: 0 };
  const before = reading(
    1000,
    { total_commands_processed: 100, used_cpu_user: '1.0', used_cpu_sys: '0.5', keyspace_hits: 10, keyspace_misses: 0 },
    { commands: new Map([['get', get]]), threads: [{ ...thread, busyUsec: 1e6, idleUsec: 1e6 }] },
  );
  const now = reading(
    3000,
    {
      total_commands_processed: 600,
      used_cpu_user: '3.0',
      used_cpu_sys: '0.5',
      keyspace_hits: 40,
      keyspace_misses: 10,
    },
    {
      commands: new Map([
        ['get', { calls: 400, usec: 2000, rejected: 0, failed: 2 }],
        ['set', { calls: 1000, usec: 1000, rejected: 0, failed: 0 }],
      ]),
      latencies: new Map([['get', [[4, 400]]]]),
      threads: [{ ...thread, busyUsec: 1.5e6, idleUsec: 2.5e6 }],
    },
  );
  const snapshot = snapshotOf(before, now);
  assert.equal(snapshot.seconds, 2);
  assert.equal(snapshot.operations.perSecond, 250);
  assert.equal(snapshot.operations.hitShare, 0.75);
  assert.equal(snapshot.server.cpuCores, 1);
  const [set, get2] = snapshot.operations.commands;
  assert.deepEqual([set?.name, set?.perSecond, get2?.name, get2?.perSecond], ['set', 500, 'get', 150]);
  assert.equal(get2?.meanUsec, 5);
  assert.equal(get2?.failedPerSecond, 1);
  assert.equal(get2?.latencyUsec?.p50, 3);
  assert.equal(snapshot.threads?.[0]?.busyShare, 0.25);
});

test('a first reading has totals and no rates', () => {
  const snapshot = snapshotOf(undefined, reading(1, { total_commands_processed: 600, redis_version: '7.0.15' }));
  assert.equal(snapshot.operations.perSecond, null);
  assert.equal(snapshot.seconds, null);
  assert.deepEqual([snapshot.server.name, snapshot.server.version], ['Redis', '7.0.15']);
  assert.equal(snapshot.tiers, null);
});

test('another run of the server, or a clock that stands, begins anew; CONFIG RESETSTAT counts from zero', () => {
  const before = reading(1000, { total_commands_processed: 600 });
  const other = reading(2000, { total_commands_processed: 700, run_id: 'b' });
  assert.equal(snapshotOf(before, other).operations.perSecond, null);
  assert.equal(snapshotOf(before, { ...before }).operations.perSecond, null);
  assert.equal(snapshotOf(before, reading(2000, { total_commands_processed: 50 })).operations.perSecond, 50);
});

test('shares of hits by tier, and a background start that is told until it is over', () => {
  const tiers = {
    tier_hot_keys: 3,
    tier_cold_keys: 4,
    tier_index_loading: 1,
    tier_index_slots_done: 4,
    tier_index_slots_total: 16,
  };
  const before = reading(0, { ...tiers, tier_ram_hits: 0, tier_nvme_hits: 0, tier_misses: 0 });
  const now = reading(1000, {
    ...tiers,
    tier_ram_hits: 60,
    tier_nvme_hits: 30,
    tier_misses: 10,
    tier_hit_ratio: '0.5000',
    tier_ram_hit_ratio_recent: '0.2500',
  });
  const view = snapshotOf(before, now).tiers;
  assert.deepEqual([view?.ram.hits.now, view?.nvme.hits.now, view?.hits.now], [0.6, 0.75, 0.9]);
  assert.deepEqual([view?.ram.hits.recent, view?.hits.total], [0.25, 0.5]);
  assert.equal(view?.indexed, 0.25);
  assert.equal(view?.warmed, null);
  assert.equal(snapshotOf(before, now).keys, 7);
});

test('a thread that does not answer is busy, and a key that is not for the viewer has no name', () => {
  const hotKeys = ['mine', 'other'].map((key) => ({ db: 0, key: Buffer.from(key), uses: 1, error: 0, perSecond: 1 }));
  const stuck = { ...thread, busyUsec: 1e6, idleUsec: 1e6, silentMs: 4000 };
  const before = reading(0, {}, { threads: [stuck] });
  const now = reading(1000, {}, { hotKeys, threads: [stuck] });
  const snapshot = snapshotOf(before, now, (key) => key.toString() === 'mine');
  assert.deepEqual(
    snapshot.hotKeys?.map(({ key }) => key),
    ['mine', null],
  );
  assert.equal(snapshot.threads?.[0]?.busyShare, 1);
});
