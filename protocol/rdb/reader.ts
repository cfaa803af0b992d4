import { Crc64 } from './crc64.ts';
import { BadRdb, expect } from './errors.ts';
import {
  ENCODED,
  ENCODING_INT8,
  ENCODING_INT16,
  ENCODING_INT32,
  ENCODING_LZF,
  LENGTH_14BIT,
  LENGTH_32BIT,
  LENGTH_64BIT,
} from './lengths.ts';
import { lzfDecompress, lzfMaxExpansion } from './lzf.ts';
import { asBuffer, type ByteSpan, viewOf } from './span.ts';
import { MAX_STRING_BYTES } from './types.ts';

const WINDOW_BYTES = 256 * 1024;

/** Where a file's bytes come from: fills the beginning of `target` and returns how many bytes it wrote; 0 at the end. */
export type RdbSource = (target: Buffer) => number;

/**
 * Reads RDB elements off `bytes[start, end)` and nothing outside; with a source, off what that gives in turn. Throws `BadRdb`, and
 * allocates no more than what has been read can justify.
 *
 * Spans point into the reader's bytes, which are never written to again: they stay valid as long as their owner leaves them.
 */
export class RdbReader {
  private bytes: Buffer;
  private view: DataView;
  private at: number;
  private end: number;
  private readonly source: RdbSource | undefined;
  private readonly crc = new Crc64();
  private summedTo: number;

  constructor(bytes: Uint8Array, start = 0, end = bytes.length, source?: RdbSource) {
    this.bytes = asBuffer(bytes);
    this.view = viewOf(this.bytes);
    this.at = start;
    this.end = Math.min(end, bytes.length);
    this.source = source;
    this.summedTo = start;
  }

  /** Off a source alone: what it gives goes to memory of the reader's own. */
  static from(source: RdbSource): RdbReader {
    return new RdbReader(Buffer.alloc(0), 0, 0, source);
  }

  /** Bytes left, as far as is known: with a source there may be more. */
  get left(): number {
    return this.end - this.at;
  }

  /** The CRC-64 of everything read so far. */
  checksum(): Crc64 {
    this.crc.update(this.bytes, this.summedTo, this.at);
    this.summedTo = this.at;
    return this.crc;
  }

  byte(): number {
    const at = this.take(1);
    return this.view.getUint8(at);
  }

  /** A length, not an encoding; beyond 2^53 it loses its last bits. */
  length(): number {
    const first = this.byte();
    expect((first & ENCODED) !== ENCODED, 'an encoding where a length should be');
    return this.lengthAfter(first);
  }

  /** How many elements follow, each of at least `elementBytes`. */
  count(elementBytes = 1): number {
    const count = this.length();
    if (count > Number.MAX_SAFE_INTEGER) throw new BadRdb('truncated');
    if (this.source === undefined && count * elementBytes > this.left) throw new BadRdb('truncated');
    return count;
  }

  /** A length that is no length, but any unsigned number of 64 bits. */
  number64(): bigint {
    const first = this.byte();
    expect((first & ENCODED) !== ENCODED, 'an encoding where a number should be');
    if (first !== LENGTH_64BIT) return BigInt(this.lengthAfter(first));
    const at = this.take(8);
    return this.view.getBigUint64(at);
  }

  /** A double, little-endian. */
  double(): number {
    const at = this.take(8);
    return this.view.getFloat64(at, true);
  }

  /** A time in milliseconds, 64 bits little-endian. */
  milliseconds(): number {
    const at = this.take(8);
    const time = Number(this.view.getBigInt64(at, true));
    expect(Number.isSafeInteger(time), 'a time out of range');
    return time;
  }

  /** 32 bits, little-endian, signed. */
  int32(): number {
    const at = this.take(4);
    return this.view.getInt32(at, true);
  }

  /** 64 bits as they are, little-endian, unsigned. */
  raw64(): bigint {
    const at = this.take(8);
    return this.view.getBigUint64(at, true);
  }

  /** `length` bytes as they are. */
  raw(length: number, span: ByteSpan): void {
    const at = this.take(length);
    span.set(this.view, this.bytes, at, length);
  }

  /** A string in any encoding. */
  string(span: ByteSpan): void {
    const first = this.byte();
    if ((first & ENCODED) === ENCODED) {
      this.encodedString(first & ~ENCODED, span);
      return;
    }
    const length = this.lengthAfter(first);
    if (length > MAX_STRING_BYTES) throw new BadRdb(this.source === undefined ? 'truncated' : 'too large');
    this.raw(length, span);
  }

  private lengthAfter(first: number): number {
    if (first < LENGTH_14BIT) return first;
    if (first < LENGTH_32BIT) return ((first & 0x3f) << 8) | this.byte();
    if (first === LENGTH_32BIT) {
      const at = this.take(4);
      return this.view.getUint32(at);
    }
    expect(first === LENGTH_64BIT, 'a length of no known form');
    const at = this.take(8);
    return Number(this.view.getBigUint64(at));
  }

  private encodedString(encoding: number, span: ByteSpan): void {
    let at: number;
    switch (encoding) {
      case ENCODING_INT8:
        at = this.take(1);
        span.setInteger(this.view.getInt8(at));
        break;
      case ENCODING_INT16:
        at = this.take(2);
        span.setInteger(this.view.getInt16(at, true));
        break;
      case ENCODING_INT32:
        at = this.take(4);
        span.setInteger(this.view.getInt32(at, true));
        break;
      case ENCODING_LZF:
        this.compressedString(span);
        break;
      default:
        throw new BadRdb('malformed', 'a string of no known encoding');
    }
  }

  private compressedString(span: ByteSpan): void {
    const compressed = this.length();
    const full = this.length();
    if (compressed > MAX_STRING_BYTES) throw new BadRdb(this.source === undefined ? 'truncated' : 'too large');
    const at = this.take(compressed);
    expect(full > 0 && full <= lzfMaxExpansion(compressed), 'a compressed string of impossible length');
    if (full > MAX_STRING_BYTES) throw new BadRdb('too large');
    const whole = span.claim(full);
    const output = whole.length === full ? whole : whole.subarray(0, full);
    expect(lzfDecompress(this.bytes.subarray(at, at + compressed), output), 'a compressed string');
  }

  /** Passes over `count` bytes; where they begin. `bytes` and `view` may be others afterwards. */
  private take(count: number): number {
    if (count > this.end - this.at) this.refill(count);
    const at = this.at;
    this.at += count;
    return at;
  }

  /**
   * Fills the window up, and takes a new one when it is full, because spans point into the old one. Windows grow as bytes arrive, not as
   * they are promised.
   */
  private refill(count: number): void {
    const source = this.source;
    if (source === undefined) throw new BadRdb('truncated');
    while (this.left < count) {
      if (this.end === this.bytes.length) this.newWindow();
      const got = source(this.bytes.subarray(this.end));
      if (got === 0) throw new BadRdb('truncated');
      this.end += got;
    }
  }

  private newWindow(): void {
    this.checksum();
    const window = Buffer.allocUnsafeSlow(Math.max(WINDOW_BYTES, this.left * 2));
    this.end = this.bytes.copy(window, 0, this.at, this.end);
    this.at = 0;
    this.summedTo = 0;
    this.bytes = window;
    this.view = viewOf(window);
  }
}
