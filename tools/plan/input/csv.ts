import { OP_READ } from '../plan.ts';
import {
  COLUMN_KEY,
  COLUMN_KEY_SIZE,
  COLUMN_OP,
  COLUMN_OTHER,
  COLUMN_SIZE,
  COLUMN_TIME,
  COLUMN_TTL,
  type CsvLayout,
} from './csv-layout.ts';
import { FIRST_A, FIRST_B, mixA, mixB } from './identity.ts';
import { operationOf, WORD_START, wordHash } from './operations.ts';
import { inOrder, type TraceParser } from './parser.ts';
import type { Sampler } from './sampler.ts';
import { excerpt, TraceProblem } from './trace-error.ts';

const NEWLINE = 10;
const RETURN = 13;
const SPACE = 0x20;
const QUOTE = 0x22;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const MAX_BYTES = 0xfffffffe;

/** Lines of columns. Each byte is looked at once; what a field says stands in the parser's fields until the line ends. */
export class CsvParser implements TraceParser {
  readonly recordBytes: number = 0;
  lines = 0;
  lastMs = 0;
  private readonly sampler: Sampler;
  private readonly columns: Uint8Array;
  private readonly delimiter: number;
  private readonly timeMs: number;
  private readonly hasTimes: boolean;
  /** Of the line under way. Doubles are in an array, where they cost no allocation. */
  private readonly number = new Float64Array(1);
  private a = 0;
  private b = 0;
  private nameBytes = 0;
  private op: number = OP_READ;

  constructor(sampler: Sampler, layout: CsvLayout) {
    this.sampler = sampler;
    this.columns = Uint8Array.from(layout.columns);
    this.delimiter = layout.delimiter;
    this.timeMs = layout.timeMs;
    this.hasTimes = layout.columns.includes(COLUMN_TIME);
  }

  parse(bytes: Buffer, end: number): void {
    for (let at = 0; at < end; ) {
      this.lines++;
      const byte = bytes[at];
      if (byte === NEWLINE) at++;
      else if (byte === RETURN && bytes[at + 1] === NEWLINE) at += 2;
      else at = this.line(bytes, at);
    }
  }

  /** Parses the line at `at`; where the next one begins. */
  private line(bytes: Buffer, from: number): number {
    const { columns, sampler } = this;
    let at = from;
    let valueBytes = -1;
    let nameBytes = -1;
    let ttlSeconds = 0;
    this.op = OP_READ;
    for (let column = 0; ; column++) {
      const start = at;
      switch (columns[column]) {
        case COLUMN_KEY:
          at = bytes[at] === QUOTE ? this.quotedKey(bytes, at) : this.key(bytes, at);
          break;
        case COLUMN_TIME:
          at = this.numeric(bytes, at, 'time');
          if (this.number[0] === -1) throw this.problem('the time is missing', start);
          this.lastMs = inOrder((this.number[0] ?? 0) * this.timeMs, this.lastMs, this.lines, start);
          break;
        case COLUMN_SIZE:
          at = this.numeric(bytes, at, 'size');
          valueBytes = this.wholeBytes(start);
          break;
        case COLUMN_KEY_SIZE:
          at = this.numeric(bytes, at, 'key size');
          nameBytes = this.wholeBytes(start);
          break;
        case COLUMN_TTL:
          at = this.numeric(bytes, at, 'TTL');
          ttlSeconds = Math.min(Math.ceil(Math.max(this.number[0] ?? 0, 0)), MAX_BYTES);
          break;
        case COLUMN_OP:
          at = this.operation(bytes, at);
          break;
        case COLUMN_OTHER:
          at = this.other(bytes, at);
          break;
        default:
          throw this.problem(`it has more than the ${columns.length} columns that the first line has`, from);
      }
      const byte = bytes[at];
      at++;
      if (byte === this.delimiter) continue;
      if (column + 1 < columns.length)
        throw this.problem(`it has ${column + 1} columns instead of ${columns.length}`, from);
      if (byte === RETURN) at++;
      break;
    }
    sampler.now[0] = this.hasTimes ? this.lastMs : sampler.requests;
    sampler.offer(this.a, this.b, nameBytes < 0 ? this.nameBytes : nameBytes, valueBytes, this.op, ttlSeconds);
    return at;
  }

