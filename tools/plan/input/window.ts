import type { TraceParser } from './parser.ts';
import { TraceProblem } from './trace-error.ts';

const NEWLINE = 10;
const INITIAL_BYTES = 1 << 20;
/** MONITOR prints whole values, each byte as four at worst. */
const MAX_LINE_BYTES = 1 << 28;

/** Bytes of a trace on their way into a parser, which gets whole records and lines however the bytes come in. */
export class TraceWindow {
  private bytes: Buffer = Buffer.allocUnsafeSlow(INITIAL_BYTES);
  private length = 0;
  /** Bytes that went before those in the window. */
  private passed = 0;

  /** Where to put the next bytes; at least one. Tell by `filled` how many came. */
  get room(): Buffer {
    if (this.length === this.bytes.length) {
      const larger = Buffer.allocUnsafeSlow(this.length * 2);
      this.bytes.copy(larger, 0, 0, this.length);
      this.bytes = larger;
    }
    return this.bytes.subarray(this.length);
  }

  filled(count: number): void {
    this.length += count;
  }

  /** Gives bytes to the parser, as many as there are whole records of. */
  push(chunk: Uint8Array, parser: TraceParser): void {
    for (let at = 0; at < chunk.length; ) {
      const { room } = this;
      const count = Math.min(room.length, chunk.length - at);
      room.set(chunk.subarray(at, at + count));
      this.filled(count);
      this.parse(parser);
      at += count;
    }
  }

  /** Parses what is whole. The places of TraceProblems that it throws are counted from the first byte that went in. */
  parse(parser: TraceParser): void {
    const { recordBytes } = parser;
    const end =
      recordBytes > 0
        ? this.length - (this.length % recordBytes)
        : this.bytes.subarray(0, this.length).lastIndexOf(NEWLINE) + 1;
    if (end === 0) {
      if (this.length > MAX_LINE_BYTES)
        throw this.problem(parser, `it has more than ${MAX_LINE_BYTES} bytes and no end: these are no lines of text`);
      return;
    }
    this.parseUpTo(end, parser);
  }

  /** Parses what is left: nothing comes after it. */
  end(parser: TraceParser): void {
    if (this.length === 0) return;
    if (parser.recordBytes > 0)
      throw this.problem(parser, `the last record is cut off: it has ${this.length} of ${parser.recordBytes} bytes`);
    this.room[0] = NEWLINE;
    this.length++;
    this.parseUpTo(this.length, parser);
  }

  /** For another part of a trace. */
  reset(): void {
    this.length = 0;
    this.passed = 0;
  }

  private parseUpTo(end: number, parser: TraceParser): void {
    try {
      parser.parse(this.bytes, end);
    } catch (error) {
      if (!(error instanceof TraceProblem)) throw error;
      throw new TraceProblem(error.message, { line: error.place.line, byte: error.place.byte + this.passed });
    }
    this.bytes.copyWithin(0, end, this.length);
    this.length -= end;
    this.passed += end;
  }

  private problem(parser: TraceParser, what: string): TraceProblem {
    return new TraceProblem(what, { line: parser.recordBytes > 0 ? 0 : parser.lines + 1, byte: this.passed });
  }
}
