import { HLL_REGISTERS } from './layout.ts';

/** Registers of 6 bits. `at` is where register 0 lies: HLL_AT_REGISTERS into the value. */

const MAX_REGISTER = 63;
/** A register that begins at or below this bit of its byte lies within the byte; the last one of a value does. */
const LAST_WITHIN_BYTE = 2;

export function getRegister(view: DataView, at: number, register: number): number {
  const bit = register * 6;
  const byte = at + (bit >>> 3);
  const shift = bit & 7;
  const bits = shift <= LAST_WITHIN_BYTE ? view.getUint8(byte) : view.getUint16(byte, true);
  return (bits >>> shift) & MAX_REGISTER;
}

export function setRegister(view: DataView, at: number, register: number, value: number): void {
  const bit = register * 6;
  const byte = at + (bit >>> 3);
  const shift = bit & 7;
  const mask = ~(MAX_REGISTER << shift);
  if (shift <= LAST_WITHIN_BYTE) view.setUint8(byte, (view.getUint8(byte) & mask) | (value << shift));
  else view.setUint16(byte, (view.getUint16(byte, true) & mask) | (value << shift), true);
}

/** Raises a register to `rank`, if it is lower; whether it was. */
export function raiseRegister(view: DataView, at: number, register: number, rank: number): boolean {
  if (getRegister(view, at, register) >= rank) return false;
  setRegister(view, at, register, rank);
  return true;
}

/** Adds to `histogram` (64 counts) how many registers have each value. */
export function countDense(view: DataView, at: number, histogram: Int32Array): void {
  const end = at + (HLL_REGISTERS * 6) / 8;
  for (let from = at; from < end; from += 3) {
    const four = view.getUint16(from, true) | (view.getUint8(from + 2) << 16);
    histogram[four & 63] = (histogram[four & 63] ?? 0) + 1;
    histogram[(four >>> 6) & 63] = (histogram[(four >>> 6) & 63] ?? 0) + 1;
    histogram[(four >>> 12) & 63] = (histogram[(four >>> 12) & 63] ?? 0) + 1;
    histogram[four >>> 18] = (histogram[four >>> 18] ?? 0) + 1;
  }
}

/** Raises each of `highest` (a byte per register) to the value's register. */
export function mergeDense(view: DataView, at: number, highest: Uint8Array): void {
  const to = new DataView(highest.buffer, highest.byteOffset, highest.byteLength);
  for (let register = 0, from = at; register < HLL_REGISTERS; register += 4, from += 3) {
    const four = view.getUint16(from, true) | (view.getUint8(from + 2) << 16);
    // As four bytes: registers are below 64, so the differences borrow nothing across a byte whose top bit is set first.
    const spread = (four & 63) | ((four & 0xfc0) << 2) | ((four & 0x3f000) << 4) | ((four & 0xfc0000) << 6);
    const before = to.getInt32(register, true);
    const notLower = (((before | 0x80808080) - spread) & 0x80808080) >>> 7;
    const keep = Math.imul(notLower, 0xff);
    to.setInt32(register, (before & keep) | (spread & ~keep), true);
  }
}
