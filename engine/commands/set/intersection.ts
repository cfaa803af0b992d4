import type { KeyRef } from '../../keyspace/key-ref.ts';
import { INT64_MAX, int64Argument } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { CommandError, errors } from '../errors.ts';
import { keyAt, keysFrom } from '../key-specs.ts';
import type { CommandSpec } from '../spec.ts';
import { existing, listing, replyMembers, sources, storeMembers, storing } from './algebra.ts';

const complexity = 'O(N*M) at worst, where N is the size of the smallest set and M the number of sets';

/** Sets to intersect; undefined when a missing one makes the result empty. */
function presentSources(context: CommandContext, from: number, counts: boolean): readonly KeyRef[] | undefined {
  const all = sources(context, from, counts);
  const present = existing(all);
  return present.length === all.length ? present : undefined;
}

export const sinter: CommandSpec = {
  ...listing,
  name: 'sinter',
  summary: 'List the members that all of the sets have',
  complexity,
  execute(context) {
    const sets = presentSources(context, 0, false);
    replyMembers(context, (take) => {
      if (sets !== undefined) context.keyspace.sets.algebra.intersect(sets, take);
    });
  },
};

export const sinterstore: CommandSpec = {
  ...storing,
  name: 'sinterstore',
  summary: 'Store the members that all of the sets have in a key',
  complexity,
  keySpecs: [keyAt(1, ['RW', 'update']), keysFrom(2, -1, 1, ['RO', 'access'])],
  execute(context) {
    const { sets } = context.keyspace;
    const from = presentSources(context, 1, true);
    const bytes = from === undefined ? 0 : Math.min(...from.map((key) => sets.bytes(key)));
    storeMembers(context, 'sinterstore', bytes, (take) => {
      if (from !== undefined) sets.algebra.intersect(from, take);
    });
  },
};

const noKeys = new CommandError('ERR numkeys should be greater than 0');
const tooManyKeys = new CommandError("ERR Number of keys can't be greater than number of args");
const negativeLimit = new CommandError("ERR LIMIT can't be negative");

function numberOfKeys({ request }: CommandContext): number {
  const keys = int64Argument(request, 1, noKeys);
  if (keys < 1n) throw noKeys;
  if (keys > BigInt(request.count - 2)) throw tooManyKeys;
  return Number(keys);
}

/** The last LIMIT, Infinity without one (or with 0). */
function parseLimit({ request }: CommandContext, from: number): number {
  let limit = 0n;
  for (let n = from; n < request.count; n += 2) {
    if (!request.is(n, 'limit') || n + 1 >= request.count) throw errors.syntax;
    limit = int64Argument(request, n + 1, negativeLimit);
    if (limit < 0n || limit > INT64_MAX) throw negativeLimit;
  }
  return limit === 0n ? Number.POSITIVE_INFINITY : Number(limit);
}

export const sintercard: CommandSpec = {
  name: 'sintercard',
  summary: 'Count the members that all of the sets have, up to a limit',
  since: '7.0.0',
  group: 'set',
  complexity,
  arity: -3,
  flags: ['readonly', 'movablekeys'],
  categories: ['set'],
  keySpecs: [{ flags: ['RO', 'access'], begin: { index: 1 }, find: { keyNumIndex: 0, firstKey: 1, step: 1 } }],
  arguments: [
    { name: 'numkeys', type: 'integer' },
    { name: 'key', type: 'key', keySpecIndex: 0, multiple: true },
    { name: 'limit', type: 'integer', token: 'LIMIT', optional: true },
  ],
  tiers: 'value',
  execute(context) {
    const limit = parseLimit(context, 2 + numberOfKeys(context));
    const sets = presentSources(context, 0, false);
    let count = 0;
    if (sets !== undefined) context.keyspace.sets.algebra.intersect(sets, () => ++count < limit);
    context.reply.integer(count);
  },
};
