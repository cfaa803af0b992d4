import { assert } from '../base/assert.ts';

/**
 * Remembers which keys were evicted lately, without their names: the S3-FIFO ghost queue as a table. A bucket is one cache line
 * of 16 words, behind one line with what its readers need:
 *
 *   0 stamp of the latest ghost | 4 age in stamps up to which ghosts are valid
 *   word   fingerprint (high 16 bits, from the hash's check lane; 0: empty) | stamp (low 16): insertion count / `unit`
 *
 * A ghost is valid while it is among the latest `window` that were added; nobody removes older ones, newer ones overwrite them. The
 * stamp wraps after 4 x `capacity` insertions, by which time a full table has overwritten each bucket 2.5 times.
 *
 * Measured in ghost-table.test.ts: of keys inside a window of the whole capacity 0.54 % are lost to full buckets (inside half of it
 * 0.002 %); of keys never added 0.012 % are taken for ghosts (expected: 10 valid ghosts in a bucket / 2^16).
 *
 * One thread (the mover) adds; whoever promotes, on any thread, looks and takes. No locks: a race costs a ghost, or lets two threads take
 * the same one.
 */
const AT_STAMP = 0;
const AT_VALID_STAMPS = 4;
const HEADER_BYTES = 64;
const BUCKET_WORDS = 16;
const BUCKET_BYTES = BUCKET_WORDS * 4;
/** Ghosts per word at most. More would push one another out of full buckets: at 1/2 0.08 % are lost, at 3/4 2 % (Poisson). */
const LOAD = 0.625;
const STAMP_MASK = 0xffff;
const FINGERPRINT_SHIFT = 16;
/** Stamps that a window of the whole capacity spans: a quarter of all, so that what is stale does not look young again soon. */
const WINDOW_STAMPS = (STAMP_MASK + 1) / 4;

/** Part of maxmemory that ghosts may use. */
export const GHOST_SHARE = 0.02;

/** Bytes to construct a {@link GhostTable} with, for a hot tier of `maxmemory` bytes. */
export function ghostBytesFor(maxmemory: number): number {
  return Math.max(BUCKET_BYTES, Math.min(2 ** 31 - BUCKET_BYTES, Math.floor(maxmemory * GHOST_SHARE)));
}

/** A table that threads can share, to construct a {@link GhostTable} on. Untouched memory costs nothing. */
export function createGhosts(bytes: number): SharedArrayBuffer {
  assert(bytes >= BUCKET_BYTES, 'a ghost table has a bucket');
  return new SharedArrayBuffer(HEADER_BYTES + bytes);
}

export class GhostTable {
  /** The largest window that the table can honour. */
  readonly capacity: number;
  private readonly view: DataView;
  private readonly buckets: number;
  /** Insertions per stamp. */
  private readonly unit: number;
  private insertionsInUnit = 0;

  /** A table of at most so many bytes of this thread's own, or one that is shared. */
  constructor(memory: number | SharedArrayBuffer) {
    const buffer = typeof memory === 'number' ? createGhosts(memory) : memory;
    this.buckets = Math.floor((buffer.byteLength - HEADER_BYTES) / BUCKET_BYTES);
    this.view = new DataView(buffer);
    this.capacity = Math.floor(this.buckets * BUCKET_WORDS * LOAD);
    this.unit = Math.ceil(this.capacity / WINDOW_STAMPS);
    if (this.view.getInt32(AT_VALID_STAMPS, true) === 0) this.setWindow(this.capacity);
  }

  /** How many of the latest ghosts count from now on; what is beyond `capacity` is cut off. */
  setWindow(ghosts: number): void {
    // Rounded up: a ghost inside the window is never too old, one just outside may count for one unit more.
    const stamps = Math.floor((Math.min(ghosts, this.capacity) + this.unit - 1) / this.unit);
    this.view.setInt32(AT_VALID_STAMPS, stamps, true);
  }

  /** Remembers a key as the latest ghost. */
  add(position: number, check: number): void {
    const { view } = this;
    const stamp = view.getInt32(AT_STAMP, true);
    const mark = fingerprintOf(check);
    const bucket = this.bucketAt(position);
    let chosen = bucket;
    let oldest = -1;
    for (let at = bucket; at < bucket + BUCKET_BYTES; at += 4) {
      const word = view.getInt32(at, true);
      const found = word >>> FINGERPRINT_SHIFT;
      if (found === mark) {
        chosen = at;
        break;
      }
      const age = found === 0 ? STAMP_MASK + 1 : (stamp - word) & STAMP_MASK;
      if (age <= oldest) continue;
      oldest = age;
      chosen = at;
    }
    view.setInt32(chosen, (mark << FINGERPRINT_SHIFT) | stamp, true);
    if (++this.insertionsInUnit < this.unit) return;
    this.insertionsInUnit = 0;
    view.setInt32(AT_STAMP, (stamp + 1) & STAMP_MASK, true);
  }

  /** Whether a key is a valid ghost; if so, it is one no more. */
  take(position: number, check: number): boolean {
    return this.takeAge(position, check) >= 0;
  }

  /** How many ghosts were added since this key became one, to within `unit`; -1 when it is no valid ghost. It is none any more. */
  takeAge(position: number, check: number): number {
    const { view } = this;
    const mark = fingerprintOf(check);
    const bucket = this.bucketAt(position);
    for (let at = bucket; at < bucket + BUCKET_BYTES; at += 4) {
      const word = view.getInt32(at, true);
      if (word >>> FINGERPRINT_SHIFT !== mark) continue;
      view.setInt32(at, 0, true);
      const stamps = (view.getInt32(AT_STAMP, true) - word) & STAMP_MASK;
      return stamps <= view.getInt32(AT_VALID_STAMPS, true) ? stamps * this.unit : -1;
    }
    return -1;
  }

  private bucketAt(position: number): number {
    return Math.floor(((position >>> 0) * this.buckets) / 2 ** 32) * BUCKET_BYTES + HEADER_BYTES;
  }
}

/** 16 bits that are not 0. */
function fingerprintOf(check: number): number {
  return check >>> FINGERPRINT_SHIFT || 1;
}
