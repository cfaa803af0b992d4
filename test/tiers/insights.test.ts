import assert from 'node:assert/strict';
import { test } from 'node:test';
import { markOf } from '../../tiers/mrc/marks.ts';
import { COUNT_ALL, MissRatioCurve } from '../../tiers/mrc/miss-ratio-curve.ts';
import { zipfTrace } from '../../tiers/policy/simulator/synthetic.ts';
import type { Reply } from '../support/resp-reply.ts';
import { TieredServer, until } from './tiered-server.ts';

/** Names and values of a map, one level deep. */
function fields(reply: Reply): Map<string, Reply> {
  const map = new Map<string, Reply>();
  for (let at = 0; at + 1 < reply.items.length; at += 2) {
    const [name, value] = reply.items.slice(at, at + 2);
    if (name !== undefined && value !== undefined) map.set(name.text.toString(), value);
  }
  return map;
}

const text = (map: Map<string, Reply>, name: string) => map.get(name)?.text.toString() ?? '';

async function hotKeys(tiered: TieredServer, count: number) {
  const reply = await tiered.client.ask('TIER', 'HOTKEYS', 'COUNT', count);
  return reply.items.map(fields).map((map) => ({
    key: `${text(map, 'db')}/${text(map, 'key')}`,
    uses: Number(text(map, 'uses')),
  }));
}

test('TIER HOTKEYS names the most used keys of all databases and threads, in RAM or on disk', {
  timeout: 60_000,
}, async () => {
  const tiered = await TieredServer.start(['--server-threads', '2', '--maxmemory', '64mb']);
  try {
    const others = Array.from({ length: 500 }, (_, n) => `other${n}`);
    await tiered.pipeline(others.map((key) => ['SET', key, 'v']));
    await tiered.pipeline([
      ['SET', 'first', 'v'],
      ['SET', 'gone', 'v'],
      ['SELECT', '3'],
      ['SET', 'second', 'v'],
    ]);
    const second = await tiered.connect();
    const use = (key: string, times: number) => Array.from({ length: times }, () => ['GET', key]);
    for (let round = 0; round < 10; round++) {
      await tiered.pipeline(use('second', 1000));
      await tiered.pipeline([...use('first', 2000), ...use('gone', 500), ...others.map((key) => ['GET', key])], second);
    }
    await tiered.pipeline([['DEL', 'gone']], second);
    await until('both lead', async () => {
      const found = await hotKeys(tiered, 2);
      return found[0]?.key === '0/first' && found[1]?.key === '3/second';
    });
    const all = await hotKeys(tiered, 100);
    assert.ok(!all.some(({ key }) => key === '0/gone'), 'deleted keys have no name any more');
    const [first, next] = all;
    // 20,000 and 10,000 uses, of which one in 128 was seen, and which fade while this runs.
    assert.ok(first !== undefined && next !== undefined && first.uses > 1000 && first.uses < 30_000, `${first?.uses}`);
    assert.ok(first.uses / next.uses > 1.1 && first.uses / next.uses < 4, `${first.uses} and ${next.uses}`);
    await tiered.call('TIER', 'DEMOTE', 'second');
    assert.equal((await hotKeys(tiered, 2))[1]?.key, '3/second', 'its name is read from disk');
    assert.match((await tiered.call('TIER', 'HOTKEYS', 'COUNT', '0')) ?? '', /^-ERR COUNT/);
    assert.match((await tiered.call('TIER', 'HOTKEYS', 'all')) ?? '', /^-ERR syntax/);
    second.close();
  } finally {
    await tiered.stop();
  }
});

