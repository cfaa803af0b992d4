import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RawClient } from '../support/client.ts';
import { logged } from '../support/logged.ts';
import { startServer, type TestServer } from '../support/server.ts';

const limitBytes = 4 * 2 ** 20;
const args = ['--server-threads', '3', '--maxmemory-clients', String(limitBytes)];

async function field(admin: RawClient, name: string): Promise<number> {
  return Number(new RegExp(`${name}:(\\d+)`).exec(await admin.bulk('INFO'))?.[1]);
}

/** Waits until the clients of these names are gone, and checks that all others are there. */
async function evicted(admin: RawClient, clients: Readonly<Record<string, RawClient>>, gone: readonly string[]) {
  let list = '';
  // A client that does not read does not learn that it was closed.
  do list = await admin.bulk('CLIENT LIST');
  while (gone.some((name) => list.includes(` name=${name} `)));
  for (const name of Object.keys(clients)) assert.equal(list.includes(` name=${name} `), !gone.includes(name), name);
}

async function named(server: TestServer, name: string): Promise<RawClient> {
  const client = await RawClient.open(server.port);
  assert.equal(await client.line(`CLIENT SETNAME ${name}`), '+OK');
  return client;
}

const mega = (count: number) => 'x'.repeat(count * 2 ** 20);

/** Ways to take memory. Each is a client of its own; the largest is to go, the small one to stay. */
const hogs: Readonly<Record<string, (client: RawClient) => Promise<void> | void>> = {
  'a request that is not whole': (client) => client.send(`*2\r\n$3\r\nGET\r\n$9000000\r\n${mega(5)}`),
  'a request of many arguments': (client) =>
    client.send(`*600\r\n${`$10000\r\n${'a'.repeat(10_000)}\r\n`.repeat(500)}`),
  'replies that are not read': async (client) => {
    client.pause();
    // What the kernel buffers does not count.
    for (let i = 0; i < 120; i++) client.send(`*2\r\n$4\r\nECHO\r\n$100000\r\n${'x'.repeat(100_000)}\r\n`);
  },
  'a transaction': async (client) => {
    client.send('MULTI\r\n');
    for (let i = 0; i < 50; i++) client.send(`*2\r\n$4\r\nECHO\r\n$100000\r\n${'x'.repeat(100_000)}\r\n`);
  },
  'watched keys': async (client) => {
    for (let i = 0; i < 50; i++) client.send(`*2\r\n$5\r\nWATCH\r\n$100000\r\n${String(i).padEnd(100_000, 'k')}\r\n`);
  },
  subscriptions: async (client) => {
    for (let i = 0; i < 50; i++)
      client.send(`*2\r\n$10\r\nPSUBSCRIBE\r\n$100000\r\n${String(i).padEnd(100_000, 'p')}\r\n`);
  },
};

test('maxmemory-clients: whoever takes most goes, in whatever way and on whatever thread; others stay', async () => {
  const server = await startServer(args);
  try {
    const admin = await named(server, 'admin');
    assert.equal(await admin.line('CLIENT NO-EVICT ON'), '+OK');
    let count = 0;
    for (const [way, hog] of Object.entries(hogs)) {
      const large = await named(server, 'large');
      const small = await named(server, 'small');
      small.send(`*2\r\n$3\r\nGET\r\n$90000\r\n${'x'.repeat(80_000)}`);
      await hog(large);
      await evicted(admin, { large, small }, ['large']);
      assert.equal(await field(admin, 'evicted_clients'), ++count, way);
      large.close();
      small.close();
      await evicted(admin, { small }, ['small']);
    }
    await logged(server, /Evicting client: id=\d+ .* name=large /);
    admin.close();
  } finally {
    assert.equal(await server.stop(), 0);
  }
});

test('only as many go as have to, the largest first, over all threads; NO-EVICT stays', async () => {
  const server = await startServer(args);
  try {
    const admin = await named(server, 'admin');
    const clients: Record<string, RawClient> = {};
    const fill = (client: RawClient | undefined, bytes: number) =>
      client?.send(`*2\r\n$3\r\nGET\r\n$9000000\r\n${'x'.repeat(bytes)}`);
    for (const name of ['a', 'b', 'c', 'd', 'e', 'kept']) clients[name] = await named(server, name);
    assert.equal(await clients.kept?.line('CLIENT NO-EVICT ON'), '+OK');
    fill(clients.kept, 6_000_000);
    for (const [name, bytes] of [
      ['a', 700_000],
      ['b', 1_300_000],
      ['c', 500_000],
      ['d', 1_100_000],
    ] as const) {
      fill(clients[name], bytes);
      const whole = new RegExp(` name=${name} .* tot-mem=(\\d{6,}) `);
      for (let seen = 0; seen < bytes; seen = Number(whole.exec(await admin.bulk('CLIENT LIST'))?.[1] ?? 0));
    }
    assert.equal(await field(admin, 'evicted_clients'), 0);
    fill(clients.e, 900_000);
    await evicted(admin, clients, ['b']);
    assert.equal(await field(admin, 'evicted_clients'), 1);
    // A lower limit holds for clients that do nothing, too.
    assert.equal(await admin.line('CONFIG SET maxmemory-clients 2000000'), '+OK');
    await evicted(admin, clients, ['b', 'd', 'e']);
    assert.equal(await admin.line('CONFIG SET maxmemory-clients 0'), '+OK');
    fill(clients.c, 6_000_000);
    for (; !/ name=c .* tot-mem=6\d{6} /.test(await admin.bulk('CLIENT LIST')); );
    assert.equal(await field(admin, 'evicted_clients'), 3);
    assert.equal(await admin.line('CONFIG SET maxmemory 20mb maxmemory-clients 10%'), '+OK');
    await evicted(admin, clients, ['b', 'd', 'e', 'c']);
    for (const client of [...Object.values(clients), admin]) client.close();
  } finally {
    assert.equal(await server.stop(), 0);
  }
});
