/** A reply as far as blocking commands have them: strings and numbers as bytes, arrays, null. */
export type RespValue = Buffer | readonly RespValue[] | null;

/** The items of an array; none of anything else. */
export function itemsOf(value: RespValue | undefined): readonly RespValue[] {
  return value === undefined || value === null || isBytes(value) ? [] : value;
}

export function isBytes(value: RespValue | undefined): value is Buffer {
  return value instanceof Buffer;
}

const CR = 0x0d;

/** Reads a whole reply of our own writer (RESP2 or 3). */
export function readResp(bytes: Buffer): RespValue {
  return new Reader(bytes).value();
}

class Reader {
  private at = 0;
  private readonly bytes: Buffer;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  value(): RespValue {
    const type = String.fromCharCode(this.bytes[this.at] ?? 0);
    const end = this.bytes.indexOf(CR, this.at);
    const line = this.bytes.subarray(this.at + 1, end);
    this.at = end + 2;
    if (type === '$') return this.bulk(Number(line.toString('latin1')));
    if (type !== '*' && type !== '%') return type === '_' ? null : line;
    const count = Number(line.toString('latin1')) * (type === '%' ? 2 : 1);
    return count < 0 ? null : Array.from({ length: count }, () => this.value());
  }

  private bulk(length: number): RespValue {
    if (length < 0) return null;
    const start = this.at;
    this.at += length + 2;
    return this.bytes.subarray(start, start + length);
  }
}
