/** 2^24, the base in which the 48-bit state is multiplied. */
const HALF = 2 ** 24;
/** 0x5DEECE66D and 0xB: drand48's multiplier (in halves of 24 bits) and addend. */
const MULTIPLIER_HIGH = 0x5de;
const MULTIPLIER_LOW = 0xece66d;
const ADDEND = 0xb;
/** What seeding puts into the low 16 bits. */
const SEED_LOW = 0x330e;
const MAX = 0x7fffffff;

/** `math.random` as scripts know it: drand48's generator, so that a seed gives the same numbers as in redis 7.0.15. */
export class ScriptRandom {
  private high = 0;
  private low = 0;

  constructor(seed: number) {
    this.seed(seed);
  }

  /** @param value as C's int32 */
  seed(value: number): void {
    const upper = value >>> 0;
    // The state is upper * 2^16 + SEED_LOW.
    this.high = Math.floor(upper / 256);
    this.low = (upper % 256) * 65536 + SEED_LOW;
  }

  /** 0 ≤ the answer < 1. */
  next(): number {
    const low = this.low * MULTIPLIER_LOW + ADDEND;
    const carry = Math.floor(low / HALF);
    const high = (this.high * MULTIPLIER_LOW + this.low * MULTIPLIER_HIGH + carry) % HALF;
    this.low = low % HALF;
    this.high = high;
    // Of the 48 bits, the upper 31.
    const bits = this.high * 128 + Math.floor(this.low / 131072);
    return (bits % MAX) / MAX;
  }
}
