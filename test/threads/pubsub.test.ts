import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { RawClient as PausedClient } from '../support/client.ts';
import { encodeCommand, RawClient } from '../support/raw-client.ts';
import { startServer, type TestServer } from '../support/server.ts';

const THREADS = 3;
const CLIENTS = 12;

/** Messages of RESP3 pushes, `kind channel text`. */
function messages(client: RawClient): string[] {
  return client.pushes.map((push) => {
    const lines = push.latin1Slice().split('\r\n');
    return [lines[2], ...lines.filter((_, n) => n > 2 && n % 2 === 0)].join(' ');
  });
}

async function until(what: string, condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!condition()) {
    if (Date.now() > deadline) assert.fail(`never: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

describe('messages between the clients of several threads', () => {
  let server: TestServer;
  const clients: RawClient[] = [];

  before(async () => {
    server = await startServer([
      ...['--server-threads', String(THREADS)],
      ...['--client-output-buffer-limit', 'pubsub 1mb 0 0'],
    ]);
    for (let n = 0; n < CLIENTS; n++) {
      const client = await RawClient.connect({ port: server.port }, 60_000);
      await client.call('HELLO', 3);
      clients.push(client);
    }
  });
  after(async () => {
    for (const client of clients) client.close();
    await server.stop();
  });

  /** Sends a command whose replies are pushes; comes back when it has run. */
  const run = (client: RawClient, ...command: string[]) =>
    client.send(Buffer.concat([encodeCommand(command), encodeCommand(['PING'])]), 1);

  test('PUBLISH counts every subscriber of every thread as soon as it has its reply', {
    timeout: 300_000,
  }, async () => {
    const [publisher, ...subscribers] = clients;
    assert.ok(publisher !== undefined);
    for (const [n, client] of subscribers.entries()) {
      await run(client, 'SUBSCRIBE', 'count');
      assert.equal((await publisher.call('PUBLISH', 'count', String(n))).latin1Slice(), `:${n + 1}\r\n`);
    }
    assert.equal((await publisher.call('PUBSUB', 'NUMSUB', 'count')).latin1Slice(), '*2\r\n$5\r\ncount\r\n:11\r\n');
    for (const [n, client] of subscribers.entries()) {
      await run(client, 'UNSUBSCRIBE', 'count');
      const left = subscribers.length - n - 1;
      assert.equal((await publisher.call('PUBLISH', 'count', 'x')).latin1Slice(), `:${left}\r\n`);
    }
  });

  test('every message of a publisher arrives once and in order, also through patterns', {
    timeout: 300_000,
  }, async () => {
    const publishers = clients.slice(0, 4);
    const subscribers = clients.slice(4);
    for (const client of subscribers) {
      client.pushes.length = 0;
      await run(client, 'SUBSCRIBE', 'flow:1', 'flow:3', 'big');
      await run(client, 'PSUBSCRIBE', 'flow:*');
    }
    const count = 500;
    await Promise.all(
      publishers.map(async (client, p) => {
        for (let n = 0; n < count; n += 50) {
          const batch = Array.from({ length: 50 }, (_, i) => encodeCommand(['PUBLISH', `flow:${p}`, `${p}-${n + i}`]));
          // Now and then one that needs several parts of a ring.
          if (n === 100) batch.push(encodeCommand(['PUBLISH', 'big', 'y'.repeat(300_000)]));
          await client.send(Buffer.concat(batch), batch.length);
        }
      }),
    );
    for (const client of subscribers) {
      const wanted = publishers.length * (count + 1) + 2 * count;
      await until('all messages', () => messages(client).filter((text) => text.includes('message')).length === wanted);
      for (const kind of ['message', 'pmessage']) {
        for (const p of publishers.keys()) {
          const texts = messages(client).filter((text) => text.startsWith(kind) && text.includes(`flow:${p} `));
          const numbers = texts.map((text) => Number(text.split('-')[1]));
          const expected = kind === 'pmessage' || p === 1 || p === 3 ? count : 0;
          assert.deepEqual(
            numbers,
            Array.from({ length: expected }, (_, n) => n),
          );
        }
      }
      await run(client, 'UNSUBSCRIBE');
      await run(client, 'PUNSUBSCRIBE');
    }
  });

  test('subscribers that leave are forgotten', { timeout: 300_000 }, async () => {
    const [publisher] = clients;
    assert.ok(publisher !== undefined);
    const leaving: RawClient[] = [];
    for (let n = 0; n < 6; n++) {
      const client = await RawClient.connect({ port: server.port }, 60_000);
      await client.call('HELLO', 3);
      await run(client, 'SUBSCRIBE', 'gone', `own:${n}`);
      await run(client, 'PSUBSCRIBE', `p${n}*`);
      leaving.push(client);
    }
    for (const client of leaving) client.close();
    let left = '';
    await until('nobody listens', () => {
      void publisher.call('PUBSUB', 'CHANNELS').then((reply) => {
        left = reply.latin1Slice();
      });
      return left === '*0\r\n';
    });
    assert.equal((await publisher.call('PUBSUB', 'NUMPAT')).latin1Slice(), ':0\r\n');
  });

  test('a subscriber that does not read is dropped at its limit, and nobody waits for it', {
    timeout: 300_000,
  }, async () => {
    const [publisher, reader] = clients;
    assert.ok(publisher !== undefined && reader !== undefined);
    const deaf: PausedClient[] = [];
    for (let n = 0; n < THREADS * 2; n++) {
      const client = await PausedClient.open(server.port);
      client.send('SUBSCRIBE slow\r\n');
      await client.until(/:1\r\n/);
      client.pause();
      deaf.push(client);
    }
    reader.pushes.length = 0;
    await run(reader, 'SUBSCRIBE', 'slow');
    reader.pushes.length = 0;
    const text = 'z'.repeat(200_000);
    let sent = 0;
    // What lies in the kernel's buffers does not count.
    for (let left = ''; left !== ':1\r\n' && sent < 400; sent++) {
      left = (await publisher.call('PUBLISH', 'slow', text)).latin1Slice();
    }
    assert.ok(sent < 400, 'the deaf ones are gone');
    await until('all messages', () => reader.pushes.length === sent);
    await run(reader, 'UNSUBSCRIBE', 'slow');
    for (const client of deaf) client.close();
  });

  test('a key that one thread changes is forgotten by the readers of all', { timeout: 300_000 }, async () => {
    const [writer, ...readers] = clients;
    assert.ok(writer !== undefined);
    await writer.call('SET', 'cached', '0');
    for (const client of readers) {
      client.pushes.length = 0;
      await client.call('CLIENT', 'TRACKING', 'ON');
      await client.call('GET', 'cached');
    }
    await writer.call('SET', 'cached', '1');
    for (const client of readers) {
      await until('the invalidation', () => client.pushes.length === 1);
      assert.equal(client.pushes[0]?.latin1Slice(), '>2\r\n$10\r\ninvalidate\r\n*1\r\n$6\r\ncached\r\n');
    }
    // Nobody has read it again.
    await writer.call('SET', 'cached', '2');
    await writer.call('FLUSHALL');
    for (const client of readers) {
      await until('the flush', () => client.pushes.length === 2);
      assert.equal(client.pushes[1]?.latin1Slice(), '>2\r\n$10\r\ninvalidate\r\n_\r\n');
      client.pushes.length = 0;
      await client.call('CLIENT', 'TRACKING', 'OFF');
      await client.call('CLIENT', 'TRACKING', 'ON', 'BCAST', 'PREFIX', 'told:');
    }
    await writer.call('MSET', 'told:1', 'a', 'other', 'b', 'told:2', 'c');
    for (const client of readers) {
      await until('the broadcast', () => client.pushes.length === 1);
      assert.equal(
        client.pushes[0]?.latin1Slice(),
        '>2\r\n$10\r\ninvalidate\r\n*2\r\n$6\r\ntold:1\r\n$6\r\ntold:2\r\n',
      );
    }
    // Expiry is noticed by the tier thread.
    await writer.call('SET', 'told:3', 'a', 'PX', '20');
    for (const client of readers) {
      await until('the expiry', () => client.pushes.length === 3);
      await client.call('CLIENT', 'TRACKING', 'OFF');
    }
  });
});
