/**
 * Mail of client-side caching (MAIL_INVALIDATE). All begin with kind u32 | number of parts u32 | client f64; the client is:
 *
 *   KEYS      who made the change      parts: ids of tracked keys, f64 each
 *   PREFIXES  who made the change      parts: names of changed keys
 *   FLUSH     who flushed              no parts
 *   REDIRECT  who gets the messages    parts: source client (f64), then names; a flush has none
 *   BROKEN    who has lost his redirection, and no parts
 *
 * A name is length u32 | bytes.
 */
export const LETTER_KEYS = 0;
export const LETTER_PREFIXES = 1;
export const LETTER_FLUSH = 2;
export const LETTER_REDIRECT = 3;
export const LETTER_BROKEN = 4;

const AT_KIND = 0;
const AT_PARTS = 4;
const AT_CLIENT = 8;
const AT_BODY = 16;

/** Writes one letter after the other into the same buffer. */
export class LetterWriter {
  bytes: Buffer = Buffer.alloc(1024);
  length = 0;
  private parts = 0;

  begin(kind: number, client: number): this {
    this.parts = 0;
    this.length = AT_BODY;
    this.bytes.writeUInt32LE(kind, AT_KIND);
    this.bytes.writeDoubleLE(client, AT_CLIENT);
    this.bytes.writeUInt32LE(0, AT_PARTS);
    return this;
  }

  number(value: number): this {
    this.reserve(8);
    this.bytes.writeDoubleLE(value, this.length);
    this.length += 8;
    return this.count();
  }

  /** One character per byte. */
  name(name: string): this {
    this.reserve(4 + name.length);
    this.bytes.writeUInt32LE(name.length, this.length);
    this.bytes.write(name, this.length + 4, 'latin1');
    this.length += 4 + name.length;
    return this.count();
  }

  private count(): this {
    this.bytes.writeUInt32LE(++this.parts, AT_PARTS);
    return this;
  }

  private reserve(count: number): void {
    if (this.length + count <= this.bytes.length) return;
    const larger = Buffer.alloc(Math.max(this.bytes.length * 2, this.length + count));
    this.bytes.copy(larger, 0, 0, this.length);
    this.bytes = larger;
  }
}

export class LetterReader {
  readonly kind: number;
  readonly client: number;
  left: number;
  private readonly bytes: Buffer;
  private readonly view: DataView;
  private at: number;

  constructor(bytes: Buffer, view: DataView, start: number) {
    this.bytes = bytes;
    this.view = view;
    this.kind = view.getUint32(start + AT_KIND, true);
    this.left = view.getUint32(start + AT_PARTS, true);
    this.client = view.getFloat64(start + AT_CLIENT, true);
    this.at = start + AT_BODY;
  }

  number(): number {
    this.left--;
    this.at += 8;
    return this.view.getFloat64(this.at - 8, true);
  }

  names(): string[] {
    const names: string[] = [];
    for (; this.left > 0; this.left--) {
      const start = this.at + 4;
      this.at = start + this.view.getUint32(this.at, true);
      names.push(this.bytes.latin1Slice(start, this.at));
    }
    return names;
  }
}
