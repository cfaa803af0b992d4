/**
 * The number syntax of C's `strtod` and `strtold` in the "C" locale, without leading blanks: an optional sign, then decimal
 * digits with an optional point and exponent, `0x` and hexadecimal digits with an optional point and binary exponent, or `inf` or
 * `infinity` in any case. `nan` is syntax to C, but no number to Redis.
 */
export interface FloatSyntax {
  readonly kind: 'decimal' | 'hex' | 'infinity';
  readonly negative: boolean;
  /** The digits without sign, point, leading zeros; empty for zero. */
  readonly digits: string;
  /** The value is `digits` × 10^exponent (decimal) or × 2^exponent (hex). Exponents beyond ±10^8 are clamped. */
  readonly exponent: number;
}

const DECIMAL = /^([+-]?)(?:([0-9]+)(?:\.([0-9]*))?|\.([0-9]+))(?:e([+-]?[0-9]+))?$/i;
const HEX = /^([+-]?)0x(?:([0-9a-f]+)(?:\.([0-9a-f]*))?|\.([0-9a-f]+))(?:p([+-]?[0-9]+))?$/i;
const INFINITY = /^([+-]?)inf(?:inity)?$/i;
const MAX_EXPONENT = 1e8;

/** Undefined when `text` is not, as a whole, a number. */
export function parseFloatSyntax(text: string): FloatSyntax | undefined {
  const decimal = DECIMAL.exec(text);
  if (decimal !== null) return assemble('decimal', decimal, 1);
  const hex = HEX.exec(text);
  if (hex !== null) return assemble('hex', hex, 4);
  const infinity = INFINITY.exec(text);
  if (infinity === null) return undefined;
  return { kind: 'infinity', negative: infinity[1] === '-', digits: '', exponent: 0 };
}

function assemble(kind: 'decimal' | 'hex', match: RegExpExecArray, perDigit: number): FloatSyntax {
  const fraction = match[3] ?? match[4] ?? '';
  const digits = stripLeadingZeros((match[2] ?? '') + fraction);
  const written = Number(match[5] ?? '0');
  const exponent = Math.max(-MAX_EXPONENT, Math.min(MAX_EXPONENT, written)) - fraction.length * perDigit;
  return { kind, negative: match[1] === '-', digits, exponent };
}

function stripLeadingZeros(digits: string): string {
  let zeros = 0;
  while (zeros < digits.length && digits.charCodeAt(zeros) === 0x30) zeros++;
  return digits.slice(zeros);
}
