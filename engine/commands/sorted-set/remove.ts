import { eventClass } from '../../events/events.ts';
import { type KeyRef, VALUE_ZSET } from '../../keyspace/key-ref.ts';
import type { CommandContext } from '../context.ts';
import { keyAt } from '../key-specs.ts';
import type { CommandSpec } from '../spec.ts';
import { key, maxMember, maxScore, memberArgument, members, minMember, minScore, start, stop } from './arguments.ts';
import { type RangeDefaults, RangeQuery } from './range-query.ts';

const query = new RangeQuery();

function zrem({ keys, keyspace, reply, request }: CommandContext): void {
  const ref = keys.at(0);
  keyspace.requireType(ref, VALUE_ZSET);
  if (!ref.exists) {
    reply.integer(0);
    return;
  }
  const { collections, sortedSets } = keyspace;
  const zset = sortedSets.open(ref);
  if (request.count > 3) for (let i = 2; i < request.count; i++) zset.look(0, memberArgument(request, i));
  let removed = 0;
  for (let i = 2; i < request.count && zset.count > 0; i++) {
    const member = memberArgument(request, i);
    if (!(removed > 0 ? zset.findLoaded(member) : zset.find(member))) continue;
    zset.remove(member);
    removed++;
  }
  if (zset.count === 0) {
    collections.emptied(removed);
    keyspace.delete(ref);
  } else if (removed > 0) collections.changed(ref, removed);
  if (removed > 0) keyspace.events.taken(eventClass.zset, 'zrem', ref);
  reply.integer(removed);
}

/** Removes `count` members from number `start` on, and the key with the last of them. */
export function removeRange(
  { keyspace }: CommandContext,
  ref: KeyRef,
  start: number,
  count: number,
  event: string,
): void {
  if (count === 0) return;
  const { collections, sortedSets: zset } = keyspace;
  if (count === zset.count) {
    collections.emptied(count);
    keyspace.delete(ref);
    keyspace.events.taken(eventClass.zset, event, ref);
    return;
  }
  if (count > 1) zset.lookAt(start, count);
  zset.removeRange(start, count);
  collections.changed(ref, count);
  keyspace.events.notify(eventClass.zset, event, ref);
}

function removeBy(context: CommandContext, defaults: RangeDefaults): void {
  const { keys, keyspace, reply } = context;
  query.parse(context, 2, defaults);
  const ref = keys.at(0);
  keyspace.requireType(ref, VALUE_ZSET);
  if (!ref.exists) {
    reply.integer(0);
    return;
  }
  query.resolve(keyspace.sortedSets.open(ref));
  const { count, start } = query;
  removeRange(context, ref, start, count, `zremrangeby${defaults.kind}`);
  reply.integer(count);
}

const ranks: RangeDefaults = { kind: 'rank', backwards: false, stores: false };
const scores: RangeDefaults = { kind: 'score', backwards: false, stores: false };
const lex: RangeDefaults = { kind: 'lex', backwards: false, stores: false };

/** What commands that remove a range have in common. */
const rangesRemoved = {
  group: 'sorted-set',
  complexity: 'O(log(N)+M) for M of N members',
  arity: 4,
  flags: ['write'],
  categories: ['sortedset'],
  keySpecs: [keyAt(1, ['RW', 'delete'])],
  tiers: 'value',
} as const satisfies Partial<CommandSpec>;

export const removeCommands: readonly CommandSpec[] = [
  {
    name: 'zrem',
    summary: 'Remove members from a sorted set',
    since: '1.2.0',
    group: 'sorted-set',
    complexity: 'O(M*log(N)) for M members to remove from N',
    cheapArguments: 3,
    arity: -3,
    flags: ['write', 'fast'],
    categories: ['sortedset'],
    keySpecs: [keyAt(1, ['RW', 'delete'])],
    history: [['2.4.0', 'Several members in one call']],
    arguments: [key, members],
    tiers: 'value',
    execute: zrem,
  },
  {
    ...rangesRemoved,
    name: 'zremrangebyrank',
    summary: 'Remove a range of members by rank',
    since: '2.0.0',
    arguments: [key, start, stop],
    execute: (context) => removeBy(context, ranks),
  },
  {
    ...rangesRemoved,
    name: 'zremrangebyscore',
    summary: 'Remove the members within a range of scores',
    since: '1.2.0',
    arguments: [key, minScore, maxScore],
    execute: (context) => removeBy(context, scores),
  },
  {
    ...rangesRemoved,
    name: 'zremrangebylex',
    summary: 'Remove the members from one to another where all scores are equal',
    since: '2.8.9',
    arguments: [key, minMember, maxMember],
    execute: (context) => removeBy(context, lex),
  },
];
