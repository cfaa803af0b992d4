import { Request } from '../../../protocol/resp/request.ts';

const NEWLINE = 10;
const RETURN = 13;
const SPACE = 0x20;
const QUOTE = 0x22;
const PLUS = 0x2b;
const POINT = 0x2e;
const ZERO = 0x30;
const BRACKET = 0x5b;
const CLOSING = 0x5d;
const BACKSLASH = 0x5c;
const LETTER_X = 0x78;

/** What stands for bytes after a backslash, other than \xHH and the byte itself. */
const escaped = new Map([
  [0x61, 7],
  [0x62, 8],
  [0x6e, 10],
  [0x72, 13],
  [0x74, 9],
]);

/** One line of MONITOR, taken apart: `1700000000.123456 [0 127.0.0.1:1] "GET" "key"`. Used again for each line. */
export class MonitorLine {
  readonly request: Request = new Request();
  /** Of the command in ms since 1970; an array, where a double costs no allocation. */
  readonly timeMs: Float64Array = new Float64Array(1);
  database = 0;
  /** Unescaped arguments, one after the other. */
  private bytes: Buffer = Buffer.allocUnsafeSlow(1 << 12);
  private view: DataView = viewOf(this.bytes);
  private at = 0;

  /** Reads the line at `from`, which ends in a newline: where the next one begins, or -1 when this is no line of MONITOR. */
  read(line: Buffer, from: number): number {
    this.at = line[from] === PLUS ? from + 1 : from;
    if (!this.head(line)) return -1;
    this.request.attach(this.bytes, this.view);
    let end = 0;
    for (;;) {
      const byte = line[this.at];
      if (byte === NEWLINE) return this.request.count > 0 ? this.at + 1 : -1;
      if (byte === RETURN && line[this.at + 1] === NEWLINE) return this.request.count > 0 ? this.at + 2 : -1;
      if (byte !== SPACE || line[this.at + 1] !== QUOTE) return -1;
      this.at += 2;
      const start = end;
      end = this.argument(line, start);
      if (end < 0) return -1;
      this.request.push(start, end - start);
    }
  }

  private head(line: Buffer): boolean {
    const secondsFrom = this.at;
    const seconds = this.number(line);
    if (this.at === secondsFrom || line[this.at] !== POINT) return false;
    this.at++;
    const microsFrom = this.at;
    const micros = this.number(line);
    if (this.at !== microsFrom + 6 || line[this.at] !== SPACE || line[this.at + 1] !== BRACKET) return false;
    this.timeMs[0] = seconds * 1000 + micros / 1000;
    this.at += 2;
    this.database = this.number(line);
    // The address may have brackets too.
    while (line[this.at] !== CLOSING || line[this.at + 1] !== SPACE || line[this.at + 2] !== QUOTE) {
      if (line[this.at] === NEWLINE) return false;
      this.at++;
    }
    this.at++;
    return true;
  }

  private number(line: Buffer): number {
    let value = 0;
    for (; ; this.at++) {
      const digit = (line[this.at] ?? 0) - ZERO;
      if (digit < 0 || digit > 9) return value;
      value = value * 10 + digit;
    }
  }

  /** Unescapes an argument to `start` and after; its end, or -1 when the line ends first. */
  private argument(line: Buffer, start: number): number {
    let end = start;
    for (;;) {
      let byte = line[this.at++] ?? NEWLINE;
      if (byte === QUOTE) return end;
      if (byte === NEWLINE) return -1;
      if (byte === BACKSLASH) {
        byte = line[this.at++] ?? NEWLINE;
        if (byte === NEWLINE) return -1;
        if (byte === LETTER_X) {
          byte = (hexDigit(line[this.at] ?? 0) << 4) | hexDigit(line[this.at + 1] ?? 0);
          if (byte < 0) return -1;
          this.at += 2;
        } else byte = escaped.get(byte) ?? byte;
      }
      if (end === this.bytes.length) this.grow(end);
      this.bytes[end++] = byte;
    }
  }

  private grow(length: number): void {
    const larger = Buffer.allocUnsafeSlow(length * 2);
    this.bytes.copy(larger, 0, 0, length);
    this.bytes = larger;
    this.view = viewOf(larger);
    this.request.bytes = this.bytes;
    this.request.view = this.view;
  }
}

function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** Negative for what is no digit. */
function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}
