import type { ReplyWriter } from '../../../protocol/resp/writer.ts';
import { parseUint64 } from '../../../protocol/text/numbers.ts';
import { Slice } from '../../../tiers/tree/slice.ts';

/** An id as it is stored: milliseconds and sequence number, u64 big endian each, so that bytes sort as ids do. */
export const ID_BYTES = 16;
const MAX_WORD = 0xffffffff;
/** Redis parses ids in a buffer of this size. */
const MAX_TEXT_BYTES = 127;
const MINUS = 0x2d;
const PLUS = 0x2b;
const ASTERISK = 0x2a;

/** Order of two stored ids: negative, 0, positive. */
export function compareIds(a: DataView, aAt: number, b: DataView, bAt: number): number {
  for (let i = 0; i < ID_BYTES; i += 4) {
    const x = a.getUint32(aAt + i, false);
    const y = b.getUint32(bAt + i, false);
    if (x !== y) return x < y ? -1 : 1;
  }
  return 0;
}

/** Copies a stored id. */
export function copyId(to: DataView, toAt: number, from: DataView, at: number): void {
  to.setInt32(toAt, from.getInt32(at, true), true);
  to.setInt32(toAt + 4, from.getInt32(at + 4, true), true);
  to.setInt32(toAt + 8, from.getInt32(at + 8, true), true);
  to.setInt32(toAt + 12, from.getInt32(at + 12, true), true);
}

/** How an id argument may be written, and what a missing sequence number means. */
export interface IdSyntax {
  /** `-` and `+` are the least and the greatest id. */
  readonly edges: boolean;
  /** `ms-*` leaves the sequence number to the stream. */
  readonly autoSequence: boolean;
  /** `ms` alone means its last id, not its first. */
  readonly missingIsLast: boolean;
}

/** An id of a stream entry. Reused, so that the hot path allocates nothing. */
export class StreamId {
  readonly bytes: Uint8Array = new Uint8Array(ID_BYTES);
  readonly view: DataView = new DataView(this.bytes.buffer);
  /** Its bytes, as the key of a tree. */
  readonly slice: Slice = new Slice().set(this.view, this.bytes, 0, ID_BYTES);
  /** What `parse` found: the sequence number was `*`. */
  autoSequence = false;

  static of(ms: number | bigint, seq: number | bigint): StreamId {
    return new StreamId().set(ms, seq);
  }

  /** Becomes the id of these numbers. */
  set(ms: number | bigint, seq: number | bigint): this {
    this.setHalf(0, ms);
    this.setHalf(8, seq);
    return this;
  }

  /** The two numbers; not for hot paths. */
  get ms(): bigint {
    return this.view.getBigUint64(0, false);
  }

  get seq(): bigint {
    return this.view.getBigUint64(8, false);
  }

  get isZero(): boolean {
    const { view } = this;
    return (view.getInt32(0) | view.getInt32(4) | view.getInt32(8) | view.getInt32(12)) === 0;
  }

  get isMax(): boolean {
    const { view } = this;
    return (view.getInt32(0) & view.getInt32(4) & view.getInt32(8) & view.getInt32(12)) === -1;
  }

  copyFrom(view: DataView, at: number): this {
    copyId(this.view, 0, view, at);
    return this;
  }

  copyTo(view: DataView, at: number): void {
    copyId(view, at, this.view, 0);
  }

  assign(other: StreamId): this {
    return this.copyFrom(other.view, 0);
  }

  fill(byte: 0 | 0xff): this {
    this.bytes.fill(byte);
    return this;
  }

  /** Order against a stored id. */
  compare(view: DataView, at: number): number {
    return compareIds(this.view, 0, view, at);
  }

  compareTo(other: StreamId): number {
    return compareIds(this.view, 0, other.view, 0);
  }

  sameMs(other: StreamId): boolean {
    return this.view.getInt32(0) === other.view.getInt32(0) && this.view.getInt32(4) === other.view.getInt32(4);
  }

  /** Sets the milliseconds and makes the sequence number 0. */
  setMs(ms: number): void {
    this.setHalf(0, ms);
    this.view.setUint32(8, 0);
    this.view.setUint32(12, 0);
  }

  private setHalf(at: 0 | 8, value: number | bigint): void {
    if (typeof value === 'bigint') {
      this.view.setBigUint64(at, value, false);
      return;
    }
    const high = Math.floor(value / 2 ** 32);
    this.view.setUint32(at, high, false);
    this.view.setUint32(at + 4, value - high * 2 ** 32, false);
  }

