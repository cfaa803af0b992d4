import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Random } from '../support/random.ts';
import type { Argument, RawClient } from '../support/raw-client.ts';
import type { Reply } from '../support/resp-reply.ts';
import { TieredServer, textOf, until } from './tiered-server.ts';

/** Whole servers that answer while their index fills, which waits for the test (STRATAKV_HOLD_INDEX); what four clients see is compared with a model. */

const SEED = Number(process.env.STRATAKV_FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 31));
const KEYS = 1500;
const CLIENTS = 4;
const ARGS = ['--maxmemory', '16mb', '--server-threads', '2', '--storage-flush-period', '50'];

type Value = string | Map<string, string>;

/** The only writer of its keys. What it was answered is what it expects, also of a server that was killed when all was on disk. */
class Client {
  readonly model: Map<string, Value> = new Map();
  private readonly name: string;
  private readonly random: Random;
  commands = 0;

  constructor(name: string, random: Random) {
    this.name = name;
    this.random = random;
  }

  key(n = this.random.integer(0, KEYS - 1)): string {
    return `${this.name}:${n}`;
  }

  async fill(client: RawClient): Promise<void> {
    const commands: Argument[][] = [];
    for (let n = 0; n < KEYS; n++) {
      const key = this.key(n);
      if (n % 5 === 0) {
        this.model.set(key, new Map([['f', `${n}`]]));
        commands.push(['HSET', key, 'f', n]);
      } else if (n % 5 < 4) {
        this.model.set(key, `v${n}`);
        // Far away, so that it never comes.
        commands.push(n % 5 === 1 ? ['SET', key, `v${n}`, 'EX', 100_000] : ['SET', key, `v${n}`]);
      }
    }
    for (let at = 0; at < commands.length; at += 500) await client.pipeline(commands.slice(at, at + 500));
  }

  /** One command and the check of its reply. */
  async step(client: RawClient): Promise<void> {
    this.commands++;
    const key = this.key();
    const known = this.model.get(key);
    const is = async (expected: string | null, ...command: Argument[]): Promise<void> => {
      assert.equal(textOf(await client.ask(...command)), expected, command.join(' '));
    };
    const wrong = '-WRONGTYPE Operation against a key holding the wrong kind of value';
    switch (this.random.integer(0, 12)) {
      case 0:
      case 1:
      case 2:
        return is(known === undefined ? null : typeof known === 'string' ? known : wrong, 'GET', key);
      case 3:
        await is('OK', 'SET', key, `n${this.commands}`);
        this.model.set(key, `n${this.commands}`);
        return;
      case 4:
        await is(known === undefined ? 'OK' : null, 'SET', key, `x${this.commands}`, 'NX');
        if (known === undefined) this.model.set(key, `x${this.commands}`);
        return;
      case 5:
        await is(known === undefined ? '0' : '1', 'DEL', key);
        this.model.delete(key);
        return;
      case 6:
        return is(known === undefined ? '0' : '1', 'EXPIRE', key, 10_000);
      case 7: {
        if (typeof known === 'string') return is(wrong, 'HSET', key, 'g', '1');
        await is(known?.has('g') === true ? '0' : '1', 'HSET', key, 'g', `${this.commands}`);
        const fields = known ?? new Map<string, string>();
        fields.set('g', `${this.commands}`);
        this.model.set(key, fields);
        return;
      }
      case 8:
        return is(
          known === undefined ? null : typeof known === 'string' ? wrong : (known.get('f') ?? null),
          'HGET',
          key,
          'f',
        );
      case 9:
        return is(known === undefined ? 'none' : typeof known === 'string' ? 'string' : 'hash', 'TYPE', key);
      case 10: {
        const other = this.key();
        const both = [key, other].filter((each) => this.model.has(each)).length;
        return is(`${both}`, 'EXISTS', key, other);
      }
      case 11: {
        const to = this.key();
        if (known === undefined || to === key) return;
        await is('OK', 'RENAME', key, to);
        this.model.delete(key);
        this.model.set(to, known);
        return;
      }
      default:
        return this.transaction(client, key, known);
    }
  }

  private async transaction(client: RawClient, key: string, known: Value | undefined): Promise<void> {
    const value = `t${this.commands}`;
    const commands: Argument[][] = [['MULTI'], ['DEL', key], ['SET', key, value, 'NX'], ['EXISTS', key], ['EXEC']];
    const replies = [];
    for (const command of commands) replies.push(await client.ask(...command));
    const texts = replies.at(-1)?.items.map(textOf);
    assert.deepEqual(texts, [known === undefined ? '0' : '1', 'OK', '1'], `MULTI on ${key}`);
    this.model.set(key, value);
  }

  async run(client: RawClient, steps: number): Promise<void> {
    for (let n = 0; n < steps; n++) await this.step(client);
  }
}

async function scanAll(client: RawClient): Promise<Set<string>> {
  const found = new Set<string>();
  let cursor = '0';
  do {
    const reply: Reply = await client.ask('SCAN', cursor, 'COUNT', '500');
    const [next, page] = reply.items;
    cursor = next?.text.toString() ?? '0';
    for (const key of page?.items ?? []) found.add(key.text.toString());
  } while (cursor !== '0');
  return found;
}

