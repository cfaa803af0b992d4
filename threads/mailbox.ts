import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { MAIL_KINDS, type Mail, type MailHandler } from '../engine/server/mail.ts';
import { assert } from '../tiers/base/assert.ts';
import { createMailRing, KIND_MORE, MAX_PART_BYTES, MailRing } from './mail-ring.ts';

/** The mail of all workers, in shared memory. */
export interface SharedMail {
  /** An Int32 per worker, 64 bytes apart: 1 while a wake is on its way to it, so that nobody need send another. */
  readonly pending: SharedArrayBuffer;
  /** The ring from `a` to `b` is number `a * workers + b`; nobody writes to himself. */
  readonly rings: readonly (SharedArrayBuffer | undefined)[];
}

const PENDING_WORDS = 16;
/** Mail that found no room in the rings, above which senders should wait. */
const CONGESTED_BYTES = 4 * 2 ** 20;

export function createMail(workers: number): SharedMail {
  const rings: (SharedArrayBuffer | undefined)[] = [];
  for (let from = 0; from < workers; from++) {
    for (let to = 0; to < workers; to++) rings.push(from === to ? undefined : createMailRing());
  }
  return { pending: new SharedArrayBuffer(workers * PENDING_WORDS * 4), rings };
}

/** The ports to wake each other: `ports[a][b]` is a's to b. To be transferred to the workers. */
export function createMailPorts(workers: number): readonly (readonly (MessagePort | undefined)[])[] {
  const ports: (MessagePort | undefined)[][] = Array.from({ length: workers }, () =>
    Array.from({ length: workers }, () => undefined),
  );
  for (const [a, mine] of ports.entries()) {
    for (const [b, theirs] of ports.slice(0, a).entries()) {
      const { port1, port2 } = new MessageChannel();
      mine[b] = port1;
      theirs[a] = port2;
    }
  }
  return ports;
}

/** A part of a message that waits for room. */
interface Waiting {
  readonly kind: number;
  readonly bytes: Buffer;
}

/** What this thread has to do with one other. */
interface Peer {
  readonly port: MessagePort;
  readonly out: MailRing;
  readonly in: MailRing;
  /** What found no room in `out`, in order, from `first` on. */
  waiting: Waiting[];
  first: number;
  /** Something was written for it in this turn. */
  written: boolean;
  /** The parts so far of a message that comes in several. */
  parts: Buffer[];
}

/**
 * One thread's mailbox. Messages lie in rings (mail-ring.ts); a message port to each other thread carries nothing but the wake, once for
 * everything that was written in a turn of the event loop, and none while the receiver has not yet looked after the last one.
 */
export class Mailbox implements Mail {
  readonly thread: number;
  readonly threads: number;
  private readonly pending: Int32Array;
  private readonly peers: (Peer | undefined)[];
  private readonly handlers: (MailHandler | undefined)[] = Array.from({ length: MAIL_KINDS }, () => undefined);
  private readonly wakeAll: () => void = () => this.wakeReceivers();
  private scheduled = false;
  private waitingBytes = 0;
  private whenRoomCalls: (() => void)[] = [];
  /** The view that belongs to the bytes that were last sent: senders use one buffer of their own. */
  private lastBytes: Uint8Array = new Uint8Array(0);
  private lastView: DataView = new DataView(new ArrayBuffer(0));

  /** @param ports to each other worker, by its number; none to itself */
  constructor(mail: SharedMail, thread: number, ports: readonly (MessagePort | undefined)[]) {
    this.thread = thread;
    this.threads = ports.length;
    this.pending = new Int32Array(mail.pending);
    this.peers = ports.map((port, other) => {
      if (port === undefined) return undefined;
      const out = mail.rings[thread * ports.length + other];
      const into = mail.rings[other * ports.length + thread];
      assert(out !== undefined && into !== undefined, 'there is a ring for every ordered pair');
      return { port, out: new MailRing(out), in: new MailRing(into), waiting: [], first: 0, written: false, parts: [] };
    });
  }

  /** Begins to receive: when all handlers are there. */
  open(): void {
    for (const peer of this.peers) peer?.port.on('message', () => this.receive());
    // What came before anybody listened.
    setImmediate(() => this.receive());
  }

  close(): void {
    for (const peer of this.peers) peer?.port.close();
  }

  get congested(): boolean {
    return this.waitingBytes > CONGESTED_BYTES;
  }

  whenRoom(callback: () => void): void {
    if (this.congested) this.whenRoomCalls.push(callback);
    else setImmediate(callback);
  }

