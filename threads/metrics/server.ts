import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { BindAddress } from '../front-end/listener.ts';
import { isLoopback, listenAside } from '../side-port.ts';

export interface MetricsServerParts {
  readonly addresses: readonly BindAddress[];
  readonly port: number;
  /** Whether a client from elsewhere than this machine is served. */
  readonly allowsRemote: () => boolean;
  /** The page, made anew. */
  readonly scrape: () => Promise<{ readonly text: string; readonly contentType: string }>;
  readonly log: (text: string) => void;
}

const MAX_CONNECTIONS = 32;
/** For a request to come, for a reply to be taken, and between two requests. */
const TIMEOUT_MS = 10_000;
const MAX_HEADER_BYTES = 8192;

/** Serves GET /metrics to Prometheus. Runs on the main thread, which serves no client of the cache. */
export class MetricsServer {
  private readonly parts: MetricsServerParts;
  private readonly servers: Server[] = [];
  /** Clients that come while a page is being made get that one. */
  private making: ReturnType<MetricsServerParts['scrape']> | undefined;

  constructor(parts: MetricsServerParts) {
    this.parts = parts;
  }

  /** @throws Error with a line for the operator when an address is taken or missing */
  async listen(): Promise<void> {
    const { addresses, port } = this.parts;
    for (const address of addresses) {
      const server = createServer({ maxHeaderSize: MAX_HEADER_BYTES }, (request, response) =>
        this.serve(request, response),
      );
      server.maxConnections = MAX_CONNECTIONS;
      server.headersTimeout = TIMEOUT_MS;
      server.requestTimeout = TIMEOUT_MS;
      server.keepAliveTimeout = TIMEOUT_MS;
      // Whoever does not take the reply loses the connection: it would hold the reply for ever.
      server.setTimeout(TIMEOUT_MS, (socket) => socket.destroy());
      server.on('connection', (socket: Socket) => {
        if (!isLoopback(socket.remoteAddress ?? '') && !this.parts.allowsRemote()) socket.destroy();
      });
      if (await listenAside(server, address, port, 'Prometheus endpoint')) this.servers.push(server);
    }
  }

  get ports(): number[] {
    return this.servers.map((server) => (server.address() as AddressInfo).port);
  }

  close(): void {
    for (const server of this.servers) {
      server.close();
      server.closeAllConnections();
    }
  }

  private serve(request: IncomingMessage, response: ServerResponse): void {
    // Nobody has anything to send here.
    request.resume();
    const path = (request.url ?? '').split('?', 1)[0];
    if (path !== '/metrics') answer(response, 404, 'Not found. Metrics are at /metrics.\n');
    else if (request.method !== 'GET') {
      response.setHeader('Allow', 'GET');
      answer(response, 405, 'Only GET.\n');
    } else void this.servePage(response);
  }

  private async servePage(response: ServerResponse): Promise<void> {
    try {
      this.making ??= this.parts.scrape();
      const { text, contentType } = await this.making;
      response.setHeader('Content-Type', contentType);
      answer(response, 200, text);
    } catch (error) {
      this.parts.log(`Metrics could not be gathered: ${error instanceof Error ? error.message : String(error)}`);
      answer(response, 500, 'Metrics could not be gathered: see the log of the server.\n');
    } finally {
      this.making = undefined;
    }
  }
}

function answer(response: ServerResponse, status: number, text: string): void {
  response.statusCode = status;
  if (!response.hasHeader('Content-Type')) response.setHeader('Content-Type', 'text/plain; charset=utf-8');
  response.end(text);
}
