import { DOUBLE, nearest } from './binary-float.ts';
import { parseFloatSyntax } from './float-syntax.ts';
import { formatGeneral } from './general-format.ts';
import { isBlank } from './split-args.ts';

const ZERO = 0x30;
const MINUS = 0x2d;
const PLUS = 0x2b;
const POINT = 0x2e;
/** Integers of so many digits are exact in a double. */
const EXACT_DIGITS = 15;
const INT64_MAX = (1n << 63n) - 1n;
const INT64_MIN = -(1n << 63n);
const UINT64_MAX = (1n << 64n) - 1n;

/**
 * A signed 64-bit integer by the rules of Redis's `string2ll`: no blanks, plus, leading zeros or `-0`. A number where that is
 * exact (|x| ≤ 2^53 - 1), else a bigint; undefined when the bytes are no such integer.
 */
export function parseInt64(bytes: Uint8Array, start: number, length: number): number | bigint | undefined {
  if (length === 0 || length > 20) return undefined;
  const negative = bytes[start] === MINUS;
  const from = negative ? start + 1 : start;
  const end = start + length;
  const first = (bytes[from] ?? 0) - ZERO;
  if (first === 0) return length === 1 ? 0 : undefined;
  if (from === end || first < 0 || first > 9) return undefined;
  if (end - from > EXACT_DIGITS) return parseLongInt64(bytes, from, end, negative);
  let value = first;
  for (let at = from + 1; at < end; at++) {
    const digit = (bytes[at] ?? 0) - ZERO;
    if (digit < 0 || digit > 9) return undefined;
    value = value * 10 + digit;
  }
  return negative ? -value : value;
}

function parseLongInt64(bytes: Uint8Array, from: number, end: number, negative: boolean): number | bigint | undefined {
  const magnitude = parseDigits(bytes, from, end);
  if (magnitude === undefined) return undefined;
  const value = negative ? -magnitude : magnitude;
  if (value < INT64_MIN || value > INT64_MAX) return undefined;
  return narrow(value);
}

/** Decimal digits only, at least one. */
function parseDigits(bytes: Uint8Array, from: number, end: number): bigint | undefined {
  if (from >= end) return undefined;
  for (let at = from; at < end; at++) {
    const digit = (bytes[at] ?? 0) - ZERO;
    if (digit < 0 || digit > 9) return undefined;
  }
  return BigInt(textOf(bytes, from, end - from));
}

function narrow(value: bigint): number | bigint {
  const near = Number(value);
  return Number.isSafeInteger(near) ? near : value;
}

/**
 * An unsigned 64-bit integer by the rules of Redis's `string2ull`: what `parseInt64` accepts and is not negative, else what C's
 * `strtoull` accepts as a whole (leading blanks, a sign, leading zeros; a negative number wraps around).
 */
export function parseUint64(bytes: Uint8Array, start: number, length: number): number | bigint | undefined {
  const signed = parseInt64(bytes, start, length);
  if (signed !== undefined) return signed < 0 ? undefined : signed;
  const end = start + length;
  let at = start;
  while (at < end && isBlank(bytes[at] ?? 0)) at++;
  const negative = bytes[at] === MINUS;
  if (negative || bytes[at] === PLUS) at++;
  const magnitude = parseDigits(bytes, at, end);
  if (magnitude === undefined || magnitude > UINT64_MAX) return undefined;
  return narrow(negative ? BigInt.asUintN(64, -magnitude) : magnitude);
}

/**
 * A double by the rules of Redis's `string2d`: all of what C's `strtod` reads (see float-syntax.ts) and nothing else, no leading
 * blank, not NaN, not out of range.
 */
export function parseDouble(bytes: Uint8Array, start: number, length: number): number | undefined {
  return parseShortDecimal(bytes, start, length) ?? parseAnyDouble(textOf(bytes, start, length));
}

/** Up to 15 digits and a point: exact in both parts, so one division rounds correctly. Undefined for everything else. */
function parseShortDecimal(bytes: Uint8Array, start: number, length: number): number | undefined {
  const negative = bytes[start] === MINUS;
  const from = negative ? start + 1 : start;
  const end = start + length;
  if (length === 0 || end - from > EXACT_DIGITS + 1) return undefined;
  let value = 0;
  let digits = 0;
  let divisor = 0;
  for (let at = from; at < end; at++) {
    const byte = bytes[at] ?? 0;
    if (byte === POINT && divisor === 0) {
      divisor = 1;
      continue;
    }
    if (byte < ZERO || byte > ZERO + 9) return undefined;
    value = value * 10 + byte - ZERO;
    divisor *= 10;
    digits++;
  }
  if (digits === 0 || digits > EXACT_DIGITS) return undefined;
  const magnitude = divisor > 1 ? value / divisor : value;
  return negative ? -magnitude : magnitude;
}

function parseAnyDouble(text: string): number | undefined {
  const syntax = parseFloatSyntax(text);
  if (syntax === undefined) return undefined;
  const sign = syntax.negative ? -1 : 1;
  if (syntax.kind === 'infinity') return sign * Number.POSITIVE_INFINITY;
  let magnitude: number;
  if (syntax.kind === 'decimal') {
    magnitude = Number(`${syntax.digits === '' ? '0' : syntax.digits}e${syntax.exponent}`);
  } else {
    const value = nearest(DOUBLE, syntax);
    if (value === 'overflow') return undefined;
    // Two steps, because 2^exponent alone may be below the smallest double.
    const half = Math.trunc(value.exponent / 2);
    magnitude = Number(value.mantissa) * 2 ** half * 2 ** (value.exponent - half);
  }
  if (!Number.isFinite(magnitude) || (magnitude === 0 && syntax.digits !== '')) return undefined;
  return sign * magnitude;
}

/** Redis's text for a double: C's `%.17g`, and `inf`, `-inf`, `nan`. */
export function formatDouble(value: number): string {
  if (Number.isSafeInteger(value)) return Object.is(value, -0) ? '-0' : String(value);
  return formatGeneral(value, 17);
}

/** A 64-bit integer in decimal. */
export function formatInt64(value: number | bigint): string {
  return value === 0 ? '0' : value.toString();
}

function textOf(bytes: Uint8Array, start: number, length: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, length).toString('latin1');
}
