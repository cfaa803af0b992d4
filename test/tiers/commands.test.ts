import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { derivedValue, TieredServer, until } from './tiered-server.ts';

const names = (count: number, prefix = 'k') => Array.from({ length: count }, (_, n) => `${prefix}${n}`);

/** Writes keys of the client's database, and sends every second one down. */
async function fill(tiered: TieredServer, keys: readonly string[]): Promise<void> {
  await tiered.pipeline(keys.map((key) => ['SET', key, derivedValue(key, 0, 300)]));
  await tiered.call('TIER', 'DEMOTE', ...keys.filter((_, n) => n % 2 === 0));
}

test('keyspace commands see both tiers, in several databases', async () => {
  const tiered = await TieredServer.start(['--maxmemory', '16mb', '--server-threads', '3']);
  try {
    const keys = names(1000);
    for (const db of [0, 3]) {
      await tiered.call('SELECT', db);
      await fill(tiered, keys);
      assert.equal(await tiered.call('DBSIZE'), '1000');
      assert.deepEqual((await tiered.scanAll()).sort(), [...keys].sort());
      assert.deepEqual((await tiered.list('KEYS', '*')).sort(), [...keys].sort());
      assert.deepEqual((await tiered.list('KEYS', 'k99?')).sort(), names(10, 'k99'));
    }
    const seen = new Set<string | null>();
    for (let n = 0; n < 60; n++) seen.add(await tiered.call('RANDOMKEY'));
    assert.ok(seen.size > 30 && [...seen].every((key) => keys.includes(key ?? '')));
    assert.deepEqual(await tiered.list('TIER', 'WHERE', 'k998', 'none'), ['cold', 'none']);

    assert.equal(await tiered.call('RENAME', 'k0', 'renamed'), 'OK');
    assert.equal(await tiered.call('GET', 'renamed'), derivedValue('k0', 0, 300));
    assert.equal(await tiered.call('EXISTS', 'k0'), '0');
    assert.equal(await tiered.call('RENAMENX', 'k2', 'k4'), '0');
    assert.equal(await tiered.call('COPY', 'k6', 'copy'), '1');
    assert.equal(await tiered.call('COPY', 'k8', 'copy'), '0');
    assert.equal(await tiered.call('COPY', 'k8', 'k10', 'REPLACE'), '1');
    assert.equal(await tiered.call('GET', 'k10'), derivedValue('k8', 0, 300));
    assert.equal(await tiered.call('MOVE', 'k12', 5), '1');
    assert.equal(await tiered.call('MOVE', 'k14', 0), '0');
    assert.equal(await tiered.call('DBSIZE'), '1000');
    await tiered.call('SELECT', 5);
    assert.equal(await tiered.call('GET', 'k12'), derivedValue('k12', 0, 300));

    assert.equal(await tiered.call('SWAPDB', 3, 7), 'OK');
    await tiered.call('SELECT', 7);
    assert.equal(await tiered.call('DBSIZE'), '1000');
    assert.equal(await tiered.call('GET', 'k16'), derivedValue('k16', 0, 300));
    await tiered.call('SELECT', 3);
    assert.equal(await tiered.call('DBSIZE'), '0');
    assert.equal(await tiered.call('GET', 'k16'), null);
    await tiered.call('SELECT', 7);
    assert.equal(await tiered.call('FLUSHDB'), 'OK');
    assert.equal(await tiered.call('GET', 'k18'), null);
    assert.deepEqual(await tiered.scanAll(), []);
    await tiered.call('SELECT', 0);
    assert.equal(await tiered.call('DBSIZE'), '1000');
    assert.equal(await tiered.call('FLUSHALL'), 'OK');
    assert.equal(await tiered.call('DBSIZE'), '0');
    assert.equal(await tiered.call('RANDOMKEY'), null);
    assert.equal(await tiered.info('db5', 'keyspace'), undefined);
    await until('flushed records leave the disk', async () => (await tiered.figure('cold_keys')) === 0);
  } finally {
    assert.equal(await tiered.stop(), 0);
  }
});

test('many flushes in a row, with keys in both tiers in between', async () => {
  const tiered = await TieredServer.start(['--maxmemory', '16mb', '--storage-flush-period', '5']);
  try {
    for (let round = 0; round < 60; round++) {
      await fill(tiered, names(20, `r${round}:`));
      assert.equal(await tiered.call(round % 3 === 0 ? 'FLUSHALL' : 'FLUSHDB'), 'OK');
      assert.equal(await tiered.call('DBSIZE'), '0');
      assert.equal(await tiered.call('GET', `r${round}:0`), null);
    }
    await fill(tiered, names(20));
    assert.equal((await tiered.scanAll()).length, 20);
  } finally {
    assert.equal(await tiered.stop(), 0);
  }
});

