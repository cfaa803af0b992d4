import { Slice } from '../../../tiers/tree/slice.ts';
import { type KeyRef, VALUE_ZSET } from '../../keyspace/key-ref.ts';
import { ScoredMembers } from '../../types/zset/scored-members.ts';
import type { CommandContext } from '../context.ts';
import { keyAt } from '../key-specs.ts';
import type { CommandSpec } from '../spec.ts';
import { key, limit, maxMember, maxScore, minMember, minScore, start, stop, withScores } from './arguments.ts';
import { type RangeDefaults, RangeQuery } from './range-query.ts';
import { styleOf, visitMembers, writeMembers } from './replies.ts';
import { declareTarget, storeResult } from './store.ts';

const query = new RangeQuery();

/** The sorted set's part that the query asks for; false when the key is missing. */
function resolve({ keyspace }: CommandContext, ref: KeyRef): boolean {
  keyspace.requireType(ref, VALUE_ZSET);
  if (!ref.exists) return false;
  query.resolve(keyspace.sortedSets.open(ref));
  return true;
}

function answer(context: CommandContext, defaults: RangeDefaults): void {
  const { keys, keyspace, reply } = context;
  query.parse(context, 2, defaults);
  if (!resolve(context, keys.at(0))) {
    reply.array(0);
    return;
  }
  const style = styleOf(reply, query.withScores);
  writeMembers(reply, keyspace.sortedSets, query.start, query.count, query.backwards, style);
}

function zrangestore(context: CommandContext): void {
  const { keys, keyspace } = context;
  query.parse(context, 3, { kind: undefined, backwards: undefined, stores: true });
  const found = new ScoredMembers();
  const slice = new Slice();
  keys.countLookup(1);
  if (resolve(context, keys.at(1))) {
    const zset = keyspace.sortedSets;
    visitMembers(zset, query.start, query.count, false, () => found.add(zset.member(slice), zset.score));
  }
  storeResult(context, found, 'zrangestore');
}

const ranks: RangeDefaults = { kind: 'rank', backwards: true, stores: false };
const any: RangeDefaults = { kind: undefined, backwards: undefined, stores: false };
const scores: RangeDefaults = { kind: 'score', backwards: false, stores: false };
const scoresDown: RangeDefaults = { kind: 'score', backwards: true, stores: false };
const lex: RangeDefaults = { kind: 'lex', backwards: false, stores: false };
const lexDown: RangeDefaults = { kind: 'lex', backwards: true, stores: false };

/** What commands that list a range and are there for old clients have in common. */
const ranges = {
  group: 'sorted-set',
  complexity: 'O(log(N)+M) for M of N members',
  arity: -4,
  flags: ['readonly'],
  categories: ['sortedset'],
  keySpecs: [keyAt(1, ['RO', 'access'])],
  deprecatedSince: '6.2.0',
  tiers: 'value',
} as const satisfies Partial<CommandSpec>;

export const rangeCommands: readonly CommandSpec[] = [
  {
    name: 'zrange',
    summary: 'List a range of members by rank, score or name',
    since: '1.2.0',
    group: 'sorted-set',
    complexity: 'O(log(N)+M) for M of N members',
    arity: -4,
    flags: ['readonly'],
    categories: ['sortedset'],
    keySpecs: [keyAt(1, ['RO', 'access'])],
    history: [['6.2.0', 'Options REV, BYSCORE, BYLEX and LIMIT']],
    arguments: [
      key,
      { name: 'start', type: 'string' },
      { name: 'stop', type: 'string' },
      {
        name: 'sortby',
        type: 'oneof',
        since: '6.2.0',
        optional: true,
        arguments: [
          { name: 'byscore', type: 'pure-token', token: 'BYSCORE' },
          { name: 'bylex', type: 'pure-token', token: 'BYLEX' },
        ],
      },
      { name: 'rev', type: 'pure-token', token: 'REV', since: '6.2.0', optional: true },
      {
        name: 'offset_count',
        type: 'block',
        token: 'LIMIT',
        since: '6.2.0',
        optional: true,
        arguments: [
          { name: 'offset', type: 'integer' },
          { name: 'count', type: 'integer' },
        ],
      },
      withScores,
    ],
    tiers: 'value',
    execute: (context) => answer(context, any),
  },
  {
    ...ranges,
    name: 'zrevrange',
    summary: 'List a range of members by rank, the highest score first',
    since: '1.2.0',
    replacedBy: '`ZRANGE` with the `REV` argument',
    arguments: [key, start, stop, withScores],
    execute: (context) => answer(context, ranks),
  },
  {
    ...ranges,
    name: 'zrangebyscore',
    summary: 'List the members within a range of scores',
    since: '1.0.5',
    history: [['2.0.0', 'Option WITHSCORES']],
    replacedBy: '`ZRANGE` with the `BYSCORE` argument',
    arguments: [
      key,
      minScore,
      maxScore,
      { name: 'withscores', type: 'pure-token', token: 'WITHSCORES', since: '2.0.0', optional: true },
      limit,
    ],
    execute: (context) => answer(context, scores),
  },
  {
    ...ranges,
    name: 'zrevrangebyscore',
    summary: 'List the members within a range of scores, the highest first',
    since: '2.2.0',
    history: [['2.1.6', 'Exclusive bounds']],
    replacedBy: '`ZRANGE` with the `REV` and `BYSCORE` arguments',
    arguments: [key, maxScore, minScore, withScores, limit],
    execute: (context) => answer(context, scoresDown),
  },
  {
    ...ranges,
    name: 'zrangebylex',
    summary: 'List the members from one to another where all scores are equal',
    since: '2.8.9',
    replacedBy: '`ZRANGE` with the `BYLEX` argument',
    arguments: [key, minMember, maxMember, limit],
    execute: (context) => answer(context, lex),
  },
  {
    ...ranges,
    name: 'zrevrangebylex',
    summary: 'List the members from one down to another where all scores are equal',
    since: '2.8.9',
    replacedBy: '`ZRANGE` with the `REV` and `BYLEX` arguments',
    arguments: [key, maxMember, minMember, limit],
    execute: (context) => answer(context, lexDown),
  },
  {
    name: 'zrangestore',
    summary: 'Store a range of members in another key',
    since: '6.2.0',
    group: 'sorted-set',
    complexity: 'O(log(N)+M) for M of N members',
    arity: -5,
    flags: ['write', 'denyoom'],
    categories: ['sortedset'],
    keySpecs: [keyAt(1, ['OW', 'update']), keyAt(2, ['RO', 'access'])],
    arguments: [
      { name: 'dst', type: 'key', keySpecIndex: 0 },
      { name: 'src', type: 'key', keySpecIndex: 1 },
      minMember,
      maxMember,
      {
        name: 'sortby',
        type: 'oneof',
        optional: true,
        arguments: [
          { name: 'byscore', type: 'pure-token', token: 'BYSCORE' },
          { name: 'bylex', type: 'pure-token', token: 'BYLEX' },
        ],
      },
      { name: 'rev', type: 'pure-token', token: 'REV', optional: true },
      limit,
    ],
    tiers: 'value',
    declareKeys: (context) => declareTarget(context, 2, 1),
    execute: zrangestore,
  },
];
