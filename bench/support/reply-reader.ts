/** Receives replies in order. Bulk bytes are valid only during the call. */
export interface ReplySink {
  onBulk(bytes: Buffer, start: number, length: number): void;
  onNil(): void;
  /** A simple string or an integer. */
  onStatus(text: () => string): void;
  onError(text: string): void;
}

const CR = 13;
const INCOMPLETE = -1;

/**
 * Reads the four kinds of reply that a load produces: status, integer, error, bulk. A reply that is cut by the end of a read is
 * carried over; whole ones are read where they lie.
 */
export class ReplyReader {
  private readonly sink: ReplySink;
  private carry = Buffer.alloc(0);
  private carried = 0;

  constructor(sink: ReplySink) {
    this.sink = sink;
  }

  /** Takes the first `length` bytes of `bytes`. Throws when they are not RESP2. */
  feed(bytes: Buffer, length: number): void {
    if (this.carried === 0) {
      const used = this.consume(bytes, length);
      if (used < length) this.keep(bytes, used, length);
      return;
    }
    this.keep(bytes, 0, length);
    const used = this.consume(this.carry, this.carried);
    this.carry.copyWithin(0, used, this.carried);
    this.carried -= used;
  }

  private keep(bytes: Buffer, start: number, end: number): void {
    const needed = this.carried + end - start;
    if (needed > this.carry.length) {
      const larger = Buffer.allocUnsafeSlow(needed * 2);
      this.carry.copy(larger, 0, 0, this.carried);
      this.carry = larger;
    }
    bytes.copy(this.carry, this.carried, start, end);
    this.carried = needed;
  }

  private consume(bytes: Buffer, length: number): number {
    let at = 0;
    while (at < length) {
      const end = this.readOne(bytes, at, length);
      if (end === INCOMPLETE) break;
      at = end;
    }
    return at;
  }

  /** Reads the reply at `at`; returns the offset behind it, or INCOMPLETE. */
  private readOne(bytes: Buffer, at: number, length: number): number {
    let line = at + 1;
    let size = 0;
    while (line < length && bytes[line] !== CR) {
      size = size * 10 + (bytes[line] ?? 0) - 48;
      line++;
    }
    const body = line + 2;
    if (body > length) return INCOMPLETE;
    switch (bytes[at]) {
      case 0x24: {
        if (bytes[at + 1] === 0x2d) {
          this.sink.onNil();
          return body;
        }
        const end = body + size + 2;
        if (end > length) return INCOMPLETE;
        this.sink.onBulk(bytes, body, size);
        return end;
      }
      case 0x2b:
      case 0x3a:
        this.sink.onStatus(() => bytes.toString('latin1', at + 1, line));
        return body;
      case 0x2d:
        this.sink.onError(bytes.toString('latin1', at + 1, line));
        return body;
      default:
        throw new Error(
          `unexpected reply byte ${bytes[at]} in ${JSON.stringify(bytes.toString('latin1', at, Math.min(length, at + 60)))}`,
        );
    }
  }
}
