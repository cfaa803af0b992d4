import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RawClient } from '../support/client.ts';
import { logged } from '../support/logged.ts';
import { startServer } from '../support/server.ts';

const threads = 3;

/** The commands that a monitor has seen, up to and with `last`, each with its database and origin; addresses are left out. */
async function seen(monitor: RawClient, last: string): Promise<string[]> {
  const text = await monitor.until(new RegExp(`"${last}"\\r\\n`));
  checkTimes(text);
  return text
    .split('\r\n')
    .filter((line) => line !== '')
    .map((line) =>
      line.replace(/^\+\d+\.\d{6} \[(\d+) ([^\]]*)\] /, (_, db, from) => `${db}${from === 'lua' ? ' lua' : ''} `),
    );
}

/** A script's line is of when it began, so that times do not go back within one thread's lines. */
function checkTimes(text: string): void {
  const script = /^\+([\d.]+) \[[^\n]* "EVAL" [^\n]*\n\+([\d.]+) \[\d+ lua\]/gm;
  for (const [, began = '', called = ''] of text.matchAll(script)) assert.ok(Number(began) <= Number(called));
}

/** Clients on every thread. */
async function clientsOf(port: number): Promise<RawClient[]> {
  const clients = await Promise.all(Array.from({ length: threads * 4 }, () => RawClient.open(port)));
  for (const client of clients) assert.equal(await client.line('PING'), '+PONG');
  return clients;
}

test('MONITOR shows the commands of all threads in one order, which is that of their effects', async () => {
  const server = await startServer(['--server-threads', String(threads)]);
  try {
    const clients = await clientsOf(server.port);
    const monitors = await Promise.all(Array.from({ length: threads * 2 }, () => RawClient.open(server.port)));
    for (const monitor of monitors) assert.equal(await monitor.line('MONITOR'), '+OK');
    const rounds = 40;
    // Each client appends its own letter: the list says in which order the commands took effect.
    const work = clients.map(async (client, n) => {
      for (let i = 0; i < rounds; i++) {
        client.send(`RPUSH log ${n}.${i}\r\nINCR n\r\n`);
        await client.until(/:\d+\r\n:\d+\r\n/);
      }
    });
    await Promise.all(work);
    assert.equal(await clients[0]?.bulk('ECHO the-end'), 'the-end');
    const orders = await Promise.all(monitors.map((monitor) => seen(monitor, 'the-end')));
    const [first = []] = orders;
    for (const order of orders) assert.deepEqual(order, first);
    const pushed = first.filter((line) => line.includes('"RPUSH"')).map((line) => line.match(/"(\d+\.\d+)"$/)?.[1]);
    clients[0]?.send('LRANGE log 0 -1\r\n');
    const reply =
      (await clients[0]?.until(
        new RegExp(`^\\*${clients.length * rounds}\\r\\n(\\$\\d+\\r\\n[\\d.]+\\r\\n){${clients.length * rounds}}`),
      )) ?? '';
    assert.deepEqual(
      pushed,
      [...reply.matchAll(/\r\n(\d+\.\d+)(?=\r\n)/g)].map(([, entry]) => entry),
    );
    for (const client of [...clients, ...monitors]) client.close();
  } finally {
    assert.equal(await server.stop(), 0);
  }
});

test('what MONITOR shows, and what not; a client that monitors keeps to it until RESET', async () => {
  const server = await startServer(['--server-threads', '2', '--requirepass', 'secret']);
  try {
    const client = await RawClient.open(server.port);
    const monitor = await RawClient.open(server.port);
    assert.equal(await monitor.line('AUTH secret'), '+OK');
    assert.equal(await monitor.line('MONITOR'), '+OK');
    const ask = async (command: string, reply: RegExp) => assert.match(await client.line(command), reply);
    await ask('GET a', /^-NOAUTH/);
    await ask('AUTH secret', /^\+OK/);
    await ask('GET', /^-ERR wrong number/);
    await ask('SELECT 3', /^\+OK/);
    await ask('SET a 1', /^\+OK/);
    await ask('LPUSH a 1', /^-WRONGTYPE/);
    client.send('CLIENT LIST\r\nCONFIG GET port\r\n');
    await client.until(/\*2\r\n\$4\r\nport\r\n\$\d+\r\n\d+\r\n/);
    client.send('MULTI\r\nSET b 1\r\nSELECT 4\r\nINCR b\r\nEXEC\r\n');
    await client.until(/\*3\r\n\+OK\r\n\+OK\r\n:1\r\n/);
    client.send(`EVAL "redis.call('SET', KEYS[1], 'x'); return redis.pcall('INCR', KEYS[1])" 1 c\r\n`);
    await client.until(/-ERR value is not an integer[^\n]*\n/);
    client.send(`MULTI\r\nEVAL "return redis.call('GET', KEYS[1])" 1 c\r\nMONITOR\r\nEXEC\r\n`);
    await client.until(/-ERR MONITOR isn't allowed for DENY BLOCKING client\r\n/);
    client.send('HELLO 2 AUTH default secret SETNAME me\r\n');
    await client.until(/modules\r\n\*0\r\n/);
    assert.equal(await client.bulk('ECHO end'), 'end');
    assert.deepEqual(await seen(monitor, 'end'), [
      '0 "AUTH" "(redacted)"',
      '3 "SELECT" "3"',
      '3 "SET" "a" "1"',
      '3 "LPUSH" "a" "1"',
      '3 "MULTI"',
      '3 "SET" "b" "1"',
      '4 "SELECT" "4"',
      '4 "INCR" "b"',
      '4 "EXEC"',
      `4 "EVAL" "redis.call('SET', KEYS[1], 'x'); return redis.pcall('INCR', KEYS[1])" "1" "c"`,
      '4 lua "SET" "c" "x"',
      '4 lua "INCR" "c"',
      '4 "MULTI"',
      `4 "EVAL" "return redis.call('GET', KEYS[1])" "1" "c"`,
      '4 lua "GET" "c"',
      '4 "EXEC"',
      '4 "HELLO" "2" "AUTH" "(redacted)" "(redacted)" "SETNAME" "me"',
      '4 "ECHO" "end"',
    ]);
    assert.equal(await monitor.line('GET a'), "-ERR Replica can't interact with the keyspace");
    assert.match(await client.bulk('CLIENT LIST'), / flags=O /);
    assert.equal(await monitor.line('RESET'), '+RESET');
    assert.equal(await client.line('SET a 2'), '+OK');
    assert.equal(await monitor.line('AUTH secret'), '+OK');
    monitor.close();
    client.close();
  } finally {
    assert.equal(await server.stop(), 0);
  }
});

test('a monitor that does not read meets the output limit of normal clients, and nobody waits for it', async () => {
  const server = await startServer(['--server-threads', '2', '--client-output-buffer-limit', 'normal 1mb 0 0']);
  try {
    const clients = await Promise.all([RawClient.open(server.port), RawClient.open(server.port)]);
    const deaf = await RawClient.open(server.port);
    assert.equal(await deaf.line('MONITOR'), '+OK');
    deaf.pause();
    const echo = `*2\r\n$4\r\nECHO\r\n$50000\r\n${'x'.repeat(50_000)}\r\n`;
    for (let i = 0; i < 100; i++) {
      for (const client of clients) {
        client.send(echo);
        await client.until(/^\$50000\r\nx{50000}\r\n/);
      }
    }
    await logged(server, /overcoming of output buffer limits/);
    assert.equal(await clients[0]?.line('PING'), '+PONG');
    for (const client of [...clients, deaf]) client.close();
  } finally {
    assert.equal(await server.stop(), 0);
  }
});
