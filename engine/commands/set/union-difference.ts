import type { KeyRef } from '../../keyspace/key-ref.ts';
import type { TakeMember } from '../../types/set/set-algebra.ts';
import type { CommandContext } from '../context.ts';
import { keyAt, keysFrom } from '../key-specs.ts';
import type { CommandSpec } from '../spec.ts';
import { declareStore, existing, replyMembers, sources, storeMembers } from './algebra.ts';

const complexity = 'O(N) where N is the number of members of all sets';

const list = {
  since: '1.0.0',
  group: 'set',
  complexity,
  arity: -2,
  flags: ['readonly'],
  categories: ['set'],
  keySpecs: [keysFrom(1, -1, 1, ['RO', 'access'])],
  tips: ['nondeterministic_output_order'],
  arguments: [{ name: 'key', type: 'key', keySpecIndex: 0, multiple: true }],
  tiers: 'value',
} as const satisfies Partial<CommandSpec>;

const store = {
  since: '1.0.0',
  group: 'set',
  complexity,
  arity: -3,
  flags: ['write', 'denyoom'],
  categories: ['set'],
  keySpecs: [keyAt(1, ['OW', 'update']), keysFrom(2, -1, 1, ['RO', 'access'])],
  arguments: [
    { name: 'destination', type: 'key', keySpecIndex: 0 },
    { name: 'key', type: 'key', keySpecIndex: 1, multiple: true },
  ],
  tiers: 'value',
  declareKeys: declareStore,
} as const satisfies Partial<CommandSpec>;

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
  ...list,
  name: 'sunion',
  summary: 'List the members that any of the sets has',
  execute(context) {
    const sets = existing(sources(context, 0, false));
    replyMembers(context, (take) => context.keyspace.sets.algebra.union(sets, take));
  },
};

export const sunionstore: CommandSpec = {
  ...store,
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
  ...list,
  name: 'sdiff',
  summary: 'List the members of the first set that none of the others has',
  execute(context) {
    const [first, ...rest] = sources(context, 0, false);
    replyMembers(context, (take) => subtract(context, first, rest, take));
  },
};

export const sdiffstore: CommandSpec = {
  ...store,
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
