import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { logged } from '../support/logged.ts';
import { mountSmall, resizeSmall, unmountSmall } from './small-disk.ts';
import { derivedValue, TieredServer, until } from './tiered-server.ts';

test('disk full: clear errors, hot data served, and everything goes on when there is space again', {
  timeout: 300_000,
}, async (t) => {
  const dir = mountSmall(48);
  if (dir === undefined) return t.skip('needs to mount a tmpfs');
  let tiered: TieredServer | undefined;
  try {
    tiered = await TieredServer.start(['--maxmemory', '8mb', '--server-threads', '1'], { dir });
    const server = tiered;
    const written = new Map<string, string>();
    let refusals = 0;
    for (let n = 0; n < 200 && refusals < 50; n++) {
      const keys = Array.from({ length: 100 }, (_, at) => `k${n * 100 + at}`);
      const replies = await server.pipeline(keys.map((key) => ['SET', key, derivedValue(key, 0, 10_000)]));
      for (const [at, reply] of replies.entries()) {
        const key = keys[at] ?? '';
        if (reply === 'OK') written.set(key, derivedValue(key, 0, 10_000));
        else {
          assert.match(reply ?? '', /^-(IOERR|OOM) /);
          refusals++;
        }
      }
    }
    assert.ok(refusals >= 50, 'the disk is full');
    assert.match(
      (await server.call('SET', 'one-more', 'x'.repeat(10_000))) ?? '',
      /^-IOERR The memory is full and the cold tier/,
    );
    const hot: string[] = [];
    for (const key of [...written.keys()].slice(-400)) {
      const [where] = await server.list('TIER', 'WHERE', key);
      if (where?.startsWith('hot')) hot.push(key);
    }
    assert.ok(hot.length > 100);
    for (const key of hot) assert.equal(await server.call('GET', key), written.get(key));
    assert.equal(await server.call('DEL', hot[0] ?? ''), '1');
    written.delete(hot[0] ?? '');
    assert.notEqual(await server.figure('cold_write_errors'), 0);
    await logged(server.server, /Cannot write to the cold tier/);
    assert.equal(await server.call('PING'), 'PONG');

    resizeSmall(dir, 512);
    await until(
      'writes are taken again',
      async () => (await server.call('SET', 'late', 'x'.repeat(10_000))) === 'OK',
      60_000,
    );
    written.set('late', 'x'.repeat(10_000));
    await until('a checkpoint is made', async () => (await server.figure('dirty_keys')) === 0, 60_000);
    const keys = [...written.keys()];
    for (let from = 0; from < keys.length; from += 500) {
      const some = keys.slice(from, from + 500);
      const replies = await server.pipeline(some.map((key) => ['GET', key]));
      for (const [at, reply] of replies.entries()) assert.equal(reply, written.get(some[at] ?? ''), some[at]);
    }
    assert.equal(await tiered.stop(), 0);
    tiered = undefined;
  } catch (error) {
    if (tiered !== undefined) {
      t.diagnostic(JSON.stringify([...(await tiered.status())]));
      t.diagnostic(tiered.server.log().slice(-3000));
    }
    throw error;
  } finally {
    await tiered?.kill();
    unmountSmall(dir);
  }
});

test('damaged table files: readers of what they hold get -IOERR, everybody else is served', {
  timeout: 300_000,
}, async () => {
  const dir = mkdtempSync(join(tmpdir(), 'stratakv-damage-'));
  let tiered: TieredServer | undefined;
  try {
    tiered = await TieredServer.start(['--maxmemory', '8mb'], { dir });
    const keys = Array.from({ length: 6000 }, (_, n) => `k${n}`);
    await tiered.pipeline(keys.map((key) => ['SET', key, derivedValue(key, 0, 10_000)]));
    assert.equal(await tiered.stop(), 0);
    tiered = await TieredServer.start(['--maxmemory', '8mb'], { dir });
    const server = tiered;
    // Under the running server: the start would leave damaged records out.
    const flash = join(dir, 'flash');
    const tables = readdirSync(flash).filter((name) => name.endsWith('.sst'));
    assert.ok(tables.length > 0);
    for (const name of tables) {
      const bytes = readFileSync(join(flash, name));
      for (let at = 5000; at < bytes.length / 2; at += 40_000) bytes.fill(0x5a, at, at + 20);
      writeFileSync(join(flash, name), bytes);
    }
    await server.call('SET', 'hot', 'value');
    let failed = 0;
    for (let from = 0; from < keys.length; from += 100) {
      const some = keys.slice(from, from + 100);
      const replies = await server.pipeline(some.map((key) => ['GET', key]));
      for (const [at, reply] of replies.entries()) {
        const key = some[at] ?? '';
        if (reply?.startsWith('-')) {
          assert.match(reply, /^-IOERR /);
          failed++;
        } else assert.equal(reply, derivedValue(key, 0, 10_000), key);
      }
    }
    assert.ok(failed > 0 && failed < keys.length, `${failed} of ${keys.length} are damaged`);
    assert.notEqual(await server.figure('cold_read_errors'), 0);
    assert.equal(await server.call('GET', 'hot'), 'value');
    assert.equal(await server.call('SET', 'hot', 'other'), 'OK');
  } finally {
    await tiered?.kill();
    rmSync(dir, { recursive: true, force: true });
  }
});
