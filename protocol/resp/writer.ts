import { formatDouble } from '../text/numbers.ts';

/** Room that a writer has from the start and comes back to. */
const INITIAL_BYTES = 16 * 1024;
/** A buffer that grew beyond this is given back by `reset`. There is one writer per thread, and long replies come one after another. */
const MAX_KEPT_BYTES = 256 * 1024;
/** Whoever makes replies that take more than this is asked before. */
const LARGE_BYTES = 128 * 1024;
/** The longest header: a type byte, 20 digits, CR LF. */
const MAX_HEADER_BYTES = 24;
/** Below this a loop of bytes beats the native copy's fixed cost. */
const BYTE_LOOP_MAX = 48;
/** Below this an unrolled loop of 32-bit words beats it (measured on Node 20: they meet between 700 and 800 bytes). */
const WORD_LOOP_MAX = 768;

const ASTERISK = 0x2a;
const DOLLAR = 0x24;
const COLON = 0x3a;
const PERCENT = 0x25;
const TILDE = 0x7e;
const GREATER = 0x3e;
const PIPE = 0x7c;
const EQUALS = 0x3d;
const COMMA = 0x2c;
const HASH = 0x23;
const PAREN = 0x28;
const MINUS = 0x2d;
const PLUS = 0x2b;
const CRLF_LE = 0x0a0d;

/**
 * Writes replies in RESP2 or RESP3 into one growable buffer: `buffer[0, length)` is what is to be sent. Which of the two
 * protocols is decided by `resp` at each call, so one writer can serve clients of both.
 */
export class ReplyWriter {
  resp: 2 | 3 = 2;
  buffer: Buffer = Buffer.allocUnsafeSlow(INITIAL_BYTES);
  view: DataView = new DataView(this.buffer.buffer, 0, INITIAL_BYTES);
  length = 0;
  /** Called before the buffer grows to more than 128 KiB. May throw: then nothing was written of what it was to grow for. */
  beforeLarge: () => void = () => {};

  /** Makes room for `count` more bytes. */
  ensure(count: number): void {
    if (this.length + count > this.buffer.length) this.grow(count);
  }

  /** Forgets what was written; a buffer that had become large is given back. */
  reset(): void {
    this.length = 0;
    if (this.buffer.length > MAX_KEPT_BYTES) this.adopt(Buffer.allocUnsafeSlow(INITIAL_BYTES));
  }

  /** Forgets the buffer, which now belongs to somebody else (a write that goes on while the next replies are written). */
  detach(): void {
    const used = this.length;
    this.length = 0;
    // What comes next is often as long.
    this.adopt(Buffer.allocUnsafeSlow(used > INITIAL_BYTES ? Math.min(MAX_KEPT_BYTES, used) : INITIAL_BYTES));
  }

  ok(): void {
    this.ensure(5);
    this.view.setInt32(this.length, 0x0d4b4f2b, true); // "+OK\r"
    this.view.setUint8(this.length + 4, 0x0a);
    this.length += 5;
  }

  /** A status reply; `text` is one character per byte and holds no line break. */
  simple(text: string): void {
    this.line(PLUS, text);
  }

  /** An error reply; `textWithCode` is `CODE text`, one character per byte. As in Redis, line breaks become blanks, and go at the end. */
  error(textWithCode: string): void {
    const text = /[\r\n]/.test(textWithCode)
      ? textWithCode.replace(/[\r\n]+$/, '').replace(/[\r\n]/g, ' ')
      : textWithCode;
    this.line(MINUS, text);
  }

  integer(value: number | bigint): void {
    if (typeof value === 'bigint') {
      const narrow = Number(value);
      if (Number.isSafeInteger(narrow)) this.header(COLON, narrow);
      else this.line(COLON, value.toString());
    } else {
      this.header(COLON, value);
    }
  }

  /** A bulk string copied from ordinary memory. */
  bulk(bytes: Uint8Array, start: number, length: number): void {
    this.ensure(length + MAX_HEADER_BYTES);
    this.header(DOLLAR, length);
    this.append(bytes, start, length);
    this.lineEnd();
  }

  /** A bulk string copied out of a segment: `view` and `bytes` are over the same (shared) memory, `offset` counts from their start. */
  bulkFrom(view: DataView, bytes: Uint8Array, offset: number, length: number): void {
    this.ensure(length + MAX_HEADER_BYTES);
    this.header(DOLLAR, length);
    if (length > WORD_LOOP_MAX) {
      this.buffer.set(new Uint8Array(bytes.buffer, bytes.byteOffset + offset, length), this.length);
    } else {
      copyWords(this.view, this.length, view, offset, length);
    }
    this.length += length;
    this.lineEnd();
  }

