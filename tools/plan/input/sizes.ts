import { PlanError } from '../plan-error.ts';

/** How large values are, by key. Bytes. */
export type SizeDistribution =
  | { readonly kind: 'fixed'; readonly bytes: number }
  | { readonly kind: 'uniform'; readonly from: number; readonly to: number }
  /** The logarithm is normal with this standard deviation around that of the median. */
  | { readonly kind: 'log-normal'; readonly median: number; readonly sigma: number }
  /** Shares from 0 to 1 with the sizes that so many are not above, ascending; between them sizes grow evenly on a log scale. */
  | { readonly kind: 'percentiles'; readonly points: readonly (readonly [share: number, bytes: number])[] };

const LARGEST = 2 ** 29;

/** Reads `512`, `uniform:100-2000`, `log-normal:300,1.2` (median, sigma) or `percentiles:50=200,99=4000`. Throws a PlanError. */
export function parseSizes(text: string): SizeDistribution {
  const [, kind = 'fixed', rest = ''] = /^(?:([a-z-]+):)?(.*)$/.exec(text.trim().toLowerCase()) ?? [];
  const refuse = (why: string): never => {
    throw new PlanError(
      `sizes "${text}": ${why}; give 512, uniform:100-2000, log-normal:MEDIAN,SIGMA or percentiles:50=200,99=4000`,
    );
  };
  const bytes = (word: string | undefined): number => {
    const value = Number(word);
    if (!word || !Number.isFinite(value) || value < 0 || value > LARGEST)
      return refuse(`"${word ?? ''}" is no size from 0 to ${LARGEST} bytes`);
    return value;
  };
  switch (kind) {
    case 'fixed':
      return { kind, bytes: bytes(rest) };
    case 'uniform': {
      const [from, to] = rest.split('-');
      const range = { kind, from: bytes(from), to: bytes(to) } as const;
      return range.from <= range.to ? range : refuse('it ends before it begins');
    }
    case 'log-normal':
    case 'lognormal': {
      const [median, sigma] = rest.split(',');
      if (!sigma || !(Number(sigma) >= 0 && Number(sigma) <= 10)) return refuse('sigma is a number from 0 to 10');
      return { kind: 'log-normal', median: Math.max(1, bytes(median)), sigma: Number(sigma) };
    }
    case 'percentiles': {
      const points = rest.split(',').map((point) => {
        const [percent, size] = point.replace(/^p/, '').split('=');
        const share = Number(percent) / 100;
        if (!percent || !(share >= 0 && share <= 1)) return refuse(`"${percent ?? ''}" is no percentile`);
        return [share, bytes(size)] as const;
      });
      const ascending = points.every(
        ([share, size], i) => i === 0 || (share > (points[i - 1]?.[0] ?? 0) && size >= (points[i - 1]?.[1] ?? 0)),
      );
      return ascending ? { kind, points } : refuse('percentiles and sizes have to ascend');
    }
    default:
      return refuse(`"${kind}" is no distribution`);
  }
}

/** The size that the share `uniform` (0 to 1) of all values is not above. */
export function sizeAt(sizes: SizeDistribution, uniform: number): number {
  switch (sizes.kind) {
    case 'fixed':
      return Math.round(sizes.bytes);
    case 'uniform':
      return Math.round(sizes.from + (sizes.to - sizes.from) * uniform);
    case 'log-normal':
      return Math.round(Math.min(sizes.median * Math.exp(sizes.sigma * normalQuantile(uniform)), LARGEST));
    case 'percentiles':
      return Math.round(between(sizes.points, uniform));
  }
}

function between(points: readonly (readonly [number, number])[], uniform: number): number {
  let [lastShare, lastBytes] = [0, points[0]?.[1] ?? 0];
  for (const [share, bytes] of points) {
    if (uniform <= share) {
      const along = share === lastShare ? 1 : (uniform - lastShare) / (share - lastShare);
      return Math.max(lastBytes, 1) ** (1 - along) * Math.max(bytes, 1) ** along;
    }
    [lastShare, lastBytes] = [share, bytes];
  }
  return lastBytes;
}

/** Quantile of the standard normal distribution: the inverse by bisection of its distribution function, 1e-6 exact. */
export function normalQuantile(share: number): number {
  const wanted = Math.min(Math.max(share, 1e-9), 1 - 1e-9);
  let low = -6.5;
  let high = 6.5;
  while (high - low > 1e-6) {
    const middle = (low + high) / 2;
    if (normalShare(middle) < wanted) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Share of the standard normal distribution below `x`; Abramowitz and Stegun, Handbook of Mathematical Functions, 26.2.17. */
function normalShare(x: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(x));
  const tail =
    t *
    (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429)))) *
    (Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI));
  return x < 0 ? tail : 1 - tail;
}
