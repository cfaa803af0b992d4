import type { Server, Socket } from 'node:net';
import type { Door, FrontEndStart } from '../messages.ts';
import type { FrontEnd } from './front-end.ts';
import { HandOver, onConnection } from './hand-over.ts';
import { HandleEnvironment, HandleTransport } from './handle-transport.ts';
import { listenTcp, listenUnix, parseBind } from './listener.ts';
import { placeConnection } from './placement.ts';
import { SocketTransport } from './socket-transport.ts';
import { findInternals, type StreamHandle } from './stream-handle.ts';
import { TlsTerminator } from './tls/terminator.ts';

/** What listens: a TCP port, the TLS port, or a Unix socket. */
type Entrance = 'tcp' | 'tls' | 'unix';

/** Listens, accepts, and passes connections on when another thread has fewer. */
export class Acceptor {
  private readonly front: FrontEnd;
  private readonly start: FrontEndStart;
  private readonly clients: Int32Array;
  private readonly environment: HandleEnvironment | undefined;
  private readonly handOver: HandOver | undefined;
  private readonly servers: Server[] = [];
  private tls: TlsTerminator | undefined;
  /** What this thread listens on, for main to accept in its place: not for TLS, whose handshake needs the event loop. */
  readonly doors: Door[] = [];
  /** Threads that are in a script for a while: a connection would wait there. */
  private readonly isSlow: (thread: number) => boolean;

  constructor(front: FrontEnd, start: FrontEndStart, clients: Int32Array, isSlow: (thread: number) => boolean) {
    this.isSlow = isSlow;
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

  private accept(server: Server, door: Entrance): void {
    this.servers.push(server);
    if (this.environment !== undefined && onConnection(server, (handle) => this.place(handle, door))) {
      const { _handle: listening } = server as { _handle?: { fd?: number } | null };
      if (door !== 'tls' && listening?.fd !== undefined) this.doors.push({ fd: listening.fd, kind: door });
      return;
    }
    server.on('connection', (socket: Socket) => {
      this.prepareSocket(socket);
      Atomics.add(this.clients, this.start.thread, 1);
      if (door === 'tls') this.tls?.acceptSocket(socket);
      else this.front.adopt(new SocketTransport(socket, this.front.read, true), door === 'unix');
      socket.resume();
    });
  }

  private place(handle: StreamHandle, door: Entrance): void {
    const self = this.start.thread;
    const wanted = this.handOver === undefined ? self : placeConnection(this.clients, self);
    const target = this.isSlow(wanted) ? self : wanted;
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

  get pipes(): readonly number[] {
    return this.handOver?.incomingPipes ?? [];
  }

  /** A connection that main has accepted in this thread's place. Main keeps a handle of its own, which it never touches again. */
  adopt({ fd, kind }: Door): void {
    if (this.environment === undefined) return;
    const handle = this.environment.internals.newSocket(kind === 'unix' ? 'unix' : 'tcp');
    if (handle.open(fd) !== 0) return;
    Atomics.add(this.clients, this.start.thread, 1);
    this.serve(handle, kind);
  }

  /** The connection is this thread's, and counted. */
  private serve(handle: StreamHandle, door: Entrance): void {
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

function doorOf(handle: StreamHandle): Entrance {
  return handle.getpeername === undefined ? 'unix' : 'tcp';
}
