import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { connect as connectPlain } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { Authority, noOpenssl, type Pair } from '../support/certificates.ts';
import { RawClient } from '../support/client.ts';
import { logged } from '../support/logged.ts';
import { freePort } from '../support/ports.ts';
import { missingPrograms } from '../support/programs.ts';
import { runProgram } from '../support/run-program.ts';
import { startServer, type TestServer } from '../support/server.ts';

const skip = noOpenssl;
let dir: string;
let ca: Authority;
let serverPair: Pair;
let clientPair: Pair;
let strangerPair: Pair;

before(() => {
  if (skip) return;
  dir = mkdtempSync(join(tmpdir(), 'stratakv-tls-'));
  ca = new Authority(dir);
  serverPair = ca.issue('server', 'DNS:localhost,IP:127.0.0.1');
  clientPair = ca.issue('app.example', 'DNS:worker.example,email:ops@example.org,URI:spiffe://cluster/app');
  strangerPair = new Authority(dir, 'other-ca').issue('stranger', 'DNS:stranger.example');
});
after(() => {
  if (!skip) rmSync(dir, { recursive: true, force: true });
});

interface TlsServer extends TestServer {
  readonly tlsPort: number;
}

async function startTls(args: readonly string[] = [], options: Parameters<typeof startServer>[1] = {}) {
  const tlsPort = await freePort();
  const files = ['--tls-cert-file', serverPair.cert, '--tls-key-file', serverPair.key, '--tls-ca-cert-file', ca.cert];
  const server = await startServer(
    ['--server-threads', '2', '--tls-port', String(tlsPort), ...files, ...args],
    options,
  );
  return Object.assign(server, { tlsPort }) as TlsServer;
}

function secure(port: number, pair?: Pair, more: ConnectionOptions = {}): Promise<TLSSocket> {
  const identity = pair === undefined ? {} : { cert: readFileSync(pair.cert), key: readFileSync(pair.key) };
  return new Promise((resolve, reject) => {
    const socket = connect(
      { port, host: '127.0.0.1', servername: 'localhost', ca: readFileSync(ca.cert), ...identity, ...more },
      () => resolve(socket),
    );
    socket.once('error', reject);
  });
}

const open = async (port: number, pair?: Pair, more: ConnectionOptions = {}) =>
  RawClient.over(await secure(port, pair, more));

/** What becomes of a client that may not come in: with TLS 1.3 it learns of it only after its own part of the handshake. */
async function isTurnedAway(port: number, pair?: Pair, more: ConnectionOptions = {}): Promise<boolean> {
  try {
    const client = await open(port, pair, more);
    try {
      await client.line('PING');
      return false;
    } finally {
      client.close();
    }
  } catch {
    return true;
  }
}

test('plain and TLS at once: pipelines, large values both ways, a client that half-closes', { skip }, async () => {
  const server = await startTls(['--tls-auth-clients', 'no']);
  try {
    const plain = await RawClient.open(server.port);
    const client = await open(server.tlsPort);
    assert.equal(await client.line('SET a 1'), '+OK');
    assert.equal(await plain.bulk('GET a'), '1');
    client.send('PING\r\n'.repeat(5_000));
    await client.until(/(\+PONG\r\n){5000}/);
    const large = 'v'.repeat(400_000);
    client.send(`*3\r\n$3\r\nSET\r\n$5\r\nlarge\r\n$${large.length}\r\n${large}\r\n`);
    await client.until(/\+OK\r\n/);
    assert.equal(await client.bulk('GET large'), large);
    const { rest } = client;
    assert.equal(rest, '');
    const info = await client.bulk('CLIENT INFO');
    assert.match(info, new RegExp(` addr=127.0.0.1:\\d+ laddr=127.0.0.1:${server.tlsPort} fd=\\d+ `));
    // Redis closes when its client says that it will send no more; what it had asked for is answered before.
    const ending = await open(server.tlsPort);
    ending.send('GET large\r\nPING\r\n');
    ending.end();
    await ending.until(/\+PONG\r\n$/);
    await ending.closed;
    client.close();
    plain.close();
  } finally {
    assert.equal(await server.stop(), 0);
  }
});

