/**
 * Splitting a line into arguments by Redis's quoting rules (`sdssplitargs`), which inline requests and `redis.conf` share:
 * blanks separate; `"..."` knows `\n \r \t \b \a`, `\xHH` and `\c` for any other character; `'...'` knows only `\'`; a quote may
 * open in the middle of an argument, but must close at its end.
 */
export interface SplitArgs {
  /** The unquoted arguments, one after the other. */
  readonly bytes: Buffer;
  /** Pairs of (start, length) into `bytes`. */
  readonly spans: number[];
}

const SPACE = 0x20;
const DOUBLE_QUOTE = 0x22;
const SINGLE_QUOTE = 0x27;
const BACKSLASH = 0x5c;
const LOWER_X = 0x78;

/** C's `isspace` in the "C" locale. */
export function isBlank(byte: number): boolean {
  return byte === SPACE || (byte >= 0x09 && byte <= 0x0d);
}

/** Whether a byte ends an argument outside quotes (vertical tab and form feed do not, as in Redis). */
export function endsArgument(byte: number): boolean {
  return byte === SPACE || byte === 0x0a || byte === 0x0d || byte === 0x09 || byte === 0;
}

function hexDigit(byte: number | undefined): number {
  if (byte === undefined) return -1;
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x61 + 10 : -1;
}

function escapedByte(byte: number): number {
  switch (byte) {
    case 0x6e:
      return 0x0a;
    case 0x72:
      return 0x0d;
    case 0x74:
      return 0x09;
    case 0x62:
      return 0x08;
    case 0x61:
      return 0x07;
    default:
      return byte;
  }
}

/** Copies one line's arguments, unquoted, into a buffer as long as the line. */
class LineSplitter {
  readonly out: Buffer;
  outLength = 0;
  at: number;
  private readonly source: Uint8Array;
  private readonly end: number;

  constructor(source: Uint8Array, start: number, end: number) {
    this.source = source;
    this.at = start;
    this.end = end;
    this.out = Buffer.allocUnsafe(end - start);
  }

  skipBlanks(): boolean {
    while (this.at < this.end && isBlank(this.source[this.at] ?? 0)) this.at++;
    return this.at < this.end && this.source[this.at] !== 0;
  }

  /** One argument; false when a quote stays open, or text follows a closing quote. */
  argument(): boolean {
    while (this.at < this.end) {
      const byte = this.source[this.at] ?? 0;
      if (endsArgument(byte)) return true;
      this.at++;
      if (byte === DOUBLE_QUOTE || byte === SINGLE_QUOTE) {
        const closed = byte === DOUBLE_QUOTE ? this.doubleQuoted() : this.singleQuoted();
        if (!closed) return false;
        return this.at === this.end || isBlank(this.source[this.at] ?? 0) || this.source[this.at] === 0;
      }
      this.emit(byte);
    }
    return true;
  }

  private doubleQuoted(): boolean {
    while (this.at < this.end) {
      const byte = this.source[this.at++] ?? 0;
      if (byte === DOUBLE_QUOTE) return true;
      if (byte === 0) return false;
      if (byte !== BACKSLASH || this.at === this.end) {
        this.emit(byte);
        continue;
      }
      const escaped = this.source[this.at++] ?? 0;
      const high = escaped === LOWER_X && this.at + 1 < this.end ? hexDigit(this.source[this.at]) : -1;
      const low = high < 0 ? -1 : hexDigit(this.source[this.at + 1]);
      if (low >= 0) {
        this.at += 2;
        this.emit((high << 4) | low);
      } else {
        this.emit(escapedByte(escaped));
      }
    }
    return false;
  }

  private singleQuoted(): boolean {
    while (this.at < this.end) {
      const byte = this.source[this.at++] ?? 0;
      if (byte === SINGLE_QUOTE) return true;
      if (byte === 0) return false;
      if (byte === BACKSLASH && this.at < this.end && this.source[this.at] === SINGLE_QUOTE) {
        this.at++;
        this.emit(SINGLE_QUOTE);
      } else {
        this.emit(byte);
      }
    }
    return false;
  }

  private emit(byte: number): void {
    this.out[this.outLength++] = byte;
  }
}

/** Splits `bytes[start, end)`; undefined when its quotes are not balanced. */
export function splitArgs(bytes: Uint8Array, start: number, end: number): SplitArgs | undefined {
  const line = new LineSplitter(bytes, start, end);
  const spans: number[] = [];
  while (line.skipBlanks()) {
    const from = line.outLength;
    if (!line.argument()) return undefined;
    spans.push(from, line.outLength - from);
  }
  return { bytes: line.out, spans };
}
