import { Socket } from 'node:net';
import { createSecureContext, createServer, type Server, type TLSSocket, type TlsOptions } from 'node:tls';
import { counters } from '../../../engine/server/statistics.ts';
import { assert } from '../../../tiers/base/assert.ts';
import type { FrontEnd } from '../front-end.ts';
import { SocketTransport } from '../socket-transport.ts';
import type { StreamHandle } from '../stream-handle.ts';
import { certificateNames, isAllowed } from './certificate-names.ts';
import { reason, TlsProblem, tlsServerOptions } from './options.ts';
import { FileWatch } from './rotation.ts';

/** Directives whose change, or whose files' change, needs a new context. */
export const contextDirectives = [
  'tls-cert-file',
  'tls-key-file',
  'tls-key-file-pass',
  'tls-ca-cert-file',
  'tls-ca-cert-dir',
  'tls-dh-params-file',
  'tls-auth-clients',
  'tls-protocols',
  'tls-ciphers',
  'tls-ciphersuites',
  'tls-prefer-server-ciphers',
  'tls-session-caching',
  'tls-session-cache-timeout',
] as const;

const cannotUpdate = 'Unable to update TLS configuration. Check server logs.';

/**
 * Shakes hands with the clients of the TLS port, and gives the encrypted connections to the front-end. Node's TLS server never listens
 * here: sockets are accepted, and spread over the threads, like plain ones, and put into it (its documented event `connection`). A new
 * configuration is a new server; connections keep the one that they began with.
 */
export class TlsTerminator {
  private readonly front: FrontEnd;
  /** See SharedState.clients: whoever comes here is counted already. */
  private readonly clients: Int32Array;
  private readonly ticketKeys: Buffer;
  private readonly watch: FileWatch;
  private server: Server;
  /** Accepted sockets whose handshake is not done; the front-end does not know of them yet. */
  private readonly handshaking: Set<Socket> = new Set();

  /** @throws TlsProblem when the directives, or what their files hold, make no TLS server */
  constructor(front: FrontEnd, clients: Int32Array, ticketKeys: Uint8Array) {
    this.front = front;
    this.clients = clients;
    this.ticketKeys = Buffer.from(ticketKeys);
    this.server = this.build();
    for (const name of contextDirectives) front.config.onChange(name, () => this.rebuild());
    this.watch = new FileWatch(front.config, () => {
      const problem = this.rebuild();
      if (problem === undefined) front.log('notice', 'TLS certificates have changed and were read again');
    });
  }

  close(): void {
    this.watch.close();
    for (const socket of this.handshaking) socket.destroy();
  }

  /** Takes over an accepted connection of the TLS port. */
  accept(handle: StreamHandle): void {
    // Node gives its own sockets their handle in this way; the types do not tell.
    const options = { handle, readable: true, writable: true } as ConstructorParameters<typeof Socket>[0];
    this.acceptSocket(new Socket(options));
  }

  acceptSocket(socket: Socket): void {
    const { front } = this;
    const { statistics } = front;
    if (statistics.total('connected_clients') + this.handshaking.size >= front.config.values.maxclients) {
      statistics.add(counters.rejected_connections, 1);
      this.forget();
      socket.on('error', () => {});
      socket.destroy();
      return;
    }
    this.handshaking.add(socket);
    socket.once('close', () => {
      if (this.handshaking.delete(socket)) this.forget();
    });
    this.server.emit('connection', socket);
  }

  private secured(socket: TLSSocket): void {
    const { front } = this;
    const { values } = front.config;
    const refusal = refusalOf(socket, values['tls-auth-clients'], values['tls-allowlist']);
    if (refusal !== undefined) {
      front.log('warning', `TLS: ${refusal} (${socket.remoteAddress}:${socket.remotePort}): closing connection`);
      socket.destroy();
      return;
    }
    // Node keeps the accepted socket there; from now on the front-end counts the connection, and for how long.
    const { _parent: accepted } = socket as { _parent?: Socket };
    assert(accepted !== undefined && this.handshaking.delete(accepted), 'a secured socket was accepted here');
    front.adopt(new SocketTransport(socket, front.read), false);
  }

  private forget(): void {
    Atomics.sub(this.clients, this.front.threadIndex, 1);
  }

  private build(): Server {
    const options = tlsServerOptions(this.front.config.values, this.ticketKeys);
    checkPair(options);
    const server = configured(options);
    server.on('secureConnection', (socket) => this.secured(socket));
    server.on('tlsClientError', (error, socket) => {
      this.front.log('verbose', `Error accepting a client connection: ${error.message}`);
      socket.destroy();
    });
    return server;
  }

  /** Answers what CONFIG SET fails with. */
  private rebuild(): string | undefined {
    try {
      this.server = this.build();
      return undefined;
    } catch (error) {
      this.front.log('warning', `Failed applying new configuration: ${reason(error)}`);
      return cannotUpdate;
    }
  }
}

/** Why a client whose handshake succeeded is turned away all the same, or undefined. */
export function refusalOf(
  socket: TLSSocket,
  auth: 'yes' | 'no' | 'optional',
  allowlist: readonly string[],
): string | undefined {
  if (auth === 'no') return undefined;
  const certificate = socket.getPeerCertificate();
  const without = Object.keys(certificate).length === 0;
  if (without) return undefined;
  if (!socket.authorized) return `the client's certificate is not valid: ${String(socket.authorizationError)}`;
  if (isAllowed(certificateNames(certificate), allowlist)) return undefined;
  return "the client's certificate carries no name that tls-allowlist has";
}

function configured(options: TlsOptions): Server {
  try {
    return createServer(options);
  } catch (error) {
    throw new TlsProblem(`Failed to configure TLS: ${reason(error)}`);
  }
}

/** Says which of the two files is at fault, before the whole is put together. */
export function checkPair({ cert, key, passphrase }: TlsOptions): void {
  if (cert === undefined || key === undefined) return;
  try {
    createSecureContext({ cert });
  } catch (error) {
    throw new TlsProblem(`Failed to load certificate: ${reason(error)}`);
  }
  try {
    createSecureContext({ cert, key, ...(passphrase === undefined ? {} : { passphrase }) });
  } catch (error) {
    throw new TlsProblem(`Failed to load private key: ${reason(error)}`);
  }
}