test('TIER MRC is near the exact curve of the same requests', { timeout: 120_000 }, async (context) => {
  const tiered = await TieredServer.start(['--server-threads', '1', '--maxmemory', '64mb']);
  try {
    const trace = zipfTrace({ seed: 31, objects: 20_000, requests: 100_000 });
    const name = (key: number) => `key:${String(key).padStart(8, '0')}`;
    const exact = new MissRatioCurve(trace.objects);
    await tiered.pipeline(Array.from({ length: trace.objects }, (_, key) => ['SET', name(key), 'v'.repeat(100)]));
    for (let key = 0; key < trace.objects; key++) exact.reference(key, 0, markOf(key, 1), 1, COUNT_ALL);
    exact.age(0);
    await tiered.pipeline(Array.from(trace.requests, (key) => ['GET', name(key)]));
    for (const key of trace.requests) exact.reference(key, 0, markOf(key, 1), 1, COUNT_ALL);
    const sizes = Array.from({ length: 20 }, (_, n) => Math.round(((n + 1) * trace.objects) / 20));
    // Samples come ten times a second: they are all in when there have been none for long.
    let sampled = '';
    let same = 0;
    await until('no more samples come', async () => {
      const now = text(fields(await tiered.client.ask('TIER', 'MRC')), 'sampled_accesses');
      same = now === sampled && Number(now) > 0 ? same + 1 : 0;
      sampled = now;
      return same === 20;
    });
    const report = fields(await tiered.client.ask('TIER', 'MRC', 'KEYS', ...sizes));
    const rows = report.get('miss_ratio_by_keys')?.items ?? [];
    assert.equal(rows.length, sizes.length);
    const apart = rows.map((row, n) =>
      Math.abs(Number(row.items[1]?.text.toString()) - exact.missRatioOfKeys(sizes[n] ?? 0)),
    );
    const mean = apart.reduce((sum, one) => sum + one, 0) / apart.length;
    // The server samples as many keys as its budget of CPU allows: on a fast machine, with so dense requests, some 1,500.
    context.diagnostic(`mean difference ${mean.toFixed(4)} with ${text(report, 'sampled_keys')} sampled keys`);
    assert.ok(mean <= 0.05, `mean difference ${mean} with ${text(report, 'sampled_keys')} sampled keys`);

    // Multiples of the RAM there is, by default, in which more RAM never means more misses.
    const defaults = fields(await tiered.client.ask('TIER', 'MRC'));
    assert.equal(text(defaults, 'ram_bytes'), String(64 * 2 ** 20));
    const ratios = (defaults.get('miss_ratio_by_bytes')?.items ?? []).map((row) =>
      Number(row.items[1]?.text.toString()),
    );
    assert.ok(ratios.length > 5);
    assert.deepEqual(
      ratios,
      ratios.toSorted((a, b) => b - a),
    );
    assert.equal(await tiered.call('TIER', 'MRC', 'RESET'), 'OK');
    assert.equal(text(fields(await tiered.client.ask('TIER', 'MRC')), 'sampled_keys'), '0');
    for (const wrong of [['BYTES'], ['12'], ['BYTES', '-1'], ['KEYS', 'x']]) {
      assert.match((await tiered.call('TIER', 'MRC', ...wrong)) ?? '', /^-ERR/, wrong.join(' '));
    }
  } finally {
    await tiered.stop();
  }
});

test('TIER SLOTS counts keys of all databases and both tiers, TIER THREADS tells of every thread', {
  timeout: 60_000,
}, async () => {
  const tiered = await TieredServer.start(['--server-threads', '2', '--maxmemory', '64mb']);
  try {
    const keys = Array.from({ length: 200 }, (_, n) => `k${n}`);
    await tiered.pipeline(keys.map((key) => ['SET', key, 'v']));
    await tiered.pipeline([['SELECT', '5'], ...keys.slice(0, 50).map((key) => ['SET', key, 'v']), ['SELECT', '0']]);
    await tiered.call('TIER', 'DEMOTE', ...keys.slice(0, 80));
    const slots = fields(await tiered.client.ask('TIER', 'SLOTS'));
    assert.equal(text(slots, 'slots'), '16384');
    assert.equal(text(slots, 'keys'), '250');
    const used = Number(text(slots, 'used_slots'));
    assert.ok(used > 150 && used <= 200, `${used} slots in use by 200 names`);
    // The same name has the same slot in both databases.
    assert.ok(Number(text(slots, 'largest_slot_keys')) >= 2);
    assert.match(text(slots, 'deviation'), /^0\.\d\d$/);
    const ranges = (slots.get('keys_by_range')?.items ?? []).map(({ items }) => items.map((one) => Number(one.text)));
    assert.equal(ranges.length, 64);
    const sum = (tier: number) => ranges.reduce((all, range) => all + (range[tier] ?? 0), 0);
    assert.deepEqual([sum(0), sum(1)], [170, 80]);
    await tiered.call('FLUSHALL');
    assert.equal(text(fields(await tiered.client.ask('TIER', 'SLOTS')), 'keys'), '0');

    const threads = (await tiered.client.ask('TIER', 'THREADS')).items.map(fields);
    assert.deepEqual(
      threads.map((one) => text(one, 'thread')),
      ['0', '1', 'tier'],
    );
    assert.equal(
      threads.reduce((all, one) => all + Number(text(one, 'clients')), 0),
      1,
    );
    for (const one of threads) {
      for (const name of ['busy_usec', 'idle_usec', 'heap_bytes']) assert.ok(Number(text(one, name)) > 0, name);
    }
  } finally {
    await tiered.stop();
  }
});
