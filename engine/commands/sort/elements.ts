import { copyBytes } from '../../../tiers/base/bytes.ts';
import { compareBytes, type Slice } from '../../../tiers/tree/slice.ts';

const INITIAL_BYTES = 16 * 1024;
const INITIAL_COUNT = 256;

/** Copies of byte strings, one behind the other, by number. */
export class Elements {
  count = 0;
  bytes: Buffer = Buffer.allocUnsafeSlow(INITIAL_BYTES);
  view: DataView = new DataView(this.bytes.buffer);
  private used = 0;
  /** Element n lies in [ends[n - 1], ends[n]). */
  private ends = new Float64Array(INITIAL_COUNT);

  /** Bytes of all elements. */
  get length(): number {
    return this.used;
  }

  /** Forgets them, and gives back what many of them took. */
  clear(): void {
    this.count = 0;
    this.used = 0;
    if (this.bytes.length > INITIAL_BYTES * 16) this.adopt(Buffer.allocUnsafeSlow(INITIAL_BYTES));
    if (this.ends.length > INITIAL_COUNT * 16) this.ends = new Float64Array(INITIAL_COUNT);
  }

  add(element: Slice): void {
    const end = this.used + element.length;
    if (end > this.bytes.length) this.grow(end);
    if (this.count === this.ends.length) {
      const ends = new Float64Array(this.count * 2);
      ends.set(this.ends);
      this.ends = ends;
    }
    copyBytes(this.view, this.bytes, this.used, element.view, element.bytes, element.at, element.length);
    this.ends[this.count++] = end;
    this.used = end;
  }

  startOf(n: number): number {
    return n === 0 ? 0 : (this.ends[n - 1] ?? 0);
  }

  lengthOf(n: number): number {
    return (this.ends[n] ?? 0) - this.startOf(n);
  }

  get(n: number, slice: Slice): Slice {
    return slice.set(this.view, this.bytes, this.startOf(n), this.lengthOf(n));
  }

  /** Order of two elements by their bytes. */
  compare(a: number, b: number): number {
    const { view } = this;
    return compareBytes(view, this.startOf(a), this.lengthOf(a), view, this.startOf(b), this.lengthOf(b));
  }

  private grow(needed: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.bytes.length * 2));
    larger.set(this.bytes.subarray(0, this.used));
    this.adopt(larger);
  }

  private adopt(bytes: Buffer): void {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer);
  }
}

/** The bytes of an element up to its first NUL, where C's strcoll stops. */
export function textLength(bytes: Uint8Array, start: number, length: number): number {
  for (let i = 0; i < length; i++) if (bytes[start + i] === 0) return i;
  return length;
}
