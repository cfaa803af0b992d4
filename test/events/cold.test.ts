import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeCommand, RawClient } from '../support/raw-client.ts';
import { startServer } from '../support/server.ts';

/** Resolves when so many events have come. */
async function events(subscriber: RawClient, count: number): Promise<string[]> {
  const deadline = Date.now() + 60_000;
  while (subscriber.pushes.length < count) {
    assert.ok(Date.now() < deadline, `${subscriber.pushes.length} events of ${count}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return subscriber.pushes.map((push) => {
    const lines = push.latin1Slice().split('\r\n');
    return `${lines[6]} ${lines[8]}`;
  });
}

test('keys that expire on disk, and that nobody asks for, have their event too', { timeout: 300_000 }, async () => {
  const server = await startServer(['--notify-keyspace-events', 'Ex', '--server-threads', '2'], {
    storage: 'flash ./flash',
  });
  const client = await RawClient.connect({ port: server.port }, 60_000);
  const subscriber = await RawClient.connect({ port: server.port }, 60_000);
  try {
    await subscriber.call('HELLO', 3);
    await subscriber.send(Buffer.concat([encodeCommand(['PSUBSCRIBE', '__key*@*']), encodeCommand(['PING'])]), 1);
    subscriber.pushes.length = 0;
    await client.call('SELECT', 3);
    const names = Array.from({ length: 20 }, (_, n) => `cold:${n}`);
    for (const name of names) {
      await client.call('SET', name, 'value', 'PX', 700);
      await client.call('TIER', 'DEMOTE', name);
    }
    await client.call('SET', 'stays', 'value');
    const found = await events(subscriber, names.length);
    assert.deepEqual(found.sort(), names.map((name) => `__keyevent@3__:expired ${name}`).sort());
    assert.equal((await client.call('DBSIZE')).latin1Slice(), ':1\r\n');
  } finally {
    client.close();
    subscriber.close();
    await server.stop();
  }
});
