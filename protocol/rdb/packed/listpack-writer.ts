import { assert } from '../../../tiers/base/assert.ts';
import { parseInt64 } from '../../text/numbers.ts';
import { MAX_STRING_BYTES } from '../types.ts';
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

const INITIAL_BYTES = 1024;
/** Longer strings are no integers: a sign and 19 digits. */
const MAX_INTEGER_BYTES = 20;
/** The longest encoding before the data, with the longest backlen behind it. */
const MAX_OVERHEAD_BYTES = 5 + 5;

/** Builds a listpack, equal byte for byte to Redis's: `begin`, `append` elements, `finish`. Made once and used for many. */
export class ListpackWriter {
  /** Elements so far. */
  count = 0;
  private bytes = Buffer.allocUnsafeSlow(INITIAL_BYTES);
  private view = new DataView(this.bytes.buffer);
  private at = HEADER_BYTES;

  begin(): void {
    this.count = 0;
    this.at = HEADER_BYTES;
  }

  /** Of the listpack as it would be if it were finished now. */
  get byteLength(): number {
    return this.at + 1;
  }

  /** Text that is an integer is stored as one. */
  append(bytes: Uint8Array, start: number, length: number): void {
    if (length <= MAX_INTEGER_BYTES) {
      const integer = parseInt64(bytes, start, length);
      if (integer !== undefined) {
        this.appendInteger(integer);
        return;
      }
    }
    this.reserve(length + MAX_OVERHEAD_BYTES);
    const { view, at } = this;
    let dataAt: number;
    if (length < 64) {
      view.setUint8(at, STRING_6BIT | length);
      dataAt = at + 1;
    } else if (length < 4096) {
      view.setUint16(at, (STRING_12BIT << 8) | length);
      dataAt = at + 2;
    } else {
      view.setUint8(at, STRING_32BIT);
      view.setUint32(at + 1, length, true);
      dataAt = at + 5;
    }
    if (length < 32) for (let i = 0; i < length; i++) this.bytes[dataAt + i] = bytes[start + i] ?? 0;
    else this.bytes.set(bytes.subarray(start, start + length), dataAt);
    this.close(dataAt + length - at);
  }

  /** `value`: a signed 64-bit integer. */
  appendInteger(value: number | bigint): void {
    this.reserve(MAX_OVERHEAD_BYTES);
    if (value >= -0x80000000 && value <= 0x7fffffff) {
      this.close(this.int32(Number(value)));
      return;
    }
    this.view.setUint8(this.at, INT_64BIT);
    this.view.setBigInt64(this.at + 1, BigInt(value), true);
    this.close(9);
  }

  /** How many bytes it took. */
  private int32(value: number): number {
    const { view, at } = this;
    if (value >= 0 && value <= 127) {
      view.setUint8(at, value);
      return 1;
    }
    if (value >= -4096 && value <= 4095) {
      view.setUint16(at, (INT_13BIT << 8) | (value & 0x1fff));
      return 2;
    }
    if (value >= -0x8000 && value <= 0x7fff) {
      view.setUint8(at, INT_16BIT);
      view.setInt16(at + 1, value, true);
      return 3;
    }
    if (value >= -0x800000 && value <= 0x7fffff) {
      view.setUint8(at, INT_24BIT);
      view.setInt16(at + 1, value, true);
      view.setInt8(at + 3, value >> 16);
      return 4;
    }
    view.setUint8(at, INT_32BIT);
    view.setInt32(at + 1, value, true);
    return 5;
  }

  /** Appends all elements of another listpack. */
  appendAll(other: ListpackWriter): void {
    const length = other.at - HEADER_BYTES;
    this.reserve(length);
    other.bytes.copy(this.bytes, this.at, HEADER_BYTES, other.at);
    this.at += length;
    this.count += other.count;
  }

  /** The finished listpack; its bytes are the writer's until `begin`. */
  finish(): { readonly bytes: Buffer; readonly length: number } {
    const length = this.byteLength;
    this.view.setUint32(0, length, true);
    this.view.setUint16(COUNT_AT, Math.min(this.count, COUNT_UNKNOWN), true);
    this.view.setUint8(this.at, END);
    return { bytes: this.bytes, length };
  }

  /** Writes the backlen of an element of `size` bytes, and moves behind it. */
  private close(size: number): void {
    const width = backlenBytes(size);
    const end = this.at + size + width;
    if (width === 1) {
      this.view.setUint8(end - 1, size);
    } else {
      let rest = size;
      for (let at = end - 1; at > end - width; at--) {
        this.view.setUint8(at, (rest & 0x7f) | 0x80);
        rest >>>= 7;
      }
      this.view.setUint8(end - width, rest);
    }
    this.at = end;
    this.count++;
  }

  /** Room for `length` bytes and the end marker. */
  private reserve(length: number): void {
    const needed = this.at + length + 1;
    if (needed <= this.bytes.length) return;
    assert(needed <= MAX_STRING_BYTES + MAX_OVERHEAD_BYTES, 'a listpack beyond its greatest length');
    const bytes = Buffer.allocUnsafeSlow(Math.max(needed, this.bytes.length * 2));
    this.bytes.copy(bytes, 0, 0, this.at);
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer);
  }
}
