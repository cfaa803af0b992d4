import { assert } from '../tiers/base/assert.ts';

/**
 * Cold keys on their way from one front-end to the tier thread: a ring of chunks in shared memory, one writer, one reader. Waking a
 * thread costs 20 to 70 us of CPU; while the tier thread has reads under way it comes by itself when they end, so the front-end wakes it
 * only when it sleeps.
 *
 *   0    bytes ever written (u32, wraps)   by the front-end
 *   64   bytes ever read (u32, wraps)      by the tier thread
 *   128  sleeping: 1 while the tier thread will not look by itself; whoever takes it back to 0 wakes it
 *   192  chunks: length u32 | number of keys u32 | length bytes, padded to 8; a length of SKIP: go on at the ring's start
 */
const AT_WRITTEN = 0;
const AT_READ = 64;
const AT_SLEEPING = 128;
const AT_CHUNKS = 192;
const CHUNK_HEADER = 8;
const SKIP = 0xffffffff;
const RING_BYTES = 256 * 1024;

export function createFetchRing(): SharedArrayBuffer {
  const ring = new SharedArrayBuffer(AT_CHUNKS + RING_BYTES);
  new Int32Array(ring)[AT_SLEEPING >> 2] = 1;
  return ring;
}

/** What one end took out of the ring. */
export interface FetchChunk {
  readonly bytes: Uint8Array;
  readonly count: number;
}

/** Either end of a ring: `write` belongs to the front-end, everything else to the tier thread. */
export class FetchRing {
  private readonly words: Int32Array;
  private readonly view: DataView;
  private readonly bytes: Uint8Array;

  constructor(ring: SharedArrayBuffer) {
    this.words = new Int32Array(ring);
    this.view = new DataView(ring, AT_CHUNKS, RING_BYTES);
    this.bytes = new Uint8Array(ring, AT_CHUNKS, RING_BYTES);
  }

  /** Adds a chunk; false when there is no room for it. */
  write(chunk: Uint8Array, length: number, count: number): boolean {
    const written = Atomics.load(this.words, AT_WRITTEN >> 2) >>> 0;
    const free = RING_BYTES - ((written - Atomics.load(this.words, AT_READ >> 2)) >>> 0);
    const size = CHUNK_HEADER + ((length + 7) & ~7);
    const at = written % RING_BYTES;
    const toEnd = RING_BYTES - at;
    const skipped = size > toEnd ? toEnd : 0;
    if (size + skipped > free) return false;
    if (skipped > 0) this.view.setUint32(at, SKIP, true);
    const start = (at + skipped) % RING_BYTES;
    this.view.setUint32(start, length, true);
    this.view.setUint32(start + 4, count, true);
    this.bytes.set(chunk.subarray(0, length), start + CHUNK_HEADER);
    // Published last: the reader looks at `written` before it looks at the chunk.
    Atomics.store(this.words, AT_WRITTEN >> 2, (written + skipped + size) | 0);
    return true;
  }

  /** After `write`: whether the reader sleeps, and it is the caller's turn to wake it. */
  takeWake(): boolean {
    return Atomics.exchange(this.words, AT_SLEEPING >> 2, 0) === 1;
  }

  /** The next chunk, copied; undefined when there is none. */
  read(): FetchChunk | undefined {
    const read = Atomics.load(this.words, AT_READ >> 2) >>> 0;
    const available = (Atomics.load(this.words, AT_WRITTEN >> 2) - read) >>> 0;
    if (available === 0) return undefined;
    let at = read % RING_BYTES;
    let skipped = 0;
    if (this.view.getUint32(at, true) === SKIP) {
      skipped = RING_BYTES - at;
      at = 0;
    }
    const length = this.view.getUint32(at, true);
    const size = CHUNK_HEADER + ((length + 7) & ~7);
    assert(skipped + size <= available, 'a chunk is published whole');
    const bytes = this.bytes.slice(at + CHUNK_HEADER, at + CHUNK_HEADER + length);
    const count = this.view.getUint32(at + 4, true);
    Atomics.store(this.words, AT_READ >> 2, (read + skipped + size) | 0);
    return { bytes: new Uint8Array(bytes), count };
  }

  /** The reader looks by itself from now on. */
  wake(): void {
    Atomics.store(this.words, AT_SLEEPING >> 2, 0);
  }

  /** The reader will not look by itself any more. False when something came meanwhile: it has to look once more. */
  sleep(): boolean {
    Atomics.store(this.words, AT_SLEEPING >> 2, 1);
    const { words } = this;
    if (Atomics.load(words, AT_WRITTEN >> 2) === Atomics.load(words, AT_READ >> 2)) return true;
    // If the writer took the wake already, its message is on the way; looking twice harms nobody.
    Atomics.store(words, AT_SLEEPING >> 2, 0);
    return false;
  }
}