/** The index fills only while there is no such file. */
const holdOf = (dir: string): string => join(dir, 'hold');

async function start(dir: string, held: boolean): Promise<TieredServer> {
  if (!held) return TieredServer.start(ARGS, { dir });
  writeFileSync(holdOf(dir), '');
  return TieredServer.start(ARGS, { dir, env: { STRATAKV_HOLD_INDEX: holdOf(dir) } });
}

test('clients are answered rightly while the index fills, after SHUTDOWN and after kill -9', {
  timeout: 300_000,
}, async (t: TestContext) => {
  t.diagnostic(`seed ${SEED}`);
  const dir = mkdtempSync(join(tmpdir(), 'stratakv-warm-'));
  const clients = Array.from({ length: CLIENTS }, (_, n) => new Client(`c${n}`, new Random(SEED + n)));
  let tiered: TieredServer | undefined;
  const expected = (): number => clients.reduce((sum, { model }) => sum + model.size, 0);
  try {
    tiered = await start(dir, false);
    const first = tiered;
    await Promise.all(clients.map(async (each) => each.fill(await first.connect())));
    assert.equal(await tiered.stop(), 0);
    for (let round = 0; round < 3; round++) {
      tiered = await start(dir, true);
      const server = tiered;
      assert.equal(await server.info('tier_index_loading'), '1');
      assert.equal(await server.info('loading', 'persistence'), '0');
      // Counted by the last run's orderly end.
      if (round === 0) assert.equal(await server.call('DBSIZE'), String(expected()));
      const connections = await Promise.all(clients.map(() => server.connect()));
      await Promise.all(clients.map((each, n) => each.run(connections[n] ?? server.client, 150)));
      assert.equal(await server.info('tier_index_loading'), '1', 'the index still fills');
      const random = await server.call('RANDOMKEY');
      assert.ok(
        clients.some(({ model }) => model.has(random ?? '')),
        `RANDOMKEY ${random}`,
      );
      if (round === 1) {
        // A crash while the index fills, all that was acknowledged being on disk.
        await until('all is on disk', async () => (await server.figure('dirty_keys')) === 0);
        await server.kill();
        continue;
      }
      if (round === 2) rmSync(holdOf(dir));
      // Has what it walks over indexed, held or not.
      const scanned = await scanAll(server.client);
      for (const { model } of clients)
        for (const key of model.keys()) assert.ok(scanned.has(key), `SCAN misses ${key}`);
      assert.equal(scanned.size, expected());
      rmSync(holdOf(dir), { force: true });
      await Promise.all(clients.map((each, n) => each.run(connections[n] ?? server.client, 60)));
      await until('the index is filled', async () => (await server.info('tier_index_loading')) === '0');
      assert.equal(await server.call('DBSIZE'), String(expected()));
      assert.equal(await server.stop(), 0);
    }
    tiered = undefined;
  } finally {
    await tiered?.kill();
    rmSync(dir, { recursive: true, force: true });
  }
});

test('what was hot comes back to RAM after a start, the hottest first, and is not read from disk again', {
  timeout: 300_000,
}, async () => {
  const dir = mkdtempSync(join(tmpdir(), 'stratakv-heat-'));
  let tiered: TieredServer | undefined;
  const hot = Array.from({ length: 1000 }, (_, n) => `hot:${n}`);
  try {
    tiered = await start(dir, false);
    const value = 'v'.repeat(1000);
    await tiered.pipeline(hot.map((key) => ['SET', key, value]));
    // More than fits, so that what is not used leaves; the hot keys are used all the time.
    for (let from = 0; from < 20_000; from += 1000) {
      await tiered.pipeline(Array.from({ length: 1000 }, (_, n) => ['SET', `cold:${from + n}`, value]));
      await tiered.pipeline(hot.map((key) => ['GET', key]));
    }
    const cold = await tiered.list('TIER', 'WHERE', 'cold:0', 'hot:0');
    assert.deepEqual(
      cold.map((each) => each?.startsWith('cold')),
      [true, false],
      cold.join(),
    );
    assert.equal(await tiered.stop(), 0);
    tiered = await start(dir, false);
    const server = tiered;
    await until('what was hot is back', async () => (await server.info('tier_warming')) === '0');
    assert.ok(Number(await server.info('tier_warm_keys_promoted')) >= hot.length);
    await until('the index is filled', async () => (await server.info('tier_index_loading')) === '0');
    const before = await server.figure('cold_reads');
    await server.pipeline(hot.map((key) => ['GET', key]));
    assert.equal((await server.figure('cold_reads')) - before, 0, 'reads of hot keys');
    assert.equal(await server.call('DBSIZE'), '21000');
    // Below its mark: what comes back does not drive out what is asked for.
    assert.ok((await server.usedMemory()) < 16 * 2 ** 20 * 0.95);
    assert.equal(await tiered.stop(), 0);
    tiered = undefined;
  } finally {
    await tiered?.kill();
    rmSync(dir, { recursive: true, force: true });
  }
});
