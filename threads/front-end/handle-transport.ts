import { Outbox, type Sender } from './outbox.ts';
import { readPastEventLoop, writePastEventLoop } from './past-event-loop.ts';
import type { SocketName, StreamHandle, StreamInternals, WriteRequest } from './stream-handle.ts';
import {
  formatAddress,
  type ReadBuffer,
  type Transport,
  type TransportListener,
  WRITE_DONE,
  WRITE_FAILED,
  WRITE_KEPT,
  type WriteOutcome,
} from './transport.ts';

/** Views of the reply buffer by length, for replies short enough that cutting a view would cost more than it is worth. */
const maxCachedView = 1024;

/** What the transports of one thread share. */
export class HandleEnvironment {
  readonly internals: StreamInternals;
  readonly read: ReadBuffer;
  readonly outbox: Outbox = new Outbox();
  /** A write that completes at once does not use its request object, so one serves for all of them. */
  private spare: WriteRequest;
  private viewed: Buffer | undefined;
  private views: (Uint8Array | undefined)[] = [];

  constructor(internals: StreamInternals, read: ReadBuffer) {
    this.internals = internals;
    this.read = read;
    this.spare = new internals.WriteWrap();
  }

  request(): WriteRequest {
    return this.spare;
  }

  /** The spare request was taken by an asynchronous write. */
  requestTaken(): void {
    this.spare = new this.internals.WriteWrap();
  }

  view(buffer: Buffer, length: number): Uint8Array {
    if (length > maxCachedView) return buffer.subarray(0, length);
    if (this.viewed !== buffer) {
      this.viewed = buffer;
      this.views = [];
      for (let i = 0; i <= maxCachedView; i++) this.views.push(undefined);
    }
    const known = this.views[length];
    if (known !== undefined) return known;
    const view = buffer.subarray(0, length);
    this.views[length] = view;
    return view;
  }
}

/**
 * A connection on the bare handle: reads into the thread's buffer, and writes by one call that tries write(2) at once. Saves the
 * net.Socket's stream machinery, which costs more than parsing and running a GET.
 */
export class HandleTransport implements Transport, Sender {
  readonly fd: number;
  readonly remoteAddress: string;
  readonly localAddress: string;
  pendingBytes = 0;
  pendingBuffers = 0;
  delayed = -1;
  private readonly handle: StreamHandle;
  private readonly environment: HandleEnvironment;
  private reading = false;
  closed = false;
  private ending = false;
  private listener: TransportListener | undefined;

  constructor(handle: StreamHandle, environment: HandleEnvironment) {
    this.handle = handle;
    this.environment = environment;
    this.fd = handle.fd;
    const name: SocketName = {};
    if (handle.getpeername !== undefined) handle.getpeername(name);
    this.remoteAddress = formatAddress(name);
    const local: SocketName = {};
    if (handle.getsockname !== undefined) handle.getsockname(local);
    this.localAddress = formatAddress(local);
  }

  start(listener: TransportListener): void {
    this.listener = listener;
    const { state, readBytesOrError } = this.environment.internals;
    this.handle.useUserBuffer(this.environment.read.bytes);
    this.handle.onread = () => {
      const length = state[readBytesOrError] ?? 0;
      if (length > 0) listener.onData(length);
      // 0 means: nothing to read now.
      else if (length < 0) this.readEnded();
    };
    this.resume();
  }

  pause(): void {
    if (!this.reading || this.closed) return;
    this.reading = false;
    this.handle.readStop();
  }

  readNow(buffer: Buffer): number {
    if (this.closed || this.pendingBytes > 0 || this.delayed >= 0) return 0;
    return readPastEventLoop(this.fd, buffer);
  }

  answerNow(text: string): void {
    writePastEventLoop(this.fd, text);
  }

  resume(): void {
    if (this.reading || this.closed) return;
    this.reading = true;
    this.handle.readStart();
  }

  write(buffer: Buffer, length: number): WriteOutcome {
    if (this.closed) return WRITE_FAILED;
    const { environment } = this;
    if (environment.outbox.take(this, buffer, length)) return WRITE_DONE;
    return this.writeNow(environment.view(buffer, length));
  }

  push(bytes: Uint8Array): WriteOutcome {
    this.environment.outbox.flush(this);
    return this.closed ? WRITE_FAILED : this.writeNow(bytes);
  }

  /** What the outbox has kept. */
  send(bytes: Uint8Array): boolean {
    return this.closed || this.writeNow(bytes) !== WRITE_KEPT;
  }

  private writeNow(bytes: Uint8Array): WriteOutcome {
    const { environment } = this;
    const { length } = bytes;
    const { state, lastWriteWasAsync } = environment.internals;
    const request = environment.request();
    const status = this.handle.writeBuffer(request, bytes);
    if (status !== 0) {
      this.destroy();
      return WRITE_FAILED;
    }
    if (state[lastWriteWasAsync] === 0) return WRITE_DONE;
    environment.requestTaken();
    this.pendingBytes += length;
    this.pendingBuffers++;
    request.handle = this.handle;
    // The write goes on from this memory: nothing else keeps it from the collector.
    request.buffer = bytes;
    request.oncomplete = (result: number) => this.written(length, result);
    return WRITE_KEPT;
  }

  end(): void {
    if (this.closed || this.ending) return;
    this.ending = true;
    this.pause();
    this.environment.outbox.flush(this);
    if (this.pendingBuffers === 0) this.shutdown();
  }

  destroy(): void {
    if (this.closed) return;
    this.environment.outbox.flush(this);
    // That may have failed, and ended here.
    if (this.closed) return;
    this.closed = true;
    this.reading = false;
    this.handle.close(() => this.listener?.onClose());
  }

  /** FIN first, so that replies which the client has not read yet are not lost to a reset. */
  private shutdown(): void {
    const request = new this.environment.internals.ShutdownWrap();
    request.handle = this.handle;
    request.oncomplete = () => this.destroy();
    if (this.handle.shutdown(request) !== 0) this.destroy();
  }

  private readEnded(): void {
    this.pause();
    this.listener?.onEnd();
  }

  private written(length: number, status: number): void {
    this.pendingBytes -= length;
    this.pendingBuffers--;
    if (this.closed) return;
    if (status !== 0) this.destroy();
    else if (this.pendingBuffers === 0) {
      if (this.ending) this.shutdown();
      else this.listener?.onDrained();
    }
  }
}
