import { setRegister } from './dense.ts';
import { HLL_REGISTERS } from './layout.ts';

/** Longest runs that one opcode covers, and the highest value that one can say. */
export const ZERO_MAX_RUN = 64;
export const XZERO_MAX_RUN = 16384;
export const VAL_MAX_RUN = 4;
export const VAL_MAX = 32;

const XZERO = 0x40;
const VAL = 0x80;

/**
 * Walks over opcodes. Bytes may come from anybody (SET, RESTORE), so runs may end before register 16383 or go beyond it: who walks to
 * the end checks `first`. An XZERO whose second byte is missing reads it as 0, which is what follows every string in Redis.
 */
export class OpcodeWalk {
  /** Where the current opcode begins, and its bytes: 1, or 2 for an XZERO. */
  at = 0;
  size = 0;
  /** The first register that it covers, how many, and their value. */
  first = 0;
  run = 0;
  value = 0;
  /** Where the opcode before it begins; -1 for none. */
  before = -1;
  private view: DataView = new DataView(new ArrayBuffer(0));
  private end = 0;

  /** Stands before the first opcode of the bytes [start, end). */
  begin(view: DataView, start: number, end: number): void {
    this.view = view;
    this.end = end;
    this.at = start;
    this.size = 0;
    this.first = 0;
    this.run = 0;
    this.before = -1;
  }

  /** Goes to the next opcode; false behind the last one, when `first` is the number of registers that they cover. */
  next(): boolean {
    if (this.size > 0) this.before = this.at;
    this.at += this.size;
    this.first += this.run;
    this.size = 1;
    this.run = 0;
    if (this.at >= this.end) return false;
    const code = this.view.getUint8(this.at);
    this.value = 0;
    if (code >= VAL) {
      this.value = valOf(code);
      this.run = valRunOf(code);
    } else if (code < XZERO) this.run = code + 1;
    else {
      const second = this.at + 1 < this.end ? this.view.getUint8(this.at + 1) : 0;
      this.run = (((code & 0x3f) << 8) | second) + 1;
      this.size = 2;
    }
    return true;
  }

  /** Goes to the opcode that covers a register; false when none does, or when its bytes are not all there. */
  find(register: number): boolean {
    const { view, end } = this;
    let { at, first } = this;
    let before = -1;
    const last = end - 4;
    // Most opcodes are skipped: this loop, not `next`, is what adding to a sparse value costs.
    while (at < end) {
      if (at <= last) {
        // Zeros and the value behind them at once. Which of the two opcodes the zeros have cannot be foretold: no branch depends on it.
        const word = view.getInt32(at, true);
        const isLong = (word >> 6) & 1;
        const value = word >>> (8 + (isLong << 3));
        if ((word & VAL) === 0 && (value & VAL) !== 0) {
          const zeros = (((word & 0x3f) << (isLong << 3)) | ((word >>> 8) & 0xff & -isLong)) + 1;
          const after = first + zeros + valRunOf(value);
          if (register >= after) {
            before = at + 1 + isLong;
            at += 2 + isLong;
            first = after;
            continue;
          }
        }
      }
      const code = view.getUint8(at);
      let run = (code & 3) + 1;
      let size = 1;
      if (code < XZERO) run = code + 1;
      else if (code < VAL) {
        if (at + 1 >= end) return false;
        run = (((code & 0x3f) << 8) | view.getUint8(at + 1)) + 1;
        size = 2;
      }
      if (register < first + run) {
        this.at = at;
        this.first = first;
        this.before = before;
        this.size = size;
        this.run = run;
        this.value = code >= VAL ? valOf(code) : 0;
        return true;
      }
      before = at;
      at += size;
      first += run;
    }
    return false;
  }
}

export function isVal(code: number): boolean {
  return code >= VAL;
}

export function isXzero(code: number): boolean {
  return code >= XZERO && code < VAL;
}

export function valOf(code: number): number {
  return ((code >> 2) & 0x1f) + 1;
}

export function valRunOf(code: number): number {
  return (code & 3) + 1;
}

export function valCode(value: number, run: number): number {
  return VAL | ((value - 1) << 2) | (run - 1);
}

/** Writes a run of zero registers as the shorter opcode that can say it; answers the bytes written. */
export function writeZeros(view: DataView, at: number, run: number): 1 | 2 {
  if (run <= ZERO_MAX_RUN) {
    view.setUint8(at, run - 1);
    return 1;
  }
  view.setUint16(at, (XZERO << 8) | (run - 1));
  return 2;
}

const walk = new OpcodeWalk();

/** Adds to `histogram` (64 counts) how many registers have each value; false when the opcodes do not cover exactly all registers. */
export function countSparse(view: DataView, start: number, end: number, histogram: Int32Array): boolean {
  walk.begin(view, start, end);
  while (walk.next()) histogram[walk.value] = (histogram[walk.value] ?? 0) + walk.run;
  return walk.first === HLL_REGISTERS;
}

/** Raises each of `highest` (a byte per register) to the value's register; false, with some raised, for a corrupt value. */
export function mergeSparse(view: DataView, start: number, end: number, highest: Uint8Array): boolean {
  walk.begin(view, start, end);
  while (walk.next()) {
    if (walk.first + walk.run > HLL_REGISTERS) return false;
    if (walk.value === 0) continue;
    const stop = walk.first + walk.run;
    for (let register = walk.first; register < stop; register++) {
      if (walk.value > (highest[register] ?? 0)) highest[register] = walk.value;
    }
  }
  return walk.first === HLL_REGISTERS;
}

/** Writes the registers densely to `to`, whose registers begin at `toAt` and are all 0; false for a corrupt value. */
export function expandSparse(view: DataView, start: number, end: number, to: DataView, toAt: number): boolean {
  walk.begin(view, start, end);
  while (walk.next()) {
    if (walk.first + walk.run > HLL_REGISTERS) return false;
    if (walk.value === 0) continue;
    const stop = walk.first + walk.run;
    for (let register = walk.first; register < stop; register++) setRegister(to, toAt, register, walk.value);
  }
  return walk.first === HLL_REGISTERS;
}

/** The opcodes as PFDEBUG DECODE prints them: `Z:16000 v:3,1 z:24`. */
export function describeSparse(view: DataView, start: number, end: number): string {
  const words: string[] = [];
  walk.begin(view, start, end);
  while (walk.next()) {
    if (walk.value > 0) words.push(`v:${walk.value},${walk.run}`);
    else words.push(`${walk.size === 2 ? 'Z' : 'z'}:${walk.run}`);
  }
  return words.join(' ');
}
