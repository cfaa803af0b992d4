import { assert } from '../../tiers/base/assert.ts';

/** ASCII lower case of every byte; bytes above 127 stand for themselves. */
const lower = new Uint8Array(256);
for (let byte = 0; byte < 256; byte++) lower[byte] = byte >= 65 && byte <= 90 ? byte | 32 : byte;

const CACHE_CELLS = 128;

/**
 * Finds things by case-insensitive name in raw bytes without allocating: an open-addressed table whose hash reads four bytes of
 * the name, checked byte by byte, behind a direct-mapped cache of recent spellings of up to 8 bytes, which are compared as two words
 * (every name that is hot is that short, and a client always spells it the same way).
 */
export class NameIndex<T> {
  private readonly mask: number;
  /** Position in `names` and `values`, plus one; 0 marks an empty cell. */
  private readonly cells: Uint16Array;
  private readonly names: Uint8Array[] = [];
  private readonly values: T[] = [];
  /** Recent spellings: first and last four bytes (overlapping below 8; of three bytes all are in the first word), length, value. */
  private readonly cachedFirst = new Int32Array(CACHE_CELLS);
  private readonly cachedLast = new Int32Array(CACHE_CELLS);
  private readonly cachedLength = new Int32Array(CACHE_CELLS);
  private readonly cachedValue: (T | undefined)[] = new Array<T | undefined>(CACHE_CELLS).fill(undefined);

  constructor(entries: Iterable<readonly [name: string, value: T]>) {
    const all = [...entries];
    let cells = 16;
    while (cells < all.length * 4) cells *= 2;
    this.mask = cells - 1;
    this.cells = new Uint16Array(cells);
    for (const [name, value] of all) {
      const bytes = Buffer.from(name.toLowerCase(), 'latin1');
      assert(
        bytes.length > 0 && this.search(bytes, 0, bytes.length) === undefined,
        `name ${name} is empty or used twice`,
      );
      this.names.push(bytes);
      this.values.push(value);
      let cell = hash(bytes, 0, bytes.length) & this.mask;
      while (this.cells[cell] !== 0) cell = (cell + 1) & this.mask;
      this.cells[cell] = this.values.length;
    }
  }

  /** The value whose name is bytes `[start, start + length)`, in any case. */
  find(bytes: Uint8Array, start: number, length: number): T | undefined {
    if (length < 3 || length > 8) return this.search(bytes, start, length);
    let first = (bytes[start] ?? 0) | ((bytes[start + 1] ?? 0) << 8) | ((bytes[start + 2] ?? 0) << 16);
    let last = 0;
    if (length > 3) {
      const end = start + length;
      first |= (bytes[start + 3] ?? 0) << 24;
      last =
        (bytes[end - 4] ?? 0) |
        ((bytes[end - 3] ?? 0) << 8) |
        ((bytes[end - 2] ?? 0) << 16) |
        ((bytes[end - 1] ?? 0) << 24);
    }
    const cell = (Math.imul(first ^ (last << 3), 0x9e3779b1) >>> 25) & (CACHE_CELLS - 1);
    if (this.cachedFirst[cell] === first && this.cachedLast[cell] === last && this.cachedLength[cell] === length) {
      return this.cachedValue[cell];
    }
    const found = this.search(bytes, start, length);
    if (found !== undefined) {
      this.cachedFirst[cell] = first;
      this.cachedLast[cell] = last;
      this.cachedLength[cell] = length;
      this.cachedValue[cell] = found;
    }
    return found;
  }

  private search(bytes: Uint8Array, start: number, length: number): T | undefined {
    if (length === 0) return undefined;
    let cell = hash(bytes, start, length) & this.mask;
    for (;;) {
      const at = (this.cells[cell] ?? 0) - 1;
      if (at < 0) return undefined;
      if (this.matches(at, bytes, start, length)) return this.values[at];
      cell = (cell + 1) & this.mask;
    }
  }

  private matches(at: number, bytes: Uint8Array, start: number, length: number): boolean {
    const name = this.names[at];
    if (name === undefined || name.length !== length) return false;
    for (let i = 0; i < length; i++) {
      if (lower[bytes[start + i] ?? 0] !== name[i]) return false;
    }
    return true;
  }
}

/** Setting bit 5 folds letters (and merges a few other bytes, which only costs a probe). */
function hash(bytes: Uint8Array, start: number, length: number): number {
  const first = (bytes[start] ?? 0) | 32;
  const middle = (bytes[start + (length >> 1)] ?? 0) | 32;
  const later = (bytes[start + length - 2] ?? 0) | 32;
  const last = (bytes[start + length - 1] ?? 0) | 32;
  const mixed =
    Math.imul(first | (middle << 8) | (later << 16) | (last << 24), 0x9e3779b1) ^ Math.imul(length, 0x85ebca6b);
  return mixed ^ (mixed >>> 15);
}
