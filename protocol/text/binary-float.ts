import type { FloatSyntax } from './float-syntax.ts';

/** A binary floating-point format, by the measures of IEEE 754. */
export interface BinaryFormat {
  /** Bits of the significand, the leading one included. */
  readonly precision: number;
  /** Exponent of the last bit of the smallest subnormal number. */
  readonly minExponent: number;
  /** All finite values are below 2^maxExponent. */
  readonly maxExponent: number;
}

export const DOUBLE: BinaryFormat = { precision: 53, minExponent: -1074, maxExponent: 1024 };
/** x87's 80-bit extended precision, the `long double` of Linux on x86-64. */
export const EXTENDED: BinaryFormat = { precision: 64, minExponent: -16445, maxExponent: 16384 };

/** `mantissa` × 2^exponent; mantissa ≥ 0. */
export interface Scaled {
  readonly mantissa: bigint;
  readonly exponent: number;
}

export function bitLength(value: bigint): number {
  if (value === 0n) return 0;
  const hex = value.toString(16);
  return hex.length * 4 - Math.clz32(Number.parseInt(hex.charAt(0), 16)) + 28;
}

/** Drops the last `bits` bits, rounding to nearest, ties to even; `sticky` says that something nonzero is below all of them. */
export function roundShift(value: bigint, bits: number, sticky: boolean): bigint {
  if (bits <= 0) return value << BigInt(-bits);
  const shift = BigInt(bits);
  const quotient = value >> shift;
  const rest = value - (quotient << shift);
  const half = 1n << (shift - 1n);
  const up = rest > half || (rest === half && (sticky || (quotient & 1n) === 1n));
  return up ? quotient + 1n : quotient;
}

/**
 * The format's value nearest to `mantissa` × 2^exponent (and a little more, if `sticky`; the mantissa must then be longer than
 * the precision). 'overflow' when it is not finite.
 */
export function roundTo(format: BinaryFormat, mantissa: bigint, exponent: number, sticky = false): Scaled | 'overflow' {
  if (mantissa === 0n) return { mantissa: 0n, exponent: 0 };
  const excess = Math.max(bitLength(mantissa) - format.precision, format.minExponent - exponent);
  const rounded = excess > 0 ? roundShift(mantissa, excess, sticky) : mantissa;
  const scale = excess > 0 ? exponent + excess : exponent;
  if (bitLength(rounded) + scale > format.maxExponent) return 'overflow';
  return { mantissa: rounded, exponent: rounded === 0n ? 0 : scale };
}

/** The format's value nearest to what was written; not for infinity. */
export function nearest(format: BinaryFormat, syntax: FloatSyntax): Scaled | 'overflow' {
  const { digits, exponent } = syntax;
  if (digits === '') return { mantissa: 0n, exponent: 0 };
  if (syntax.kind === 'hex') {
    if (digits.length * 4 + exponent > format.maxExponent + 4) return 'overflow';
    return underflows(format, digits.length * 4 + exponent)
      ? { mantissa: 0n, exponent: 0 }
      : roundTo(format, BigInt(`0x${digits}`), exponent);
  }
  // Far outside the range no power of ten needs to be computed: 10^e lies between 2^3.3e and 2^3.4e.
  const magnitude = digits.length + exponent;
  if ((magnitude - 1) * 3.3 > format.maxExponent) return 'overflow';
  if (underflows(format, magnitude * 3.3)) return { mantissa: 0n, exponent: 0 };
  const value = BigInt(digits);
  if (exponent >= 0) return roundTo(format, value * 10n ** BigInt(exponent), 0);
  const divisor = 10n ** BigInt(-exponent);
  const shift = Math.max(0, format.precision + 2 + bitLength(divisor) - bitLength(value));
  const scaled = value << BigInt(shift);
  const quotient = scaled / divisor;
  return roundTo(format, quotient, -shift, quotient * divisor !== scaled);
}

function underflows(format: BinaryFormat, log2: number): boolean {
  return log2 < format.minExponent - 64;
}
