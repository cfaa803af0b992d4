import { copyBytes } from '../../tiers/base/bytes.ts';

/** What can be sent later. */
export interface Sender {
  /** Which of the outbox's entries is its own, -1 for none. Belongs to the outbox. */
  delayed: number;
  /** Sends `bytes`; false when they, or a part of them, are still needed after the call. */
  send(bytes: Uint8Array): boolean;
}

/** Longer replies are sent at once: copying them would cost more than there is to be won. */
const MAX_BYTES = 2048;
const BUFFER_BYTES = 64 * 1024;
/** So many replies wait at most: waking a client that seldom costs little, and the first of them is not to wait for long. */
const MAX_WAITING = 16;
/**
 * While nothing is delayed, it is counted from every so many writes on how many come together. One more than a multiple of 2 to 6: where so many
 * come in every turn, the counting begins with the first of them. (With 64 it began with the last of four, and four never waited.)
 */
const PROBE_WRITES = 61;
/** Fewer than this in a turn of the event loop are not worth waiting for its end. */
const WORTH_WRITES = 3;

/**
 * Replies that wait until the other connections that are ready have been served, or 16 of them have. A client that sleeps is woken by the first
 * byte that it gets, at the cost of whoever sends it where the client runs on this machine (3 µs here); if it has read that and sleeps again
 * before the next connection is written to, so is it by every write. As in Redis, replies are sent after the requests of a turn have run. One per
 * thread.
 */
export class Outbox {
  private buffer: Buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
  private view: DataView = viewOf(this.buffer);
  /** The buffer that replies come from, nearly always the same. */
  private source: Buffer = this.buffer;
  private sourceView: DataView = this.view;
  private readonly senders: (Sender | undefined)[] = new Array<Sender | undefined>(MAX_WAITING).fill(undefined);
  private readonly from = new Int32Array(MAX_WAITING);
  private readonly lengths = new Int32Array(MAX_WAITING);
  private count = 0;
  private used = 0;
  /** A write goes on from the buffer: it cannot be written over. */
  private isKept = false;
  /** Writes since the last turn or probe ended. */
  private writes = 0;
  private delaying = false;
  private watching = false;

  /** Takes over what is to be sent. False when it is to be sent at once; nothing of the same sender waits then. */
  take(sender: Sender, bytes: Buffer, length: number): boolean {
    this.writes++;
    if (sender.delayed >= 0) this.flush(sender);
    if (!this.delaying) {
      if (this.writes >= PROBE_WRITES && !this.watching) {
        this.writes = 1;
        this.watch();
      }
      return false;
    }
    if (length > MAX_BYTES) return false;
    if (this.count === MAX_WAITING || this.used + length > BUFFER_BYTES) this.flushAll();
    if (bytes !== this.source) {
      this.source = bytes;
      this.sourceView = viewOf(bytes);
    }
    const { count, used } = this;
    copyBytes(this.view, this.buffer, used, this.sourceView, bytes, 0, length);
    this.senders[count] = sender;
    this.from[count] = used;
    this.lengths[count] = length;
    sender.delayed = count;
    this.count = count + 1;
    this.used = used + length;
    this.watch();
    return true;
  }

  /** Sends what waits of one sender. */
  flush(sender: Sender): void {
    if (sender.delayed >= 0) this.sendOne(sender.delayed, sender);
  }

  private flushAll(): void {
    for (let n = 0; n < this.count; n++) {
      const sender = this.senders[n];
      if (sender !== undefined) this.sendOne(n, sender);
    }
    this.count = 0;
    this.used = 0;
    if (!this.isKept) return;
    this.isKept = false;
    this.buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
    this.view = viewOf(this.buffer);
  }

  private sendOne(n: number, sender: Sender): void {
    this.senders[n] = undefined;
    sender.delayed = -1;
    const from = this.from[n] ?? 0;
    if (!sender.send(this.buffer.subarray(from, from + (this.lengths[n] ?? 0)))) this.isKept = true;
  }

  private watch(): void {
    if (this.watching) return;
    this.watching = true;
    setImmediate(this.endTurn);
  }

  /** Everything that was ready in this turn of the event loop has been served. */
  private readonly endTurn = (): void => {
    this.watching = false;
    this.delaying = this.writes >= WORTH_WRITES;
    this.writes = 0;
    this.flushAll();
  };
}

function viewOf(buffer: Buffer): DataView {
  return new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}
