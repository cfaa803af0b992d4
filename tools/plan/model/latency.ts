/** The standard normal's 99th percentile. */
const Z99 = 2.3263478740408408;
/** Beyond this ratio of p99 to mean no log-normal has both: the widest has e^(z^2 / 2). */
const WIDEST = Math.exp((Z99 * Z99) / 2);

/** A way in which a part of the reads is answered: its share, and how long it takes. */
export interface LatencyPart {
  readonly share: number;
  readonly meanUs: number;
  readonly p99Us: number;
  /** Added to each of these answers, beside the part's own time. */
  readonly afterUs: number;
}

/** Mean and 99th percentile of answers that are given in several ways. */
export function mixture(parts: readonly LatencyPart[]): { readonly meanUs: number; readonly p99Us: number } {
  const present = parts.filter(({ share }) => share > 0);
  const shares = present.reduce((sum, { share }) => sum + share, 0);
  const meanUs = present.reduce((sum, part) => sum + part.share * (part.meanUs + part.afterUs), 0) / shares;
  const curves = present.map((part) => ({ ...logNormal(part.meanUs, part.p99Us), ...part }));
  let low = 0;
  let high = Math.max(...present.map(({ p99Us, afterUs }) => p99Us + afterUs));
  // More than 99 % are answered by the largest p99 of the parts, so that the bound holds.
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    const answered = curves.reduce(
      (sum, curve) => sum + (curve.share / shares) * within(middle - curve.afterUs, curve),
      0,
    );
    if (answered < 0.99) low = middle;
    else high = middle;
  }
  return { meanUs, p99Us: high };
}

interface LogNormal {
  readonly mu: number;
  readonly sigma: number;
}

/**
 * The log-normal distribution with this mean and p99: latencies have a long tail, and two figures say how long. Where p99 is more than 15 times the mean none has
 * both; then the p99 holds. A p99 below the mean is taken for the mean.
 */
function logNormal(meanUs: number, p99Us: number): LogNormal {
  const ratio = Math.min(WIDEST, Math.max(1, p99Us / meanUs));
  const sigma = Z99 - Math.sqrt(Math.max(0, Z99 * Z99 - 2 * Math.log(ratio)));
  return { mu: Math.log(Math.max(meanUs, p99Us)) - Z99 * sigma, sigma };
}

/** Share of a distribution that is at most `us`. */
function within(us: number, { mu, sigma }: LogNormal): number {
  if (us <= 0) return 0;
  const beyond = Math.log(us) - mu;
  if (sigma < 1e-9) return beyond >= 0 ? 1 : 0;
  return normal(beyond / sigma);
}

/** The standard normal distribution, by Abramowitz and Stegun 26.2.17 (error below 7.5e-8). */
function normal(z: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(z));
  const polynomial = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  const tail = (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * polynomial;
  return z >= 0 ? 1 - tail : tail;
}
