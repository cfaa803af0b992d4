import type { LatencyRows } from './reading.ts';

/** In µs. The buckets are powers of two; within one, times are taken to be spread evenly. */
export interface Percentiles {
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
}

/** Calls by the longest time of their bucket in µs. */
export type Buckets = Map<number, number>;

/** How many calls came to each bucket between two readings. After CONFIG RESETSTAT, the later one alone. */
export function addNewCalls(to: Buckets, before: LatencyRows | undefined, now: LatencyRows): void {
  const reset = lastOf(before) > lastOf(now);
  const old = reset || before === undefined ? [] : before;
  let nowSeen = 0;
  let oldSeen = 0;
  let at = 0;
  for (const [upToUsec, calls] of now) {
    let oldHere = oldSeen;
    for (let row = old[at]; row !== undefined && row[0] <= upToUsec; row = old[++at]) oldHere = row[1];
    const added = calls - nowSeen - (oldHere - oldSeen);
    if (added > 0) to.set(upToUsec, (to.get(upToUsec) ?? 0) + added);
    nowSeen = calls;
    oldSeen = oldHere;
  }
}

function lastOf(rows: LatencyRows | undefined): number {
  return rows?.at(-1)?.[1] ?? 0;
}

/** Undefined without calls. */
export function percentilesOf(buckets: Buckets): Percentiles | undefined {
  const rows = [...buckets].sort(([a], [b]) => a - b);
  const all = rows.reduce((sum, [, calls]) => sum + calls, 0);
  if (all === 0) return undefined;
  const at = (share: number): number => {
    const rank = share * all;
    let seen = 0;
    for (const [upToUsec, calls] of rows) {
      if (seen + calls >= rank) {
        const low = upToUsec <= 1 ? 0 : upToUsec / 2;
        return low + ((upToUsec - low) * (rank - seen)) / calls;
      }
      seen += calls;
    }
    return rows.at(-1)?.[0] ?? 0;
  };
  return { p50: at(0.5), p99: at(0.99), p999: at(0.999) };
}
