import type { Region } from '../string-values.ts';

/**
 * A HyperLogLog is an ordinary string value, byte for byte as Redis has it (hyperloglog.c of redis 7.0), so that GET, SET, DUMP and
 * RESTORE exchange it.
 *
 *   0    magic `HYLL`
 *   4    encoding u8: 0 dense, 1 sparse
 *   5    3 bytes unused
 *   8    cached cardinality u64, little endian; its top bit set: not valid
 *   16   dense: 16384 registers of 6 bits, the lowest bits first; 12288 bytes
 *        sparse: opcodes, one after the other, that cover registers 0 to 16383
 *          00nnnnnn            n + 1 registers are 0 (ZERO, at most 64)
 *          01nnnnnn nnnnnnnn   n + 1 registers are 0 (XZERO, at most 16384; high bits first)
 *          1vvvvvnn            n + 1 registers are v + 1 (VAL, at most 4 registers, values to 32)
 */
export const HLL_MAGIC = 0x4c_4c_59_48;
export const HLL_AT_ENCODING = 4;
export const HLL_AT_CARDINALITY = 8;
export const HLL_AT_REGISTERS = 16;

export const HLL_DENSE = 0;
export const HLL_SPARSE = 1;

export const HLL_REGISTER_BITS = 14;
export const HLL_REGISTERS = 1 << HLL_REGISTER_BITS;
/** Bits of a hash that do not choose the register: a register counts to one more than this. */
export const HLL_RANK_BITS = 64 - HLL_REGISTER_BITS;
export const HLL_DENSE_BYTES: number = HLL_AT_REGISTERS + (HLL_REGISTERS * 6) / 8;

const AT_CARDINALITY_HIGH = HLL_AT_CARDINALITY + 4;
const AT_STALE = HLL_AT_CARDINALITY + 7;
const STALE = 0x80;

/** Whether the bytes claim to be a HyperLogLog: magic, a known encoding, and for a dense one the one length it can have. */
export function isHyperLogLog({ view, offset, length }: Region): boolean {
  if (length < HLL_AT_REGISTERS || view.getInt32(offset, true) !== HLL_MAGIC) return false;
  const encoding = view.getUint8(offset + HLL_AT_ENCODING);
  return encoding === HLL_SPARSE || (encoding === HLL_DENSE && length === HLL_DENSE_BYTES);
}

export function isSparse({ view, offset }: Region): boolean {
  return view.getUint8(offset + HLL_AT_ENCODING) === HLL_SPARSE;
}

/** The cardinality that the value remembers, or undefined when its registers have changed since. */
export function cachedCardinality({ view, offset }: Region): number | bigint | undefined {
  const high = view.getUint32(offset + AT_CARDINALITY_HIGH, true);
  if (high >= 2 ** 31) return undefined;
  const low = view.getUint32(offset + HLL_AT_CARDINALITY, true);
  return high < 2 ** 21 ? high * 2 ** 32 + low : (BigInt(high) << 32n) | BigInt(low);
}

export function cacheCardinality({ view, offset }: Region, cardinality: number | bigint): void {
  view.setBigUint64(offset + HLL_AT_CARDINALITY, BigInt.asUintN(64, BigInt(cardinality)), true);
}

/** Says that the cached cardinality is not that of the registers. `at`: where the value begins. */
export function forgetCardinality(view: DataView, at: number): void {
  view.setUint8(at + AT_STALE, view.getUint8(at + AT_STALE) | STALE);
}
