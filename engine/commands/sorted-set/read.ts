import { type KeyRef, VALUE_ZSET } from '../../keyspace/key-ref.ts';
import type { CommandContext } from '../context.ts';
import { wrongArity } from '../errors.ts';
import { keyAt } from '../key-specs.ts';
import type { CommandSpec } from '../spec.ts';
import { key, maxMember, maxScore, member, memberArgument, members, minMember, minScore } from './arguments.ts';
import { Bounds } from './bounds.ts';

const bounds = new Bounds();

/** Key 0, which is missing or a sorted set. */
function sortedSet({ keys, keyspace }: CommandContext): KeyRef {
  const ref = keys.at(0);
  keyspace.requireType(ref, VALUE_ZSET);
  return ref;
}

function zcard(context: CommandContext): void {
  const ref = sortedSet(context);
  context.reply.integer(ref.exists ? context.keyspace.sortedSets.open(ref).count : 0);
}

function zscore(context: CommandContext): void {
  const { keyspace, reply, request } = context;
  const ref = sortedSet(context);
  const zset = keyspace.sortedSets;
  if (ref.exists && zset.open(ref).find(memberArgument(request, 2))) reply.double(zset.score);
  else reply.nil();
}

function zmscore(context: CommandContext): void {
  const { keyspace, reply, request } = context;
  const ref = sortedSet(context);
  const zset = keyspace.sortedSets;
  if (ref.exists) zset.open(ref);
  reply.array(request.count - 2);
  for (let i = 2; i < request.count; i++) {
    if (ref.exists && zset.find(memberArgument(request, i))) reply.double(zset.score);
    else reply.nil();
  }
}

function rankOf(context: CommandContext, backwards: boolean): void {
  const { keyspace, reply, request } = context;
  if (request.count > 4 || (request.count === 4 && !request.is(3, 'withscore')))
    throw wrongArity(backwards ? 'zrevrank' : 'zrank');
  const withScore = request.count === 4;
  const ref = sortedSet(context);
  const zset = keyspace.sortedSets;
  const member = memberArgument(request, 2);
  if (!ref.exists || !zset.open(ref).find(member)) {
    if (withScore) reply.nilArray();
    else reply.nil();
    return;
  }
  const rank = zset.rank(member);
  if (withScore) reply.array(2);
  reply.integer(backwards ? zset.count - 1 - rank : rank);
  if (withScore) reply.double(zset.score);
}

function zrank(context: CommandContext): void {
  rankOf(context, false);
}

function zrevrank(context: CommandContext): void {
  rankOf(context, true);
}

function zcount(context: CommandContext): void {
  const { keyspace, reply, request } = context;
  bounds.parseScores(request, 2, 3);
  const ref = sortedSet(context);
  const [start, end] = ref.exists ? bounds.scoreRanks(keyspace.sortedSets.open(ref)) : [0, 0];
  reply.integer(end - start);
}

function zlexcount(context: CommandContext): void {
  const { keyspace, reply, request } = context;
  bounds.parseMembers(request, 2, 3);
  const ref = sortedSet(context);
  const [start, end] = ref.exists ? bounds.memberRanks(keyspace.sortedSets.open(ref), false) : [0, 0];
  reply.integer(end - start);
}

/** ZRANK and ZREVRANK. */
const ranks = {
  group: 'sorted-set',
  complexity: 'O(log(N))',
  arity: -3,
  flags: ['readonly', 'fast'],
  categories: ['sortedset'],
  keySpecs: [keyAt(1, ['RO', 'access'])],
  history: [['7.2.0', 'Option WITHSCORE']],
  arguments: [
    key,
    member,
    { name: 'withscore', type: 'pure-token', token: 'WITHSCORE', since: '7.2.0', optional: true },
  ],
  tiers: 'value',
} as const satisfies Partial<CommandSpec>;

/** ZCOUNT and ZLEXCOUNT. */
const counts = {
  group: 'sorted-set',
  complexity: 'O(log(N)), N being the number of members',
  arity: 4,
  flags: ['readonly', 'fast'],
  categories: ['sortedset'],
  keySpecs: [keyAt(1, ['RO', 'access'])],
  tiers: 'value',
} as const satisfies Partial<CommandSpec>;

export const readCommands: readonly CommandSpec[] = [
  {
    name: 'zcard',
    summary: 'Count the members of a sorted set',
    since: '1.2.0',
    group: 'sorted-set',
    complexity: 'O(1)',
    arity: 2,
    flags: ['readonly', 'fast'],
    categories: ['sortedset'],
    keySpecs: [keyAt(1, ['RO'])],
    arguments: [key],
    tiers: 'value',
    execute: zcard,
  },
  {
    name: 'zscore',
    summary: 'Tell the score of a member',
    since: '1.2.0',
    group: 'sorted-set',
    complexity: 'O(1)',
    arity: 3,
    flags: ['readonly', 'fast'],
    categories: ['sortedset'],
    keySpecs: [keyAt(1, ['RO', 'access'])],
    arguments: [key, member],
    tiers: 'value',
    execute: zscore,
  },
  {
    name: 'zmscore',
    summary: 'Tell the scores of several members',
    since: '6.2.0',
    group: 'sorted-set',
    complexity: 'O(N), N being the number of members asked for',
    arity: -3,
    flags: ['readonly', 'fast'],
    categories: ['sortedset'],
    keySpecs: [keyAt(1, ['RO', 'access'])],
    arguments: [key, members],
    tiers: 'value',
    execute: zmscore,
  },
  {
    ...ranks,
    name: 'zrank',
    summary: 'Tell how many members come before one, from the lowest score on',
    since: '2.0.0',
    execute: zrank,
  },
  {
    ...ranks,
    name: 'zrevrank',
    summary: 'Tell how many members come before one, from the highest score on',
    since: '2.0.0',
    execute: zrevrank,
  },
  {
    ...counts,
    name: 'zcount',
    summary: 'Count the members within a range of scores',
    since: '2.0.0',
    arguments: [key, minScore, maxScore],
    execute: zcount,
  },
  {
    ...counts,
    name: 'zlexcount',
    summary: 'Count the members from one to another where all scores are equal',
    since: '2.8.9',
    arguments: [key, minMember, maxMember],
    execute: zlexcount,
  },
];
