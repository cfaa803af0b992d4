import type { Pointer } from './host.ts';
import { toInt64 } from './host.ts';

const TWO_32 = 4294967296;
/** Integers below it are exact in a double. */
const EXACT = 2 ** 53;
const TWO_63 = 2 ** 63;

/** Writes `value` as an integer of `size` bytes, as C on x86-64 converts it; bytes beyond the eighth are 0. */
export function writeInteger(view: DataView, at: Pointer, value: number, size: number, littleEndian: boolean): void {
  const exact = Math.abs(value) < EXACT;
  const low = value | 0;
  const high = exact ? Math.floor(Math.trunc(value) / TWO_32) : 0;
  const whole = exact ? 0n : toUint64(value);
  for (let index = 0; index < size; index++) {
    const to = littleEndian ? at + index : at + size - 1 - index;
    view.setUint8(to, exact ? byteOf(low, high, index) : byteOfWhole(whole, index));
  }
}

function byteOf(low: number, high: number, index: number): number {
  if (index >= 8) return 0;
  return index < 4 ? low >>> (index * 8) : high >>> (index * 8 - 32);
}

function byteOfWhole(whole: bigint, index: number): number {
  return Number((whole >> BigInt(index * 8)) & 0xffn);
}

/** A double as C on x86-64 converts it to uint64: negative ones wrap around, 2^64 and more become 0. */
export function toUint64(value: number): bigint {
  if (value < TWO_63) return BigInt.asUintN(64, BigInt(toInt64(value)));
  if (Number.isNaN(value)) return 1n << 63n;
  return BigInt.asUintN(64, BigInt(toInt64(value - TWO_63)) ^ -(1n << 63n));
}

/** Reads an integer of `size` bytes. */
export function readInteger(view: DataView, at: Pointer, size: number, littleEndian: boolean, signed: boolean): number {
  switch (size) {
    case 1:
      return signed ? view.getInt8(at) : view.getUint8(at);
    case 2:
      return signed ? view.getInt16(at, littleEndian) : view.getUint16(at, littleEndian);
    case 4:
      return signed ? view.getInt32(at, littleEndian) : view.getUint32(at, littleEndian);
    case 8:
      return Number(signed ? view.getBigInt64(at, littleEndian) : view.getBigUint64(at, littleEndian));
    default:
      return readOddInteger(view, at, size, littleEndian, signed);
  }
}

/** What exceeds 64 bits is lost, and a sign is looked for at a place modulo 64: so does C's shift on x86-64. */
function readOddInteger(view: DataView, at: Pointer, size: number, littleEndian: boolean, signed: boolean): number {
  let value = 0n;
  for (let index = 0; index < size; index++) {
    const from = littleEndian ? at + size - 1 - index : at + index;
    value = BigInt.asUintN(64, (value << 8n) | BigInt(view.getUint8(from)));
  }
  if (!signed) return Number(value);
  const mask = BigInt.asUintN(64, -1n << BigInt((size * 8 - 1) & 63));
  return Number(BigInt.asIntN(64, (value & mask) === 0n ? value : value | mask));
}
