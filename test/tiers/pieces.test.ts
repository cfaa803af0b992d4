import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Random } from '../support/random.ts';
import type { Argument } from '../support/raw-client.ts';
import { TieredServer } from './tiered-server.ts';

/** Collections of many blocks on the cold tier: what they hold, what it costs to read, and what a crash leaves. */

const SEED = Number(process.env.STRATAKV_FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 31));
const MB = 2 ** 20;

async function load(tiered: TieredServer, key: string, fields: number): Promise<void> {
  for (let from = 0; from < fields; from += 5000) {
    const commands = Array.from({ length: Math.min(5000, fields - from) / 50 }, (_, batch): Argument[] => [
      'HSET',
      key,
      ...Array.from({ length: 50 }, (_, n) => [
        `field:${from + batch * 50 + n}`,
        `value:${from + batch * 50 + n}`,
      ]).flat(),
    ]);
    await tiered.pipeline(commands);
  }
}

test('HGET in a cold hash of many fields reads a root, a way and a leaf', { timeout: 300_000 }, async () => {
  const tiered = await TieredServer.start(['--maxmemory', String(256 * MB), '--server-threads', '1']);
  try {
    const fields = 100_000;
    await load(tiered, 'big', fields);
    assert.equal(await tiered.call('HLEN', 'big'), String(fields));
    assert.equal(await tiered.call('TIER', 'DEMOTE', 'big'), '1');
    const hot = await tiered.usedMemory();
    assert.ok(hot < 5 * MB, `${hot} bytes are left in RAM`);
    const before = await reads(tiered);
    assert.equal(await tiered.call('HGET', 'big', 'field:54321'), 'value:54321');
    const cost = (await reads(tiered)) - before;
    assert.ok(cost >= 2 && cost <= 3, `${cost} device reads`);
    assert.ok((await tiered.usedMemory()) < hot + 256 * 1024);
    assert.equal(await tiered.call('HLEN', 'big'), String(fields));
    // All of it, and all of it again from RAM.
    const pairs = Number(await tiered.call('HSTRLEN', 'big', 'field:1'));
    assert.equal(pairs, 7);
    const all = await listOf(tiered, 'HKEYS', 'big');
    assert.equal(new Set(all).size, fields);
    assert.equal(await tiered.call('TIER', 'DEMOTE', 'big'), '1');
    assert.equal(await tiered.call('DEL', 'big'), '1');
    assert.equal(await tiered.call('EXISTS', 'big'), '0');
  } finally {
    assert.equal(await tiered.stop(), 0);
  }
});

test('a command that removes several members of a cold collection finds each, also when leaves go meanwhile', {
  timeout: 300_000,
}, async () => {
  const tiered = await TieredServer.start(['--maxmemory', String(64 * MB), '--server-threads', '1']);
  try {
    const large = 'x'.repeat(2100);
    for (let n = 0; n < 8; n++) {
      // Few entries, each in a leaf of its own.
      const names = Array.from({ length: 6 }, (_, m) => `${n}:${m}:${large}`);
      const ids = names.map((_, m) => `${m + 1}-0`);
      await tiered.call('HSET', 'h', 'small', '1', ...names.flatMap((name) => [name, name]));
      await tiered.call('SADD', 's', 'small', ...names);
      await tiered.call('ZADD', 'z', '0', 'small', ...names.flatMap((name, m) => [String(m + 1), name]));
      for (const [m, id] of ids.entries()) await tiered.call('XADD', 'x', id, 'f', names[m] ?? '');
      for (const key of ['h', 's', 'z', 'x']) await tiered.call('TIER', 'DEMOTE', key);
      // What goes first leaves its place to a leaf on disk; then it is asked for again, and for others that are not there.
      const [first = '', second = ''] = [names[n % 6], names[(n + 1) % 6]];
      const asked = [first, 'none', first, 'nobody', second, first, second];
      assert.equal(await tiered.call('HDEL', 'h', ...asked), '2');
      assert.equal(await tiered.call('SREM', 's', ...asked), '2');
      assert.equal(await tiered.call('ZREM', 'z', ...asked), '2');
      const gone = `${(n % 6) + 1}-0`;
      assert.equal(await tiered.call('XDEL', 'x', gone, '99-1', gone, '0-1', gone), '1');
      for (const [command, key] of [
        ['HLEN', 'h'],
        ['SCARD', 's'],
        ['ZCARD', 'z'],
        ['XLEN', 'x'],
      ] as const) {
        assert.equal(await tiered.call(command, key), '5');
        await tiered.call('DEL', key);
      }
    }
  } finally {
    assert.equal(await tiered.stop(), 0);
  }
});

