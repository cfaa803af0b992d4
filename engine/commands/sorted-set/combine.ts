import { Slice } from '../../../tiers/tree/slice.ts';
import { type KeyRef, VALUE_NONE, VALUE_SET, VALUE_ZSET } from '../../keyspace/key-ref.ts';
import { ScoredMembers } from '../../types/zset/scored-members.ts';
import type { CommandContext } from '../context.ts';
import { errors } from '../errors.ts';

export type Aggregate = 'sum' | 'min' | 'max';

/** A key that a command combines: a sorted set, a set whose members all have score 1, or nothing. */
export interface Source {
  readonly ref: KeyRef;
  readonly size: number;
  readonly weight: number;
}

/** Throws WRONGTYPE unless a key is missing, a sorted set or a set. */
export function requireSource(ref: KeyRef): void {
  if (ref.type !== VALUE_NONE && ref.type !== VALUE_ZSET && ref.type !== VALUE_SET) throw errors.wrongType;
}

export function sourceSize({ keyspace }: CommandContext, ref: KeyRef): number {
  if (!ref.exists) return 0;
  return ref.type === VALUE_SET ? keyspace.sets.size(ref) : keyspace.sortedSets.open(ref).count;
}

/** The smallest first: so fewest members are looked up, and sums are made in Redis's order. */
export function bySize(sources: readonly Source[]): Source[] {
  return [...sources].sort((a, b) => a.size - b.size);
}

const slice = new Slice();

/** Calls `visit` for each member; it may not open other sorted sets or sets. */
function visitSource(
  { keyspace }: CommandContext,
  { ref, size }: Source,
  visit: (member: Slice, score: number) => void,
): void {
  if (size === 0) return;
  if (ref.type === VALUE_SET) {
    keyspace.sets.visit(ref, (member) => visit(member, 1));
    return;
  }
  const zset = keyspace.sortedSets.open(ref);
  const { ranked } = zset;
  ranked.requireAll();
  for (let more = ranked.first(); more; more = ranked.next()) {
    zset.read(ranked);
    visit(zset.member(slice), zset.score);
  }
}

/** The member's score in a source, undefined where it is not. */
function scoreIn({ keyspace }: CommandContext, { ref, size }: Source, member: Slice): number | undefined {
  if (size === 0) return undefined;
  if (ref.type === VALUE_SET) return keyspace.sets.has(ref, member) ? 1 : undefined;
  const zset = keyspace.sortedSets.open(ref);
  return zset.find(member) ? zset.score : undefined;
}

/** A product that is no number (0 times infinity) counts as 0, and so does the sum of two infinities. */
function weighted({ weight }: Source, score: number): number {
  const product = weight * score;
  return Number.isNaN(product) ? 0 : product;
}

function aggregated(how: Aggregate, a: number, b: number): number {
  if (how === 'sum') {
    const sum = a + b;
    return Number.isNaN(sum) ? 0 : sum;
  }
  // Of 0 and -0 the first stays, which Math.min does not promise.
  const replaces = how === 'min' ? b < a : b > a;
  return replaces ? b : a;
}

export function union(context: CommandContext, sources: readonly Source[], how: Aggregate): ScoredMembers {
  const result = new ScoredMembers();
  for (const source of bySize(sources)) {
    const first = result.count === 0;
    visitSource(context, source, (member, score) => {
      const value = weighted(source, score);
      const n = first ? -1 : result.indexOf(member);
      if (n < 0) result.add(member, value);
      else result.setScore(n, aggregated(how, result.score(n), value));
    });
  }
  return result;
}

/** `limit`: how many members are enough, 0 for all. */
export function intersection(
  context: CommandContext,
  sources: readonly Source[],
  how: Aggregate,
  limit = 0,
): ScoredMembers {
  const result = new ScoredMembers();
  const [smallest, ...others] = bySize(sources);
  if (smallest === undefined || smallest.size === 0) return result;
  const base = read(context, smallest);
  for (let n = 0; n < base.count; n++) {
    const score = meeting(context, base, n, smallest, others, how);
    if (score === undefined) continue;
    result.add(base.member(n), score);
    if (result.count === limit) break;
  }
  return result;
}

/** The score of member `n` of the smallest source, if all others have it. */
function meeting(
  context: CommandContext,
  base: ScoredMembers,
  n: number,
  smallest: Source,
  others: readonly Source[],
  how: Aggregate,
): number | undefined {
  let score = weighted(smallest, base.score(n));
  for (const other of others) {
    const value = scoreIn(context, other, base.member(n));
    if (value === undefined) return undefined;
    score = aggregated(how, score, value * other.weight);
  }
  return score;
}

/** What the first source has and no other. */
export function difference(context: CommandContext, sources: readonly Source[]): ScoredMembers {
  const result = new ScoredMembers();
  const [first, ...others] = sources;
  if (first === undefined || first.size === 0) return result;
  const base = read(context, first);
  for (let n = 0; n < base.count; n++) {
    const missing = others.every((other) => scoreIn(context, other, base.member(n)) === undefined);
    if (missing) result.add(base.member(n), base.score(n));
  }
  return result;
}

function read(context: CommandContext, source: Source): ScoredMembers {
  const all = new ScoredMembers();
  visitSource(context, source, (member, score) => all.add(member, score));
  return all;
}
