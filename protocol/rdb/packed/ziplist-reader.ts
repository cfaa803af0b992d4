import { BadRdb, expect } from '../errors.ts';
import type { ByteSpan } from '../span.ts';

/**
 * A ziplist, the packed list of Redis before 7.0:
 *
 *     ┌───────────────┬───────────────┬───────────┬──────────────────────────────┬──────┐
 *     │ bytes in all, │ offset of the │ elements, │ element: length of the one   │ 0xFF │
 *     │ u32 LE        │ last one, u32 │ u16 LE    │ before, encoding, data       │      │
 *     └───────────────┴───────────────┴───────────┴──────────────────────────────┴──────┘
 *
 * The length of the element before is a byte below 254, or 254 and u32 LE. Encodings:
 *
 *     00LLLLLL data                  string, 6 bits of length
 *     01LLLLLL LLLLLLLL data         string, 14 bits of length
 *     10...... u32 BE, data          string
 *     0xC0 0xD0 0xE0 0xF0 0xFE       integer of 16, 32, 64, 24, 8 bits, little-endian
 *     0xF1 .. 0xFD                   integer 0..12
 */
const TAIL_AT = 4;
const COUNT_AT = 8;
const HEADER_BYTES = 10;
const END = 0xff;
const COUNT_UNKNOWN = 0xffff;
const BIG_PREVIOUS = 0xfe;

const STRING_14BIT = 0x40;
const STRING_32BIT = 0x80;
const NO_STRING = 0xc0;
const INT_16BIT = 0xc0;
const INT_32BIT = 0xd0;
const INT_64BIT = 0xe0;
const INT_24BIT = 0xf0;
const IMMEDIATE_0 = 0xf1;
const IMMEDIATE_12 = 0xfd;
const INT_8BIT = 0xfe;

const NO_BYTES = new Uint8Array(0);

/** Walks a ziplist that may be anything, checking all of it: `open`, then `next` until false. Throws `BadRdb`. */
export class ZiplistReader {
  /** Elements passed so far. */
  passed = 0;
  private bytes: Uint8Array = NO_BYTES;
  private view: DataView = new DataView(NO_BYTES.buffer, 0, 0);
  private start = 0;
  private at = 0;
  /** Where the end marker is. */
  private limit = 0;
  private declared = 0;
  private tail = 0;
  private previousAt = 0;

  open(blob: ByteSpan): void {
    const { bytes, view, at: start, length } = blob;
    this.bytes = bytes;
    this.view = view;
    expect(length > HEADER_BYTES, 'a ziplist without header');
    expect(this.view.getUint32(start, true) === length, 'a ziplist of another length than it says');
    this.start = start;
    this.limit = start + length - 1;
    expect(this.view.getUint8(this.limit) === END, 'a ziplist without end');
    this.tail = this.view.getUint32(start + TAIL_AT, true);
    this.declared = this.view.getUint16(start + COUNT_AT, true);
    this.at = start + HEADER_BYTES;
    this.previousAt = this.at;
    this.passed = 0;
    expect(this.tail < length, 'a ziplist whose last element is outside');
  }

  /** The next element as text; false at the end, which has been found in order then. */
  next(span: ByteSpan): boolean {
    const { at, limit, view } = this;
    if (view.getUint8(at) === END) {
      this.checkEnd();
      return false;
    }
    let encodingAt = at + 1;
    let previous = view.getUint8(at);
    if (previous === BIG_PREVIOUS) {
      this.reaches(at + 5);
      previous = view.getUint32(at + 1, true);
      encodingAt = at + 5;
    }
    expect(previous === at - this.previousAt, 'a wrong length of the element before');
    this.reaches(encodingAt + 1);
    const encoding = view.getUint8(encodingAt);
    const next =
      encoding < NO_STRING ? this.string(encoding, encodingAt, span) : this.integer(encoding, encodingAt, span);
    expect(next <= limit, 'an element that reaches beyond its ziplist');
    this.previousAt = at;
    this.at = next;
    this.passed++;
    return true;
  }

  /** The next element as text; it must be there. */
  text(span: ByteSpan): void {
    expect(this.next(span), 'a ziplist with too few elements');
  }

  private checkEnd(): void {
    expect(this.at === this.limit, 'an end within a ziplist');
    expect(this.declared === COUNT_UNKNOWN || this.declared === this.passed, 'a ziplist with another count');
    expect(this.passed === 0 || this.previousAt === this.start + this.tail, 'a ziplist with another last element');
  }

  private reaches(at: number): void {
    expect(at <= this.limit, 'an element that reaches beyond its ziplist');
  }

  /** Where the element ends. */
  private string(encoding: number, at: number, span: ByteSpan): number {
    let dataAt = at + 1;
    let length = encoding & 0x3f;
    if (encoding >= STRING_32BIT) {
      this.reaches(at + 5);
      length = this.view.getUint32(at + 1);
      dataAt = at + 5;
    } else if (encoding >= STRING_14BIT) {
      this.reaches(at + 2);
      length = (length << 8) | this.view.getUint8(at + 1);
      dataAt = at + 2;
    }
    span.set(this.view, this.bytes, dataAt, length);
    return dataAt + length;
  }

  /** Where the element ends. */
  private integer(encoding: number, at: number, span: ByteSpan): number {
    const { view } = this;
    const dataAt = at + 1;
    switch (encoding) {
      case INT_8BIT:
        this.reaches(dataAt + 1);
        span.setInteger(view.getInt8(dataAt));
        return dataAt + 1;
      case INT_16BIT:
        this.reaches(dataAt + 2);
        span.setInteger(view.getInt16(dataAt, true));
        return dataAt + 2;
      case INT_24BIT:
        this.reaches(dataAt + 3);
        span.setInteger(view.getUint16(dataAt, true) | (view.getInt8(dataAt + 2) << 16));
        return dataAt + 3;
      case INT_32BIT:
        this.reaches(dataAt + 4);
        span.setInteger(view.getInt32(dataAt, true));
        return dataAt + 4;
      case INT_64BIT:
        this.reaches(dataAt + 8);
        span.setInteger(view.getBigInt64(dataAt, true));
        return dataAt + 8;
      default:
        if (encoding < IMMEDIATE_0 || encoding > IMMEDIATE_12)
          throw new BadRdb('malformed', 'a ziplist element of no known encoding');
        span.setInteger(encoding - IMMEDIATE_0);
        return dataAt;
    }
  }
}
