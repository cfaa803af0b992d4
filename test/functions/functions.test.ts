import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { type LaunchedServer, launch } from '../support/launch.ts';
import { missingPrograms } from '../support/programs.ts';
import { type Argument, RawClient } from '../support/raw-client.ts';
import { readReply } from '../support/resp-reply.ts';
import { startServer } from '../support/server.ts';
import { PAYLOAD, scenarios } from './scenarios.ts';

const skip = missingPrograms({ 'redis-server': 'redis-server' });
const LIBRARY = "#!lua name=kept\nredis.register_function('kept', function(keys, args) return args[1] end)";

async function clientOf({ port }: Pick<LaunchedServer, 'port'>): Promise<RawClient> {
  return RawClient.connect({ port }, 60_000);
}

/** Answers all scenarios; a payload that the server dumped is exchanged by `payloads`. */
async function answers(client: RawClient, payloads: Buffer[], own: boolean): Promise<string[]> {
  const found: string[] = [];
  let dumped = 0;
  for (const words of scenarios) {
    const args: Argument[] = words.map((word) => (word === PAYLOAD ? (payloads[dumped - 1] ?? '') : word));
    const raw = await client.call(...args);
    if (words[1] === 'DUMP') {
      if (own) payloads.push(readReply(raw).text);
      dumped++;
    }
    found.push(raw.toString('latin1'));
  }
  return found;
}

test('FUNCTION and FCALL answer as redis-server does', { skip }, async () => {
  const servers = await Promise.all([launch('redis'), launch('stratakv')]);
  const [redis, ours] = await Promise.all([clientOf(servers[0]), clientOf(servers[1])]);
  try {
    for (const resp of [2, 3]) {
      await redis.call('HELLO', resp);
      await ours.call('HELLO', resp);
      const payloads: Buffer[] = [];
      const expected = await answers(redis, payloads, true);
      // We are given what redis-server dumped; what we dump must be the same bytes.
      const actual = await answers(ours, payloads, false);
      const differences = scenarios.flatMap((words, n) =>
        actual[n] === expected[n]
          ? []
          : [{ command: words.map(String).join(' '), expected: expected[n], actual: actual[n] }],
      );
      assert.deepEqual(differences, [], `RESP${resp}`);
    }
  } finally {
    redis.close();
    ours.close();
    await Promise.all(servers.map((server) => server.stop()));
  }
});

test('what one client loads, all threads know at once', async () => {
  const server = await launch('stratakv', { 'server-threads': '4' });
  const clients = await Promise.all(Array.from({ length: 12 }, () => clientOf(server)));
  try {
    for (const [n, client] of clients.entries()) {
      const name = `f${n}`;
      await client.call(
        'FUNCTION',
        'LOAD',
        'REPLACE',
        `#!lua name=all\nredis.register_function('${name}', function() return ${n} end)`,
      );
      const replies = await Promise.all(clients.map((one) => one.call('FCALL', name, 0)));
      assert.deepEqual(new Set(replies.map(String)), new Set([`:${n}\r\n`]));
    }
    // All at once, each its own library: none is lost.
    await Promise.all(
      clients.map((client, n) =>
        client.call(
          'FUNCTION',
          'LOAD',
          `#!lua name=one${n}\nredis.register_function('one${n}', function() return ${n} end)`,
        ),
      ),
    );
    for (const client of clients)
      assert.equal(
        readReply(await client.call('FUNCTION', 'LIST', 'LIBRARYNAME', 'one*')).items.length,
        clients.length,
      );
  } finally {
    for (const client of clients) client.close();
    await server.stop();
  }
});

test('functions outlive the server, also one that is killed, where there is a cold tier', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'stratakv-functions-'));
  const options = { dir, storage: 'flash ./flash' };
  try {
    const first = await startServer([], options);
    const loader = await clientOf(first);
    assert.equal(String(await loader.call('FUNCTION', 'LOAD', LIBRARY)), '$4\r\nkept\r\n');
    loader.close();
    await first.kill();
    const second = await startServer([], options);
    const client = await clientOf(second);
    assert.equal(String(await client.call('FCALL', 'kept', 0, 'x')), '$1\r\nx\r\n');
    assert.equal(String(await client.call('FUNCTION', 'FLUSH')), '+OK\r\n');
    client.close();
    await second.stop();
    const third = await startServer([], options);
    const last = await clientOf(third);
    assert.equal(String(await last.call('FUNCTION', 'LIST')), '*0\r\n');
    last.close();
    await third.stop();
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});