test('connections over TLS are spread over the threads, and counted once', { skip }, async () => {
  const server = await startTls(['--tls-auth-clients', 'no']);
  try {
    const clients = await Promise.all(Array.from({ length: 24 }, () => open(server.tlsPort)));
    for (const client of clients) assert.equal(await client.line('PING'), '+PONG');
    const list = (await clients[0]?.bulk('CLIENT LIST')) ?? '';
    const onFirst = [...list.matchAll(/ thread=0/g)].length;
    assert.ok(onFirst >= 8 && onFirst <= 16, `thread 0 has ${onFirst} of 24`);
    for (const client of clients) client.close();
    const plain = await RawClient.open(server.port);
    while (/connected_clients:(\d+)/.exec(await plain.bulk('INFO clients'))?.[1] !== '1');
    plain.close();
  } finally {
    assert.equal(await server.stop(), 0);
  }
});

test('client certificates: demanded, optional, or of allowed names only', { skip }, async () => {
  const server = await startTls();
  try {
    const admin = await RawClient.open(server.port);
    const { tlsPort } = server;
    assert.ok(await isTurnedAway(tlsPort), 'no certificate');
    assert.ok(await isTurnedAway(tlsPort, strangerPair), 'a certificate of another authority');
    assert.ok(!(await isTurnedAway(tlsPort, clientPair)));
    assert.equal(await admin.line('CONFIG SET tls-auth-clients optional'), '+OK');
    assert.ok(!(await isTurnedAway(tlsPort)));
    assert.ok(!(await isTurnedAway(tlsPort, clientPair)));
    assert.ok(await isTurnedAway(tlsPort, strangerPair));
    assert.equal(await admin.line('CONFIG SET tls-auth-clients yes'), '+OK');
    for (const [patterns, allowed] of [
      ['nobody *.example.net', false],
      ['nobody worker.exampl?', true],
      ['app.*', true],
      ['*@example.org', true],
      ['spiffe://cluster/*', true],
      ['spiffe://other/*', false],
      ['""', true],
    ] as const) {
      // Several names in a row are KeyDB's way; Redis would take them for pairs.
      assert.equal(await admin.line(`CONFIG SET tls-allowlist ${patterns}`), '+OK');
      assert.equal(!(await isTurnedAway(tlsPort, clientPair)), allowed, patterns);
    }
    admin.close();
  } finally {
    assert.equal(await server.stop(), 0);
  }
});

test('versions and ciphers, session tickets that every thread takes', { skip }, async () => {
  const server = await startTls([
    '--tls-auth-clients',
    'no',
    '--tls-protocols',
    'TLSv1.2',
    '--tls-ciphers',
    'ECDHE-ECDSA-AES256-GCM-SHA384',
  ]);
  try {
    const admin = await RawClient.open(server.port);
    const { tlsPort } = server;
    assert.ok(await isTurnedAway(tlsPort, undefined, { minVersion: 'TLSv1.3' }));
    const first = await secure(tlsPort);
    assert.equal(first.getProtocol(), 'TLSv1.2');
    assert.equal(first.getCipher().name, 'ECDHE-ECDSA-AES256-GCM-SHA384');
    const session = first.getSession();
    assert.ok(session !== undefined);
    // Of several connections at once each thread gets some.
    const again = await Promise.all(Array.from({ length: 6 }, () => secure(tlsPort, undefined, { session })));
    assert.deepEqual(
      again.map((socket) => socket.isSessionReused()),
      again.map(() => true),
    );
    for (const socket of [first, ...again]) socket.destroy();
    assert.equal(await admin.line('CONFIG SET tls-session-caching no tls-protocols "TLSv1.2 TLSv1.3"'), '+OK');
    const modern = await secure(tlsPort);
    assert.equal(modern.getProtocol(), 'TLSv1.3');
    modern.destroy();
    const fresh = await secure(tlsPort, undefined, { session, maxVersion: 'TLSv1.2' });
    assert.equal(fresh.isSessionReused(), false);
    fresh.destroy();
    assert.match(
      await admin.line('CONFIG SET tls-protocols TLSv9'),
      /^-ERR CONFIG SET failed .*tls-protocols.* - Unable to update TLS configuration/,
    );
    admin.close();
  } finally {
    assert.equal(await server.stop(), 0);
  }
});

