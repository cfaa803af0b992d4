import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { RawClient } from '../support/raw-client.ts';
import { mountSmall, resizeSmall, unmountSmall } from './small-disk.ts';
import { derivedValue, TieredServer, textOf, until } from './tiered-server.ts';

/** Write-through as clients see it. Checkpoints are an hour apart: what survives was written by commits. */

const through = ['--storage-cache-mode', 'writethrough', '--storage-flush-period', '3600000'];
const HOUR_MS = 3_600_000;

/** A client on another thread than the others. */
async function onThread(tiered: TieredServer, taken: readonly RawClient[]): Promise<RawClient> {
  const threadOf = async (client: RawClient) =>
    /thread=(\d+)/.exec((await client.ask('CLIENT', 'INFO')).text.toString())?.[1];
  const others = await Promise.all(taken.map(threadOf));
  for (let tries = 0; tries < 200; tries++) {
    const client = await tiered.connect();
    if (!others.includes(await threadOf(client))) return client;
  }
  throw new Error('no connection came to another thread');
}

test('what was acknowledged survives kill -9 without any checkpoint: all ways to change something', {
  timeout: 300_000,
}, async () => {
  const dir = mkdtempSync(join(tmpdir(), 'stratakv-through-'));
  const args = [...through, '--server-threads', '3', '--enable-debug-command', 'yes'];
  let tiered: TieredServer | undefined;
  try {
    tiered = await TieredServer.start(args, { dir });
    const first = tiered.client;
    const second = await onThread(tiered, [first]);
    const ask = async (...command: Parameters<RawClient['ask']>) => {
      const reply = await first.ask(...command);
      assert.notEqual(reply.kind, '-', `${command.join(' ').slice(0, 100)}: ${reply.text}`);
      return reply;
    };
    const expireAtMs = Date.now() + HOUR_MS;
    await ask('MSET', 'a', '1', 'b', '2', 'c', '3', 'gone', '4', 'kept', '5', 'moved', '6');
    await ask('PEXPIREAT', 'a', expireAtMs);
    await ask('PEXPIREAT', 'kept', expireAtMs);
    await ask('PERSIST', 'kept');
    await ask('DEL', 'gone');
    await ask('RENAME', 'b', 'renamed');
    await ask('MOVE', 'moved', 5);
    await ask('APPEND', 'c', 'more');
    await ask('COPY', 'c', 'copied');
    await ask('HSET', 'hash', ...Array.from({ length: 5000 }, (_, n) => [`f${n}`, derivedValue('f', n, 60)]).flat());
    await ask('HDEL', 'hash', 'f17', 'f4711');
    await ask('ZADD', 'zset', ...Array.from({ length: 3000 }, (_, n) => [n, `m${n}`]).flat());
    await ask('ZREMRANGEBYRANK', 'zset', 10, 1500);
    await ask('XADD', 'stream', '1-1', 'f', 'v');
    await ask('XGROUP', 'CREATE', 'stream', 'group', '0');
    await ask('XREADGROUP', 'GROUP', 'group', 'me', 'STREAMS', 'stream', '>');
    await ask('EVAL', 'for n, key in ipairs(KEYS) do redis.call("set", key, n) end', 3, 's1', 's2', 's3');
    await ask('FUNCTION', 'LOAD', '#!lua name=lib\nredis.register_function("f", function() return 1 end)');
    await ask('KEYDB.CRON', 'job', 'single', HOUR_MS, 'redis.call("incr", "ran")');
    // Served by the thread of who fills the list; the reply comes from its own.
    const blocked = second.ask('BLMOVE', 'from', 'to', 'LEFT', 'RIGHT', 0);
    await until('it waits', async () => (await tiered?.info('blocked_clients')) === '1');
    await ask('RPUSH', 'from', 'element', 'another');
    assert.equal((await blocked).text.toString(), 'element');
    for (const [db, value] of [
      [1, 'one'],
      [2, 'two'],
      [3, 'three'],
    ] as const) {
      await ask('SELECT', db);
      await ask('SET', 'k', value);
    }
    await ask('FLUSHDB');
    await ask('SWAPDB', 1, 2);
    await ask('SELECT', 0);
    // The last one: nobody has waited for anything since.
    const replies = await first.pipeline([
      ['MULTI'],
      ['INCR', 'x'],
      ['INCR', 'y'],
      ['EXEC'],
      ['SET', 'last', 'word'],
      ['GET', 'last'],
    ]);
    assert.equal(replies.at(-1)?.toString(), '$4\r\nword\r\n');
    const digest = textOf(await first.ask('DEBUG', 'DIGEST'));
    await tiered.kill();

    tiered = await TieredServer.start(args, { dir });
    assert.equal(await tiered.call('DEBUG', 'DIGEST'), digest);
    assert.equal(await tiered.call('PEXPIRETIME', 'a'), String(expireAtMs));
    assert.equal(await tiered.call('PTTL', 'kept'), '-1');
    assert.equal(await tiered.call('EXISTS', 'gone', 'b', 'moved'), '0');
    assert.equal(await tiered.call('GET', 'last'), 'word');
    assert.deepEqual(await tiered.list('LRANGE', 'to', 0, -1), ['element']);
    assert.deepEqual(await tiered.list('LRANGE', 'from', 0, -1), ['another']);
    assert.equal(await tiered.call('FCALL', 'f', 0), '1');
    assert.equal(await tiered.call('EXISTS', 'job'), '1');
    assert.equal((await tiered.client.ask('XPENDING', 'stream', 'group')).items[0]?.text.toString(), '1');
    const inDatabase = async (db: number) => {
      await tiered?.call('SELECT', db);
      return tiered?.call('GET', 'k');
    };
    assert.deepEqual([await inDatabase(1), await inDatabase(2), await inDatabase(3)], ['two', 'one', null]);
  } finally {
    await tiered?.kill();
    rmSync(dir, { recursive: true, force: true });
  }
});

