import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onConnection, takeHandedOver } from './front-end/hand-over.ts';
import type { ListeningHandle, PipeHandle, StreamHandle, StreamInternals } from './front-end/stream-handle.ts';
import type { Door } from './messages.ts';

export interface DoorkeeperParts {
  readonly internals: () => StreamInternals | undefined;
  /** Whether a front-end still is in a script that is over its time. */
  readonly isBusy: (thread: number) => boolean;
  readonly backlog: () => number;
  /** Gives a front-end a connection; from then on the descriptor is that thread's. */
  readonly deliver: (thread: number, connection: Door) => void;
  readonly log: (text: string) => void;
}

/** How often it is looked whether a script has ended. */
const LOOK_EVERY_MS = 20;
/** Each connection that is accepted here costs some hundred bytes for ever, see `kept`. */
const MAX_CONNECTIONS = 100_000;

/**
 * Accepts connections in the place of front-ends that a script keeps from their event loops, on main. All of a process's threads have the same descriptors,
 * so what is passed is a number, which the busy thread picks up between two instructions of the script: it then answers the client as it answers
 * all others (front-end/busy.ts), and serves it when the script has ended.
 *
 * Main listens on a duplicate of the front-end's socket, because closing a libuv handle closes its descriptor: the socket is sent to ourselves, over a pipe
 * that passes descriptors.
 */
export class Doorkeeper {
  private readonly parts: DoorkeeperParts;
  private readonly doors = new Map<number, readonly Door[]>();
  /** By front-end: main's ends of the pipes over which others hand it connections. They are read while it does not. */
  private readonly pipes = new Map<number, PipeHandle[]>();
  private readonly pipeFds = new Map<number, readonly number[]>();
  /** By front-end: the duplicates that main listens on in its place. */
  private readonly attended = new Map<number, ListeningHandle[]>();
  private loop: Promise<SelfPipe | undefined> | undefined;
  private timer: NodeJS.Timeout | undefined;
  /** Handles whose descriptors are front-ends': to close them would close those. */
  private readonly kept: StreamHandle[] = [];

  constructor(parts: DoorkeeperParts) {
    this.parts = parts;
  }

  /** What a front-end listens on. */
  know(thread: number, doors: readonly Door[], pipes: readonly number[]): void {
    this.doors.set(thread, doors);
    this.pipeFds.set(thread, pipes);
  }

  /** A front-end is busy: until `isBusy` says that it is not any more. May be called again and again. */
  attend(thread: number): void {
    const doors = this.doors.get(thread);
    if (doors === undefined || this.attended.has(thread) || !this.parts.isBusy(thread)) return;
    const listening: ListeningHandle[] = [];
    this.attended.set(thread, listening);
    this.timer ??= setInterval(() => this.look(), LOOK_EVERY_MS);
    for (const pipe of this.pipesOf(thread)) {
      takeHandedOver(pipe, (handle, encrypted) => this.give(thread, handle, encrypted ? 'tls' : kindOf(handle)));
    }
    this.loop ??= this.openLoop();
    void this.loop.then(async (loop) => {
      for (const door of doors) {
        const duplicate = await loop?.duplicate(door);
        if (duplicate === undefined) continue;
        if (this.attended.get(thread) === listening) this.listen(thread, door.kind, duplicate, listening);
        else duplicate.close();
      }
    });
  }

  private listen(thread: number, kind: Door['kind'], duplicate: ListeningHandle, listening: ListeningHandle[]): void {
    duplicate.onconnection = (status, handle) => {
      if (status === 0 && handle !== undefined) this.give(thread, handle, kind);
    };
    const status = duplicate.listen(this.parts.backlog());
    if (status === 0) listening.push(duplicate);
    else {
      duplicate.close();
      this.parts.log(`Cannot accept connections for a thread whose script is over its time (${status})`);
    }
  }

  private give(thread: number, handle: StreamHandle, kind: Door['kind']): void {
    if (this.kept.length >= MAX_CONNECTIONS) {
      handle.close();
      return;
    }
    this.kept.push(handle);
    this.parts.deliver(thread, { fd: handle.fd, kind });
  }

