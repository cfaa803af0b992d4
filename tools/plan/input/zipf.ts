const EXACT_RANKS = 1000;

/**
 * Zipf popularity: rank `r` of 1.. has weight 1 / r^skew. Draws by rejection-inversion (Hörmann, Derflinger: Rejection-inversion to generate variates
 * from monotone discrete distributions, 1996), which needs no table however many ranks there are.
 */
export class Zipf {
  readonly ranks: number;
  readonly skew: number;
  private readonly low: number;
  private readonly high: number;
  private readonly accept: number;
  /** Sums of the weights of the first 0, 1, 2 ... ranks. */
  private readonly sums: Float64Array;

  /** `skew` of 0: all alike. */
  constructor(ranks: number, skew: number) {
    this.ranks = ranks;
    this.skew = skew;
    this.sums = new Float64Array(EXACT_RANKS + 1);
    for (let rank = 0; rank < EXACT_RANKS; rank++) this.sums[rank + 1] = (this.sums[rank] ?? 0) + this.weightOf(rank);
    this.low = this.integral(1.5) - 1;
    this.high = this.integral(ranks + 0.5);
    this.accept = 2 - this.inverse(this.integral(2.5) - 2 ** -skew);
  }

  /** The rank, from 0, for a uniform number in [0, 1); -1: this number is rejected, take another. */
  rankFor(uniform: number): number {
    const area = this.high + uniform * (this.low - this.high);
    const x = this.inverse(area);
    const rank = Math.min(Math.max(Math.round(x), 1), this.ranks);
    if (rank - x <= this.accept || area >= this.integral(rank + 0.5) - rank ** -this.skew) return rank - 1;
    return -1;
  }

  weightOf(rank: number): number {
    return (rank + 1) ** -this.skew;
  }

  /** The sum of the weights of the first `count` ranks: exact for the first of them, Euler-Maclaurin for the rest. */
  weightOfFirst(count: number): number {
    const exact = Math.min(count, EXACT_RANKS);
    const sum = this.sums[exact] ?? 0;
    if (count <= exact) return sum;
    const at = (rank: number): number => rank ** -this.skew;
    const slope = (rank: number): number => -this.skew * rank ** (-this.skew - 1);
    const rest = this.integral(count) - this.integral(exact);
    return sum + rest + (at(count) - at(exact)) / 2 + (slope(count) - slope(exact)) / 12;
  }

  /** Of x^-skew, up to a constant. */
  private integral(x: number): number {
    const log = Math.log(x);
    const power = (1 - this.skew) * log;
    return (Math.abs(power) > 1e-8 ? Math.expm1(power) / power : 1 + power / 2) * log;
  }

  private inverse(area: number): number {
    const power = Math.max(area * (1 - this.skew), -1);
    return Math.exp((Math.abs(power) > 1e-8 ? Math.log1p(power) / power : 1 - power / 2) * area);
  }
}
