import { DOUBLE, nearest } from '../../../protocol/text/binary-float.ts';
import { parseFloatSyntax } from '../../../protocol/text/float-syntax.ts';

const MINUS = 0x2d;
const PLUS = 0x2b;
const POINT = 0x2e;
const ZERO = 0x30;
/** Integers of so many digits are exact in a double. */
const EXACT_DIGITS = 15;

/** The number at the start of a text, as C's `strtod` reads it: `end` is where it ends, the start if there is none. */
export class CNumber {
  value = 0;
  end = 0;
  /** A NaN with a minus before it: C keeps the sign. */
  negativeNan = false;

  read(bytes: Uint8Array, start: number): void {
    const sign = bytes[start] ?? 0;
    const from = sign === MINUS || sign === PLUS ? start + 1 : start;
    let at = from;
    let value = 0;
    for (; isDigit(bytes[at] ?? 0); at++) value = value * 10 + (bytes[at] ?? 0) - ZERO;
    const after = bytes[at] ?? 0;
    const goesOn = after === POINT || (after | 0x20) === 0x65 || (after | 0x20) === 0x78;
    if (at === from || at - from > EXACT_DIGITS || goesOn) {
      this.#readLong(bytes, start, from);
      return;
    }
    this.value = sign === MINUS ? -value : value;
    this.end = at;
    this.negativeNan = false;
  }

  /** `from` is behind the sign. */
  #readLong(bytes: Uint8Array, start: number, from: number): void {
    this.negativeNan = false;
    const word = wordAt(bytes, from);
    if (word.length > 0) {
      this.#readWord(bytes, start, from, word);
      return;
    }
    this.end = hexEnd(bytes, from);
    if (this.end > 0) {
      this.value = hexValue(latin1(bytes, start, this.end));
      return;
    }
    this.end = decimalEnd(bytes, from);
    if (this.end > 0) this.value = Number(latin1(bytes, start, this.end));
    else this.end = start;
  }

  #readWord(bytes: Uint8Array, start: number, from: number, word: string): void {
    const negative = bytes[start] === MINUS;
    this.end = from + word.length;
    this.negativeNan = negative && word === 'nan';
    if (word === 'nan') this.value = Number.NaN;
    else this.value = negative ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
    if (word === 'nan') this.end = behindPayload(bytes, this.end);
  }
}

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= ZERO + 9;
}

function isHexDigit(byte: number): boolean {
  const lower = byte | 0x20;
  return isDigit(byte) || (lower >= 0x61 && lower <= 0x66);
}

function wordAt(bytes: Uint8Array, at: number): string {
  for (const word of ['infinity', 'inf', 'nan']) {
    if (latin1(bytes, at, at + word.length).toLowerCase() === word) return word;
  }
  return '';
}

/** `nan(...)` may hold letters, digits and underscores. */
function behindPayload(bytes: Uint8Array, at: number): number {
  if (bytes[at] !== 0x28) return at;
  let end = at + 1;
  while (/\w/.test(String.fromCharCode(bytes[end] ?? 0))) end++;
  return bytes[end] === 0x29 ? end + 1 : at;
}

/** Where the digits of a mantissa with an optional point end, or 0 if there is none. */
function mantissaEnd(bytes: Uint8Array, from: number, isOne: (byte: number) => boolean): number {
  let at = from;
  while (isOne(bytes[at] ?? 0)) at++;
  let digits = at - from;
  if (bytes[at] === POINT) {
    const fraction = at + 1;
    let end = fraction;
    while (isOne(bytes[end] ?? 0)) end++;
    digits += end - fraction;
    if (digits > 0) at = end;
  }
  return digits > 0 ? at : 0;
}

/** Where an exponent that starts with `letter` ends; `at` if there is none. */
function exponentEnd(bytes: Uint8Array, at: number, letter: number): number {
  if (((bytes[at] ?? 0) | 0x20) !== letter) return at;
  const sign = bytes[at + 1];
  const from = sign === MINUS || sign === PLUS ? at + 2 : at + 1;
  let end = from;
  while (isDigit(bytes[end] ?? 0)) end++;
  return end > from ? end : at;
}

function decimalEnd(bytes: Uint8Array, from: number): number {
  const end = mantissaEnd(bytes, from, isDigit);
  return end === 0 ? 0 : exponentEnd(bytes, end, 0x65);
}

function hexEnd(bytes: Uint8Array, from: number): number {
  if (bytes[from] !== ZERO || ((bytes[from + 1] ?? 0) | 0x20) !== 0x78) return 0;
  const end = mantissaEnd(bytes, from + 2, isHexDigit);
  return end === 0 ? 0 : exponentEnd(bytes, end, 0x70);
}

function hexValue(text: string): number {
  const syntax = parseFloatSyntax(text);
  if (syntax === undefined) return Number.NaN;
  const value = nearest(DOUBLE, syntax);
  const sign = syntax.negative ? -1 : 1;
  if (value === 'overflow') return sign * Number.POSITIVE_INFINITY;
  // Two steps, because 2^exponent alone may be below the smallest double.
  const half = Math.trunc(value.exponent / 2);
  return sign * Number(value.mantissa) * 2 ** half * 2 ** (value.exponent - half);
}

function latin1(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1');
}