  /** Becomes the next id; false when it was the last one and is 0-0 now. */
  increment(): boolean {
    for (let at = 12; at >= 0; at -= 4) {
      const word = this.view.getUint32(at);
      if (word !== MAX_WORD) {
        this.view.setUint32(at, word + 1);
        return true;
      }
      this.view.setUint32(at, 0);
    }
    return false;
  }

  /** Becomes the id before; false when it was 0-0 and is the last one now. */
  decrement(): boolean {
    for (let at = 12; at >= 0; at -= 4) {
      const word = this.view.getUint32(at);
      if (word !== 0) {
        this.view.setUint32(at, word - 1);
        return true;
      }
      this.view.setUint32(at, MAX_WORD);
    }
    return false;
  }

  /** Reads `ms`, `ms-seq` and what else the syntax allows from `length` bytes. False when it is none of these. */
  parse(bytes: Uint8Array, start: number, length: number, syntax: IdSyntax): boolean {
    this.autoSequence = false;
    if (length > MAX_TEXT_BYTES) return false;
    // C strings end at the first NUL.
    let end = start;
    let dash = -1;
    for (const last = start + length; end < last; end++) {
      const byte = bytes[end];
      if (byte === 0) break;
      if (byte === MINUS && dash < 0) dash = end;
    }
    const only = end - start === 1 ? (bytes[start] ?? 0) : 0;
    if (only === MINUS || only === PLUS) {
      if (syntax.edges) this.fill(only === MINUS ? 0 : 0xff);
      return syntax.edges;
    }
    const ms = parseUint64(bytes, start, (dash < 0 ? end : dash) - start);
    if (ms === undefined) return false;
    if (dash < 0) {
      this.setHalf(0, ms);
      this.bytes.fill(syntax.missingIsLast ? 0xff : 0, 8);
      return true;
    }
    this.autoSequence = syntax.autoSequence && end === dash + 2 && bytes[dash + 1] === ASTERISK;
    const seq = this.autoSequence ? 0 : parseUint64(bytes, dash + 1, end - dash - 1);
    if (seq === undefined) return false;
    this.setHalf(0, ms);
    this.setHalf(8, seq);
    return true;
  }

  /** Writes the id as a bulk string, `ms-seq`. */
  reply(reply: ReplyWriter): void {
    const { view } = this;
    const high = view.getUint32(0, false);
    const low = view.getUint32(4, false);
    if (high !== textHigh || low !== textLow) {
      textStart = formatHalf(high, low, DASH_AT);
      textHigh = high;
      textLow = low;
    }
    const sequence = view.getUint32(12, false);
    if (sequence < 10 && view.getUint32(8, false) === 0) {
      text[DASH_AT + 1] = 0x30 + sequence;
      reply.bulk(text, textStart, DASH_AT + 2 - textStart);
      return;
    }
    const at = formatHalf(view.getUint32(8, false), sequence, text.length);
    text.copyWithin(DASH_AT + 1, at);
    reply.bulk(text, textStart, DASH_AT + 1 + text.length - at - textStart);
  }

  toString(): string {
    return `${this.ms}-${this.seq}`;
  }
}

const MAX_DIGITS = 20;
const DASH_AT = MAX_DIGITS;
/**
 * An id's text: digits of the milliseconds before the dash, those of the sequence number behind it, and room to write these. Ids that follow each
 * other are often of one millisecond, whose digits are then still there.
 */
const text: Uint8Array = new Uint8Array(DASH_AT + 1 + 2 * MAX_DIGITS);
text[DASH_AT] = MINUS;
let textStart = DASH_AT;
let textHigh = -1;
let textLow = -1;

/** Puts a u64 in decimal before `end`; answers where it begins. */
function formatHalf(high: number, low: number, end: number): number {
  if (high === 0 && low < 1e9) return formatSmall(low, end, 1);
  if (high < 2 ** 21) {
    const value = high * 2 ** 32 + low;
    const top = Math.floor(value / 1e9);
    const at = formatSmall(value - top * 1e9, end, 9);
    return formatSmall(top, at, 1);
  }
  let at = end;
  const digits = ((BigInt(high) << 32n) | BigInt(low)).toString();
  for (let i = digits.length - 1; i >= 0; i--) text[--at] = digits.charCodeAt(i);
  return at;
}

/** The same of an integer below 2^31, with leading zeros up to `digits`. */
function formatSmall(value: number, end: number, digits: number): number {
  let at = end;
  let rest = value | 0;
  for (let left = digits; left > 0 || rest > 0; left--) {
    const tenth = (rest / 10) | 0;
    text[--at] = 0x30 + rest - tenth * 10;
    rest = tenth;
  }
  return at;
}
