/**
 * The part of Node's stream handles (what `net.Socket` itself stands on) that the fast transport uses. Not a public interface, but
 * unchanged from Node 10 to 26; `probe` checks it at start, and without it connections fall back to `net.Socket`.
 */
export interface StreamHandle {
  readonly fd: number;
  /** Only ever a function: the setter asserts it. Gets the bytes, unless the handle reads into a user's buffer. */
  onread: (bytes?: ArrayBuffer) => void;
  readStart(): number;
  readStop(): number;
  useUserBuffer(buffer: Uint8Array): void;
  writeBuffer(request: WriteRequest, bytes: Uint8Array): number;
  writeUtf8String(request: WriteRequest, text: string, sendHandle?: StreamHandle): number;
  shutdown(request: ShutdownRequest): number;
  close(done?: () => void): void;
  open(fd: number): number;
  unref(): void;
  setNoDelay?(on: boolean): number;
  setKeepAlive?(on: boolean, delaySeconds: number): number;
  getpeername?(out: SocketName): number;
  getsockname?(out: SocketName): number;
  /** On a pipe that carries descriptors: the one that came with the bytes just read. */
  pendingHandle?: StreamHandle | null;
}

export interface SocketName {
  address?: string;
  port?: number;
  family?: string;
}

export interface WriteRequest {
  oncomplete: ((status: number) => void) | undefined;
  handle?: StreamHandle;
  /** What is being written, to keep it alive. */
  buffer?: Uint8Array;
}

export interface ShutdownRequest {
  oncomplete: ((status: number) => void) | undefined;
  handle?: StreamHandle;
}

/** What `net.Server` stands on. */
export interface ListeningHandle extends StreamHandle {
  onconnection: ((status: number, handle: StreamHandle | undefined) => void) | undefined;
  listen(backlog: number): number;
}

export interface PipeHandle extends StreamHandle {
  connect(request: { oncomplete?: (status: number) => void }, path: string, flags?: number): number;
}

/** What `process.binding` gives; its names are Node's. */
export interface StreamInternals {
  readonly WriteWrap: new () => WriteRequest;
  readonly ShutdownWrap: new () => ShutdownRequest;
  readonly PipeConnectWrap: new () => { oncomplete?: (status: number) => void };
  readonly newIpcPipe: () => PipeHandle;
  /** A handle for a descriptor that there is: `open` gives it. */
  readonly newSocket: (kind: 'tcp' | 'unix') => StreamHandle;
  /** Filled by the handle on every read and write, see the indexes below. */
  readonly state: Int32Array;
  readonly readBytesOrError: number;
  readonly lastWriteWasAsync: number;
}

type Binding = Readonly<Record<string, unknown>>;

/** The internals, or undefined when this Node does not have them as expected. Logs nothing. */
export function findInternals(): StreamInternals | undefined {
  try {
    const bind = (process as unknown as { binding(name: string): Binding }).binding;
    const stream = bind.call(process, 'stream_wrap');
    const pipe = bind.call(process, 'pipe_wrap');
    const { TCP, constants: tcpConstants } = bind.call(process, 'tcp_wrap');
    const { WriteWrap, ShutdownWrap, streamBaseState, kReadBytesOrError, kLastWriteWasAsync } = stream;
    const { Pipe, PipeConnectWrap, constants } = pipe;
    const ipc = (constants as { IPC?: unknown } | undefined)?.IPC;
    const pipeSocket = (constants as { SOCKET?: unknown } | undefined)?.SOCKET;
    const tcpSocket = (tcpConstants as { SOCKET?: unknown } | undefined)?.SOCKET;
    const usable =
      typeof WriteWrap === 'function' &&
      typeof ShutdownWrap === 'function' &&
      typeof Pipe === 'function' &&
      typeof PipeConnectWrap === 'function' &&
      streamBaseState instanceof Int32Array &&
      typeof kReadBytesOrError === 'number' &&
      typeof kLastWriteWasAsync === 'number' &&
      typeof TCP === 'function' &&
      typeof pipeSocket === 'number' &&
      typeof tcpSocket === 'number' &&
      typeof ipc === 'number';
    if (!usable) return undefined;
    const prototype = (Pipe as { prototype: Record<string, unknown> }).prototype;
    const methods = [
      'readStart',
      'readStop',
      'useUserBuffer',
      'writeBuffer',
      'writeUtf8String',
      'shutdown',
      'close',
      'open',
    ];
    if (!methods.every((name) => typeof prototype[name] === 'function')) return undefined;
    return {
      WriteWrap: WriteWrap as StreamInternals['WriteWrap'],
      ShutdownWrap: ShutdownWrap as StreamInternals['ShutdownWrap'],
      PipeConnectWrap: PipeConnectWrap as StreamInternals['PipeConnectWrap'],
      newIpcPipe: () => new (Pipe as new (kind: number) => PipeHandle)(ipc),
      newSocket: (kind) =>
        kind === 'tcp'
          ? new (TCP as new (kind: number) => StreamHandle)(tcpSocket)
          : new (Pipe as new (kind: number) => StreamHandle)(pipeSocket),
      state: streamBaseState,
      readBytesOrError: kReadBytesOrError,
      lastWriteWasAsync: kLastWriteWasAsync,
    };
  } catch {
    return undefined;
  }
}