test('certificates are exchanged without a restart, by CONFIG SET and by tls-rotation', { skip }, async () => {
  const live = { cert: join(dir, 'live.crt'), key: join(dir, 'live.key') };
  copyFileSync(serverPair.cert, live.cert);
  copyFileSync(serverPair.key, live.key);
  const server = await startTls(['--tls-auth-clients', 'no', '--tls-cert-file', live.cert, '--tls-key-file', live.key]);
  try {
    const admin = await RawClient.open(server.port);
    const old = await open(server.tlsPort);
    const second = ca.issue('server#2', 'DNS:localhost,DNS:second.example');
    const replace = (pair: Pair) => {
      for (const part of ['key', 'cert'] as const) {
        copyFileSync(pair[part], `${live[part]}.new`);
        renameSync(`${live[part]}.new`, live[part]);
      }
    };
    const shows = async (name: string) => {
      const socket = await secure(server.tlsPort);
      const { subjectaltname = '' } = socket.getPeerCertificate();
      socket.destroy();
      return subjectaltname.includes(name);
    };
    replace(second);
    assert.equal(await shows('second.example'), false);
    assert.equal(await admin.line(`CONFIG SET tls-cert-file ${live.cert}`), '+OK');
    assert.equal(await shows('second.example'), true);
    // A pair that does not fit changes nothing.
    assert.match(await admin.line(`CONFIG SET tls-key-file ${clientPair.key}`), /Unable to update TLS configuration/);
    assert.equal(await shows('second.example'), true);
    assert.equal(await admin.line('CONFIG SET tls-rotation yes'), '+OK');
    replace(ca.issue('server#3', 'DNS:localhost,DNS:third.example'));
    await logged(server, /TLS certificates have changed/);
    // Each thread looks for itself.
    for (let seen = 0; seen < 8; ) seen = (await shows('third.example')) ? seen + 1 : 0;
    assert.equal(await old.line('PING'), '+PONG');
    old.close();
    admin.close();
  } finally {
    assert.equal(await server.stop(), 0);
  }
});

test('garbage, silence and plain text on the TLS port harm nobody', { skip }, async () => {
  const server = await startTls(['--tls-auth-clients', 'no', '--maxclients', '12', '--loglevel', 'verbose']);
  try {
    const hello = Buffer.from('1603010200010001fc0303', 'hex');
    const intruders = ['PING\r\n', 'GET / HTTP/1.1\r\n\r\n', Buffer.alloc(100_000, 0xff), hello].map((bytes) => {
      const socket = connectPlain(server.tlsPort, '127.0.0.1');
      socket.on('error', () => {});
      socket.write(bytes);
      return socket;
    });
    const closed = intruders
      .slice(0, 3)
      .map((socket) => new Promise((resolve) => socket.resume().once('close', resolve)));
    await Promise.all(closed);
    await logged(server, /Error accepting a client connection/);
    const client = await open(server.tlsPort);
    assert.equal(await client.line('PING'), '+PONG');
    // Silent ones count as clients, so that they cannot be without number.
    const silent = Array.from({ length: 30 }, () => connectPlain(server.tlsPort, '127.0.0.1').on('error', () => {}));
    await Promise.any(silent.map((socket) => new Promise((resolve) => socket.resume().once('close', resolve))));
    assert.equal(await client.line('PING'), '+PONG');
    for (const socket of [...silent, ...intruders]) socket.destroy();
    for (;;) {
      if (!(await isTurnedAway(server.tlsPort))) break;
    }
    client.close();
  } finally {
    assert.equal(await server.stop(), 0);
  }
});

