import type { HeldReplies, HeldSender } from './held-replies.ts';
import {
  type Transport,
  type TransportListener,
  WRITE_COPIED,
  WRITE_FAILED,
  WRITE_KEPT,
  type WriteOutcome,
} from './transport.ts';

/**
 * A connection with write-through: what tells of changes that are not on disk yet is held, and everything behind it, so that the client gets all in
 * order. Held bytes count as pending.
 */
export class HeldTransport implements Transport, HeldSender {
  held = 0;
  heldBytes = 0;
  private readonly inner: Transport;
  private readonly replies: HeldReplies;
  private listener: TransportListener | undefined;
  private ending = false;

  constructor(inner: Transport, replies: HeldReplies) {
    this.inner = inner;
    this.replies = replies;
  }

  get fd(): number {
    return this.inner.fd;
  }

  get closed(): boolean {
    return this.inner.closed;
  }

  get pendingBytes(): number {
    return this.inner.pendingBytes + this.heldBytes;
  }

  get pendingBuffers(): number {
    return this.inner.pendingBuffers + this.held;
  }

  get remoteAddress(): string {
    return this.inner.remoteAddress;
  }

  get localAddress(): string {
    return this.inner.localAddress;
  }

  start(listener: TransportListener): void {
    this.listener = listener;
    this.inner.start({
      onData: (length) => listener.onData(length),
      onEnd: () => listener.onEnd(),
      onDrained: () => {
        if (this.held === 0) listener.onDrained();
      },
      onClose: () => listener.onClose(),
    });
  }

  pause(): void {
    this.inner.pause();
  }

  resume(): void {
    this.inner.resume();
  }

  write(buffer: Buffer, length: number): WriteOutcome {
    const { inner, replies } = this;
    if (inner.closed) return WRITE_FAILED;
    if (this.held === 0 && !replies.changed) return inner.write(buffer, length);
    replies.hold(this, buffer, length);
    return WRITE_COPIED;
  }

  push(bytes: Uint8Array): WriteOutcome {
    const { inner, replies } = this;
    if (this.held === 0 || inner.closed) return inner.push(bytes);
    replies.hold(this, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), bytes.length);
    return WRITE_COPIED;
  }

  readNow(buffer: Buffer): number {
    return this.held > 0 ? 0 : (this.inner.readNow?.(buffer) ?? 0);
  }

  answerNow(text: string): void {
    this.inner.answerNow?.(text);
  }

  end(): void {
    this.ending = true;
    if (this.held > 0) this.inner.pause();
    else this.inner.end();
  }

  destroy(): void {
    this.inner.destroy();
  }

  sendHeld(bytes: Uint8Array, last: boolean): boolean {
    const { inner } = this;
    if (inner.closed) return true;
    const outcome = inner.push(bytes);
    if (last) {
      if (this.ending) inner.end();
      else if (inner.pendingBuffers === 0) this.listener?.onDrained();
    }
    return outcome !== WRITE_KEPT;
  }

  giveUp(): void {
    this.inner.destroy();
  }
}