  /** A bulk string of UTF-8 text. */
  text(text: string): void {
    const length = Buffer.byteLength(text);
    this.ensure(length + MAX_HEADER_BYTES);
    this.header(DOLLAR, length);
    this.length += this.buffer.write(text, this.length, 'utf8');
    this.lineEnd();
  }

  nil(): void {
    if (this.resp === 3) this.null3();
    else this.null2(0x312d24); // "$-1"
  }

  nilArray(): void {
    if (this.resp === 3) this.null3();
    else this.null2(0x312d2a); // "*-1"
  }

  array(count: number): void {
    this.header(ASTERISK, count);
  }

  /** `count` pairs follow. */
  map(count: number): void {
    if (this.resp === 3) this.header(PERCENT, count);
    else this.header(ASTERISK, count * 2);
  }

  set(count: number): void {
    this.header(this.resp === 3 ? TILDE : ASTERISK, count);
  }

  push(count: number): void {
    this.header(this.resp === 3 ? GREATER : ASTERISK, count);
  }

  /** `count` pairs follow, then the reply that they describe. RESP2 has no such thing, and the caller must not use it there. */
  attribute(count: number): void {
    if (this.resp !== 3) throw new Error('ReplyWriter.attribute: RESP2 has no attributes');
    this.header(PIPE, count);
  }

  double(value: number): void {
    if (value === (value | 0) && Math.abs(value) < 1e9 && !Object.is(value, -0)) {
      this.wholeDouble(value);
      return;
    }
    const text = formatDouble(value);
    if (this.resp === 3) this.line(COMMA, text);
    else this.text(text);
  }

  /** A whole number below 10^9, as most scores are: no text is made of it. */
  private wholeDouble(value: number): void {
    if (this.resp === 3) {
      this.header(COMMA, value);
      return;
    }
    this.header(DOLLAR, digitCount(Math.abs(value)) + (value < 0 ? 1 : 0));
    this.ensure(MAX_HEADER_BYTES);
    this.digits(value);
    this.lineEnd();
  }

  /** A number as text of the caller's making. */
  decimal(text: string): void {
    if (this.resp === 3) this.line(COMMA, text);
    else this.text(text);
  }

  boolean(value: boolean): void {
    if (this.resp === 3) this.line(HASH, value ? 't' : 'f');
    else this.header(COLON, value ? 1 : 0);
  }

  /** Text with a format of three characters (`txt`, `mkd`). */
  verbatim(format: string, text: string): void {
    if (this.resp !== 3) {
      this.text(text);
      return;
    }
    const length = Buffer.byteLength(text) + 4;
    this.ensure(length + MAX_HEADER_BYTES);
    this.header(EQUALS, length);
    this.length += this.buffer.write(`${format}:${text}`, this.length, 'utf8');
    this.lineEnd();
  }

  /** An integer of any size, given in decimal. */
  bigNumber(text: string): void {
    if (this.resp === 3) this.line(PAREN, text);
    else this.text(text);
  }

  /** Bytes that are a reply already. */
  raw(bytes: Uint8Array): void {
    this.ensure(bytes.length);
    this.append(bytes, 0, bytes.length);
  }

  /** Puts the first `length` of `bytes`, which are RESP already, at `mark`. */
  insert(mark: number, bytes: Uint8Array, length: number): void {
    this.ensure(length);
    this.buffer.copyWithin(mark + length, mark, this.length);
    this.buffer.set(bytes.subarray(0, length), mark);
    this.length += length;
  }

  /** Where an aggregate begins whose length is known only when its elements are written. Marks nest: patch inner ones first. */
  mark(): number {
    return this.length;
  }

  /** Puts the header of an array of `count` elements at `mark`. */
  patchArray(mark: number, count: number): void {
    this.patch(mark, ASTERISK, count);
  }

  /** Puts the header of a map of `count` pairs at `mark`. */
  patchMap(mark: number, count: number): void {
    if (this.resp === 3) this.patch(mark, PERCENT, count);
    else this.patch(mark, ASTERISK, count * 2);
  }

  /** Puts the header of a set of `count` elements at `mark`. */
  patchSet(mark: number, count: number): void {
    this.patch(mark, this.resp === 3 ? TILDE : ASTERISK, count);
  }

  /** Puts a bulk string of ASCII text at `mark`. */
  patchText(mark: number, text: string): void {
    const end = this.length;
    this.text(text);
    this.moveTo(mark, end);
  }

