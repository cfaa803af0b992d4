import type { Server, Socket } from 'node:net';
import type { FrontEndStart } from '../messages.ts';
import type { FrontEnd } from './front-end.ts';
import { HandOver, onConnection } from './hand-over.ts';
import { HandleEnvironment, HandleTransport } from './handle-transport.ts';
import { listenTcp, listenUnix, parseBind } from './listener.ts';
import { placeConnection } from './placement.ts';
import { SocketTransport } from './socket-transport.ts';
import { findInternals, type StreamHandle } from './stream-handle.ts';

/** Listens, accepts, and passes connections on when another thread has fewer. */
export class Acceptor {
  private readonly front: FrontEnd;
  private readonly start: FrontEndStart;
  private readonly clients: Int32Array;
  private readonly environment: HandleEnvironment | undefined;
  private readonly handOver: HandOver | undefined;
  private readonly servers: Server[] = [];

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

  async open(): Promise<void> {
    await this.handOver?.listen((handle) => this.serve(handle));
  }

  async connect(): Promise<void> {
    await this.handOver?.connect(this.start.threads);
  }

  /** Begins to accept. Throws an Error with Redis's text when an address cannot be had. */
  async listen(): Promise<void> {
    this.handOver?.stopListening();
    const { values } = this.front.config;
    const shared = this.start.threads > 1;
    if (values.port !== 0) {
      for (const address of parseBind(values.bind)) {
        const server = await listenTcp(address, values.port, values['tcp-backlog'], shared);
        if (server !== undefined) this.accept(server, false);
      }
    }
    // A path can be bound once; its connections are spread like those of an unlucky TCP thread.
    if (values.unixsocket !== '' && this.start.thread === 0) {
      this.accept(await listenUnix(values.unixsocket, values.unixsocketperm, values['tcp-backlog']), true);
    }
  }

  close(): void {
    for (const server of this.servers) server.close();
  }

  private accept(server: Server, unixSocket: boolean): void {
    this.servers.push(server);
    if (this.environment !== undefined && onConnection(server, (handle) => this.place(handle, unixSocket))) return;
    server.on('connection', (socket: Socket) => {
      this.prepareSocket(socket);
      Atomics.add(this.clients, this.start.thread, 1);
      this.front.adopt(new SocketTransport(socket, this.front.read), unixSocket);
      socket.resume();
    });
  }

  private place(handle: StreamHandle, unixSocket: boolean): void {
    const self = this.start.thread;
    const target = this.handOver === undefined ? self : placeConnection(this.clients, self);
    Atomics.add(this.clients, target, 1);
    if (target === self || this.handOver === undefined) {
      this.serve(handle, unixSocket);
      return;
    }
    this.front.countHandOver();
    this.handOver.send(handle, target, (status) => {
      this.front.log('warning', `A connection could not be handed to thread ${target} (${status}) and stays`);
      Atomics.sub(this.clients, target, 1);
      Atomics.add(this.clients, self, 1);
      this.serve(handle, unixSocket);
    });
  }

  /** The connection is this thread's, and counted. */
  private serve(handle: StreamHandle, unixSocket = handle.getpeername === undefined): void {
    if (this.environment === undefined) return;
    handle.setNoDelay?.(true);
    const keepaliveSeconds = this.front.config.values['tcp-keepalive'];
    if (keepaliveSeconds > 0) handle.setKeepAlive?.(true, keepaliveSeconds);
    this.front.adopt(new HandleTransport(handle, this.environment), unixSocket);
  }

  private prepareSocket(socket: Socket): void {
    socket.setNoDelay(true);
    const keepaliveSeconds = this.front.config.values['tcp-keepalive'];
    if (keepaliveSeconds > 0) socket.setKeepAlive(true, keepaliveSeconds * 1000);
  }
}