async function listOf(tiered: TieredServer, ...args: Argument[]): Promise<string[]> {
  return (await tiered.list(...args)).map((item) => item ?? '');
}

async function reads(tiered: TieredServer): Promise<number> {
  return Number(await tiered.info('tier_cold_reads', 'tiers'));
}

/** Random changes to hashes that do not fit RAM together, against Maps. */
async function randomHashes(context: TestContext, threads: number): Promise<void> {
  context.diagnostic(`seed ${SEED}`);
  const random = new Random(SEED);
  const model = new Map<string, Map<string, string>>();
  const dir = mkdtempSync(join(tmpdir(), 'stratakv-pieces-'));
  const args = ['--maxmemory', String(6 * MB), '--server-threads', String(threads), '--enable-debug-command', 'yes'];
  let tiered = await TieredServer.start(args, { dir });
  const keys = ['a', 'b', 'c', 'd'];
  const hashOf = (key: string): Map<string, string> => {
    const found = model.get(key) ?? new Map<string, string>();
    model.set(key, found);
    return found;
  };
  const anyField = (): string => `f${random.integer(0, 12_000)}`;
  const anyText = (): string =>
    'v'.repeat(random.chance(0.02) ? random.integer(0, 5000) : random.integer(0, 120)) + random.integer(0, 999);
  const check = async (): Promise<void> => {
    for (const key of keys) {
      const hash = model.get(key) ?? new Map<string, string>();
      assert.equal(await tiered.call('HLEN', key), String(hash.size), `HLEN ${key}`);
      const flat = await listOf(tiered, 'HGETALL', key);
      const found = new Map<string, string>();
      for (let n = 0; n < flat.length; n += 2) found.set(flat[n] ?? '', flat[n + 1] ?? '');
      assert.equal(found.size, hash.size, `fields of ${key}`);
      for (const [field, value] of hash) assert.equal(found.get(field), value, `${key} ${field}`);
    }
  };
  try {
    for (let round = 0; round < 12; round++) {
      const commands: Argument[][] = [];
      const expected: (string | undefined)[] = [];
      const push = (reply: string | undefined, ...args: Argument[]): void => {
        commands.push(args);
        expected.push(reply);
      };
      for (let n = 0; n < 1500; n++) {
        const key = random.pick(keys);
        const dice = random.integer(0, 99);
        if (dice < 45) {
          const pairs = Array.from({ length: random.integer(1, 8) }, () => [anyField(), anyText()] as const);
          const hash = hashOf(key);
          let added = 0;
          for (const [field, value] of pairs) {
            if (!hash.has(field)) added++;
            hash.set(field, value);
          }
          push(String(added), 'HSET', key, ...pairs.flat());
        } else if (dice < 75) {
          const field = anyField();
          const value = model.get(key)?.get(field);
          push(value ?? '(nil)', 'HGET', key, field);
        } else if (dice < 96) {
          const fields = Array.from({ length: random.integer(1, 5) }, anyField);
          let removed = 0;
          for (const field of fields) if (model.get(key)?.delete(field)) removed++;
          if (model.get(key)?.size === 0) model.delete(key);
          push(String(removed), 'HDEL', key, ...fields);
        } else if (dice < 98) push(undefined, 'TIER', 'DEMOTE', random.pick(keys));
        else if (dice === 98) {
          const to = random.pick(keys);
          const hash = model.get(key);
          if (hash === undefined || to === key) continue;
          model.delete(key);
          model.set(to, hash);
          push('OK', 'RENAME', key, to);
        } else if (random.chance(0.3)) {
          const existed = model.delete(key);
          push(existed ? '1' : '0', 'DEL', key);
        }
      }
      const replies = await tiered.pipeline(commands);
      for (const [n, reply] of replies.entries()) {
        const wanted = expected[n];
        if (wanted !== undefined)
          assert.equal(reply ?? '(nil)', wanted, `round ${round}: ${commands[n]?.slice(0, 3).join(' ')}`);
      }
      if (round % 4 === 1) await check();
      if (round % 4 === 3) {
        // What a checkpoint has written survives the death of the process.
        assert.equal(await tiered.call('DEBUG', 'RELOAD'), 'OK');
        await tiered.kill();
        tiered = await TieredServer.start(args, { dir });
        await check();
      }
    }
    await check();
  } finally {
    assert.equal(await tiered.stop(), 0);
    rmSync(dir, { recursive: true, force: true });
  }
}

test('hashes larger than RAM agree with Maps, also after kill -9, one thread', { timeout: 240_000 }, (context) =>
  randomHashes(context, 1),
);

test('hashes larger than RAM agree with Maps, also after kill -9, three threads', { timeout: 240_000 }, (context) =>
  randomHashes(context, 3),
);
