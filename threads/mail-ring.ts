import { assert } from '../tiers/base/assert.ts';
import { copyBytes } from '../tiers/base/bytes.ts';

/**
 * Mail from one thread to one other: a ring of messages in shared memory, one writer, one reader.
 *
 *   0    bytes ever written (u32, wraps)   by the sender
 *   64   bytes ever read (u32, wraps)      by the receiver
 *   128  stalled: 1 while the sender has more than there is room for; whoever takes it back to 0 wakes the sender
 *   192  messages: length u32 | kind u32 | length bytes, padded to 8; a length of SKIP: go on at the ring's start
 *
 * The top bit of the kind says that the next message goes on where this one ends.
 */
const AT_WRITTEN = 0;
const AT_READ = 64;
const AT_STALLED = 128;
const AT_MESSAGES = 192;
const HEADER = 8;
const SKIP = 0xffffffff;
const RING_BYTES = 256 * 1024;

/** What is longer goes in several parts, so that a ring always holds some, and none waits for an empty ring. */
export const MAX_PART_BYTES = RING_BYTES / 4 - HEADER;
export const KIND_MORE = 0x80000000;

export function createMailRing(): SharedArrayBuffer {
  return new SharedArrayBuffer(AT_MESSAGES + RING_BYTES);
}

/** Receives one message, or part of one. */
export type TakePart = (kind: number, bytes: Buffer, view: DataView, start: number, length: number) => void;

/** Either end of a ring: `write` and `stall` belong to the sender, the rest to the receiver. */
export class MailRing {
  private readonly words: Int32Array;
  private readonly view: DataView;
  private readonly bytes: Buffer;

  constructor(ring: SharedArrayBuffer) {
    this.words = new Int32Array(ring);
    this.view = new DataView(ring, AT_MESSAGES, RING_BYTES);
    this.bytes = Buffer.from(ring, AT_MESSAGES, RING_BYTES);
  }

  /** Adds a message of at most MAX_PART_BYTES; false when there is no room for it. */
  write(kind: number, from: Uint8Array, fromView: DataView, start: number, length: number): boolean {
    const written = Atomics.load(this.words, AT_WRITTEN >> 2) >>> 0;
    const free = RING_BYTES - ((written - Atomics.load(this.words, AT_READ >> 2)) >>> 0);
    const size = HEADER + ((length + 7) & ~7);
    const at = written % RING_BYTES;
    const toEnd = RING_BYTES - at;
    const skipped = size > toEnd ? toEnd : 0;
    if (size + skipped > free) return false;
    if (skipped > 0) this.view.setUint32(at, SKIP, true);
    const to = (at + skipped) % RING_BYTES;
    this.view.setUint32(to, length, true);
    this.view.setUint32(to + 4, kind, true);
    copyBytes(this.view, this.bytes, to + HEADER, fromView, from, start, length);
    // Published last: the reader looks at `written` before it looks at the message.
    Atomics.store(this.words, AT_WRITTEN >> 2, (written + skipped + size) | 0);
    return true;
  }

  /** After `write` answered false: the receiver will wake the sender. The caller must try once more after this. */
  stall(): void {
    Atomics.store(this.words, AT_STALLED >> 2, 1);
  }

  /** How much the receiver has read, to be compared with what it was before. */
  get readBytes(): number {
    return Atomics.load(this.words, AT_READ >> 2);
  }

  /** Whether the receiver has read everything. */
  get isRead(): boolean {
    return this.readBytes === Atomics.load(this.words, AT_WRITTEN >> 2);
  }

  /** Hands over what was there at the call, and makes room for more. True when the sender waits for that, and is to be woken. */
  drain(take: TakePart): boolean {
    const { words, view, bytes } = this;
    let read = Atomics.load(words, AT_READ >> 2) >>> 0;
    const end = Atomics.load(words, AT_WRITTEN >> 2) >>> 0;
    if (read === end) return false;
    while (read !== end) {
      let at = read % RING_BYTES;
      if (view.getUint32(at, true) === SKIP) {
        read = (read + RING_BYTES - at) >>> 0;
        at = 0;
      }
      const length = view.getUint32(at, true);
      const size = HEADER + ((length + 7) & ~7);
      assert(size <= (end - read) >>> 0, 'a message is published whole');
      take(view.getUint32(at + 4, true), bytes, view, at + HEADER, length);
      read = (read + size) >>> 0;
      Atomics.store(words, AT_READ >> 2, read | 0);
    }
    return Atomics.load(words, AT_STALLED >> 2) === 1 && Atomics.exchange(words, AT_STALLED >> 2, 0) === 1;
  }
}
