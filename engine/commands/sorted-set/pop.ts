import { type KeyRef, VALUE_ZSET } from '../../keyspace/key-ref.ts';
import { parseInteger } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { CommandError, errors } from '../errors.ts';
import { keyAt } from '../key-specs.ts';
import type { CommandSpec } from '../spec.ts';
import { key, keys as keysArgument, longArgument, numkeys as numkeysArgument } from './arguments.ts';
import { removeRange } from './remove.ts';
import { FLAT_SCORES, NESTED_SCORES, type Style, writeMembers } from './replies.ts';

const notPositive = new CommandError('ERR value is out of range, must be positive');
const noKeys = new CommandError('ERR numkeys should be greater than 0');
const noCount = new CommandError('ERR count should be greater than 0');

/** Takes up to `count` members from one end of an existing sorted set, and writes them. */
export function pop(context: CommandContext, ref: KeyRef, highest: boolean, count: number, style: Style): void {
  const zset = context.keyspace.sortedSets.open(ref);
  const taken = Math.min(count, zset.count);
  const start = highest ? zset.count - taken : 0;
  writeMembers(context.reply, zset, start, taken, highest, style);
  removeRange(context, ref, start, taken, highest ? 'zpopmax' : 'zpopmin');
}

function popOne(context: CommandContext, highest: boolean): void {
  const { keys, keyspace, reply, request } = context;
  if (request.count > 3) throw errors.syntax;
  const given = request.count === 3;
  const count = given ? countArgument(context) : 1;
  const ref = keys.at(0);
  keyspace.requireType(ref, VALUE_ZSET);
  if (!ref.exists || count === 0) reply.array(0);
  else pop(context, ref, highest, count, given && reply.resp === 3 ? NESTED_SCORES : FLAT_SCORES);
}

function countArgument({ request }: CommandContext): number {
  const value = parseInteger(request, 2);
  if (value === undefined || value < 0) throw notPositive;
  return Number(value);
}

function zpopmin(context: CommandContext): void {
  popOne(context, false);
}

function zpopmax(context: CommandContext): void {
  popOne(context, true);
}

/** The arguments of ZMPOP from `numkeys` on, which stands at `at`. */
export interface MultiPop {
  readonly numkeys: number;
  readonly highest: boolean;
  readonly count: number;
}

/** `numkeys key [key ...] MIN|MAX [COUNT count]`. */
export function parseMultiPop(context: CommandContext, at: number): MultiPop {
  const { request } = context;
  const numkeys = atLeastOne(context, at, noKeys);
  const where = at + 1 + numkeys;
  if (where >= request.count) throw errors.syntax;
  const highest = request.is(where, 'max');
  if (!highest && !request.is(where, 'min')) throw errors.syntax;
  let count = -1;
  for (let i = where + 1; i < request.count; i++) {
    if (count >= 0 || !request.is(i, 'count') || i + 1 === request.count) throw errors.syntax;
    count = atLeastOne(context, ++i, noCount);
  }
  return { numkeys, highest, count: Math.max(1, count) };
}

/** Takes members from one of the keys of ZMPOP and replies them with its name. */
export function popNamed(context: CommandContext, ref: KeyRef, { highest, count }: MultiPop): void {
  const { reply, request } = context;
  reply.array(2);
  reply.bulk(request.bytes, request.start(ref.argIndex), request.length(ref.argIndex));
  pop(context, ref, highest, count, NESTED_SCORES);
}

function zmpop(context: CommandContext): void {
  const { keys, keyspace, reply } = context;
  const options = parseMultiPop(context, 1);
  for (let n = 0; n < options.numkeys; n++) {
    const ref = keys.at(n);
    keyspace.requireType(ref, VALUE_ZSET);
    if (!ref.exists) continue;
    popNamed(context, ref, options);
    return;
  }
  reply.nilArray();
}

function atLeastOne({ request }: CommandContext, argIndex: number, error: CommandError): number {
  const value = longArgument(request, argIndex, error);
  if (value < 1) throw error;
  return value;
}

export const popCommands: readonly CommandSpec[] = [
  {
    name: 'zpopmin',
    summary: 'Take the members with the lowest scores out of a sorted set',
    since: '5.0.0',
    group: 'sorted-set',
    complexity: 'O(log(N)*M) for M of N members',
    arity: -2,
    flags: ['write', 'fast'],
    categories: ['sortedset'],
    keySpecs: [keyAt(1, ['RW', 'access', 'delete'])],
    arguments: [key, { name: 'count', type: 'integer', optional: true }],
    tiers: 'value',
    execute: zpopmin,
  },
  {
    name: 'zpopmax',
    summary: 'Take the members with the highest scores out of a sorted set',
    since: '5.0.0',
    group: 'sorted-set',
    complexity: 'O(log(N)*M) for M of N members',
    arity: -2,
    flags: ['write', 'fast'],
    categories: ['sortedset'],
    keySpecs: [keyAt(1, ['RW', 'access', 'delete'])],
    arguments: [key, { name: 'count', type: 'integer', optional: true }],
    tiers: 'value',
    execute: zpopmax,
  },
  {
    name: 'zmpop',
    summary: 'Take the members with the lowest or highest scores out of the first of several sorted sets that is there',
    since: '7.0.0',
    group: 'sorted-set',
    complexity: 'O(K)+O(M*log(N)) for K keys and M of N members',
    arity: -4,
    flags: ['write'],
    categories: ['sortedset'],
    keySpecs: [
      { flags: ['RW', 'access', 'delete'], begin: { index: 1 }, find: { keyNumIndex: 0, firstKey: 1, step: 1 } },
    ],
    arguments: [
      numkeysArgument,
      keysArgument,
      {
        name: 'where',
        type: 'oneof',
        arguments: [
          { name: 'min', type: 'pure-token', token: 'MIN' },
          { name: 'max', type: 'pure-token', token: 'MAX' },
        ],
      },
      { name: 'count', type: 'integer', token: 'COUNT', optional: true },
    ],
    tiers: 'value',
    execute: zmpop,
  },
];
