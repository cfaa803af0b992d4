import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Argument } from '../support/raw-client.ts';
import { derivedValue, TieredServer, until } from './tiered-server.ts';

const MB = 2 ** 20;
const MAXMEMORY = 16 * MB;
/** What the threads may allocate between two looks at the sum. */
const SLACK = 3 * MB;

for (const threads of [1, 3]) {
  test(`ten times more data than RAM, ${threads} thread(s), 4 clients`, { timeout: 300_000 }, async () => {
    const tiered = await TieredServer.start(['--maxmemory', String(MAXMEMORY), '--server-threads', String(threads)]);
    try {
      const keys = Array.from({ length: 16_000 }, (_, n) => `key:${n}`);
      const rounds = new Map(keys.map((key) => [key, 0]));
      const parts = [0, 1, 2, 3].map((part) => keys.filter((_, n) => n % 4 === part));
      const clients = await Promise.all(parts.map(() => tiered.connect()));
      const everywhere = async (commands: (part: string[]) => Argument[][]): Promise<(string | null)[][]> =>
        Promise.all(
          parts.map(async (part, n) => {
            const replies = await tiered.pipeline(commands(part), clients[n]);
            const used = await tiered.usedMemory();
            assert.ok(used <= MAXMEMORY + SLACK, `used_memory ${used} after a batch`);
            return replies;
          }),
        );
      const set = (key: string): Argument[] => ['SET', key, derivedValue(key, rounds.get(key) ?? 0, 20_000)];
      for (const replies of await everywhere((part) => part.map(set))) {
        for (const reply of replies) assert.equal(reply, 'OK');
      }
      assert.ok((await tiered.figure('cold_keys')) > 10_000, 'most keys are cold');
      const checkAll = async (): Promise<void> => {
        // In slices, so that the test does not hold all values at once.
        for (let from = 0; from < 4000; from += 1000) {
          const slices = parts.map((part) => part.slice(from, from + 1000));
          const replies = await everywhere((part) => (slices[parts.indexOf(part)] ?? []).map((key) => ['GET', key]));
          slices.forEach((slice, n) => {
            slice.forEach((key, at) => {
              const round = rounds.get(key);
              assert.equal(replies[n]?.[at], round === undefined ? null : derivedValue(key, round, 20_000), key);
            });
          });
        }
      };
      await checkAll();
      // Every third is overwritten, every seventh deleted.
      const overwritten = keys.filter((_, n) => n % 3 === 0);
      for (const key of overwritten) rounds.set(key, 1);
      const deleted = keys.filter((_, n) => n % 7 === 0);
      await tiered.pipeline(overwritten.map(set));
      const replies = await tiered.pipeline(deleted.map((key) => ['DEL', key]));
      assert.ok(replies.every((reply) => reply === '1'));
      for (const key of deleted) rounds.delete(key);
      await checkAll();
      assert.equal(await tiered.call('DBSIZE'), String(rounds.size));
      for (const client of clients) client.close();
    } finally {
      assert.equal(await tiered.stop(), 0);
    }
  });
}

test('50 pipelining writers are slowed, never failed; memory is bounded; every value is right', {
  timeout: 300_000,
}, async () => {
  const tiered = await TieredServer.start(['--maxmemory', String(MAXMEMORY), '--server-threads', '2']);
  try {
    const clients = await Promise.all(Array.from({ length: 50 }, () => tiered.connect()));
    const perClient = 1000;
    let writing = true;
    let largest = 0;
    const watched = (async () => {
      while (writing) largest = Math.max(largest, await tiered.usedMemory());
    })();
    const value = (n: number, at: number) => `${n}:${at}:`.padEnd(1024, String(at));
    await Promise.all(
      clients.map(async (client, n) => {
        const commands = Array.from({ length: perClient }, (_, at) => ['SET', `c${n}:${at}`, value(n, at)]);
        for (const reply of await tiered.pipeline(commands, client)) assert.equal(reply, 'OK');
      }),
    );
    writing = false;
    await watched;
    assert.ok(largest <= MAXMEMORY + SLACK, `used_memory was ${largest}`);
    assert.equal(await tiered.call('DBSIZE'), String(50 * perClient));
    await Promise.all(
      clients.map(async (client, n) => {
        const commands = Array.from({ length: perClient }, (_, at) => ['GET', `c${n}:${at}`]);
        const replies = await tiered.pipeline(commands, client);
        for (const [at, reply] of replies.entries()) assert.equal(reply, value(n, at));
      }),
    );
    for (const client of clients) client.close();
  } finally {
    assert.equal(await tiered.stop(), 0);
  }
});

