import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Random } from '../support/random.ts';
import type { Argument, RawClient } from '../support/raw-client.ts';
import { watchCheckpoints } from './checkpoint-watch.ts';
import { derivedValue, TieredServer, until } from './tiered-server.ts';

/** What a key was from one command of its only writer to the next. `value` undefined: it was missing. */
interface State {
  readonly value: string | undefined;
  readonly expireAtMs: number;
  /** When the reply came; Infinity while it has not. By `performance.now()`. */
  ackedAt: number;
}

const ROUNDS = Number(process.env.STRATAKV_KILL_ROUNDS ?? 15);
const SEED = Number(process.env.STRATAKV_KILL_SEED ?? Date.now() % 1_000_000);
const WRITERS = 4;
const KEYS_PER_WRITER = 400;
const MISSING: State = { value: undefined, expireAtMs: -1, ackedAt: 0 };

/** The only writer of its keys, which all lie in its own database. */
class Writer {
  readonly db: number;
  readonly histories: Map<string, State[]> = new Map();
  private readonly random: Random;
  private readonly pipelined: [string | undefined, State][] = [];
  private round = 0;

  constructor(db: number, random: Random) {
    this.db = db;
    this.random = random;
    for (let n = 0; n < KEYS_PER_WRITER; n++) this.histories.set(`w${db}:${n}`, [MISSING]);
  }

  /** Writes until the connection is lost. */
  async run(client: RawClient): Promise<void> {
    try {
      await client.call('SELECT', this.db);
      for (;;) await this.batch(client);
    } catch {
      // The server was killed.
    }
  }

  private async batch(client: RawClient): Promise<void> {
    this.pipelined.length = 0;
    const commands: Argument[][] = [];
    const count = this.random.integer(1, 16);
    while (commands.length < count) commands.push(this.command());
    const sent = [...this.pipelined];
    await client.pipeline(commands);
    const now = performance.now();
    for (const [, state] of sent) state.ackedAt = now;
  }

  private command(): Argument[] {
    const key = `w${this.db}:${this.random.integer(0, KEYS_PER_WRITER - 1)}`;
    const dice = this.random.integer(0, 1000);
    if (dice === 0 && this.db === 1) {
      for (const each of this.histories.keys()) this.note(each, undefined, -1);
      return ['FLUSHDB'];
    }
    if (dice < 150) {
      this.note(key, undefined, -1);
      return ['DEL', key];
    }
    const value = derivedValue(key, ++this.round, 12_000);
    if (dice < 300) {
      const expireAtMs = Date.now() + this.random.integer(1, 1500);
      this.note(key, value, expireAtMs);
      return ['SET', key, value, 'PXAT', expireAtMs];
    }
    this.note(key, value, -1);
    return ['SET', key, value];
  }

  private note(key: string, value: string | undefined, expireAtMs: number): void {
    const state: State = { value, expireAtMs, ackedAt: Number.POSITIVE_INFINITY };
    this.histories.get(key)?.push(state);
    this.pipelined.push([key, state]);
  }

  /** Compares every key with its history: it must be in a state that it had at `durableAt` or later. Goes on from there. */
  async check(tiered: TieredServer, durableAt: number): Promise<void> {
    await tiered.call('SELECT', this.db);
    const keys = [...this.histories.keys()];
    const readFromMs = Date.now();
    const replies = await tiered.pipeline(keys.map((key) => ['GET', key]));
    const readToMs = Date.now();
    keys.forEach((key, at) => {
      const states = this.histories.get(key) ?? [];
      const found = replies[at] ?? undefined;
      let first = states.length - 1;
      while (first > 0 && (states[first]?.ackedAt ?? 0) > durableAt) first--;
      const state = states.slice(first).findLast(({ value, expireAtMs }) => {
        const expires = value !== undefined && expireAtMs >= 0;
        if (found === undefined) return value === undefined || (expires && expireAtMs <= readToMs);
        return value === found && (!expires || expireAtMs > readFromMs);
      });
      if (state === undefined) {
        const allowed = states
          .slice(first)
          .map(({ value, expireAtMs }) => `${value?.slice(0, 20)} until ${expireAtMs}`);
        const past = states.findIndex(({ value }) => value === found) - first;
        assert.fail(`${key} is ${found?.slice(0, 20)} (state ${past} from the checkpoint's) but may be ${allowed}`);
      }
      this.histories.set(key, [{ ...state, ackedAt: 0 }]);
    });
  }
}

test(`kill -9 under load: ${ROUNDS} rounds, seed ${SEED}`, { timeout: 300_000 + ROUNDS * 5_000 }, async () => {
  const dir = mkdtempSync(join(tmpdir(), 'stratakv-kill-'));
  const random = new Random(SEED);
  const writers = Array.from({ length: WRITERS }, (_, db) => new Writer(db, new Random(SEED + db)));
  let durableAt = 0;
  let durableRounds = 0;
  try {
    for (let round = 0; round <= ROUNDS; round++) {
      const threads = String(random.integer(1, 3));
      const period = String(random.pick([1, 20, 100]));
      const tiered = await TieredServer.start(
        ['--maxmemory', '8mb', '--server-threads', threads, '--storage-flush-period', period],
        { dir },
      );
      for (const writer of writers) await writer.check(tiered, durableAt);
      if (durableAt > 0) durableRounds++;
      durableAt = 0;
      const clients = await Promise.all([...writers, 0].map(() => tiered.connect()));
      const watcher = clients.pop();
      assert.ok(watcher !== undefined);
      const done = writers.map((writer, n) => writer.run(clients[n] ?? watcher));
      const watched = watchCheckpoints(watcher, (at) => {
        durableAt = at;
      });
      if (random.chance(0.8)) await until('two checkpoints under load', async () => durableAt > 0);
      await sleep(random.integer(0, 200));
      await tiered.kill();
      await Promise.all([...done, watched]);
    }
    assert.ok(durableRounds * 2 > ROUNDS, `most rounds had checkpoints: ${durableRounds}`);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});
