import type { Server, Socket } from 'node:net';
import type { FrontEndStart } from '../messages.ts';
import type { FrontEnd } from './front-end.ts';
import { HandOver, onConnection } from './hand-over.ts';
import { HandleEnvironment, HandleTransport } from './handle-transport.ts';
import { listenTcp, listenUnix, parseBind } from './listener.ts';
import { placeConnection } from './placement.ts';
import { SocketTransport } from './socket-transport.ts';
import { findInternals, type StreamHandle } from './stream-handle.ts';
import { TlsTerminator } from './tls/terminator.ts';

/** What listens: a TCP port, the TLS port, or a Unix socket. */
type Door = 'tcp' | 'tls' | 'unix';

/** Listens, accepts, and passes connections on when another thread has fewer. */
export class Acceptor {
  private readonly front: FrontEnd;
  private readonly start: FrontEndStart;
  private readonly clients: Int32Array;
  private readonly environment: HandleEnvironment | undefined;
  private readonly handOver: HandOver | undefined;
  private readonly servers: Server[] = [];
  private tls: TlsTerminator | undefined;

  constructor(front: FrontEnd, start: FrontEndStart, clients: Int32Array) {
    this.front = front;
    this.start = start;
    this.clients = clients;
    // For tests of the slow way, and for whoever meets a Node whose insides changed without the probe noticing.
    const internals = process.env.STRATAKV_PLAIN_SOCKETS === '1' ? undefined : findInternals();
    if (internals === undefined) {
      front.log(
        'warning',
        'Node.js stream handles are not available: connections use plain sockets, which cost more CPU',
      );
      return;
    }
    this.environment = new HandleEnvironment(internals, front.read);
    if (start.threads > 1) this.handOver = new HandOver(internals, start.handOverDirectory, start.thread);
  }

  /** Rejects with a line for the operator when TLS cannot be set up. */
  async open(): Promise<void> {
    const { front, start, clients } = this;
    if (front.config.values['tls-port'] !== 0) {
      this.tls = new TlsTerminator(front, clients, new Uint8Array(start.shared.tlsTicketKeys));
    }
    await this.handOver?.listen((handle, encrypted) => this.serve(handle, encrypted ? 'tls' : doorOf(handle)));
  }

  async connect(): Promise<void> {
    await this.handOver?.connect(this.start.threads);
  }

  /** Begins to accept. Throws an Error with Redis's text when an address cannot be had. */
  async listen(): Promise<void> {
    this.handOver?.stopListening();
    const { values } = this.front.config;
    const shared = this.start.threads > 1;
    for (const [door, port] of [
      ['tcp', values.port],
      ['tls', values['tls-port']],
    ] as const) {
      if (port === 0) continue;
      for (const address of parseBind(values.bind)) {
        const server = await listenTcp(address, port, values['tcp-backlog'], shared);
        if (server !== undefined) this.accept(server, door);
      }
    }
    // A path can be bound once; its connections are spread like those of an unlucky TCP thread.
    if (values.unixsocket !== '' && this.start.thread === 0) {
      this.accept(await listenUnix(values.unixsocket, values.unixsocketperm, values['tcp-backlog']), 'unix');
    }
  }

  close(): void {
    for (const server of this.servers) server.close();
    this.tls?.close();
  }

  private accept(server: Server, door: Door): void {
    this.servers.push(server);
    if (this.environment !== undefined && onConnection(server, (handle) => this.place(handle, door))) return;
    server.on('connection', (socket: Socket) => {
      this.prepareSocket(socket);
      Atomics.add(this.clients, this.start.thread, 1);
      if (door === 'tls') this.tls?.acceptSocket(socket);
      else this.front.adopt(new SocketTransport(socket, this.front.read), door === 'unix');
      socket.resume();
    });
  }

  private place(handle: StreamHandle, door: Door): void {
    const self = this.start.thread;
    const target = this.handOver === undefined ? self : placeConnection(this.clients, self);
    Atomics.add(this.clients, target, 1);
    if (target === self || this.handOver === undefined) {
      this.serve(handle, door);
      return;
    }
    this.front.countHandOver();
    this.handOver.send(handle, door === 'tls', target, (status) => {
      this.front.log('warning', `A connection could not be handed to thread ${target} (${status}) and stays`);
      Atomics.sub(this.clients, target, 1);
      Atomics.add(this.clients, self, 1);
      this.serve(handle, door);
    });
  }

  /** The connection is this thread's, and counted. */
  private serve(handle: StreamHandle, door: Door): void {
    if (this.environment === undefined) return;
    handle.setNoDelay?.(true);
    const keepaliveSeconds = this.front.config.values['tcp-keepalive'];
    if (keepaliveSeconds > 0) handle.setKeepAlive?.(true, keepaliveSeconds);
    if (door === 'tls') this.tls?.accept(handle);
    else this.front.adopt(new HandleTransport(handle, this.environment), door === 'unix');
  }

  private prepareSocket(socket: Socket): void {
    socket.setNoDelay(true);
    const keepaliveSeconds = this.front.config.values['tcp-keepalive'];
    if (keepaliveSeconds > 0) socket.setKeepAlive(true, keepaliveSeconds * 1000);
  }
}

function doorOf(handle: StreamHandle): Door {
  return handle.getpeername === undefined ? 'unix' : 'tcp';
}
