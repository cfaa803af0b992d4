/** Seeded random numbers for tests (mulberry32). */
export class Random {
  readonly seed: number;
  private state: number;

  constructor(seed = Number(process.env.RDB_SEED ?? Date.now() & 0x7fffffff)) {
    this.seed = seed;
    this.state = seed | 0;
  }

  /** 0 <= n < limit. */
  below(limit: number): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let z = Math.imul(this.state ^ (this.state >>> 15), this.state | 1);
    z ^= z + Math.imul(z ^ (z >>> 7), z | 61);
    return Math.floor((((z ^ (z >>> 14)) >>> 0) / 2 ** 32) * limit);
  }

  between(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  chance(part: number): boolean {
    return this.below(1000) < part * 1000;
  }

  pick<T>(choices: readonly T[]): T {
    const choice = choices[this.below(choices.length)];
    if (choice === undefined) throw new RangeError('nothing to pick from');
    return choice;
  }

  bytes(length: number): Buffer {
    return Buffer.from(Array.from({ length }, () => this.below(256)));
  }

  int64(): bigint {
    const value = (BigInt(this.below(2 ** 32)) << 32n) | BigInt(this.below(2 ** 32));
    return BigInt.asIntN(64, value) >> BigInt(this.below(64));
  }

  /** Text of every kind that some encoding treats in its own way. */
  text(longest = 200): Buffer {
    switch (this.below(7)) {
      case 0:
        return Buffer.from(String(this.between(-5000, 5000)));
      case 1:
        return Buffer.from(String(this.int64()));
      case 2:
        return this.bytes(this.below(Math.min(longest, 80)));
      case 3:
        return Buffer.alloc(Math.min(longest, this.pick([0, 1, 63, 64, 127, 128, 253, 254, 255])), 'x');
      case 4:
        return Buffer.alloc(this.below(longest), 'compress me ');
      case 5:
        return Buffer.from(this.pick(['-0', '007', '+1', '1e3', '9223372036854775807', '9223372036854775808', 'inf']));
      default:
        return Buffer.from(`element-${this.below(1e6)}`);
    }
  }
}
