import { BadRdb, expect } from '../errors.ts';
import type { ByteSpan } from '../span.ts';
import {
  backlenBytes,
  COUNT_AT,
  COUNT_UNKNOWN,
  END,
  HEADER_BYTES,
  INT_13BIT,
  INT_16BIT,
  INT_24BIT,
  INT_32BIT,
  INT_64BIT,
  STRING_6BIT,
  STRING_12BIT,
  STRING_32BIT,
} from './listpack-layout.ts';

const NO_BYTES = new Uint8Array(0);

/**
 * Walks a listpack that may be anything, checking all of it: `open`, then `next` until false. Throws `BadRdb`. The blob's bytes must
 * stay as they are meanwhile.
 */
export class ListpackReader {
  /** Elements passed so far. */
  passed = 0;
  private bytes: Uint8Array = NO_BYTES;
  private view: DataView = new DataView(NO_BYTES.buffer, 0, 0);
  private at = 0;
  /** Where the end marker is. */
  private limit = 0;
  private declared = 0;
  /** Of the element just passed: its integer, or where its string is. */
  private integer: number | bigint = 0;
  private stringAt = -1;
  private stringLength = 0;

  open(blob: ByteSpan): void {
    const { bytes, view, at: start, length } = blob;
    this.bytes = bytes;
    this.view = view;
    expect(length > HEADER_BYTES, 'a listpack without header');
    expect(this.view.getUint32(start, true) === length, 'a listpack of another length than it says');
    this.limit = start + length - 1;
    expect(this.view.getUint8(this.limit) === END, 'a listpack without end');
    this.declared = this.view.getUint16(start + COUNT_AT, true);
    this.at = start + HEADER_BYTES;
    this.passed = 0;
  }

  /** Bytes not passed yet; each element takes at least two. */
  get left(): number {
    return this.limit - this.at;
  }

  /** The next element as text; false at the end, which has been found in order then. */
  next(span: ByteSpan): boolean {
    if (!this.pass()) return false;
    this.textInto(span);
    return true;
  }

  /** The next element as text; it must be there. */
  text(span: ByteSpan): void {
    expect(this.pass(), 'a listpack with too few elements');
    this.textInto(span);
  }

  /** The next element as an integer, which it must be, however it is written. */
  number(span: ByteSpan): number | bigint {
    expect(this.pass(), 'a listpack with too few elements');
    if (this.stringAt < 0) return this.integer;
    this.textInto(span);
    const integer = span.integer();
    expect(integer !== undefined, 'text where an integer should be');
    return integer;
  }

  /** The next element as a count: 0 to 2^53 - 1. */
  count(span: ByteSpan): number {
    const integer = this.number(span);
    expect(typeof integer === 'number' && integer >= 0, 'a count out of range');
    return integer;
  }

  /** There must be no further element. */
  close(): void {
    expect(!this.pass(), 'a listpack with too many elements');
  }

  private textInto(span: ByteSpan): void {
    if (this.stringAt < 0) span.setInteger(this.integer);
    else span.set(this.view, this.bytes, this.stringAt, this.stringLength);
  }

  private pass(): boolean {
    const { at, limit } = this;
    const first = this.view.getUint8(at);
    if (first === END) {
      expect(at === limit, 'an end within a listpack');
      expect(this.declared === COUNT_UNKNOWN || this.declared === this.passed, 'a listpack with another count');
      return false;
    }
    const size = this.element(first, at);
    const next = at + size + backlenBytes(size);
    expect(next <= limit, 'an element that reaches beyond its listpack');
    this.checkBacklen(size, next);
    this.at = next;
    this.passed++;
    return true;
  }

  /** Decodes the element at `at`; the length of its encoding and data, which may be too long for the listpack. */
  private element(first: number, at: number): number {
    this.stringAt = -1;
    if (first < STRING_6BIT) {
      this.integer = first;
      return 1;
    }
    if (first < INT_13BIT) return this.string(at + 1, first & 0x3f);
    if (first < STRING_12BIT) {
      this.header(2);
      this.integer = (((first & 0x1f) << 8) | this.view.getUint8(at + 1)) - ((first & 0x10) << 9);
      return 2;
    }
    if (first < STRING_32BIT) {
      this.header(2);
      return this.string(at + 2, ((first & 0xf) << 8) | this.view.getUint8(at + 1)) + 1;
    }
    if (first === STRING_32BIT) {
      this.header(5);
      return this.string(at + 5, this.view.getUint32(at + 1, true)) + 4;
    }
    return this.wideInteger(first, at);
  }

  private wideInteger(first: number, at: number): number {
    switch (first) {
      case INT_16BIT:
        this.header(3);
        this.integer = this.view.getInt16(at + 1, true);
        return 3;
      case INT_24BIT:
        this.header(4);
        this.integer = this.view.getUint16(at + 1, true) | (this.view.getInt8(at + 3) << 16);
        return 4;
      case INT_32BIT:
        this.header(5);
        this.integer = this.view.getInt32(at + 1, true);
        return 5;
      case INT_64BIT: {
        this.header(9);
        const wide = this.view.getBigInt64(at + 1, true);
        const near = Number(wide);
        this.integer = Number.isSafeInteger(near) ? near : wide;
        return 9;
      }
      default:
        throw new BadRdb('malformed', 'a listpack element of no known encoding');
    }
  }

  private header(size: number): void {
    expect(this.at + size < this.limit, 'an element that reaches beyond its listpack');
  }

  /** Data at `at`, of which one byte of encoding comes before; that byte and the data together. */
  private string(at: number, length: number): number {
    this.stringAt = at;
    this.stringLength = length;
    return 1 + length;
  }

  /** The backlen, which ends at `end`, must be `size` in as many bytes as that takes. */
  private checkBacklen(size: number, end: number): void {
    let rest = size;
    let at = end - 1;
    for (let bytes = backlenBytes(size); bytes > 1; bytes--) {
      expect(this.view.getUint8(at--) === ((rest & 0x7f) | 0x80), 'a wrong backlen');
      rest >>>= 7;
    }
    expect(this.view.getUint8(at) === rest, 'a wrong backlen');
  }
}
