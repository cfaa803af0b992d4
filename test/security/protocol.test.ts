// Attacks on the reader of requests and on what clients make the server keep in memory.
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { encodeCommand } from '../support/raw-client.ts';
import { Target } from './target.ts';

const open = new Target();
const PASSWORD = 'a password of some length';
const locked = new Target({ requirepass: PASSWORD }, PASSWORD);

test('CVE-2016-10517: an HTTP request that carries commands in its body is hung up on', async () => {
  const answer = await open.raw('POST / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\nSET evil 1\r\nPING\r\n');
  assert.doesNotMatch(answer, /\+OK|\+PONG/);
  assert.equal(await open.last(['EXISTS', 'evil']), ':0\r\n');
});

test('CVE-2021-32675: before AUTH a request may have few and short arguments only', async () => {
  assert.match(await locked.raw('*11\r\n'), /unauthenticated multibulk length/);
  assert.match(await locked.raw('*2\r\n$16385\r\n'), /unauthenticated bulk length/);
});

test('CVE-2021-21309: a bulk length far beyond memory costs no memory, whatever proto-max-bulk-len says', async () => {
  for (const length of ['4294967295', '9223372036854775807', '9223372036854775808', '-9223372036854775809', '1e3'])
    assert.match(await open.raw(`*2\r\n$3\r\nGET\r\n$${length}\r\n`), /invalid bulk length/);
  const most = String(2 ** 42);
  if ((await open.last(['CONFIG', 'SET', 'proto-max-bulk-len', most])) === '+OK\r\n') {
    const socket = connect(open.port, '127.0.0.1');
    socket.on('error', () => {});
    socket.write(`*2\r\n$3\r\nGET\r\n$${2 ** 41}\r\nabc`);
    await open.isWell();
    socket.destroy();
  }
  assert.equal(await open.last(['CONFIG', 'SET', 'proto-max-bulk-len', '512mb']), '+OK\r\n');
});

test('CVE-2025-46686: a request of very many arguments is not paid for before they are there', async () => {
  assert.match(await open.raw('*2147483648\r\n'), /invalid multibulk length/);
  const sockets = Array.from({ length: 20 }, () => {
    const socket = connect(open.port, '127.0.0.1');
    socket.on('error', () => {});
    socket.write(`*1048576\r\n$3\r\nDEL\r\n${'$1\r\na\r\n'.repeat(1000)}`);
    return socket;
  });
  await open.isWell();
  for (const socket of sockets) socket.destroy();
});

test('CVE-2023-41056: arguments that end at any distance from the end of a read leave the read buffer in order', async () => {
  const client = await open.client();
  const sizes = [16_383, 16_384, 16_385, 32_766, 32_767, 32_768, 32_769, 65_534, 65_536, 65_537, 131_071, 1 << 20];
  for (const first of sizes) {
    const commands = sizes.slice(0, 6).map((second) => ['ECHO', Buffer.alloc(first + second, 'x')] as const);
    const replies = await client.pipeline(commands);
    for (const [n, [, sent]] of commands.entries())
      assert.equal(replies[n]?.length, sent.length + String(sent.length).length + 5);
  }
  client.close();
  await open.isWell();
});

test('a request in pieces, cut at every place, is the same request', async () => {
  const request = encodeCommand(['SET', 'pieces', 'some value']);
  for (let cut = 1; cut < request.length; cut++) {
    const socket = connect(open.port, '127.0.0.1');
    socket.setNoDelay(true);
    socket.write(request.subarray(0, cut));
    await sleep(1);
    const answered = new Promise((resolve) => socket.once('data', (chunk) => resolve(String(chunk))));
    socket.write(request.subarray(cut));
    assert.equal(await answered, '+OK\r\n');
    socket.destroy();
  }
});

test('CVE-2025-21605: who has not logged in cannot make the server pile up replies that nobody reads', async () => {
  const socket = connect(locked.port, '127.0.0.1');
  let closed = false;
  socket.on('close', () => {
    closed = true;
  });
  socket.on('error', () => {});
  socket.pause();
  const chunk = Buffer.from('GET a\r\n'.repeat(10_000));
  const admin = await locked.client();
  let largest = 0;
  for (let n = 0; n < 300 && !closed; n++) {
    // Stops by itself when the server has stopped reading.
    if (!socket.write(chunk)) await sleep(2);
    if (n % 20 !== 0) continue;
    const list = (await admin.call('CLIENT', 'LIST')).toString();
    for (const [, bytes] of list.matchAll(/omem=(\d+)/g)) largest = Math.max(largest, Number(bytes));
  }
  assert(largest < 32 * 2 ** 20, `${largest} bytes of replies were kept`);
  admin.close();
  socket.destroy();
  await locked.isWell();
});

test('CVE-2025-48367: connections that end in protocol errors, one after the other, harm nobody', async () => {
  const broken = [
    '*1\r\n:1\r\n',
    '*1\r\n$a\r\n',
    '*-5\r\n$\r\n',
    '$5\r\n',
    '*3\r\n$3\r\nGET\r\n+OK\r\n',
    '"x\r\n',
    '\0\0\0\r\n',
  ];
  for (let n = 0; n < 200; n++) {
    const socket = connect(locked.port, '127.0.0.1');
    socket.on('error', () => {});
    socket.end(broken[n % broken.length] ?? '');
  }
  await locked.isWell();
});
