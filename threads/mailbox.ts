import { performance } from 'node:perf_hooks';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { MAIL_KINDS, MAIL_PUBLISH, type Mail, type MailHandler } from '../engine/server/mail.ts';
import { assert } from '../tiers/base/assert.ts';
import { LastView } from '../tiers/base/last-view.ts';
import { createMailRing, KIND_MORE, MAX_PART_BYTES, MailRing, type TakePart } from './mail-ring.ts';
import { Patience } from './patience.ts';

/** The mail of all workers, in shared memory. */
export interface SharedMail {
  /** An Int32 per worker, 64 bytes apart: 1 while a wake is on its way to it, or it is awake and will look, so that nobody need wake it. */
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

/** Turns whose messages went with one wake, from which on it was worth waiting. */
const WORTH_TURNS = 2;

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
  /** Something was written for it after which it was not woken yet. */
  written: boolean;
  /** Some of that cannot wait. */
  urgent: boolean;
  /** Whether it is to be woken now; since when it could have been, in turns, and what it had read then. */
  readonly patience: Patience;
  heldTurns: number;
  heldRead: number;
  /** Reads what has come from it. */
  readonly take: TakePart;
  /** The parts so far of a message that comes in several. */
  parts: Buffer[];
}

/**
 * One thread's mailbox. Messages lie in rings (mail-ring.ts); a message port to each other thread carries nothing but the wake, once for
 * everything that was written in a turn of the event loop, and none while the receiver has not yet looked after the last one. Waking a thread
 * costs some 30 µs, 10 of them the sender's, a look into the rings less than 1: so a thread that writes or has got mail looks once more
 * before it may sleep, and nobody wakes it until then.
 */
export class Mailbox implements Mail {
  readonly thread: number;
  readonly threads: number;
  private readonly pending: Int32Array;
  private readonly peers: (Peer | undefined)[];
  private readonly handlers: (MailHandler | undefined)[] = Array.from({ length: MAIL_KINDS }, () => undefined);
  /** `turnEnds` will be called, and `pending` is 1. */
  private awake = false;
  private timer: NodeJS.Timeout | undefined;
  private isOpen = false;
  /** Something was written after receivers were woken last: mail that is read may be answered. */
  private hasWritten = false;
  /** Messages and parts that were read. */
  private taken = 0;
  private waitingBytes = 0;
  private whenRoomCalls: (() => void)[] = [];
  /** Senders use one buffer of their own. */
  private readonly views: LastView = new LastView();
  private output: () => void = () => {};

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
      const peer: Peer = {
        port,
        out: new MailRing(out),
        in: new MailRing(into),
        waiting: [],
        first: 0,
        written: false,
        urgent: false,
        patience: new Patience(),
        heldTurns: 0,
        heldRead: 0,
        take: (kind, bytes, view, start, length) => this.take(other, peer, kind, bytes, view, start, length),
        parts: [],
      };
      return peer;
    });
  }

  /** Begins to receive: when all handlers are there. */
  open(): void {
    this.isOpen = true;
    for (const peer of this.peers) peer?.port.on('message', () => this.receive());
    // What came before anybody listened.
    setImmediate(() => this.receive());
  }

  close(): void {
    this.isOpen = false;
    clearTimeout(this.timer);
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
    const view = this.views.of(bytes);
    let at = start;
    let left = length;
    for (; left > MAX_PART_BYTES; left -= MAX_PART_BYTES) {
      this.sendPart(peer, kind + KIND_MORE, bytes, view, at, MAX_PART_BYTES);
      at += MAX_PART_BYTES;
    }
    this.sendPart(peer, kind, bytes, view, at, left);
    peer.written = true;
    this.hasWritten = true;
    // Messages to subscribers may wait for more of them; but not while the ring is full.
    if (kind !== MAIL_PUBLISH || peer.waiting.length > 0) peer.urgent = true;
    this.beAwake();
  }

  staysAwake(): void {
    // The tier thread writes seldom: nobody else can be spared to wake this one.
    if (this.threads > 2) this.beAwake();
  }

  /** Sends what this thread's clients get, before its last look for mail. */
  beforeSleep(output: () => void): void {
    this.output = output;
  }

  private sendPart(peer: Peer, kind: number, bytes: Uint8Array, view: DataView, start: number, length: number): void {
    if (peer.waiting.length === 0) {
      const { out } = peer;
      if (out.write(kind, bytes, view, start, length)) return;
      out.stall();
      if (out.write(kind, bytes, view, start, length)) return;
    }
    peer.waiting.push({ kind, bytes: Buffer.from(bytes.subarray(start, start + length)) });
    this.waitingBytes += length;
  }

  private beAwake(): void {
    if (this.awake) return;
    this.awake = true;
    Atomics.store(this.pending, this.thread * PENDING_WORDS, 1);
    setImmediate(this.turnEnds);
  }

  private readonly turnEnds = (): void => {
    this.hasWritten = false;
    this.wakeReceivers(false);
    // What has come meanwhile goes out together with what this turn has made.
    this.look();
    this.output();
    this.awake = false;
    // Lowered before the rings are looked at: who writes after that sends another wake.
    Atomics.store(this.pending, this.thread * PENDING_WORDS, 0);
    if (this.look() || this.hasWritten) this.beAwake();
  };

  /** @param late those that were not woken at the end of a turn have waited for long enough */
  private wakeReceivers(late: boolean): void {
    let nowMs = 0;
    let held = false;
    for (let to = 0; to < this.peers.length; to++) {
      const peer = this.peers[to];
      if (peer?.written !== true) continue;
      const sleeps = Atomics.load(this.pending, to * PENDING_WORDS) === 0 && !peer.out.isRead;
      if (sleeps && !peer.urgent) {
        nowMs ||= performance.now();
        if (holdsWake(peer, nowMs, late)) {
          held = true;
          continue;
        }
      }
      peer.heldTurns = 0;
      peer.written = false;
      peer.urgent = false;
      if (sleeps) this.wake(to, peer);
    }
    if (held && this.timer === undefined) this.timer = setTimeout(this.heldForLong, 1);
  }

  private readonly heldForLong = (): void => {
    this.timer = undefined;
    this.wakeReceivers(true);
  };

  private wake(to: number, peer: Peer): void {
    if (Atomics.exchange(this.pending, to * PENDING_WORDS, 1) === 0) peer.port.postMessage(0);
  }

  /** Somebody wrote, or made room. */
  private receive(): void {
    // At the end of the turn, that is: together with all that has come until then.
    this.beAwake();
  }

  /** Reads what has come; whether there was anything. */
  private look(): boolean {
    if (!this.isOpen) return false;
    const before = this.taken;
    for (let from = 0; from < this.peers.length; from++) {
      const peer = this.peers[from];
      if (peer?.in.drain(peer.take) === true) this.wake(from, peer);
    }
    if (this.waitingBytes > 0) this.sendWaiting();
    return this.taken !== before;
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
    this.taken++;
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

/**
 * Whether the wake for messages to subscribers waits for more of them. It was worth it when the receiver, which looks for mail at the end of each
 * turn in which it publishes, has read what was there without being woken.
 */
function holdsWake(peer: Peer, nowMs: number, late: boolean): boolean {
  const read = peer.out.readBytes;
  const looked = peer.heldTurns > 0 && read !== peer.heldRead;
  if (looked) peer.patience.end();
  if (looked || peer.heldTurns === 0) peer.heldRead = read;
  peer.heldTurns = looked ? 1 : peer.heldTurns + 1;
  return peer.patience.holds(nowMs, late, peer.heldTurns >= WORTH_TURNS);
}
