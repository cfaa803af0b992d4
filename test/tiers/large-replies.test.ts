import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { TieredServer, until } from './tiered-server.ts';

const MB = 2 ** 20;
const VALUES = 60;
const FRAME = Buffer.byteLength(`$${MB}\r\n`) + MB + 2;

function residentBytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) * 1024;
}

function open(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.once('connect', () => resolve(socket));
    socket.once('error', reject);
  });
}

/** Reads `count` replies of 1 MB, and checks that each is the value of its key. */
function readValues(socket: Socket, keys: readonly number[]): Promise<void> {
  return new Promise((resolve, reject) => {
    let at = 0;
    socket.on('error', reject);
    socket.on('close', () => reject(new Error(`closed after ${at} bytes`)));
    socket.on('data', (bytes: Buffer) => {
      const key = keys[Math.floor(at / FRAME)] ?? -1;
      const within = at % FRAME;
      // Values are one letter each: one byte tells, where it is no part of the frame.
      const expected = 65 + (key % 26);
      if (within > 20 && within < FRAME - 4 && bytes[0] !== expected) {
        reject(new Error(`byte ${within} of key ${key} is ${bytes[0]}`));
      }
      at += bytes.length;
      if (at === FRAME * keys.length) resolve();
    });
  });
}

test('hundreds of clients that read cold values of 1 MB at once do not have all of them in memory', {
  timeout: 300_000,
}, async () => {
  const tiered = await TieredServer.start(['--maxmemory', '24mb', '--server-threads', '1']);
  try {
    const { server } = tiered;
    for (let n = 0; n < VALUES; n++) {
      assert.equal(await tiered.call('SET', `mb${n}`, Buffer.alloc(MB, 65 + (n % 26))), 'OK');
    }
    const before = residentBytes(server.pid);
    const sockets = await Promise.all(Array.from({ length: 700 }, () => open(server.port)));
    let peak = before;
    const sampler = setInterval(() => {
      peak = Math.max(peak, residentBytes(server.pid));
    }, 10);
    await Promise.all(
      sockets.map((socket, n) => {
        const done = readValues(socket, [n % VALUES]);
        socket.write(`GET mb${n % VALUES}\r\n`);
        return done;
      }),
    );
    clearInterval(sampler);
    for (const socket of sockets) socket.destroy();
    assert.ok(peak - before < 450 * MB, `${(peak - before) / MB} MiB more than before`);
  } finally {
    assert.equal(await tiered.stop(), 0);
  }
});

test('a client that does not read holds up its own requests, and nobody else', { timeout: 300_000 }, async () => {
  const tiered = await TieredServer.start(['--maxmemory', '48mb', '--server-threads', '1']);
  try {
    assert.equal(await tiered.call('SET', 'mb', Buffer.alloc(MB, 65)), 'OK');
    assert.equal(await tiered.call('SET', 'small', 'x'), 'OK');
    const deaf = await open(tiered.server.port);
    deaf.pause();
    await new Promise((resolve) => deaf.write('CLIENT SETNAME deaf\r\n', resolve));
    const count = 300;
    await new Promise((resolve) => deaf.write('GET mb\r\n'.repeat(count), resolve));
    const waiting = async (): Promise<number> => {
      const line = ((await tiered.call('CLIENT', 'LIST')) ?? '')
        .split('\n')
        .find((text) => text.includes('name=deaf '));
      return Number(/ omem=(\d+)/.exec(line ?? '')?.[1] ?? 0);
    };
    await until('its replies wait', async () => (await waiting()) > MB / 2);
    for (let n = 0; n < 200; n++) {
      assert.equal(await tiered.call('GET', 'small'), 'x');
      assert.ok((await waiting()) < 8 * MB, 'a few replies wait, not all');
    }
    assert.equal((await tiered.client.ask('GET', 'mb')).text.length, MB, 'large replies of others are made');
    const all = new Promise<void>((resolve, reject) => {
      let bytes = 0;
      deaf.on('error', reject);
      deaf.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes === '+OK\r\n'.length + FRAME * count) resolve();
      });
    });
    deaf.resume();
    await all;
    deaf.destroy();
  } finally {
    assert.equal(await tiered.stop(), 0);
  }
});