  on(kind: number, handler: MailHandler): void {
    assert(kind > 0 && kind < MAIL_KINDS, `kind of mail ${kind}`);
    this.handlers[kind] = handler;
  }

  send(to: number, kind: number, bytes: Uint8Array, start: number, length: number): void {
    const peer = this.peers[to];
    assert(peer !== undefined, `thread ${to} has no mailbox for thread ${this.thread}`);
    if (bytes !== this.lastBytes) {
      this.lastBytes = bytes;
      this.lastView = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    }
    let at = start;
    let left = length;
    for (; left > MAX_PART_BYTES; left -= MAX_PART_BYTES) {
      this.sendPart(peer, kind + KIND_MORE, bytes, at, MAX_PART_BYTES);
      at += MAX_PART_BYTES;
    }
    this.sendPart(peer, kind, bytes, at, left);
    peer.written = true;
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(this.wakeAll);
  }

  private sendPart(peer: Peer, kind: number, bytes: Uint8Array, start: number, length: number): void {
    if (peer.waiting.length === 0) {
      const { out } = peer;
      if (out.write(kind, bytes, this.lastView, start, length)) return;
      out.stall();
      if (out.write(kind, bytes, this.lastView, start, length)) return;
    }
    peer.waiting.push({ kind, bytes: Buffer.from(bytes.subarray(start, start + length)) });
    this.waitingBytes += length;
  }

  private wakeReceivers(): void {
    this.scheduled = false;
    for (let to = 0; to < this.peers.length; to++) {
      const peer = this.peers[to];
      if (peer?.written !== true) continue;
      peer.written = false;
      this.wake(to, peer);
    }
  }

  private wake(to: number, peer: Peer): void {
    if (Atomics.exchange(this.pending, to * PENDING_WORDS, 1) === 0) peer.port.postMessage(0);
  }

  /** Somebody wrote, or made room. */
  private receive(): void {
    // Lowered before the rings are looked at: who writes after that sends another wake.
    Atomics.store(this.pending, this.thread * PENDING_WORDS, 0);
    for (let from = 0; from < this.peers.length; from++) {
      const peer = this.peers[from];
      if (peer === undefined) continue;
      const stalled = peer.in.drain((kind, bytes, view, start, length) =>
        this.take(from, peer, kind, bytes, view, start, length),
      );
      if (stalled) this.wake(from, peer);
    }
    if (this.waitingBytes > 0) this.sendWaiting();
  }

  private take(
    from: number,
    peer: Peer,
    kind: number,
    bytes: Buffer,
    view: DataView,
    start: number,
    length: number,
  ): void {
    if (kind >= KIND_MORE) {
      peer.parts.push(Buffer.from(bytes.subarray(start, start + length)));
      return;
    }
    const handler = this.handlers[kind];
    assert(handler !== undefined, `nobody reads mail of kind ${kind}`);
    if (peer.parts.length === 0) {
      handler(from, bytes, view, start, length);
      return;
    }
    const whole = Buffer.concat([...peer.parts, bytes.subarray(start, start + length)]);
    peer.parts = [];
    handler(from, whole, new DataView(whole.buffer, whole.byteOffset, whole.length), 0, whole.length);
  }

  private sendWaiting(): void {
    for (let to = 0; to < this.peers.length; to++) {
      const peer = this.peers[to];
      if (peer === undefined || peer.waiting.length === 0) continue;
      if (this.sendWaitingTo(peer)) this.wake(to, peer);
    }
    if (this.congested || this.whenRoomCalls.length === 0) return;
    const callbacks = this.whenRoomCalls;
    this.whenRoomCalls = [];
    for (const callback of callbacks) callback();
  }

  /** Whether anything was written. */
  private sendWaitingTo(peer: Peer): boolean {
    const { out, waiting } = peer;
    const before = peer.first;
    for (; peer.first < waiting.length; peer.first++) {
      const next = waiting[peer.first];
      if (next === undefined) break;
      const { kind, bytes } = next;
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
      if (!out.write(kind, bytes, view, 0, bytes.length)) {
        out.stall();
        if (!out.write(kind, bytes, view, 0, bytes.length)) break;
      }
      this.waitingBytes -= bytes.length;
    }
    const sent = peer.first > before;
    if (peer.first === waiting.length) {
      peer.waiting = [];
      peer.first = 0;
    } else if (peer.first > 1000) {
      peer.waiting = waiting.slice(peer.first);
      peer.first = 0;
    }
    return sent;
  }
}
