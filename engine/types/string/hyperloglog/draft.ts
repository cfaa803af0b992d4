import { copyBytes } from '../../../../tiers/base/bytes.ts';
import type { Region } from '../string-values.ts';
import { raiseRegister } from './dense.ts';
import {
  forgetCardinality,
  HLL_AT_ENCODING,
  HLL_AT_REGISTERS,
  HLL_DENSE,
  HLL_DENSE_BYTES,
  HLL_MAGIC,
  HLL_REGISTERS,
  HLL_SPARSE,
} from './layout.ts';
import {
  expandSparse,
  isVal,
  isXzero,
  OpcodeWalk,
  VAL_MAX,
  VAL_MAX_RUN,
  valCode,
  valOf,
  valRunOf,
  writeZeros,
  XZERO_MAX_RUN,
  ZERO_MAX_RUN,
} from './sparse.ts';

/** What became of a register that was to be raised. */
export type Raised = typeof RAISED | typeof NOT_RAISED | typeof CORRUPT;
export const NOT_RAISED = 0;
export const RAISED = 1;
/** The value's opcodes do not cover the register; the draft is of no use. */
export const CORRUPT = 2;

/** Opcodes that may join after a change: the one before it, up to three that it became, the one behind. */
const JOIN_OPCODES = 5;
/** The most that one change adds: an XZERO of 2 bytes becomes XZERO, VAL, XZERO. */
const MAX_GROWTH = 3;
/** Larger buffers, for values that are hardly HyperLogLogs, are not kept. */
const MAX_KEPT_BYTES = 65536;

/**
 * A HyperLogLog outside of the arena, where it is worked on: sparse ones change their length with almost every element. It comes from
 * a stored value or is new, and its bytes are stored when it is done, so that a value is never seen, or left, half changed. The
 * transformations are those of redis 7.0 step by step, because equal elements shall give equal bytes.
 */
export class HyperLogLogDraft {
  /** The value is the first `length` bytes. */
  bytes: Buffer = Buffer.alloc(HLL_DENSE_BYTES);
  length = 0;
  private view = viewOf(this.bytes);
  private readonly walk = new OpcodeWalk();

  /** Takes a stored value. */
  load(region: Region): void {
    this.reserve(region.length + MAX_GROWTH);
    copyBytes(this.view, this.bytes, 0, region.view, region.bytes, region.offset, region.length);
    this.length = region.length;
  }

  /** Becomes an empty sparse HyperLogLog. */
  clear(): void {
    this.reserve(HLL_DENSE_BYTES);
    this.bytes.fill(0, 0, HLL_AT_REGISTERS);
    this.view.setInt32(0, HLL_MAGIC, true);
    this.view.setUint8(HLL_AT_ENCODING, HLL_SPARSE);
    this.length = HLL_AT_REGISTERS;
    for (let left = HLL_REGISTERS; left > 0; left -= XZERO_MAX_RUN) {
      this.length += writeZeros(this.view, this.length, Math.min(left, XZERO_MAX_RUN));
    }
  }

  get sparse(): boolean {
    return this.view.getUint8(HLL_AT_ENCODING) === HLL_SPARSE;
  }

  /** Says that the cached cardinality is no longer true. */
  forgetCardinality(): void {
    forgetCardinality(this.view, 0);
  }

  /** Raises a register; a sparse value that cannot say it, or would be longer than `sparseMaxBytes`, becomes dense. */
  raise(register: number, rank: number, sparseMaxBytes: number): Raised {
    if (!this.sparse) return raiseRegister(this.view, HLL_AT_REGISTERS, register, rank) ? RAISED : NOT_RAISED;
    if (rank > VAL_MAX) return this.raiseDense(register, rank);
    const { walk } = this;
    walk.begin(this.view, HLL_AT_REGISTERS, this.length);
    if (!walk.find(register)) return CORRUPT;
    if (walk.value >= rank) return NOT_RAISED;
    if (walk.run === 1 && walk.size === 1) this.view.setUint8(walk.at, valCode(rank, 1));
    else if (!this.split(register, rank, sparseMaxBytes)) return this.raiseDense(register, rank);
    this.join(walk.before < 0 ? HLL_AT_REGISTERS : walk.before);
    this.forgetCardinality();
    return RAISED;
  }