test('large values go down and come back; one that can never fit, and an MGET of more than RAM, are refused', {
  timeout: 300_000,
}, async () => {
  const tiered = await TieredServer.start(['--maxmemory', '48mb', '--server-threads', '1']);
  try {
    const check = (name: string, found: Buffer, expected: Buffer): void => {
      const length = Math.min(found.length, expected.length);
      let at = 0;
      while (at < length && found[at] === expected[at]) at++;
      if (at < length || found.length !== expected.length) {
        assert.fail(
          `${name}: ${found.length} bytes, differs at ${at}: ${found.subarray(at, at + 40).toString('latin1')}`,
        );
      }
    };
    const large = (n: number, bytes: number) => Buffer.alloc(bytes, `${n}-`);
    for (let n = 0; n < 60; n++) assert.equal(await tiered.call('SET', `mb${n}`, large(n, MB)), 'OK');
    for (let n = 0; n < 4; n++) assert.equal(await tiered.call('SET', `huge${n}`, large(n, 20 * MB)), 'OK', `huge${n}`);
    for (let round = 0; round < 2; round++) {
      for (let n = 0; n < 4; n++) {
        const reply = await tiered.client.ask('GET', `huge${n}`);
        check(`huge${n}`, reply.text, large(n, 20 * MB));
      }
      for (let n = 0; n < 60; n += 7) {
        check(`mb${n}`, (await tiered.client.ask('GET', `mb${n}`)).text, large(n, MB));
      }
    }
    assert.match((await tiered.call('SET', 'beyond', large(1, 80 * MB))) ?? '', /^-OOM/);
    assert.equal(await tiered.call('EXISTS', 'beyond'), '0');
    const all = Array.from({ length: 60 }, (_, n) => `mb${n}`);
    assert.match((await tiered.call('MGET', ...all)) ?? '', /^-OOM/);
    assert.equal(await tiered.call('STRLEN', 'mb1'), String(MB));
    assert.equal((await tiered.list('MGET', 'mb1', 'none', 'mb2')).length, 3);
  } finally {
    assert.equal(await tiered.stop(), 0);
  }
});

test('what touches no value reads no device', async () => {
  const tiered = await TieredServer.start(['--maxmemory', String(MAXMEMORY)]);
  try {
    await tiered.pipeline(Array.from({ length: 200 }, (_, n) => ['SET', `k${n}`, derivedValue(`k${n}`, 0, 100)]));
    await tiered.pipeline(Array.from({ length: 50 }, (_, n) => ['PEXPIREAT', `k${n}`, 4_000_000_000_000 + n]));
    const keys = Array.from({ length: 200 }, (_, n) => `k${n}`);
    assert.equal(await tiered.call('TIER', 'DEMOTE', ...keys), '200');
    assert.equal(await tiered.figure('cold_keys'), 200);
    const before = await tiered.figure('cold_reads');
    for (let n = 0; n < 20; n++) {
      assert.equal(await tiered.call('GET', `missing${n}`), null);
      assert.equal(await tiered.call('EXISTS', `k${n}`, `missing${n}`), '1');
      assert.equal(await tiered.call('TYPE', `k${n}`), 'string');
      assert.equal(await tiered.call('PEXPIRETIME', `k${n}`), String(4_000_000_000_000 + n));
      assert.ok(Number(await tiered.call('PTTL', `k${n}`)) > 1e12);
      assert.equal(await tiered.call('TTL', `k${100 + n}`), '-1');
      assert.equal(await tiered.call('SET', `k${60 + n}`, 'new'), 'OK');
      assert.equal(await tiered.call('DEL', `k${n}`), '1');
      assert.equal(await tiered.call('UNLINK', `k${120 + n}`), '1');
    }
    assert.equal(await tiered.call('DBSIZE'), '160');
    assert.equal(await tiered.figure('cold_reads'), before);
    assert.equal(await tiered.call('GET', 'k60'), 'new');
    assert.equal(await tiered.figure('cold_reads'), before);
    assert.equal(await tiered.call('GET', 'k199'), derivedValue('k199', 0, 100));
    assert.equal(await tiered.figure('cold_reads'), before + 1);
    await until('tombstones are buried', async () => (await tiered.figure('dirty_keys')) === 0);
  } finally {
    assert.equal(await tiered.stop(), 0);
  }
});
