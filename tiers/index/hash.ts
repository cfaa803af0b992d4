import { SLOT_BITS } from '../base/limits.ts';
import { AT_SEED } from '../memory/layout.ts';
import type { SharedMemory } from '../memory/shared-memory.ts';

/** Secret of a data directory: three u32. Without it nobody can choose keys that share a slot or an identity. */
export interface HashSeed {
  readonly a: number;
  readonly b: number;
  readonly c: number;
}

/**
 * 96 keyed bits of a key in one pass: HalfSipHash-1-3 (https://github.com/veorq/SipHash: one round per word, three at the end),
 * squeezed twice more with one round each. The lanes stay in fields, so hashing allocates nothing.
 */
export class KeyHasher {
  /** Lane A gives the slot. */
  slot = 0;
  /** Lane B as int32 (fields of small integers stay unboxed): the key's place in its slot's hash order is its unsigned value. */
  position = 0;
  /** Lane C as int32: told apart from other keys at the same position. */
  check = 0;
  private k0 = 0;
  private k1 = 0;
  private k2 = 0;

  constructor(seed: HashSeed) {
    this.reseed(seed);
  }

  reseed(seed: HashSeed): void {
    this.k0 = seed.a | 0;
    this.k1 = seed.b | 0;
    this.k2 = seed.c | 0;
  }

  /** Hashes `length` bytes of `view` from `start`. */
  hash(view: DataView, start: number, length: number): void {
    let v0 = this.k0;
    let v1 = this.k1 ^ 0xee;
    let v2 = 0x6c796765 ^ this.k2;
    let v3 = 0x74656462 ^ this.k1;
    const end = start + (length & ~3);
    let tail = length << 24;
    const left = length & 3;
    if (left > 0) tail |= view.getUint8(end);
    if (left > 1) tail |= view.getUint8(end + 1) << 8;
    if (left > 2) tail |= view.getUint8(end + 2) << 16;
    for (let at = start; at <= end; at += 4) {
      const word = at === end ? tail : view.getInt32(at, true);
      v3 ^= word;
      v0 = (v0 + v1) | 0;
      v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
      v0 = (v0 << 16) | (v0 >>> 16);
      v2 = (v2 + v3) | 0;
      v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
      v0 = (v0 + v3) | 0;
      v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
      v2 = (v2 + v1) | 0;
      v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
      v2 = (v2 << 16) | (v2 >>> 16);
      v0 ^= word;
    }
    v2 ^= 0xff;
    let lane = 0;
    for (let round = 0; round < 5; round++) {
      v0 = (v0 + v1) | 0;
      v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
      v0 = (v0 << 16) | (v0 >>> 16);
      v2 = (v2 + v3) | 0;
      v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
      v0 = (v0 + v3) | 0;
      v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
      v2 = (v2 + v1) | 0;
      v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
      v2 = (v2 << 16) | (v2 >>> 16);
      if (round < 2) continue;
      lane = v1 ^ v3;
      if (round === 2) this.slot = lane >>> (32 - SLOT_BITS);
      else if (round === 3) this.position = lane;
      v1 ^= 0xdd;
    }
    this.check = lane;
  }
}

/** The seed that the server's threads share. */
export function readSeed(memory: SharedMemory): HashSeed {
  const control = new DataView(memory.control);
  return {
    a: control.getUint32(AT_SEED, true),
    b: control.getUint32(AT_SEED + 4, true),
    c: control.getUint32(AT_SEED + 8, true),
  };
}

/** Before any key is hashed. */
export function writeSeed(memory: SharedMemory, seed: HashSeed): void {
  const control = new DataView(memory.control);
  control.setUint32(AT_SEED, seed.a, true);
  control.setUint32(AT_SEED + 4, seed.b, true);
  control.setUint32(AT_SEED + 8, seed.c, true);
}
