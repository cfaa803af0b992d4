import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { RawClient } from '../support/client.ts';
import { startServer } from '../support/server.ts';

const clientCount = 64;

/** Connections per thread, as CLIENT LIST tells. */
async function spread(clients: readonly RawClient[], threads: number): Promise<number[]> {
  const counts = new Array<number>(threads).fill(0);
  const list = await clients[0]?.bulk('CLIENT LIST');
  for (const [, thread = ''] of list?.matchAll(/ thread=(\d+)/g) ?? [])
    counts[Number(thread)] = (counts[Number(thread)] ?? 0) + 1;
  return counts;
}

async function checkSpread(to: number | string, threads: number, rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    const clients = await Promise.all(Array.from({ length: clientCount }, () => RawClient.open(to)));
    assert.deepEqual(
      await Promise.all(clients.map((client) => client.line('PING'))),
      clients.map(() => '+PONG'),
    );
    const counts = await spread(clients, threads);
    assert.equal(
      counts.reduce((sum, count) => sum + count),
      clientCount,
      `round ${round}: everybody is listed`,
    );
    assert.ok(Math.max(...counts) <= (clientCount / threads) * 1.5, `round ${round}: ${counts.join('/')}`);
    for (const client of clients) client.close();
    const probe = await RawClient.open(to);
    // The next round must not count connections that are still being closed.
    while ((await probe.bulk('CLIENT LIST')).trim().split('\n').length > 1);
    probe.close();
  }
}

test('64 connections are spread within 1.5 times the mean, over 4 threads, every time', async () => {
  const server = await startServer(['--server-threads', '4']);
  try {
    await checkSpread(server.port, 4, 20);
  } finally {
    assert.equal(await server.stop(), 0);
  }
});

test('64 connections are spread over 8 threads', async () => {
  const server = await startServer(['--server-threads', '8']);
  try {
    await checkSpread(server.port, 8, 5);
  } finally {
    assert.equal(await server.stop(), 0);
  }
});

test('connections of a Unix socket are spread too', async () => {
  const server = await startServer(['--server-threads', '4', '--unixsocket', 'strata.sock', '--unixsocketperm', '700']);
  try {
    await checkSpread(join(server.dir, 'strata.sock'), 4, 3);
  } finally {
    assert.equal(await server.stop(), 0);
  }
});
