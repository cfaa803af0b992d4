import { constants, createHash, X509Certificate } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_CIPHERS, type SecureVersion, type TlsOptions } from 'node:tls';
import type { Values } from '../../../engine/config/directives.ts';

/** What cannot be had: a line for the operator, as Redis words it. */
export class TlsProblem extends Error {}

/** A slow or silent peer is dropped when its handshake takes longer. */
const handshakeTimeoutMs = 30_000;

const versions: readonly SecureVersion[] = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'];
/** SSL_OP_NO_* of each version, to leave out one between two others. */
const without: Readonly<Record<SecureVersion, number>> = {
  TLSv1: constants.SSL_OP_NO_TLSv1,
  'TLSv1.1': constants.SSL_OP_NO_TLSv1_1,
  'TLSv1.2': constants.SSL_OP_NO_TLSv1_2,
  'TLSv1.3': constants.SSL_OP_NO_TLSv1_3,
};

/**
 * The options of a TLS server by the directives `tls-*`, files read.
 *
 * @param ticketKeys 48 secret bytes that all threads share, so that each resumes the sessions of the others
 * @throws TlsProblem
 */
export function tlsServerOptions(values: Values, ticketKeys: Buffer): TlsOptions {
  const asks = values['tls-auth-clients'] !== 'no';
  if (values['tls-cert-file'] === '') throw new TlsProblem('No tls-cert-file configured!');
  if (values['tls-key-file'] === '') throw new TlsProblem('No tls-key-file configured!');
  const authorities = readAuthorities(values);
  const needsAuthority = asks || values['tls-cluster'] || values['tls-replication'];
  if (needsAuthority && authorities.length === 0) {
    throw new TlsProblem(
      'Either tls-ca-cert-file or tls-ca-cert-dir must be specified when tls-cluster, tls-replication or tls-auth-clients are enabled!',
    );
  }
  const allowed = allowedVersions(values['tls-protocols']);
  const caching = values['tls-session-caching'];
  const dhparam = values['tls-dh-params-file'];
  const password = values['tls-key-file-pass'];
  return {
    cert: read('Failed to load certificate', values['tls-cert-file']),
    key: read('Failed to load private key', values['tls-key-file']),
    ...(password === '' ? {} : { passphrase: password }),
    ...(authorities.length === 0 ? {} : { ca: authorities }),
    ...(dhparam === '' ? {} : { dhparam: read('Failed loading DH params file', dhparam) }),
    requestCert: asks,
    // `optional` lets a client without a certificate in; one whose certificate is not right is turned away by the terminator.
    rejectUnauthorized: values['tls-auth-clients'] === 'yes',
    minVersion: allowed[0] ?? 'TLSv1.2',
    maxVersion: allowed.at(-1) ?? 'TLSv1.3',
    secureOptions: gaps(allowed) | (caching ? 0 : constants.SSL_OP_NO_TICKET) | constants.SSL_OP_NO_RENEGOTIATION,
    ciphers: cipherList(values['tls-ciphers'], values['tls-ciphersuites']),
    honorCipherOrder: values['tls-prefer-server-ciphers'],
    ticketKeys,
    sessionTimeout: Math.max(1, values['tls-session-cache-timeout']),
    sessionIdContext: createHash('sha256').update('stratakv').digest('hex').slice(0, 32),
    handshakeTimeout: handshakeTimeoutMs,
  };
}

/** The files that `tlsServerOptions` reads: what `tls-rotation` watches. */
export function tlsFiles(values: Values): string[] {
  const folder = values['tls-ca-cert-dir'];
  return [
    values['tls-cert-file'],
    values['tls-key-file'],
    values['tls-ca-cert-file'],
    values['tls-dh-params-file'],
    ...(folder === '' ? [] : [folder, ...certificatesIn(folder)]),
  ].filter((path) => path !== '');
}

function read(what: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new TlsProblem(`${what}: ${path}: ${reason(error)}`);
  }
}

function readAuthorities(values: Values): Buffer[] {
  const what = 'Failed to configure CA certificate(s) file/directory';
  const file = values['tls-ca-cert-file'];
  const folder = values['tls-ca-cert-dir'];
  const found = file === '' ? [] : [checkedAuthority(what, file)];
  if (folder === '') return found;
  try {
    return [...found, ...certificatesIn(folder).map((path) => readFileSync(path))];
  } catch (error) {
    throw new TlsProblem(`${what}: ${folder}: ${reason(error)}`);
  }
}

/** Node takes a file without a certificate for an empty list, and then nobody can log in. */
function checkedAuthority(what: string, path: string): Buffer {
  const bytes = read(what, path);
  try {
    new X509Certificate(bytes);
  } catch (error) {
    throw new TlsProblem(`${what}: ${path}: ${reason(error)}`);
  }
  return bytes;
}

/** OpenSSL would look only for names that are hashes of subjects; here every file with a certificate counts. */
function certificatesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(folder, entry.name))
    .filter((path) => readFileSync(path, 'latin1').includes('BEGIN CERTIFICATE'));
}

/** In ascending order; Redis's default is 1.2 and 1.3. */
function allowedVersions(words: string): SecureVersion[] {
  const named = words
    .toLowerCase()
    .split(' ')
    .filter((word) => word !== '');
  if (named.length === 0) return ['TLSv1.2', 'TLSv1.3'];
  const known = versions.map((version) => version.toLowerCase());
  if (named.some((word) => !known.includes(word))) {
    throw new TlsProblem(
      "Invalid tls-protocols specified. Use a combination of 'TLSv1', 'TLSv1.1', 'TLSv1.2' and 'TLSv1.3'.",
    );
  }
  return versions.filter((version) => named.includes(version.toLowerCase()));
}

function gaps(allowed: readonly SecureVersion[]): number {
  const first = versions.indexOf(allowed[0] ?? 'TLSv1.2');
  const last = versions.indexOf(allowed.at(-1) ?? 'TLSv1.3');
  return versions
    .slice(first, last + 1)
    .filter((version) => !allowed.includes(version))
    .reduce((bits, version) => bits | without[version], 0);
}

/** Node has one list for both kinds; a kind that is left out would switch its versions of TLS off. */
function cipherList(upTo12: string, from13: string): string {
  const defaults = DEFAULT_CIPHERS.split(':');
  const suites = from13 === '' ? defaults.filter((name) => name.startsWith('TLS_')) : [from13];
  const ciphers = upTo12 === '' ? defaults.filter((name) => !name.startsWith('TLS_')) : [upTo12];
  return [...suites, ...ciphers].join(':');
}

export function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
