import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import type { PipeHandle, StreamHandle, StreamInternals } from './stream-handle.ts';

/** What goes with a descriptor: whether its peer will speak TLS. */
const plainWord = 'c';
const encryptedWord = 't';

/**
 * Passes accepted connections between the threads of this process. A libuv handle cannot leave its loop, and closing it closes
 * the descriptor, so the descriptor is duplicated by sending it over a Unix socket (SCM_RIGHTS), as Node does between
 * processes. Each thread listens in a private directory until all others have connected; the directory is then removed.
 */
export class HandOver {
  private readonly internals: StreamInternals;
  private readonly directory: string;
  private readonly thread: number;
  private readonly peers: (PipeHandle | undefined)[] = [];
  /** Descriptors of the pipes over which others send. */
  readonly incomingPipes: number[] = [];
  private server: Server | undefined;
  /** Handles whose descriptors live on in the pipes made from them; kept so that they are never closed. */
  private readonly kept: StreamHandle[] = [];
  /** Threads that have connected to this one, and who wants to know. */
  private incoming = 0;
  private onIncoming: () => void = () => {};

  constructor(internals: StreamInternals, directory: string, thread: number) {
    this.internals = internals;
    this.directory = directory;
    this.thread = thread;
  }

  /** Begins to take connections from others. Resolves when they can connect. */
  listen(adopt: (handle: StreamHandle, encrypted: boolean) => void): Promise<void> {
    const { internals } = this;
    return new Promise((resolve, reject) => {
      const server = createServer();
      this.server = server;
      server.once('error', reject);
      server.listen(join(this.directory, String(this.thread)), () => {
        onConnection(server, (accepted) => {
          const pipe = internals.newIpcPipe();
          if (pipe.open(accepted.fd) !== 0) throw new Error('a hand-over pipe could not be opened');
          this.kept.push(accepted, pipe);
          this.incomingPipes.push(accepted.fd);
          this.incoming++;
          this.onIncoming();
          takeHandedOver(pipe, adopt);
          pipe.unref();
        });
        resolve();
      });
    });
  }

  /**
   * Connects to all other threads, once they all listen, and waits until they all have been accepted here: a connection that waits in the
   * backlog when listening ends is broken, though its sender took it for made.
   */
  async connect(threads: number): Promise<void> {
    for (let thread = 0; thread < threads; thread++) {
      this.peers.push(thread === this.thread ? undefined : await this.connectTo(thread));
    }
    await new Promise<void>((resolve) => {
      this.onIncoming = () => {
        if (this.incoming === threads - 1) resolve();
      };
      this.onIncoming();
    });
  }

  /** All threads are connected: nobody else may. */
  stopListening(): void {
    this.server?.close();
    this.server = undefined;
  }

  /**
   * Sends a connection to another thread. `failed` is called, now or later, when it could not be sent: the handle then still
   * belongs to the caller.
   */
  send(handle: StreamHandle, encrypted: boolean, thread: number, failed: (status: number) => void): void {
    const pipe = this.peers[thread];
    if (pipe === undefined) {
      failed(0);
      return;
    }
    const request = new this.internals.WriteWrap();
    request.oncomplete = (status: number) => {
      if (status === 0) handle.close();
      else failed(status);
    };
    const status = pipe.writeUtf8String(request, encrypted ? encryptedWord : plainWord, handle);
    if (status !== 0) failed(status);
    else if (this.internals.state[this.internals.lastWriteWasAsync] === 0) handle.close();
  }

  private connectTo(thread: number): Promise<PipeHandle> {
    return new Promise((resolve, reject) => {
      const pipe = this.internals.newIpcPipe();
      const request = new this.internals.PipeConnectWrap();
      request.oncomplete = (status) => {
        if (status === 0) resolve(pipe);
        else reject(new Error(`thread ${this.thread} cannot reach thread ${thread} (${status})`));
      };
      const status = pipe.connect(request, join(this.directory, String(thread)), 0);
      // Before Node 22.2 the call answered nothing.
      if (typeof status === 'number' && status !== 0)
        reject(new Error(`thread ${thread} cannot be reached (${status})`));
    });
  }
}

/** Reads connections off a pipe. */
export function takeHandedOver(pipe: PipeHandle, adopt: (handle: StreamHandle, encrypted: boolean) => void): void {
  pipe.onread = (word) => {
    const handle = pipe.pendingHandle;
    pipe.pendingHandle = null;
    // The kernel gives what came with one descriptor by itself, so the word belongs to this one.
    const encrypted = word !== undefined && new Uint8Array(word)[0] === encryptedWord.charCodeAt(0);
    if (handle) adopt(handle, encrypted);
  };
  pipe.readStart();
}

/** Takes the accepted handles of a listening server before Node wraps them in sockets. */
export function onConnection(server: Server, take: (handle: StreamHandle) => void): boolean {
  const inner = (server as { _handle?: { onconnection?: unknown } | null })._handle;
  if (!inner || typeof inner.onconnection !== 'function') return false;
  inner.onconnection = (error: number, handle: StreamHandle | undefined) => {
    if (error === 0 && handle !== undefined) take(handle);
  };
  return true;
}
