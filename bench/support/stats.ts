/** The median; the mean of the middle two for an even count; NaN for none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle];
  if (upper === undefined) return Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? upper)) / 2;
}

export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** The mean of the last quarter minus that of the first: how far a series moved while it was watched. */
export function drift(values: readonly number[]): number {
  const quarter = Math.max(1, values.length >> 2);
  return values.length === 0 ? 0 : mean(values.slice(-quarter)) - mean(values.slice(0, quarter));
}
