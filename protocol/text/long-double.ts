import { EXTENDED, nearest, roundShift, roundTo } from './binary-float.ts';
import { parseFloatSyntax } from './float-syntax.ts';

/**
 * Numbers as Redis computes INCRBYFLOAT with them: `long double`, which is x87's 80-bit extended precision. A finite value is
 * ±mantissa × 2^exponent with a mantissa below 2^64.
 */
export interface LongDouble {
  readonly negative: boolean;
  readonly infinite: boolean;
  readonly mantissa: bigint;
  readonly exponent: number;
}

/** Redis copies the text into a buffer of this size, with a NUL. */
const MAX_TEXT_BYTES = 5 * 1024 - 1;
const FRACTION_DIGITS = 17;
const FRACTION_SCALE = 10n ** BigInt(FRACTION_DIGITS);

/**
 * By the rules of Redis's `string2ld`: the value nearest to the text, or undefined when the text is no number as a whole, begins
 * with a blank, is NaN, or is out of range (too large, or so small that nothing but zero is near).
 */
export function parseLongDouble(bytes: Uint8Array, start: number, length: number): LongDouble | undefined {
  if (length === 0 || length > MAX_TEXT_BYTES) return undefined;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + start, length).toString('latin1');
  const syntax = parseFloatSyntax(text);
  if (syntax === undefined) return undefined;
  const { negative } = syntax;
  if (syntax.kind === 'infinity') return { negative, infinite: true, mantissa: 0n, exponent: 0 };
  const value = nearest(EXTENDED, syntax);
  if (value === 'overflow' || (value.mantissa === 0n && syntax.digits !== '')) return undefined;
  return { negative, infinite: false, mantissa: value.mantissa, exponent: value.exponent };
}

/** The sum, rounded to nearest, ties to even. Undefined when it is NaN (infinities of different sign). */
export function addLongDouble(a: LongDouble, b: LongDouble): LongDouble | undefined {
  if (a.infinite || b.infinite) {
    if (a.infinite && b.infinite && a.negative !== b.negative) return undefined;
    return a.infinite ? a : b;
  }
  const exponent = Math.min(a.exponent, b.exponent);
  const sum = aligned(a, exponent) + aligned(b, exponent);
  // Zero is negative only as the sum of two negative zeros.
  const negative = sum === 0n ? a.negative && b.negative : sum < 0n;
  const rounded = roundTo(EXTENDED, sum < 0n ? -sum : sum, exponent);
  if (rounded === 'overflow') return { negative, infinite: true, mantissa: 0n, exponent: 0 };
  return { negative, infinite: false, mantissa: rounded.mantissa, exponent: rounded.exponent };
}

function aligned(value: LongDouble, exponent: number): bigint {
  const magnitude = value.mantissa << BigInt(value.exponent - exponent);
  return value.negative ? -magnitude : magnitude;
}

/** Redis's `ld2string` for humans: `%.17Lf` without trailing zeros, and `0` for `-0`. */
export function formatLongDouble(value: LongDouble): string {
  const sign = value.negative ? '-' : '';
  if (value.infinite) return `${sign}inf`;
  const scaled = value.mantissa * FRACTION_SCALE;
  const units = value.exponent >= 0 ? scaled << BigInt(value.exponent) : roundShift(scaled, -value.exponent, false);
  const digits = units.toString().padStart(FRACTION_DIGITS + 1, '0');
  const whole = digits.slice(0, -FRACTION_DIGITS);
  const fraction = digits.slice(-FRACTION_DIGITS).replace(/0+$/, '');
  if (fraction !== '') return `${sign}${whole}.${fraction}`;
  return whole === '0' ? '0' : sign + whole;
}
