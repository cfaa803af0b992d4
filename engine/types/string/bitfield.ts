import type { Region } from './string-values.ts';

/** An integer type of BITFIELD: `i1` to `i64`, `u1` to `u63`. */
export interface FieldType {
  readonly signed: boolean;
  readonly bits: number;
}

/** What becomes of a result that does not fit its type. */
export type Overflow = 'wrap' | 'sat' | 'fail';

/** Widest field whose arithmetic is exact in doubles, with operands up to 2^52: sums stay below 2^53. */
const NUMBER_BITS = 52;
const NUMBER_LIMIT = 2 ** NUMBER_BITS;

/**
 * Reads the field of `type` at bit `position`; bits beyond the value's end are 0. A number for fields of up to 52 bits, else
 * a bigint.
 */
export function getField(region: Region, position: number, type: FieldType): number | bigint {
  if (type.bits <= NUMBER_BITS) {
    const raw = readBits(region, position, type.bits);
    return type.signed && raw >= 2 ** (type.bits - 1) ? raw - 2 ** type.bits : raw;
  }
  const highBits = type.bits - 32;
  const high = BigInt(readBits(region, position, highBits));
  const raw = (high << 32n) | BigInt(readBits(region, position + highBits, 32));
  return type.signed ? BigInt.asIntN(type.bits, raw) : raw;
}

/** Writes the field of `type` at bit `position`, which lies wholly inside the value. `value` fits the type. */
export function setField(region: Region, position: number, type: FieldType, value: number | bigint): void {
  if (type.bits <= NUMBER_BITS) {
    const raw = Number(value);
    writeBits(region, position, type.bits, raw < 0 ? raw + 2 ** type.bits : raw);
    return;
  }
  const raw = BigInt.asUintN(type.bits, BigInt(value));
  const highBits = type.bits - 32;
  writeBits(region, position, highBits, Number(raw >> 32n));
  writeBits(region, position + highBits, 32, Number(raw & 0xffffffffn));
}

/** Up to 52 bits as an unsigned number. */
function readBits(region: Region, position: number, bits: number): number {
  let value = 0;
  for (let done = 0; done < bits; ) {
    const at = position + done;
    const shift = at % 8;
    const take = Math.min(8 - shift, bits - done);
    const index = Math.floor(at / 8);
    const byte = index < region.length ? region.view.getUint8(region.offset + index) : 0;
    value = value * (1 << take) + ((byte >> (8 - shift - take)) & ((1 << take) - 1));
    done += take;
  }
  return value;
}

function writeBits(region: Region, position: number, bits: number, value: number): void {
  let rest = value;
  // From the last bit backwards: the lowest bits of `rest` come first.
  for (let left = bits; left > 0; ) {
    const end = position + left;
    const shift = (8 - (end % 8)) % 8;
    const take = Math.min(8 - shift, left);
    const index = region.offset + Math.floor((end - 1) / 8);
    const size = 1 << take;
    const mask = (size - 1) << shift;
    region.view.setUint8(index, (region.view.getUint8(index) & ~mask) | ((rest % size) << shift));
    rest = Math.floor(rest / size);
    left -= take;
  }
}

/** `value` plus `increment` in the given type, or undefined when that overflows and `overflow` is 'fail'. */
export function addToField(
  value: number | bigint,
  increment: number | bigint,
  type: FieldType,
  overflow: Overflow,
): number | bigint | undefined {
  if (
    type.bits <= NUMBER_BITS &&
    typeof value === 'number' &&
    typeof increment === 'number' &&
    Math.abs(increment) <= NUMBER_LIMIT
  ) {
    return fitNumber(value + increment, type, overflow);
  }
  const sum = BigInt(value) + BigInt(increment);
  return fitBigint(sum, sum < 0n, type, overflow);
}

/**
 * What SET stores for an int64 in the given type, or undefined when it does not fit and `overflow` is 'fail'. Two oddities of
 * Redis: an unsigned field takes a negative number for the same bits unsigned, so it saturates at the maximum; and for signed
 * fields a number so far below the minimum that `maximum - value` leaves int64 counts as too large, not too small.
 */
export function fitField(value: number | bigint, type: FieldType, overflow: Overflow): number | bigint | undefined {
  if (type.bits <= NUMBER_BITS && typeof value === 'number' && (type.signed || value >= 0)) {
    return fitNumber(value, type, overflow);
  }
  const exact = type.signed ? BigInt(value) : BigInt.asUintN(64, BigInt(value));
  const below = exact < 0n && (1n << BigInt(type.bits - 1)) - 1n - exact < 1n << 63n;
  return fitBigint(exact, below, type, overflow);
}

function fitNumber(value: number, type: FieldType, overflow: Overflow): number | undefined {
  const span = 2 ** type.bits;
  const max = (type.signed ? span / 2 : span) - 1;
  const min = type.signed ? -span / 2 : 0;
  if (value >= min && value <= max) return value;
  if (overflow === 'fail') return undefined;
  if (overflow === 'sat') return value > max ? max : min;
  const wrapped = ((value % span) + span) % span;
  return wrapped > max ? wrapped - span : wrapped;
}

/** `saturateLow`: which limit an overflow saturates to. */
function fitBigint(
  value: bigint,
  saturateLow: boolean,
  type: FieldType,
  overflow: Overflow,
): number | bigint | undefined {
  const wrapped = type.signed ? BigInt.asIntN(type.bits, value) : BigInt.asUintN(type.bits, value);
  let fitted = wrapped;
  if (wrapped !== value) {
    if (overflow === 'fail') return undefined;
    const span = 1n << BigInt(type.bits);
    if (overflow === 'sat' && saturateLow) fitted = type.signed ? -(span / 2n) : 0n;
    else if (overflow === 'sat') fitted = (type.signed ? span / 2n : span) - 1n;
  }
  return type.bits <= NUMBER_BITS ? Number(fitted) : fitted;
}