  /** The ends of a field: the delimiter, and what ends the line. */
  private ends(bytes: Buffer, at: number, byte: number): boolean {
    return byte === this.delimiter || byte === NEWLINE || (byte === RETURN && bytes[at + 1] === NEWLINE);
  }

  private key(bytes: Buffer, from: number): number {
    const { delimiter } = this;
    let at = from;
    let a = FIRST_A;
    let b = FIRST_B;
    for (;;) {
      const byte = bytes[at] ?? 0;
      if (byte === delimiter || (byte <= RETURN && this.ends(bytes, at, byte))) break;
      a = mixA(a, byte);
      b = mixB(b, a);
      at++;
    }
    if (at === from) throw this.problem('the key is missing', from);
    this.a = a;
    this.b = b;
    this.nameBytes = at - from;
    return at;
  }

  /** A key in quotes: a quote within is doubled. */
  private quotedKey(bytes: Buffer, from: number): number {
    let at = from + 1;
    let a = FIRST_A;
    let b = FIRST_B;
    this.nameBytes = 0;
    for (;;) {
      const byte = bytes[at] ?? 0;
      if (byte === NEWLINE) throw this.problem('a quote is not closed', from);
      if (byte === QUOTE && bytes[++at] !== QUOTE) break;
      a = mixA(a, byte);
      b = mixB(b, a);
      this.nameBytes++;
      at++;
    }
    if (!this.ends(bytes, at, bytes[at] ?? 0)) throw this.problem('something follows the closing quote', at);
    this.a = a;
    this.b = b;
    return at;
  }

  private other(bytes: Buffer, from: number): number {
    let at = from;
    if (bytes[at] === QUOTE) {
      at++;
      while (bytes[at] !== QUOTE || bytes[++at] === QUOTE) {
        if (bytes[at] === NEWLINE) throw this.problem('a quote is not closed', from);
        at++;
      }
    }
    while (!this.ends(bytes, at, bytes[at] ?? 0)) at++;
    return at;
  }

  /** Leaves the number in `number`, -1 for an empty field. A negative one is one only where a TTL is meant: none. */
  private numeric(bytes: Buffer, from: number, what: string): number {
    let at = from;
    while (bytes[at] === SPACE && this.delimiter !== SPACE) at++;
    const negative = bytes[at] === MINUS;
    if (negative) at++;
    let value = 0;
    let digits = 0;
    let scale = 0;
    for (; ; at++) {
      const digit = (bytes[at] ?? 0) - ZERO;
      if (digit >= 0 && digit <= 9) {
        value = value * 10 + digit;
        scale *= 10;
        digits++;
      } else if (digit === POINT - ZERO && scale === 0) scale = 1;
      else break;
    }
    while (bytes[at] === SPACE && this.delimiter !== SPACE) at++;
    const empty = digits === 0 && !negative && scale === 0;
    if (!this.ends(bytes, at, bytes[at] ?? 0) || (digits === 0 && !empty) || (negative && what !== 'TTL'))
      throw this.problem(`the ${what} ${excerpt(bytes, from, this.other(bytes, from))} is not a number`, from);
    this.number[0] = empty || negative ? -1 : scale > 1 ? value / scale : value;
    return at;
  }

  private wholeBytes(start: number): number {
    const value = this.number[0] ?? 0;
    if (value > MAX_BYTES) throw this.problem(`a size of ${value} bytes is too large`, start);
    return Math.ceil(value);
  }

  private operation(bytes: Buffer, from: number): number {
    let at = from;
    let hash = WORD_START;
    for (;;) {
      const byte = bytes[at] ?? 0;
      if (this.ends(bytes, at, byte)) break;
      hash = wordHash(hash, byte);
      at++;
    }
    this.op = operationOf(hash, bytes, from, at);
    if (this.op < 0)
      throw this.problem(`${excerpt(bytes, from, at)} is no operation: there are read, write and delete`, from);
    return at;
  }

  private problem(what: string, byte: number): TraceProblem {
    return new TraceProblem(what, { line: this.lines, byte });
  }
}
