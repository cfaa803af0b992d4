import type { Socket } from 'node:net';
import { readPastEventLoop, writePastEventLoop } from './past-event-loop.ts';
import {
  formatAddress,
  type ReadBuffer,
  type Transport,
  type TransportListener,
  WRITE_COPIED,
  WRITE_FAILED,
  type WriteOutcome,
} from './transport.ts';

/** A connection through Node's public interface only: for a Node whose handles are not as `stream-handle.ts` expects. */
export class SocketTransport implements Transport {
  readonly fd: number;
  readonly remoteAddress: string;
  readonly localAddress: string;
  pendingBytes = 0;
  pendingBuffers = 0;
  private readonly socket: Socket;
  private readonly read: ReadBuffer;
  private readonly plain: boolean;

  /** @param plain whether the descriptor's bytes are the client's: not for TLS */
  constructor(socket: Socket, read: ReadBuffer, plain = false) {
    this.plain = plain;
    this.socket = socket;
    this.read = read;
    // Node's public interface does not tell; CLIENT LIST can do without it.
    const { _handle: handle } = socket as { _handle?: { fd?: number } | null };
    this.fd = handle?.fd ?? -1;
    this.remoteAddress = formatAddress({ address: socket.remoteAddress, port: socket.remotePort });
    this.localAddress = formatAddress({ address: socket.localAddress, port: socket.localPort });
  }

  start(listener: TransportListener): void {
    const { socket, read } = this;
    socket.on('data', (chunk: Buffer) => {
      // Chunks of net.Socket are at most 64 KiB, the size of the read buffer.
      for (let at = 0; at < chunk.length && !socket.destroyed; at += read.bytes.length) {
        listener.onData(chunk.copy(read.bytes, 0, at, Math.min(chunk.length, at + read.bytes.length)));
      }
    });
    socket.on('end', () => listener.onEnd());
    socket.on('error', () => socket.destroy());
    socket.on('close', () => listener.onClose());
    socket.on('drain', () => listener.onDrained());
  }

  get closed(): boolean {
    return this.socket.destroyed;
  }

  readNow(buffer: Buffer): number {
    const { socket } = this;
    if (!this.plain || this.fd < 0 || socket.destroyed || this.pendingBytes > 0 || socket.readableLength > 0) return 0;
    return readPastEventLoop(this.fd, buffer);
  }

  answerNow(text: string): void {
    writePastEventLoop(this.fd, text);
  }

  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  write(buffer: Buffer, length: number): WriteOutcome {
    if (this.socket.destroyed || this.socket.writableEnded) return WRITE_FAILED;
    this.pendingBytes += length;
    this.pendingBuffers++;
    this.socket.write(Buffer.from(buffer.subarray(0, length)), () => {
      this.pendingBytes -= length;
      this.pendingBuffers--;
    });
    return WRITE_COPIED;
  }

  push(bytes: Uint8Array): WriteOutcome {
    return this.write(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), bytes.length);
  }

  end(): void {
    this.socket.end(() => this.socket.destroy());
  }

  destroy(): void {
    this.socket.destroy();
  }
}
