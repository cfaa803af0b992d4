import type { Snapshot } from '../../engine/live/snapshot.ts';

/** One moment of the charts. `null` is a gap. */
export interface Point {
  /** Grows by one with each. */
  readonly number: number;
  /** Seconds since 1970. */
  readonly at: number;
  readonly opsPerSecond: number | null;
  readonly p50Usec: number | null;
  readonly p99Usec: number | null;
  readonly p999Usec: number | null;
  readonly ramHits: number | null;
  readonly allHits: number | null;
  readonly nvmeReadsPerSecond: number | null;
  readonly promotionsPerSecond: number | null;
  readonly demotionsPerSecond: number | null;
}

/** What the page asks for every two seconds. */
export interface LiveAnswer {
  readonly user: string;
  /** Whether the user has logged in, and so can log out. */
  readonly loggedIn: boolean;
  /** Null when the user may not run INFO. */
  readonly snapshot: Snapshot | null;
  /** Those that the page does not have yet. */
  readonly points: readonly Point[];
  /** Of the newest point. */
  readonly number: number;
}

export function pointOf(number: number, at: number, { operations, tiers }: Snapshot): Point {
  return {
    number,
    at,
    opsPerSecond: operations.perSecond,
    p50Usec: operations.perSecond === null ? null : (operations.latencyUsec?.p50 ?? null),
    p99Usec: operations.perSecond === null ? null : (operations.latencyUsec?.p99 ?? null),
    p999Usec: operations.perSecond === null ? null : (operations.latencyUsec?.p999 ?? null),
    ramHits: tiers?.ram.hits.now ?? null,
    allHits: tiers?.hits.now ?? null,
    nvmeReadsPerSecond: tiers?.readsPerSecond ?? null,
    promotionsPerSecond: tiers?.promotionsPerSecond ?? null,
    demotionsPerSecond: tiers?.demotionsPerSecond ?? null,
  };
}
