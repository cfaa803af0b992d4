/** Which keys a load touches. `sequential` visits 0, 1, 2 ... once each, which is how a keyspace is filled. */
export type Distribution = 'uniform' | 'zipf' | 'sequential';

export interface KeyPicker {
  /** The next key's number, 0 <= key < keys. */
  next(): number;
}

/** xorshift32: a benchmark needs speed and repeatability from its random numbers, not quality. */
export class FastRandom {
  private state: number;

  constructor(seed: number) {
    this.state = (Math.imul(seed | 0, 0x9e3779b1) ^ 0x6a09e667) | 1;
  }

  /** Uniform 32-bit unsigned integer (never 0). */
  nextUint32(): number {
    let x = this.state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.state = x;
    return x >>> 0;
  }

  /** Uniform in [0, 1). */
  nextUnit(): number {
    return this.nextUint32() / 2 ** 32;
  }
}

/**
 * Ranks 0..n-1 with P(rank) proportional to 1 / (rank + 1)^theta, by the method of Gray et al., "Quickly generating
 * billion-record synthetic databases" (SIGMOD 1994), which YCSB uses too. Setting up costs n powers, a sample one.
 */
export class ZipfRanks {
  private readonly random: FastRandom;
  private readonly n: number;
  private readonly zetaN: number;
  private readonly alpha: number;
  private readonly eta: number;
  private readonly second: number;

  constructor(n: number, theta: number, random: FastRandom) {
    let zetaN = 0;
    for (let i = 1; i <= n; i++) zetaN += i ** -theta;
    const zeta2 = 1 + 2 ** -theta;
    this.random = random;
    this.n = n;
    this.zetaN = zetaN;
    this.second = zeta2;
    this.alpha = 1 / (1 - theta);
    this.eta = (1 - (2 / n) ** (1 - theta)) / (1 - zeta2 / zetaN);
  }

  /** The probability of a rank, for tests. */
  probability(rank: number): number {
    const theta = 1 - 1 / this.alpha;
    return (rank + 1) ** -theta / this.zetaN;
  }

  next(): number {
    const u = this.random.nextUnit();
    const scaled = u * this.zetaN;
    if (scaled < 1) return 0;
    if (scaled < this.second) return 1;
    const rank = Math.floor(this.n * (this.eta * u - this.eta + 1) ** this.alpha);
    return rank < this.n ? rank : this.n - 1;
  }
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

/** A multiplier near n / golden ratio that shares no factor with n: rank * m mod n is then a bijection that spreads neighbours. */
export function spreadMultiplier(n: number): number {
  let multiplier = Math.max(1, Math.round(n * 0.6180339887));
  while (greatestCommonDivisor(multiplier, n) !== 1) multiplier++;
  return multiplier;
}

/** `keys` up to 2^26, so that rank * multiplier stays an exact integer. */
export function createKeyPicker(distribution: Distribution, keys: number, theta: number, seed: number): KeyPicker {
  const random = new FastRandom(seed);
  switch (distribution) {
    case 'sequential': {
      let at = 0;
      return {
        next() {
          const key = at;
          at = at + 1 === keys ? 0 : at + 1;
          return key;
        },
      };
    }
    case 'uniform':
      return { next: () => Math.floor(random.nextUnit() * keys) };
    case 'zipf': {
      const ranks = new ZipfRanks(keys, theta, random);
      const multiplier = spreadMultiplier(keys);
      return { next: () => (ranks.next() * multiplier) % keys };
    }
  }
}