test('clean ends keep everything: databases, their exchange and flushes, values and exact expiries', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'stratakv-restart-'));
  const start = () =>
    TieredServer.start(['--maxmemory', '16mb', '--server-threads', '2', '--storage-flush-period', '600000'], { dir });
  try {
    let tiered = await start();
    for (const db of [0, 1, 2, 9]) {
      await tiered.call('SELECT', db);
      await fill(tiered, names(300, `db${db}:`));
    }
    await tiered.call('SELECT', 0);
    const expireAt = Date.now() + 500_000;
    await tiered.pipeline(names(50, 'db0:').map((key, n) => ['PEXPIREAT', key, expireAt + n]));
    await tiered.call('TIER', 'DEMOTE', ...names(20, 'db0:'));
    await tiered.call('SWAPDB', 1, 2);
    await tiered.call('SELECT', 9);
    await tiered.call('FLUSHDB');
    await tiered.call('SET', 'after', 'flush');
    for (let end = 0; end < 3; end++) {
      if (end === 1) {
        // As the last command of a client; the connection is lost without a reply.
        await assert.rejects(tiered.client.call('SHUTDOWN'));
        assert.equal(await tiered.server.exited, 0);
      } else assert.equal(await tiered.stop(), 0);
      tiered = await start();
      const sizes: (string | null)[] = [];
      for (const db of [0, 1, 2, 9]) {
        await tiered.call('SELECT', db);
        sizes.push(await tiered.call('DBSIZE'));
        if (db === 0) {
          const times = await tiered.pipeline(names(60, 'db0:').map((key) => ['PEXPIRETIME', key]));
          assert.deepEqual(
            times,
            names(60).map((_, n) => (n < 50 ? String(expireAt + n) : '-1')),
          );
        }
        if (db === 1) assert.equal(await tiered.call('GET', 'db2:7'), derivedValue('db2:7', 0, 300));
        if (db === 2) assert.equal(await tiered.call('GET', 'db1:8'), derivedValue('db1:8', 0, 300));
        if (db === 9) assert.deepEqual(await tiered.scanAll(), ['after']);
      }
      assert.deepEqual(sizes, ['300', '300', '300', '1']);
      await tiered.call('SELECT', 0);
      const replies = await tiered.pipeline(names(300, 'db0:').map((key) => ['GET', key]));
      for (const [n, reply] of replies.entries()) assert.equal(reply, derivedValue(`db0:${n}`, 0, 300));
    }
    await tiered.call('FLUSHALL');
    assert.equal(await tiered.stop(), 0);
    tiered = await start();
    for (const db of [0, 1, 2, 9]) {
      await tiered.call('SELECT', db);
      assert.equal(await tiered.call('DBSIZE'), '0');
    }
    assert.equal(await tiered.stop(), 0);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});

test('expiry of cold keys: without a read, after changes, after a restart, and while the server is down', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'stratakv-ttl-'));
  const start = () => TieredServer.start(['--maxmemory', '16mb'], { dir });
  try {
    let tiered = await start();
    const keys = names(300);
    // Long enough for what must be done before, on a loaded machine too.
    const expireAt = Date.now() + 4000;
    await tiered.pipeline(keys.map((key) => ['SET', key, 'v', 'PXAT', expireAt]));
    await tiered.pipeline(names(50, 'down').map((key) => ['SET', key, 'v', 'PXAT', expireAt + 8000]));
    await tiered.call('MSET', 'persisted', 'v', 'longer', 'v', 'getex', 'v', 'never', 'v');
    await tiered.pipeline(['persisted', 'longer', 'getex'].map((key) => ['PEXPIREAT', key, expireAt]));
    await tiered.call('TIER', 'DEMOTE', ...keys, ...names(50, 'down'), 'persisted', 'longer', 'getex', 'never');
    assert.equal(await tiered.figure('cold_keys'), 354);
    assert.equal(await tiered.call('PERSIST', 'persisted'), '1');
    assert.equal(await tiered.call('PEXPIREAT', 'longer', expireAt + 1_000_000), '1');
    assert.equal(await tiered.call('GETEX', 'getex', 'PXAT', expireAt + 2_000_000), 'v');
    await tiered.call('TIER', 'DEMOTE', 'persisted', 'longer', 'getex');
    const reads = await tiered.figure('cold_reads');
    await until('the sweep removes cold keys', async () => (await tiered.call('DBSIZE')) === '54');
    assert.match((await tiered.info('db0', 'keyspace')) ?? '', /^keys=54,expires=52,/);
    assert.equal(await tiered.figure('cold_reads'), reads);
    assert.equal(await tiered.call('GET', 'k5'), null);
    assert.equal((await tiered.scanAll()).length, 54);
    assert.equal(await tiered.stop(), 0);
    await until('the rest expires while the server is down', async () => Date.now() > expireAt + 8100);
    tiered = await start();
    assert.equal(await tiered.call('DBSIZE'), '4');
    assert.equal(await tiered.call('GET', 'down3'), null);
    assert.equal(await tiered.call('PEXPIRETIME', 'persisted'), '-1');
    assert.equal(await tiered.call('PEXPIRETIME', 'longer'), String(expireAt + 1_000_000));
    assert.equal(await tiered.call('PEXPIRETIME', 'getex'), String(expireAt + 2_000_000));
    assert.deepEqual(await tiered.list('MGET', 'persisted', 'longer', 'getex', 'never'), ['v', 'v', 'v', 'v']);
    assert.equal(await tiered.stop(), 0);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});
