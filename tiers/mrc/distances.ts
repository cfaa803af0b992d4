/**
 * A histogram of distances from 0 to 2^48. Up to 127 every distance has its own bucket, above that there are 64 per power of two; within one they
 * are taken to be spread evenly.
 */
const HALF = 64;
const HALF_BITS = 6;
const MAX = 2 ** 48 - 1;
const BUCKETS = (48 - HALF_BITS) * HALF + HALF;

function indexOf(distance: number): number {
  if (distance < 2 * HALF) return distance;
  const exponent = Math.floor(Math.log2(distance));
  // log2 of a number just below a power of two rounds up.
  const shift = (2 ** exponent > distance ? exponent - 1 : exponent) - HALF_BITS;
  return shift * HALF + Math.floor(distance / 2 ** shift);
}

/** The smallest distance of a bucket. */
function lowestOf(index: number): number {
  const shift = Math.max(0, (index >>> HALF_BITS) - 1);
  return (index - shift * HALF) * 2 ** shift;
}

export class Distances {
  private readonly counts: Float64Array = new Float64Array(BUCKETS);

  add(distance: number, weight: number): void {
    const index = indexOf(Math.min(MAX, Math.floor(distance)));
    this.counts[index] = (this.counts[index] ?? 0) + weight;
  }

  /** Weight of distances below `limit`. */
  below(limit: number): number {
    if (limit <= 0) return 0;
    const { counts } = this;
    const end = indexOf(Math.min(MAX, Math.ceil(limit)));
    let sum = 0;
    for (let index = 0; index < end; index++) sum += counts[index] ?? 0;
    const lowest = lowestOf(end);
    return sum + ((counts[end] ?? 0) * Math.max(0, limit - lowest)) / (lowestOf(end + 1) - lowest);
  }

  scale(factor: number): void {
    for (let index = 0; index < BUCKETS; index++) this.counts[index] = (this.counts[index] ?? 0) * factor;
  }

  clear(): void {
    this.counts.fill(0);
  }

  get memoryBytes(): number {
    return this.counts.byteLength;
  }
}