test('a full disk: what cannot be kept is not acknowledged, writers are refused, and what was acknowledged survives', {
  timeout: 300_000,
}, async (t) => {
  const dir = mountSmall(40);
  if (dir === undefined) return t.skip('needs to mount a tmpfs');
  const args = [...through, '--server-threads', '2'];
  let tiered: TieredServer | undefined;
  try {
    tiered = await TieredServer.start(args, { dir });
    const server = tiered;
    const acknowledged = new Map<string, string>();
    const writer = await server.connect();
    let n = 0;
    // The reply to the first write that failed never comes: the client is let go.
    await assert.rejects(async () => {
      for (; n < 20_000; n++) {
        const value = derivedValue(`k${n}`, 0, 30_000);
        const reply = textOf(await writer.ask('SET', `k${n}`, value));
        assert.equal(reply, 'OK');
        acknowledged.set(`k${n}`, value);
      }
    }, /closed the connection/);
    assert.match((await server.call('SET', 'more', 'x')) ?? '', /^-MISCONF Errors writing to the cold tier/);
    assert.match((await server.call('EVAL', 'return redis.call("set", "more", "x")', 0)) ?? '', /^-MISCONF/);
    assert.equal(await server.call('GET', 'k0'), acknowledged.get('k0'));
    assert.equal(await server.call('GET', `k${n}`), derivedValue(`k${n}`, 0, 30_000), 'it is there, but not for sure');
    resizeSmall(dir, 512);
    await until('writes are taken again', async () => (await server.call('SET', 'late', 'x')) === 'OK', 60_000);
    acknowledged.set('late', 'x');
    // What was held is on disk with what came after it.
    acknowledged.set(`k${n}`, derivedValue(`k${n}`, 0, 30_000));
    await server.kill();
    tiered = await TieredServer.start(args, { dir });
    const keys = [...acknowledged.keys()];
    const replies = await tiered.pipeline(keys.map((key) => ['GET', key]));
    for (const [at, reply] of replies.entries()) assert.equal(reply, acknowledged.get(keys[at] ?? ''), keys[at]);
  } catch (error) {
    t.diagnostic(tiered?.server.log().slice(-3000) ?? '');
    throw error;
  } finally {
    await tiered?.kill();
    unmountSmall(dir);
  }
});
