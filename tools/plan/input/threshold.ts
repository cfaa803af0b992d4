import type { HeldKeys } from './held-keys.ts';

/** How much a sample may hold. */
export interface SampleLimits {
  readonly maxKeys: number;
  /** Requests, as long as the sample then has `enoughKeys`; with fewer keys it may have `stretch` times as many. */
  readonly maxRequests: number;
  readonly enoughKeys: number;
  readonly stretch: number;
}

/** Sampled requests take 21 bytes each. Below 8,192 keys the error of miss ratios grows beyond 0.01. */
export const defaultLimits: SampleLimits = {
  maxKeys: 65_536,
  maxRequests: 2 ** 22,
  enoughKeys: 8_192,
  stretch: 4,
};

/** No limit of requests takes the sample below so many keys. */
const FEWEST_KEYS = 64;

/**
 * The highest threshold, and `current` at most, with which the sample keeps to its limits. Every part of a trace has fewer keys and requests than the
 * whole, so what a part asks for is never below what the whole does.
 */
export function thresholdWithin(limits: SampleLimits, keys: HeldKeys, current: number): number {
  // Mark and number of each key in one double, so that they sort as numbers.
  const order = new Float64Array(keys.size);
  for (let key = 0; key < keys.size; key++) order[key] = (keys.marks[key] ?? 0) * 2 ** 26 + key;
  order.sort();
  let requests = 0;
  for (let kept = 0; kept < order.length; kept++) {
    const place = order[kept] ?? 0;
    requests += keys.requests[place % 2 ** 26] ?? 0;
    const few = kept + 1 <= limits.enoughKeys;
    const tooMany = requests > (few ? limits.maxRequests * limits.stretch : limits.maxRequests);
    if (kept === limits.maxKeys || (tooMany && kept >= FEWEST_KEYS)) return Math.max(1, Math.floor(place / 2 ** 26));
  }
  return current;
}