  /** Makes a sparse value dense; false when it is corrupt. */
  makeDense(): boolean {
    if (!this.sparse) return true;
    const dense = Buffer.alloc(HLL_DENSE_BYTES + MAX_GROWTH);
    const view = viewOf(dense);
    if (!expandSparse(this.view, HLL_AT_REGISTERS, this.length, view, HLL_AT_REGISTERS)) return false;
    this.bytes.copy(dense, 0, 0, HLL_AT_REGISTERS);
    dense[HLL_AT_ENCODING] = HLL_DENSE;
    this.bytes = dense;
    this.view = view;
    this.length = HLL_DENSE_BYTES;
    return true;
  }

  private raiseDense(register: number, rank: number): Raised {
    if (!this.makeDense()) return CORRUPT;
    return raiseRegister(this.view, HLL_AT_REGISTERS, register, rank) ? RAISED : NOT_RAISED;
  }

  /** Replaces the run where `walk` stands by what is before the register, the register, and what is behind; false if too long. */
  private split(register: number, rank: number, sparseMaxBytes: number): boolean {
    const { walk, length } = this;
    const left = register - walk.first;
    const right = walk.first + walk.run - 1 - register;
    const growth = 1 + runBytes(left, walk.value) + runBytes(right, walk.value) - walk.size;
    if (growth > 0 && length + growth > sparseMaxBytes) return false;
    this.reserveMore(growth);
    const { bytes, view } = this;
    bytes.copyWithin(walk.at + walk.size + growth, walk.at + walk.size, length);
    let at = walk.at;
    at += writeRun(view, at, left, walk.value);
    view.setUint8(at++, valCode(rank, 1));
    writeRun(view, at, right, walk.value);
    this.length = length + growth;
    return true;
  }

  /** Joins neighbours of the same value among the opcodes from `start`, as far as one opcode can say them. */
  private join(start: number): void {
    const { bytes, view } = this;
    let at = start;
    for (let i = 0; i < JOIN_OPCODES && at < this.length; i++) {
      const code = view.getUint8(at);
      if (!isVal(code)) {
        at += isXzero(code) ? 2 : 1;
        continue;
      }
      const next = at + 1 < this.length ? view.getUint8(at + 1) : 0;
      const run = valRunOf(code) + valRunOf(next);
      if (!isVal(next) || valOf(code) !== valOf(next) || run > VAL_MAX_RUN) {
        at++;
        continue;
      }
      view.setUint8(at + 1, valCode(valOf(code), run));
      bytes.copyWithin(at, at + 1, this.length);
      this.length--;
    }
  }

  /** Makes room for `growth` more bytes, keeping the value. */
  private reserveMore(growth: number): void {
    if (this.length + growth <= this.bytes.length) return;
    const larger = Buffer.alloc(this.length * 2);
    this.bytes.copy(larger, 0, 0, this.length);
    this.bytes = larger;
    this.view = viewOf(larger);
  }

  private reserve(bytes: number): void {
    const kept = this.bytes.length;
    if (kept >= bytes && kept <= MAX_KEPT_BYTES) return;
    this.bytes = Buffer.alloc(Math.max(bytes, HLL_DENSE_BYTES));
    this.view = viewOf(this.bytes);
  }
}

function runBytes(run: number, value: number): number {
  if (run === 0) return 0;
  return value > 0 || run <= ZERO_MAX_RUN ? 1 : 2;
}

function writeRun(view: DataView, at: number, run: number, value: number): number {
  if (run === 0) return 0;
  if (value === 0) return writeZeros(view, at, run);
  view.setUint8(at, valCode(value, run));
  return 1;
}

function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