test('a deaf client over TLS meets its output limit', { skip }, async () => {
  const server = await startTls(['--tls-auth-clients', 'no', '--client-output-buffer-limit', 'normal 2mb 0 0']);
  try {
    const deaf = await open(server.tlsPort);
    deaf.pause();
    const echo = `*2\r\n$4\r\nECHO\r\n$100000\r\n${'x'.repeat(100_000)}\r\n`;
    for (let i = 0; i < 200; i++) deaf.send(echo);
    await logged(server, /overcoming of output buffer limits/);
    deaf.close();
  } finally {
    assert.equal(await server.stop(), 0);
  }
});

test('what is wrong with the TLS configuration is one line at start', { skip }, async () => {
  const missing = join(dir, 'missing.crt');
  for (const [args, line] of [
    [['--tls-ca-cert-file', ''], /Fatal: Either tls-ca-cert-file or tls-ca-cert-dir must be specified when/],
    [['--tls-cert-file', missing], /Fatal: Failed to load certificate: .*missing\.crt: ENOENT/],
    [['--tls-key-file', clientPair.key], /Fatal: Failed to load private key: .*key values mismatch/],
    [['--tls-protocols', 'SSLv3'], /Fatal: Invalid tls-protocols specified\./],
    [['--tls-ciphers', 'NONSENSE'], /Fatal: Failed to configure TLS: .*no cipher match/],
  ] as const) {
    const failure = await startTls(args).then(
      async (server) => {
        await server.kill();
        return `it started with ${args.join(' ')}`;
      },
      (error: Error) => error.message,
    );
    assert.match(failure, line);
    assert.equal([...failure.matchAll(/Fatal:/g)].length, 1);
  }
});

test('without stream handles TLS works as well; a key with a password, authorities from a folder', {
  skip,
}, async () => {
  const locked = ca.issue('server#locked', 'DNS:localhost', 'open sesame');
  const folder = mkdtempSync(join(dir, 'cas-'));
  copyFileSync(ca.cert, join(folder, 'ca.pem'));
  const server = await startTls(
    [
      ...['--tls-cert-file', locked.cert, '--tls-key-file', locked.key, '--tls-key-file-pass', 'open sesame'],
      ...['--tls-ca-cert-file', '', '--tls-ca-cert-dir', folder],
    ],
    { env: { STRATAKV_PLAIN_SOCKETS: '1' } },
  );
  try {
    const client = await open(server.tlsPort, clientPair);
    client.send('PING\r\n'.repeat(1000));
    await client.until(/(\+PONG\r\n){1000}/);
    client.close();
    assert.ok(await isTurnedAway(server.tlsPort, strangerPair));
  } finally {
    assert.equal(await server.stop(), 0);
  }
});

test('redis-cli --tls, ioredis and node-redis over TLS', {
  skip: skip || missingPrograms({ 'redis-cli': 'redis-tools' }),
}, async () => {
  const server = await startTls();
  try {
    const files = ['--cacert', ca.cert, '--cert', clientPair.cert, '--key', clientPair.key];
    const cli = await runProgram('redis-cli', ['--tls', ...files, '-p', String(server.tlsPort), 'SET', 'cli', 'yes']);
    assert.equal(cli.stdout.trim(), 'OK', cli.stderr);
    const identity = {
      ca: readFileSync(ca.cert),
      cert: readFileSync(clientPair.cert),
      key: readFileSync(clientPair.key),
      servername: 'localhost',
    };
    const redis = new Redis({ port: server.tlsPort, host: '127.0.0.1', tls: identity, retryStrategy: () => null });
    assert.equal(await redis.get('cli'), 'yes');
    const replies = await redis.pipeline().incr('n').incr('n').exec();
    assert.deepEqual(
      replies?.map(([, reply]) => reply),
      [1, 2],
    );
    redis.disconnect();
    const client = createClient({
      RESP: 3,
      socket: { port: server.tlsPort, host: '127.0.0.1', tls: true, reconnectStrategy: false, ...identity },
    });
    await client.connect();
    assert.equal(await client.incr('n'), 3);
    await client.close();
  } finally {
    assert.equal(await server.stop(), 0);
  }
});
