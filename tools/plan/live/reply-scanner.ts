/** What a reply was, as far as a replay wants to know. */
export const REPLY_NONE = 0;
export const REPLY_VALUE = 1;
export const REPLY_DONE = 2;
export const REPLY_ERROR = 3;

const CR = 0x0d;
const LF = 0x0a;
const STRING = 0x24;
const STATUS = 0x2b;
const INTEGER = 0x3a;
const ERROR = 0x2d;
const NULL = 0x5f;
const MINUS = 0x2d;
const DIGIT = 0x30;
/** No line of a simple reply is longer. */
const MAX_LINE_BYTES = 64 * 1024;

/**
 * Tells the replies of GET, SET and DEL apart in a stream of bytes, whatever parts it comes in. The bytes of values are passed over, never kept: so a
 * replay of megabyte values takes no more memory than one of small ones. `accept` gets REPLY_VALUE for a string, REPLY_NONE for nil, REPLY_DONE for a
 * status or a number, REPLY_ERROR with its text.
 */
export class ReplyScanner {
  private readonly accept: (reply: number, text: string) => void;
  /** Bytes of a value that are still to come, its line end included. */
  private toSkip = 0;
  /** The beginning of a line that has not come whole. */
  private line: Buffer = Buffer.alloc(0);

  constructor(accept: (reply: number, text: string) => void) {
    this.accept = accept;
  }

  /** Throws an Error when what comes is no such reply. */
  add(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.toSkip > 0) {
        const skipped = Math.min(this.toSkip, chunk.length - at);
        this.toSkip -= skipped;
        at += skipped;
        if (this.toSkip === 0) this.accept(REPLY_VALUE, '');
        continue;
      }
      const end = chunk.indexOf(LF, at);
      if (end < 0) {
        this.line = Buffer.concat([this.line, chunk.subarray(at)]);
        if (this.line.length > MAX_LINE_BYTES) throw new Error('not a RESP reply: a line without an end');
        return;
      }
      if (this.line.length === 0) this.header(chunk, at, end);
      else {
        const line = Buffer.concat([this.line, chunk.subarray(at, end + 1)]);
        this.line = Buffer.alloc(0);
        this.header(line, 0, line.length - 1);
      }
      at = end + 1;
    }
  }

  /** One line from `at`, whose line feed is at `end`. */
  private header(bytes: Buffer, at: number, end: number): void {
    const kind = bytes[end - 1] === CR ? bytes[at] : undefined;
    if (kind === STRING && bytes[at + 1] !== MINUS) this.toSkip = numberIn(bytes, at + 1, end - 1) + 2;
    else if (kind === STRING || kind === NULL) this.accept(REPLY_NONE, '');
    else if (kind === STATUS || kind === INTEGER) this.accept(REPLY_DONE, '');
    else if (kind === ERROR) this.accept(REPLY_ERROR, bytes.toString('latin1', at + 1, end - 1));
    else throw new Error(`not a RESP reply: ${JSON.stringify(bytes.toString('latin1', at, Math.min(end, at + 64)))}`);
  }
}

/** The decimal number in these bytes. */
function numberIn(bytes: Buffer, from: number, to: number): number {
  let number = 0;
  for (let at = from; at < to; at++) {
    const digit = (bytes[at] ?? 0) - DIGIT;
    if (digit < 0 || digit > 9 || number > 2 ** 32) throw new Error('not a RESP reply: a length that is no number');
    number = number * 10 + digit;
  }
  return number;
}
