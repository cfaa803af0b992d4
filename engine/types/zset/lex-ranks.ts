import { compareBytes, type Slice } from '../../../tiers/tree/slice.ts';
import type { Collection } from '../collection/collection.ts';
import { readScore, SCORE_BYTES, type ScoreKey } from './score-key.ts';

/** One end of a range of members. */
export interface LexBound {
  /** -1: before all members; 1: after all; 0: at `member`. */
  side: -1 | 0 | 1;
  exclusive: boolean;
  readonly member: Slice;
}

/** Up to so many members with different scores are looked at one after the other. */
const WALKED = 1024;

/**
 * Ranges of members, which have a meaning where all have the same score. Where they have not, the answer is what redis 7.0.15 gives for a
 * listpack: a stretch of the order that begins with the first member (backwards: ends with the last) that one bound admits.
 */
export class LexRanks {
  private readonly order: Collection;
  private readonly keys: ScoreKey;

  constructor(order: Collection, keys: ScoreKey) {
    this.order = order;
    this.keys = keys;
  }

  /** Ranks `start` to `end` - 1 are the members from `min` to `max`. */
  range(min: LexBound, max: LexBound, backwards: boolean): readonly [start: number, end: number] {
    const { order } = this;
    const { count } = order;
    if (min.side > 0 || max.side < 0 || count === 0) return [0, 0];
    order.last();
    const last = readScore(order.leafView, order.keyAt);
    order.first();
    const first = readScore(order.leafView, order.keyAt);
    if (first !== last) return this.walk(min, max, backwards);
    const start = min.side < 0 ? 0 : this.rankOf(first, min, min.exclusive);
    const end = max.side > 0 ? count : this.rankOf(first, max, !max.exclusive);
    return [start, Math.max(start, end)];
  }

  /** Number of members before the bound, or (`after`) up to and with it. All have this score. */
  private rankOf(score: number, { member }: LexBound, after: boolean): number {
    const { order, keys } = this;
    return order.lowerBound(after ? keys.after(score, member) : keys.of(score, member)) ? order.rank() : order.count;
  }

  private walk(min: LexBound, max: LexBound, backwards: boolean): readonly [start: number, end: number] {
    const { order } = this;
    const { count } = order;
    const none = [0, 0] as const;
    if (isEmpty(min, max)) return none;
    if (!order.last() || !this.admits(min) || !order.first() || !this.admitsUpTo(max)) return none;
    const above = (rank: number): boolean => order.seek(rank) && this.admits(min);
    const below = (rank: number): boolean => order.seek(rank) && this.admitsUpTo(max);
    if (backwards) {
      const end = count > WALKED ? firstNot(below, 0, count) : lastThat(below, count);
      let start = end;
      if (count > WALKED) start = firstThat(above, 0, end);
      else while (start > 0 && above(start - 1)) start--;
      return [start, end];
    }
    const start = count > WALKED ? firstThat(above, 0, count) : stepTo(above, count);
    let end = start;
    if (count > WALKED) end = firstNot(below, start, count);
    else while (end < count && below(end)) end++;
    return [start, end];
  }

  private compare(member: Slice): number {
    const { order } = this;
    const at = order.keyAt + SCORE_BYTES;
    return compareBytes(order.leafView, at, order.keyLength - SCORE_BYTES, member.view, member.at, member.length);
  }

  /** Whether the lower bound admits the member at the cursor; the same for the upper one. */
  private admits({ side, exclusive, member }: LexBound): boolean {
    return side < 0 || (exclusive ? this.compare(member) > 0 : this.compare(member) >= 0);
  }

  private admitsUpTo({ side, exclusive, member }: LexBound): boolean {
    return side > 0 || (exclusive ? this.compare(member) < 0 : this.compare(member) <= 0);
  }
}

function isEmpty(min: LexBound, max: LexBound): boolean {
  if (min.side !== 0 || max.side !== 0) return false;
  const { member: a } = min;
  const { member: b } = max;
  const order = compareBytes(a.view, a.at, a.length, b.view, b.at, b.length);
  return order > 0 || (order === 0 && (min.exclusive || max.exclusive));
}

function stepTo(holds: (rank: number) => boolean, count: number): number {
  let rank = 0;
  while (rank < count && !holds(rank)) rank++;
  return rank;
}

/** One after the last rank for which it holds. */
function lastThat(holds: (rank: number) => boolean, count: number): number {
  let end = count;
  while (end > 0 && !holds(end - 1)) end--;
  return end;
}

/** By bisection: as if it held from some rank on; until some rank. */
function firstThat(holds: (rank: number) => boolean, from: number, to: number): number {
  let low = from;
  let high = to;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

function firstNot(holds: (rank: number) => boolean, from: number, to: number): number {
  return firstThat((rank) => !holds(rank), from, to);
}
