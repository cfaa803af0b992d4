import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startServer } from '../support/server.ts';
import { BlockingStress } from './stress.ts';
import { blocked, plain, WaitingClient } from './waiting-client.ts';

const THREADS = '4';

test('no element is lost or given twice, whoever is killed while it waits', { timeout: 300_000 }, async (context) => {
  const server = await startServer(['--server-threads', THREADS], { storage: 'flash ./flash' });
  try {
    const seed = Date.now() % 1_000_000;
    context.diagnostic(`seed ${seed}`);
    const options = { port: server.port, seed, producers: 8, consumers: 8, milliseconds: 2500, tiered: true };
    const result = await new BlockingStress(options).run();
    context.diagnostic(JSON.stringify(result));
    assert.ok(result.taken > 0);
  } catch (error) {
    console.error(server.log());
    throw error;
  } finally {
    assert.equal(await server.stop(), 0);
  }
});

test('clients of different threads are served in the order in which they blocked', { timeout: 300_000 }, async () => {
  const server = await startServer(['--server-threads', THREADS]);
  try {
    const observer = await WaitingClient.connect(server.port);
    const producers = await Promise.all(Array.from({ length: 4 }, () => WaitingClient.connect(server.port)));
    const clients = await Promise.all(Array.from({ length: 12 }, () => WaitingClient.connect(server.port)));
    for (let round = 0; round < 5; round++) {
      for (const [n, client] of clients.entries()) {
        client.send(...(n % 3 === 0 ? ['BLPOP', 'other', 'k', '0'] : ['BRPOP', 'k', '0']));
        await blocked(observer, client);
      }
      // By one command, one after the other, and at the same time from all threads.
      if (round % 3 === 0) await observer.ask('RPUSH', 'k', ...clients.map(() => 'x'));
      else if (round % 3 === 1) for (const _ of clients) await observer.ask('LPUSH', 'k', 'x');
      else {
        for (const [n] of clients.entries()) producers[n % producers.length]?.send('LPUSH', 'k', 'x');
        for (const [n] of clients.entries()) await producers[n % producers.length]?.next();
      }
      for (const client of clients) assert.equal(plain(await client.next()), '[$k $x]');
      assert.equal(plain(await observer.ask('EXISTS', 'k')), ':0');
    }
    // Who came first is served first.
    for (const client of clients) {
      client.send('BLPOP', 'k', '0');
      await blocked(observer, client);
    }
    for (const [n, client] of clients.entries()) {
      await producers[n % producers.length]?.ask('RPUSH', 'k', String(n));
      assert.equal(plain(await client.next()), `[$k $${n}]`);
    }
    for (const client of clients) {
      client.send('BLPOP', 'k', '0');
      await blocked(observer, client);
    }
    await observer.ask('RPUSH', 'k', ...clients.map((_, n) => String(n)));
    for (const [n, client] of clients.entries()) assert.equal(plain(await client.next()), `[$k $${n}]`);
    for (const client of [observer, ...producers, ...clients]) client.close();
  } finally {
    assert.equal(await server.stop(), 0);
  }
});
