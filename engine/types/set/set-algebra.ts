import { Slice } from '../../../tiers/tree/slice.ts';
import type { KeyRef } from '../../keyspace/key-ref.ts';
import type { Collection } from '../collection/collection.ts';
import type { Collections } from '../collection/collections.ts';
import { SET_SHAPE } from './encodings.ts';
import type { SetBuilder } from './set-builder.ts';

/** Answering false ends the walk. The slice is good until the function returns. */
export type TakeMember = (member: Slice) => boolean;

/** So many sets are united by looking members up in those before; of more, all members are collected aside. */
const LOOKED_UP_SETS = 8;

/**
 * Intersection, union and difference of sets whose values are in RAM. Nothing is changed; members come in no order that means anything,
 * each once.
 */
export class SetAlgebra {
  private readonly collections: Collections;
  private readonly builder: SetBuilder;
  private readonly pool: Collection[] = [];
  private readonly member = new Slice();

  constructor(collections: Collections, builder: SetBuilder) {
    this.collections = collections;
    this.builder = builder;
  }

  /** Members of all sets: those of the smallest, looked up in the others from the next smallest on. At least one set. */
  intersect(refs: readonly KeyRef[], take: TakeMember): void {
    const [smallest, ...others] = this.openAll(refs).sort((a, b) => a.count - b.count);
    if (smallest === undefined) return;
    const { member } = this;
    for (let more = smallest.first(); more; more = smallest.next()) {
      if (inAll(others, smallest.key(member)) && !take(member)) return;
    }
  }

  /** Members of any set. */
  union(refs: readonly KeyRef[], take: TakeMember): void {
    const sets = this.openAll(refs);
    if (sets.length > LOOKED_UP_SETS) {
      this.unionAside(sets, take);
      return;
    }
    const { member } = this;
    for (let n = 0; n < sets.length; n++) {
      const set = sets[n];
      const before = sets.slice(0, n);
      if (set === undefined) continue;
      for (let more = set.first(); more; more = set.next()) {
        if (!inAny(before, set.key(member)) && !take(member)) return;
      }
    }
  }

  /** Members of all sets, one after the other: those of several come as often. */
  concatenate(refs: readonly KeyRef[], take: (member: Slice) => void): void {
    const { member } = this;
    for (const set of this.openAll(refs)) {
      for (let more = set.first(); more; more = set.next()) take(set.key(member));
    }
  }

  /**
   * Whether Redis would take the difference by looking each member of the first set up in the others (which is then to be done from the
   * largest of them), rather than by copying the first and removing the others' members: what it expects to be less work.
   */
  looksUp(first: KeyRef, others: readonly KeyRef[]): boolean {
    const [from, ...rest] = this.openEach([first, ...others]);
    const lookups = (from?.count ?? 0) * (rest.length + 1);
    const removals = rest.reduce((sum, set) => sum + set.count, from?.count ?? 0);
    return Math.floor(lookups / 2) <= removals;
  }

  /** Members of the first set that are in none of the others, by lookups. */
  subtract(first: KeyRef, others: readonly KeyRef[], take: TakeMember): void {
    const [from, ...rest] = this.openEach([first, ...others]);
    if (from === undefined) return;
    rest.sort((a, b) => b.count - a.count);
    const { member } = this;
    for (let more = from.first(); more; more = from.next()) {
      if (!inAny(rest, from.key(member)) && !take(member)) return;
    }
  }

  /** The same, collected in `into`, by removing what the others have. */
  subtractInto(first: KeyRef, others: readonly KeyRef[], into: SetBuilder): void {
    const [from, ...rest] = this.openEach([first, ...others]);
    if (from === undefined) return;
    const { member } = this;
    for (let more = from.first(); more; more = from.next()) into.add(from.key(member));
    for (const set of rest) {
      for (let more = set.first(); more && into.size > 0; more = set.next()) into.remove(set.key(member));
    }
  }

  private unionAside(sets: readonly Collection[], take: TakeMember): void {
    const { builder, member } = this;
    builder.begin(0);
    try {
      for (const set of sets) {
        for (let more = set.first(); more; more = set.next()) {
          if (builder.add(set.key(member)) && !take(member)) return;
        }
      }
    } finally {
      builder.discard();
    }
  }

  /** A cursor over each of the different sets. */
  private openAll(refs: readonly KeyRef[]): Collection[] {
    const handles = new Set<number>();
    return this.openEach(
      refs.filter((ref) => {
        const seen = handles.has(ref.handle);
        handles.add(ref.handle);
        return !seen;
      }),
    );
  }

  private openEach(refs: readonly KeyRef[]): Collection[] {
    const { pool } = this;
    while (pool.length < refs.length) pool.push(this.collections.cursor(SET_SHAPE));
    return refs.map((ref, n) => (pool[n] ?? this.collections.cursor(SET_SHAPE)).open(ref));
  }
}

function inAll(sets: readonly Collection[], member: Slice): boolean {
  for (let n = 0; n < sets.length; n++) if (!sets[n]?.find(member)) return false;
  return true;
}

function inAny(sets: readonly Collection[], member: Slice): boolean {
  for (let n = 0; n < sets.length; n++) if (sets[n]?.find(member)) return true;
  return false;
}
