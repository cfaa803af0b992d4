import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { connect, type PeerCertificate } from 'node:tls';
import { Authority, noOpenssl, type Pair } from '../support/certificates.ts';
import { freePort } from '../support/ports.ts';
import { TieredServer } from '../tiers/tiered-server.ts';
import { ask, cookieFrom, logIn } from './visit.ts';

function certificateOf(port: number, ca: Buffer): Promise<PeerCertificate> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', servername: 'localhost', ca }, () => {
      resolve(socket.getPeerCertificate());
      socket.destroy();
    });
    socket.on('error', reject);
  });
}

test('with a tls-port the page is served over TLS only, and client certificates are asked for as of clients', {
  timeout: 120_000,
  skip: noOpenssl,
}, async () => {
  const dir = mkdtempSync(join(tmpdir(), 'stratakv-dashboard-'));
  const authority = new Authority(dir);
  const first = authority.issue('first', 'DNS:localhost,IP:127.0.0.1');
  const second = authority.issue('second', 'DNS:localhost,IP:127.0.0.1');
  const used: Pair = { cert: join(dir, 'used.crt'), key: join(dir, 'used.key') };
  const use = ({ cert, key }: Pair) => {
    copyFileSync(cert, used.cert);
    copyFileSync(key, used.key);
  };
  use(first);
  const ca = readFileSync(authority.cert);
  const port = await freePort();
  const tiered = await TieredServer.start([
    ...['--server-threads', '1', '--requirepass', 'hunter2', '--dashboard-port', String(port)],
    ...['--tls-port', String(await freePort()), '--tls-auth-clients', 'no'],
    ...['--tls-cert-file', used.cert, '--tls-key-file', used.key, '--tls-ca-cert-file', authority.cert],
  ]);
  try {
    assert.equal(await tiered.call('AUTH', 'hunter2'), 'OK');
    await assert.rejects(ask(port, '/'), 'not without TLS');
    const admitted = await logIn(port, 'default', 'hunter2', { ca });
    assert.equal(admitted.status, 303);
    assert.match(String(admitted.headers['set-cookie']), /^__Host-stratakv_\d+=.*; Path=\/; .*; Secure$/);
    const headers = { Cookie: cookieFrom(admitted) };
    assert.equal((await ask(port, '/live', { ca, headers })).status, 200);
    const plain = { headers: { Origin: `http://127.0.0.1:${port}` }, ca };
    assert.equal((await logIn(port, 'default', 'hunter2', plain)).status, 403, 'not the origin without TLS');

    assert.equal((await certificateOf(port, ca)).subject.CN, 'first');
    use(second);
    assert.equal(await tiered.call('CONFIG', 'SET', 'tls-cert-file', used.cert, 'tls-key-file', used.key), 'OK');
    assert.equal((await certificateOf(port, ca)).subject.CN, 'second', 'a new certificate without a restart');
    assert.equal(await tiered.call('CONFIG', 'SET', 'tls-auth-clients', 'yes'), 'OK');
    await assert.rejects(ask(port, '/', { ca }), 'certificates are demanded from now on');
  } finally {
    await tiered.stop();
    rmSync(dir, { recursive: true, force: true });
  }
});

test('where clients need a certificate, so does a browser', { timeout: 120_000, skip: noOpenssl }, async () => {
  const dir = mkdtempSync(join(tmpdir(), 'stratakv-dashboard-'));
  const authority = new Authority(dir);
  const { cert, key } = authority.issue('server', 'DNS:localhost,IP:127.0.0.1');
  const ca = readFileSync(authority.cert);
  const port = await freePort();
  const tiered = await TieredServer.start([
    ...['--server-threads', '1', '--dashboard-port', String(port), '--tls-port', String(await freePort())],
    ...['--tls-cert-file', cert, '--tls-key-file', key, '--tls-ca-cert-file', authority.cert],
  ]);
  try {
    await assert.rejects(ask(port, '/', { ca }), /certificate required|ECONNRESET|hang up|alert/i);
  } finally {
    await tiered.stop();
    rmSync(dir, { recursive: true, force: true });
  }
});
