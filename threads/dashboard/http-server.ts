import { createServer, type IncomingMessage, type Server, type ServerOptions, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { TLSSocket, TlsOptions } from 'node:tls';
import type { BindAddress } from '../front-end/listener.ts';
import { isLoopback, listenAside } from '../side-port.ts';

export interface HttpServerParts {
  readonly addresses: readonly BindAddress[];
  readonly port: number;
  /** Undefined: not encrypted. */
  readonly tls: TlsOptions | undefined;
  /** Why a client is turned away whose handshake succeeded, or undefined. */
  readonly refusal: (socket: TLSSocket) => string | undefined;
  /** Whether a client from elsewhere than this machine is served. */
  readonly allowsRemote: () => boolean;
  readonly serve: (request: IncomingMessage, response: ServerResponse) => void;
  readonly log: (text: string) => void;
  /** See TIMEOUT_MS; shorter in tests. */
  readonly timeoutMs?: number;
}

const MAX_CONNECTIONS = 128;
/** So that one address does not take them all. */
const MAX_PER_ADDRESS = 32;
/** For a request to come, for a reply to be taken, and between two requests. */
const TIMEOUT_MS = 10_000;
const MAX_HEADER_BYTES = 8192;
const MAX_REQUESTS_PER_CONNECTION = 10_000;

/** Node looks only so often for connections that are too slow. */
const CHECKING_MS = 1000;

/** The dashboard's listening sockets, with a bound on everything that a client may take. */
export class HttpServer {
  private readonly parts: HttpServerParts;
  private readonly servers: Server[] = [];
  private readonly perAddress: Map<string, number> = new Map();
  private connections = 0;

  constructor(parts: HttpServerParts) {
    this.parts = parts;
  }

  /** @throws Error with a line for the operator when an address is taken or missing, or the certificate is none */
  async listen(): Promise<void> {
    const { addresses, port, serve, tls, timeoutMs = TIMEOUT_MS } = this.parts;
    const options: ServerOptions = {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: timeoutMs,
      requestTimeout: timeoutMs,
      keepAliveTimeout: timeoutMs,
      connectionsCheckingInterval: Math.min(CHECKING_MS, timeoutMs),
    };
    for (const address of addresses) {
      const server = tls === undefined ? createServer(options, serve) : createTlsServer({ ...tls, ...options }, serve);
      server.maxRequestsPerSocket = MAX_REQUESTS_PER_CONNECTION;
      // Whoever does not take the reply loses the connection: it would hold the reply for ever.
      server.setTimeout(timeoutMs, (socket) => socket.destroy());
      server.on('connection', (socket: Socket) => this.admit(socket));
      server.on('secureConnection', (socket: TLSSocket) => {
        const refusal = this.parts.refusal(socket);
        if (refusal === undefined) return;
        this.parts.log(`Dashboard, TLS: ${refusal} (${socket.remoteAddress}): closing connection`);
        socket.destroy();
      });
      if (await listenAside(server, address, port, 'dashboard')) this.servers.push(server);
    }
  }

  get ports(): number[] {
    return this.servers.map((server) => (server.address() as AddressInfo).port);
  }

  /** New connections get these; the others keep what they began with. */
  setTls(tls: TlsOptions): void {
    for (const server of this.servers) {
      if ('setSecureContext' in server && typeof server.setSecureContext === 'function') server.setSecureContext(tls);
    }
  }

  close(): void {
    for (const server of this.servers) {
      server.close();
      server.closeAllConnections();
    }
  }

  private admit(socket: Socket): void {
    const address = socket.remoteAddress ?? '';
    const held = this.perAddress.get(address) ?? 0;
    const full = this.connections >= MAX_CONNECTIONS || held >= MAX_PER_ADDRESS;
    if (full || (!isLoopback(address) && !this.parts.allowsRemote())) {
      socket.destroy();
      return;
    }
    // Over TLS the time of the handshake has a bound of its own.
    this.connections++;
    this.perAddress.set(address, held + 1);
    socket.once('close', () => {
      this.connections--;
      const left = (this.perAddress.get(address) ?? 1) - 1;
      if (left > 0) this.perAddress.set(address, left);
      else this.perAddress.delete(address);
    });
  }
}