  private pipesOf(thread: number): readonly PipeHandle[] {
    const known = this.pipes.get(thread);
    const internals = this.parts.internals();
    if (known !== undefined || internals === undefined) return known ?? [];
    const made: PipeHandle[] = [];
    for (const fd of this.pipeFds.get(thread) ?? []) {
      const pipe = internals.newIpcPipe();
      if (pipe.open(fd) === 0) made.push(pipe);
    }
    this.pipes.set(thread, made);
    return made;
  }

  private look(): void {
    for (const [thread, listening] of this.attended) {
      if (this.parts.isBusy(thread)) continue;
      this.attended.delete(thread);
      for (const duplicate of listening) duplicate.close();
      for (const pipe of this.pipesOf(thread)) pipe.readStop();
    }
    if (this.attended.size > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }

  private async openLoop(): Promise<SelfPipe | undefined> {
    const internals = this.parts.internals();
    if (internals === undefined) return undefined;
    try {
      return await SelfPipe.open(internals);
    } catch (error) {
      this.parts.log(`Cannot accept connections while a script is over its time: ${String(error)}`);
      return undefined;
    }
  }
}

function kindOf(handle: StreamHandle): Door['kind'] {
  return handle.getpeername === undefined ? 'unix' : 'tcp';
}

/** Both ends of a pipe that passes descriptors: what is sent comes back as a duplicate. */
class SelfPipe {
  private readonly internals: StreamInternals;
  private readonly out: PipeHandle;
  private readonly waiting: ((handle: ListeningHandle | undefined) => void)[] = [];
  /** Never closed: their descriptors belong to others. */
  private readonly kept: StreamHandle[] = [];
  private readonly templates = new Map<number, StreamHandle>();

  private constructor(internals: StreamInternals, out: PipeHandle, accepted: StreamHandle) {
    this.internals = internals;
    this.out = out;
    const into = internals.newIpcPipe();
    if (into.open(accepted.fd) !== 0) throw new Error('a pipe could not be opened');
    this.kept.push(accepted, into);
    into.onread = () => {
      const handle = into.pendingHandle;
      into.pendingHandle = null;
      this.waiting.shift()?.(handle ? (handle as ListeningHandle) : undefined);
    };
    into.readStart();
    into.unref();
    out.unref();
  }

  static async open(internals: StreamInternals): Promise<SelfPipe> {
    const directory = mkdtempSync(join(tmpdir(), 'stratakv-door-'));
    const path = join(directory, 'door');
    const server = createServer();
    try {
      const accepted = new Promise<StreamHandle>((resolve, reject) => {
        server.once('error', reject);
        server.listen(path, () => {
          if (!onConnection(server, resolve)) reject(new Error('connections cannot be taken'));
        });
      });
      const out = internals.newIpcPipe();
      await new Promise<void>((resolve) => server.once('listening', resolve));
      await new Promise<void>((resolve, reject) => {
        const request = new internals.PipeConnectWrap();
        request.oncomplete = (status) => (status === 0 ? resolve() : reject(new Error(`no connection (${status})`)));
        const status = out.connect(request, path, 0);
        if (typeof status === 'number' && status !== 0) reject(new Error(`no connection (${status})`));
      });
      return new SelfPipe(internals, out, await accepted);
    } finally {
      server.close();
      rmSync(directory, { recursive: true, force: true });
    }
  }

  /** A handle on a descriptor of its own; undefined when there is none to be had. */
  duplicate({ fd, kind }: Door): Promise<ListeningHandle | undefined> {
    const { internals, out, templates } = this;
    let template = templates.get(fd);
    if (template === undefined) {
      template = internals.newSocket(kind === 'unix' ? 'unix' : 'tcp');
      if (template.open(fd) !== 0) return Promise.resolve(undefined);
      templates.set(fd, template);
    }
    const request = new internals.WriteWrap();
    return new Promise((resolve) => {
      // What comes back comes in the order in which it was sent: one is sent at a time.
      this.waiting.push(resolve);
      request.oncomplete = (status) => {
        if (status !== 0) for (const give of this.waiting.splice(0)) give(undefined);
      };
      if (out.writeUtf8String(request, 'd', template) === 0) return;
      this.waiting.pop();
      resolve(undefined);
    });
  }
}
