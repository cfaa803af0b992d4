import assert from 'node:assert/strict';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { RawClient } from '../support/client.ts';
import { logged } from '../support/logged.ts';
import { startServer } from '../support/server.ts';

test('maxclients counts all threads; requirepass is asked for; idle clients are dropped', async () => {
  const server = await startServer(['--server-threads', '2', '--maxclients', '3', '--requirepass', 'secret']);
  try {
    const clients = [];
    for (let i = 0; i < 3; i++) {
      const client = await RawClient.open(server.port);
      assert.equal(await client.line('PING'), '-NOAUTH Authentication required.');
      clients.push(client);
    }
    const fourth = await RawClient.open(server.port);
    assert.equal(await fourth.until(/\r\n/), '-ERR max number of clients reached\r\n');
    await fourth.closed;
    assert.equal(await clients[0]?.line('AUTH secret'), '+OK');
    assert.equal(await clients[0]?.line('PING'), '+PONG');
    // Only now, since three connections may take more than a second on a loaded machine.
    assert.equal(await clients[0]?.line('CONFIG SET timeout 1'), '+OK');
    await Promise.all(clients.map((client) => client.closed));
  } finally {
    await server.stop();
  }
});

test('a pipeline longer than the read buffer is answered in order', async () => {
  const server = await startServer(['--server-threads', '1']);
  try {
    const client = await RawClient.open(server.port);
    const count = 30_000;
    let requests = '';
    for (let i = 0; i < count; i++) requests += `*2\r\n$4\r\nECHO\r\n$5\r\n${String(i).padStart(5, '0')}\r\n`;
    client.send(requests);
    const replies = await client.until(/29999\r\n/);
    assert.equal(replies.length, count * '$5\r\n00000\r\n'.length);
    assert.ok(replies.startsWith('$5\r\n00000\r\n$5\r\n00001\r\n'));
    client.close();
  } finally {
    assert.equal(await server.stop(), 0);
  }
});

test('a protocol error is answered, and the connection closed', async () => {
  const server = await startServer();
  try {
    const client = await RawClient.open(server.port);
    client.send('*1\r\n$4\r\nPING\r\n*1\r\nfoo\r\n');
    assert.equal(await client.until(/got 'f'\r\n/), "+PONG\r\n-ERR Protocol error: expected '$', got 'f'\r\n");
    await client.closed;
  } finally {
    await server.stop();
  }
});

test('clients that do not read, or send endless requests, are dropped at their limits', async () => {
  const limits = ['--client-output-buffer-limit', 'normal 2mb 0 0', '--client-query-buffer-limit', '1mb'];
  const server = await startServer([...limits, '--loglevel', 'verbose']);
  try {
    const deaf = await RawClient.open(server.port);
    deaf.pause();
    const echo = `*2\r\n$4\r\nECHO\r\n$100000\r\n${'x'.repeat(100_000)}\r\n`;
    for (let i = 0; i < 200; i++) deaf.send(echo);
    const talker = await RawClient.open(server.port);
    talker.send(`*2\r\n$4\r\nECHO\r\n$9000000\r\n${'y'.repeat(8_000_000)}`);
    await talker.closed;
    await logged(server, /Closing client that reached max query buffer length/);
    const watcher = await RawClient.open(server.port);
    while ((await watcher.bulk('CLIENT LIST')).trim().split('\n').length > 1);
    await logged(server, /overcoming of output buffer limits/);
    watcher.close();
    deaf.close();
  } finally {
    await server.stop();
  }
});

test('replies above the hard output limit are not sent, to a client that reads too; what it asked for is done', async () => {
  const server = await startServer(['--client-output-buffer-limit', 'normal 100kb 0 0']);
  try {
    const watcher = await RawClient.open(server.port);
    const value = 'x'.repeat(30_000);
    assert.equal(await watcher.line(`SET v ${value}`), '+OK');
    for (const requests of [
      'GET v\r\nINCR n\r\nGET v\r\nGET v\r\nGET v\r\n',
      'MULTI\r\nGET v\r\nGET v\r\nGET v\r\nGET v\r\nINCR n\r\nEXEC\r\n',
    ]) {
      const greedy = await RawClient.open(server.port);
      greedy.send(requests);
      await greedy.closed;
      assert.equal(greedy.rest, '');
    }
    assert.equal(await watcher.bulk('GET n'), '2');
    const modest = await RawClient.open(server.port);
    for (let i = 0; i < 10; i++) assert.equal((await modest.bulk('GET v')).length, 30_000);
    modest.close();
    watcher.close();
  } finally {
    await server.stop();
  }
});

test('the Unix socket has its permissions, serves, and goes with the server', async () => {
  const server = await startServer(['--unixsocket', 'u.sock', '--unixsocketperm', '700', '--pidfile', 'u.pid']);
  const path = join(server.dir, 'u.sock');
  const client = await RawClient.open(path);
  assert.equal(await client.line('PING'), '+PONG');
  assert.equal(statSync(path).mode & 0o777, 0o700);
  assert.ok(existsSync(join(server.dir, 'u.pid')));
  client.close();
  assert.equal(await server.stop(), 0);
  assert.ok(!existsSync(path));
});

test('a second server on the port says so and leaves', async () => {
  const server = await startServer(['--server-threads', '2']);
  try {
    const rival = await startServer(['--server-threads', '2'], { port: server.port }).catch((error: Error) => error);
    // The rival's PING is answered by the first server, so it may seem to be up for a moment.
    if (!(rival instanceof Error)) assert.equal(await rival.exited, 1);
    const text = rival instanceof Error ? rival.message : rival.log();
    assert.match(text, /Could not create server TCP listening socket 127\.0\.0\.1:\d+: bind: Address already in use/);
  } finally {
    assert.equal(await server.stop(), 0);
  }
});

test('without stream handles connections use plain sockets', async () => {
  const server = await startServer(['--server-threads', '2'], { env: { STRATAKV_PLAIN_SOCKETS: '1' } });
  try {
    const client = await RawClient.open(server.port);
    assert.equal(await client.line('PING'), '+PONG');
    client.send('PING\r\n'.repeat(20_000));
    await client.until(/(\+PONG\r\n){20000}/);
    await logged(server, /plain sockets/);
    client.close();
  } finally {
    assert.equal(await server.stop(), 0);
  }
});
