import { parseInt64 } from '../text/numbers.ts';

const NO_BYTES = Buffer.alloc(0);
/** Room for a sign and 19 digits. */
const INTEGER_BYTES = 20;
const ZERO = 0x30;
const MINUS = 0x2d;

/**
 * Bytes `[start, start + length)` of `bytes`, moved on from element to element instead of made anew for each. Owns a scratch buffer
 * for what does not lie anywhere as it is: integers, and strings that were compressed.
 */
export class ByteSpan {
  bytes: Buffer = NO_BYTES;
  start = 0;
  length = 0;
  private own: Buffer = NO_BYTES;

  static of(bytes: Uint8Array): ByteSpan {
    const span = new ByteSpan();
    span.set(asBuffer(bytes), 0, bytes.length);
    return span;
  }

  set(bytes: Buffer, start: number, length: number): void {
    this.bytes = bytes;
    this.start = start;
    this.length = length;
  }

  /** The scratch buffer, of at least `length` bytes; the span is set to its first `length`, which the caller fills. */
  claim(length: number): Buffer {
    if (this.own.length < length) this.own = Buffer.allocUnsafeSlow(Math.max(length, INTEGER_BYTES));
    this.set(this.own, 0, length);
    return this.own;
  }

  /** Becomes the decimal text of an integer of at most 64 bits. */
  setInteger(value: number | bigint): void {
    if (typeof value === 'bigint') {
      const text = value.toString();
      this.claim(text.length).write(text, 0, 'latin1');
      return;
    }
    const own = this.claim(INTEGER_BYTES);
    let at = INTEGER_BYTES;
    let rest = Math.abs(value);
    do {
      const quotient = Math.floor(rest / 10);
      own[--at] = ZERO + (rest - quotient * 10);
      rest = quotient;
    } while (rest > 0);
    if (value < 0) own[--at] = MINUS;
    this.set(own, at, INTEGER_BYTES - at);
  }

  /** The integer that these bytes are the canonical text of: a number where that is exact, else a bigint. */
  integer(): number | bigint | undefined {
    return parseInt64(this.bytes, this.start, this.length);
  }

  /** A copy of its own. */
  copy(): Buffer {
    return Buffer.from(this.bytes.subarray(this.start, this.start + this.length));
  }

  equals(other: ByteSpan): boolean {
    if (this.length !== other.length) return false;
    const { bytes, start, length } = this;
    return bytes.compare(other.bytes, other.start, other.start + length, start, start + length) === 0;
  }
}

/** Spans that are used again and again: `clear`, then `add` as many as there are. */
export class SpanList {
  count = 0;
  private readonly spans: ByteSpan[] = [];

  clear(): void {
    this.count = 0;
  }

  /** One more span, for the caller to set. */
  add(): ByteSpan {
    let span = this.spans[this.count];
    if (span === undefined) {
      span = new ByteSpan();
      this.spans.push(span);
    }
    this.count++;
    return span;
  }

  at(index: number): ByteSpan {
    const span = index < this.count ? this.spans[index] : undefined;
    if (span === undefined) throw new RangeError(`SpanList: ${index} of ${this.count}`);
    return span;
  }
}

/** The same memory as a `Buffer`. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
