/** Everything was handed to the kernel: the buffer is free. */
export const WRITE_DONE = 0;
/** The rest is written later: the buffer now belongs to the transport. */
export const WRITE_KEPT = 1;
/** The connection is broken; `onClose` follows or has happened. */
export const WRITE_FAILED = 2;
/** The rest is written later, from a copy: the buffer is free. */
export const WRITE_COPIED = 3;
export type WriteOutcome = typeof WRITE_DONE | typeof WRITE_KEPT | typeof WRITE_FAILED | typeof WRITE_COPIED;

/** What a transport tells its connection. Never called from within a call into the transport, except as said. */
export interface TransportListener {
  /** `length` bytes lie at the start of the thread's read buffer, until this function returns. */
  onData(length: number): void;
  /** The peer will send no more, or the connection broke. */
  onEnd(): void;
  /** All kept buffers were written. */
  onDrained(): void;
  /** The descriptor was released. Once. */
  onClose(): void;
}

/** One accepted socket. */
export interface Transport {
  readonly fd: number;
  /** Nothing can be written any more; `onClose` follows or has happened. */
  readonly closed: boolean;
  /** Bytes in buffers that were kept and are not written yet. */
  readonly pendingBytes: number;
  /** Number of such buffers. */
  readonly pendingBuffers: number;
  /** `ip:port`, `[ip6]:port`; empty for Unix sockets. */
  readonly remoteAddress: string;
  readonly localAddress: string;
  start(listener: TransportListener): void;
  pause(): void;
  resume(): void;
  write(buffer: Buffer, length: number): WriteOutcome;
  /** Past the event loop: the length of what has come, 0 for nothing. Only where the socket's bytes are the client's. */
  readNow?(buffer: Buffer): number;
  /** Likewise: whatever does not go out at once is lost. */
  answerNow?(text: string): void;
  /** Sends all of `bytes` at once, after what was written before. As for `write`, they belong to the transport if it kept them. */
  push(bytes: Uint8Array): WriteOutcome;
  /** Closes after all kept buffers were written. */
  end(): void;
  /** Closes at once. `onClose` follows later. */
  destroy(): void;
}

/** One per thread: every connection reads into it, one at a time. */
export interface ReadBuffer {
  readonly bytes: Buffer;
  readonly view: DataView;
}

export const READ_BUFFER_BYTES = 64 * 1024;

export function createReadBuffer(): ReadBuffer {
  const bytes = Buffer.from(new ArrayBuffer(READ_BUFFER_BYTES));
  return { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength) };
}

/** As CLIENT LIST prints addresses. */
export function formatAddress(name: { address?: string | undefined; port?: number | undefined }): string {
  const { address, port } = name;
  if (address === undefined) return '';
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
