import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type LaunchedServer, launch } from '../support/launch.ts';
import { toPlain } from '../support/plain-reply.ts';
import { RawClient } from '../support/raw-client.ts';

const CLIENTS = 12;
const ROUNDS = 40;

describe('users over several threads', { timeout: 300_000 }, () => {
  let server: LaunchedServer;
  let admin: RawClient;
  let clients: RawClient[];

  before(async () => {
    server = await launch('stratakv', { 'server-threads': '3', 'slowlog-log-slower-than': '0' });
    admin = await RawClient.connect({ port: server.port });
    await admin.call('ACL', 'SETUSER', 'worker', 'on', '>pw', '~*', '+@all');
    clients = await Promise.all(Array.from({ length: CLIENTS }, () => RawClient.connect({ port: server.port })));
    for (const client of clients) assert.equal(String(await client.call('AUTH', 'worker', 'pw')), '+OK\r\n');
  });

  after(async () => {
    for (const client of [admin, ...(clients ?? [])]) client?.close();
    await server?.stop();
  });

  it('a change counts on every thread before its reply is there', async () => {
    const lines = String(await admin.call('CLIENT', 'LIST'));
    assert.ok(new Set(lines.match(/thread=\d+/g)).size > 1, 'the clients are spread over threads');
    for (let round = 0; round < ROUNDS; round++) {
      const allowed = round % 2 === 1;
      // Any connection may ask for it.
      const asks = round % 3 === 0 ? admin : (clients[round % CLIENTS] ?? admin);
      assert.equal(String(await asks.call('ACL', 'SETUSER', 'worker', allowed ? '+incr' : '-incr')), '+OK\r\n');
      const replies = await Promise.all(clients.map((client) => client.call('INCR', 'counter')));
      for (const reply of replies) assert.equal(reply[0], (allowed ? ':' : '-').charCodeAt(0), `${round}: ${reply}`);
    }
  });

  it('changes from all sides leave all threads with the same users', async () => {
    await admin.call('ACL', 'SETUSER', 'worker', '+@all', '%R~none');
    await Promise.all(
      clients.map(async (client, n) => {
        for (let i = 0; i < ROUNDS; i++) {
          const rules = i % 5 === 4 ? ['reset'] : ['on', `~k${n}:${i}`, i % 2 === 0 ? '+get' : '-get', `>p${n}`];
          await client.call('ACL', 'SETUSER', `shared${i % 2}`, ...rules);
        }
      }),
    );
    const lists = await Promise.all(clients.map((client) => client.call('ACL', 'LIST')));
    assert.equal(new Set(lists.map(String)).size, 1);
  });

  it('denials on all threads are one log', async () => {
    await admin.call('ACL', 'LOG', 'RESET');
    await admin.call('ACL', 'SETUSER', 'worker', '-get');
    for (const client of clients) await client.call('GET', 'a');
    const log = toPlain(await admin.call('ACL', 'LOG')) as unknown[][];
    assert.equal(log.length, 1);
    assert.deepEqual(log[0]?.slice(0, 10), [
      ...['count', CLIENTS, 'reason', 'command', 'context', 'toplevel', 'object', 'get', 'username', 'worker'],
    ]);
    await admin.call('ACL', 'LOG', 'RESET');
    for (const client of clients) await client.call('GET', 'a');
    for (const client of clients) await client.call('AUTH', 'worker', 'wrong');
    const two = toPlain(await admin.call('ACL', 'LOG')) as unknown[][];
    assert.deepEqual(
      two.map((entry) => [entry[1], entry[3]]),
      [
        [CLIENTS, 'auth'],
        [CLIENTS, 'command'],
      ],
    );
  });

  it('no password is seen in the slow log or the log', async () => {
    await admin.call('ACL', 'SETUSER', 'x', '>hush-hush');
    await admin.call('AUTH', 'x', 'hush-hush');
    await admin.call('HELLO', '2', 'AUTH', 'x', 'hush-hush');
    await admin.call('CONFIG', 'SET', 'requirepass', 'hush-hush', 'maxmemory-samples', '6');
    await admin.call('CONFIG', 'SET', 'requirepass', '');
    const slow = String(await admin.call('SLOWLOG', 'GET', '-1'));
    assert.ok(slow.includes('(redacted)') && slow.includes('maxmemory-samples'));
    assert.ok(!slow.includes('hush-hush'), slow);
    assert.ok(!server.log().includes('hush-hush'), server.log());
  });

  it('deleting a user ends its connections on every thread, and only those', async () => {
    const bystander = await RawClient.connect({ port: server.port });
    assert.equal(String(await admin.call('ACL', 'DELUSER', 'worker', 'shared0')), ':2\r\n');
    for (const client of clients) await assert.rejects(client.call('PING'));
    assert.equal(String(await bystander.call('PING')), '+PONG\r\n');
    bystander.close();
  });
});
