import { parseInt64 } from '../text/numbers.ts';

const NO_BYTES: Buffer = Buffer.alloc(0);
const NO_VIEW = new DataView(new ArrayBuffer(0));
/** Room for a sign and 19 digits. */
const INTEGER_BYTES = 20;
const ZERO = 0x30;
const MINUS = 0x2d;

/**
 * Bytes `[at, at + length)` of `bytes`, of which `view` is another look, moved on from element to element instead of made anew for each.
 * Owns a scratch buffer for what does not lie anywhere as it is: integers, and strings that were compressed. Fits wherever the engine takes
 * a `Slice` (tiers/tree/slice.ts).
 */
export class ByteSpan {
  view: DataView = NO_VIEW;
  bytes: Uint8Array = NO_BYTES;
  at = 0;
  length = 0;
  private own: Buffer = NO_BYTES;
  private ownView: DataView = NO_VIEW;

  static of(bytes: Uint8Array): ByteSpan {
    return new ByteSpan().point(bytes, 0, bytes.length);
  }

  /** `view` and `bytes` are two looks at the same memory. */
  set(view: DataView, bytes: Uint8Array, at: number, length: number): this {
    this.view = view;
    this.bytes = bytes;
    this.at = at;
    this.length = length;
    return this;
  }

  /** The same for those who have no view: one is made. */
  point(bytes: Uint8Array, at: number, length: number): this {
    return this.set(viewOf(bytes), bytes, at, length);
  }

  /** The scratch buffer, of at least `length` bytes; the span is set to its first `length`, which the caller fills. */
  claim(length: number): Buffer {
    if (this.own.length < length) {
      this.own = Buffer.allocUnsafeSlow(Math.max(length, INTEGER_BYTES));
      this.ownView = viewOf(this.own);
    }
    this.set(this.ownView, this.own, 0, length);
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
    this.at = at;
    this.length = INTEGER_BYTES - at;
  }

  /** The integer that these bytes are the canonical text of: a number where that is exact, else a bigint. */
  integer(): number | bigint | undefined {
    return parseInt64(this.bytes, this.at, this.length);
  }

  /** A copy of its own. */
  copy(): Buffer {
    return Buffer.from(this.bytes.subarray(this.at, this.at + this.length));
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

/** The same memory as a `DataView`. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
