/**
 * Who a key is: 64 bits, two int32 lanes, so that two of a hundred thousand sampled keys share one in less than one of a million traces. Names of bytes
 * are mixed byte by byte while they are parsed (each step keeps different states different); numbers are their own identity. The 24-bit mark
 * that decides about the sample is drawn from both lanes.
 */
import { markOf } from '../../../tiers/mrc/marks.ts';

export const FIRST_A = 0x2545f491 | 0;
export const FIRST_B = 0x6c62272e | 0;

/** Lane A after one more byte of the name; lane B's step wants the new lane A. */
export function mixA(a: number, byte: number): number {
  const mixed = Math.imul(a ^ byte, 0x01000193);
  return mixed ^ (mixed >>> 15);
}

export function mixB(b: number, a: number): number {
  const mixed = Math.imul(b ^ a, 0x5bd1e995);
  return mixed ^ (mixed >>> 13);
}

/** The mark of an identity: uniform below MARKS. */
export function markOfIdentity(a: number, b: number): number {
  return markOf(Math.imul(b ^ (b >>> 16), 0x7feb352d) ^ a, 0);
}

/** Reused results of `identify`. */
export class Identity {
  a = 0;
  b = 0;

  /** Of a whole name; `space` tells equal names of different databases apart. */
  identify(bytes: Uint8Array, start: number, end: number, space: number): void {
    let a = FIRST_A ^ Math.imul(space, 0x9e3779b1);
    let b = FIRST_B;
    for (let at = start; at < end; at++) {
      a = mixA(a, bytes[at] ?? 0);
      b = mixB(b, a);
    }
    this.a = a;
    this.b = b;
  }
}
