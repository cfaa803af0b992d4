import type { KeyRef } from '../../keyspace/key-ref.ts';
import type { TakeMember } from '../../types/set/set-algebra.ts';
import type { CommandContext } from '../context.ts';
import type { CommandSpec } from '../spec.ts';
import { existing, listing, replyMembers, sources, storeMembers, storing } from './algebra.ts';

const complexity = 'O(N) where N is the number of members of all sets';

/** Members of the first set that none of the others has, by the way that Redis expects to be less work. */
function subtract(
  { keyspace }: CommandContext,
  first: KeyRef | undefined,
  rest: readonly (KeyRef | undefined)[],
  take: TakeMember,
): void {
  if (first === undefined) return;
  const { algebra, builder } = keyspace.sets;
  const others = existing(rest);
  if (algebra.looksUp(first, others)) {
    algebra.subtract(first, others, take);
    return;
  }
  builder.begin(0);
  try {
    algebra.subtractInto(first, others, builder);
    builder.visit(take);
  } finally {
    builder.discard();
  }
}

export const sunion: CommandSpec = {
  ...listing,
  complexity,
  name: 'sunion',
  summary: 'List the members that any of the sets has',
  execute(context) {
    const sets = existing(sources(context, 0, false));
    replyMembers(context, (take) => context.keyspace.sets.algebra.union(sets, take));
  },
};

export const sunionstore: CommandSpec = {
  ...storing,
  complexity,
  name: 'sunionstore',
  summary: 'Store the members that any of the sets has in a key',
  execute(context) {
    const { sets } = context.keyspace;
    const from = existing(sources(context, 1, true));
    const bytes = from.reduce((sum, key) => sum + sets.bytes(key), 0);
    storeMembers(context, 'sunionstore', bytes, (take) => sets.algebra.concatenate(from, take));
  },
};

export const sdiff: CommandSpec = {
  ...listing,
  complexity,
  name: 'sdiff',
  summary: 'List the members of the first set that none of the others has',
  execute(context) {
    const [first, ...rest] = sources(context, 0, false);
    replyMembers(context, (take) => subtract(context, first, rest, take));
  },
};

export const sdiffstore: CommandSpec = {
  ...storing,
  complexity,
  name: 'sdiffstore',
  summary: 'Store the members of the first set that none of the others has in a key',
  execute(context) {
    const { sets } = context.keyspace;
    const [first, ...rest] = sources(context, 1, true);
    storeMembers(context, 'sdiffstore', first === undefined ? 0 : sets.bytes(first), (take) =>
      subtract(context, first, rest, take),
    );
  },
};