  /** `type`, a safe integer, CR LF. */
  private header(type: number, value: number): void {
    this.ensure(MAX_HEADER_BYTES);
    const at = this.length;
    if (value >= 0 && value < 10) {
      this.view.setInt32(at, type | ((0x30 + value) << 8) | 0x0a0d0000, true);
      this.length = at + 4;
    } else if (value >= 10 && value < 100) {
      const high = (value / 10) | 0;
      this.view.setInt32(at, type | ((0x30 + high) << 8) | ((0x30 + value - high * 10) << 16) | 0x0d000000, true);
      this.view.setUint8(at + 4, 0x0a);
      this.length = at + 5;
    } else {
      this.view.setUint8(at, type);
      this.length = at + 1;
      this.digits(value);
      this.lineEnd();
    }
  }

  /** A safe integer in decimal, at `length`; there must be room. */
  private digits(value: number): void {
    let rest = value;
    if (rest < 0) {
      this.view.setUint8(this.length++, MINUS);
      rest = -rest;
    }
    if (rest < 1e9) {
      this.digits32(rest, digitCount(rest));
      return;
    }
    const high = Math.floor(rest / 1e9);
    if (high < 1e9) this.digits32(high, digitCount(high));
    else throw new RangeError(`ReplyWriter: ${value} is not a safe integer`);
    this.digits32(rest - high * 1e9, 9);
  }

  private digits32(value: number, count: number): void {
    let rest = value | 0;
    for (let at = this.length + count - 1; at >= this.length; at--) {
      const tenth = (rest / 10) | 0;
      this.view.setUint8(at, 0x30 + rest - tenth * 10);
      rest = tenth;
    }
    this.length += count;
  }

  private line(type: number, text: string): void {
    this.ensure(text.length + 3);
    this.view.setUint8(this.length, type);
    this.length += 1 + this.buffer.write(text, this.length + 1, 'latin1');
    this.lineEnd();
  }

  private lineEnd(): void {
    this.view.setUint16(this.length, CRLF_LE, true);
    this.length += 2;
  }

  private null3(): void {
    this.ensure(3);
    this.view.setUint8(this.length++, 0x5f);
    this.lineEnd();
  }

  private null2(prefix: number): void {
    this.ensure(5);
    this.view.setInt32(this.length, prefix | 0x0d000000, true);
    this.view.setUint8(this.length + 4, 0x0a);
    this.length += 5;
  }

  private append(bytes: Uint8Array, start: number, length: number): void {
    if (length <= BYTE_LOOP_MAX) {
      const to = this.length;
      for (let i = 0; i < length; i++) this.buffer[to + i] = bytes[start + i] ?? 0;
    } else {
      this.buffer.set(new Uint8Array(bytes.buffer, bytes.byteOffset + start, length), this.length);
    }
    this.length += length;
  }

  /** Writes the header behind everything, then moves it in front of what was written since `mark`. */
  private patch(mark: number, type: number, count: number): void {
    const end = this.length;
    this.header(type, count);
    this.moveTo(mark, end);
  }

  /** Moves what was written since `end` in front of what was written since `mark`. */
  private moveTo(mark: number, end: number): void {
    const size = this.length - end;
    if (mark === end) return;
    this.ensure(size);
    this.buffer.copyWithin(mark + size, mark, this.length);
    this.buffer.copyWithin(mark, this.length, this.length + size);
  }

  private grow(count: number): void {
    if (this.length + count > LARGE_BYTES) this.beforeLarge();
    const larger = Buffer.allocUnsafeSlow(Math.max(this.buffer.length * 2, this.length + count));
    larger.set(this.buffer.subarray(0, this.length));
    this.adopt(larger);
  }

  private adopt(buffer: Buffer): void {
    this.buffer = buffer;
    this.view = new DataView(buffer.buffer, buffer.byteOffset, buffer.length);
  }
}

function digitCount(value: number): number {
  if (value < 1000) return value < 10 ? 1 : value < 100 ? 2 : 3;
  if (value < 1e6) return value < 1e4 ? 4 : value < 1e5 ? 5 : 6;
  return value < 1e7 ? 7 : value < 1e8 ? 8 : 9;
}

/** 16 bytes a step, then 4, then 1; reads nothing outside `[from, from + length)`. */
function copyWords(target: DataView, to: number, source: DataView, from: number, length: number): void {
  let done = 0;
  for (; done + 16 <= length; done += 16) {
    target.setInt32(to + done, source.getInt32(from + done, true), true);
    target.setInt32(to + done + 4, source.getInt32(from + done + 4, true), true);
    target.setInt32(to + done + 8, source.getInt32(from + done + 8, true), true);
    target.setInt32(to + done + 12, source.getInt32(from + done + 12, true), true);
  }
  for (; done + 4 <= length; done += 4) target.setInt32(to + done, source.getInt32(from + done, true), true);
  for (; done < length; done++) target.setUint8(to + done, source.getUint8(from + done));
}
