import { VALUE_STRING } from '../../keyspace/key-ref.ts';
import { CommonSubsequence } from '../../types/string/common-subsequence.ts';
import type { CommandContext } from '../context.ts';
import { errors } from '../errors.ts';
import { keysFrom } from '../key-specs.ts';
import type { CommandSpec } from '../spec.ts';
import { int64Argument } from './arguments.ts';
import { maxStringBytes } from './limits.ts';

interface Options {
  length: boolean;
  ranges: boolean;
  withLength: boolean;
  minLength: number | bigint;
}

function parse({ request }: CommandContext): Options {
  const options: Options = { length: false, ranges: false, withLength: false, minLength: 0 };
  for (let i = 3; i < request.count; i++) {
    if (request.is(i, 'idx')) options.ranges = true;
    else if (request.is(i, 'len')) options.length = true;
    else if (request.is(i, 'withmatchlen')) options.withLength = true;
    else if (request.is(i, 'minmatchlen') && i + 1 < request.count) options.minLength = int64Argument(request, ++i);
    else throw errors.syntax;
  }
  if (options.length && options.ranges) throw errors.lcsLenAndIdx;
  return options;
}

function stringAt({ keys, keyspace }: CommandContext, n: number): Buffer {
  const key = keys.at(n);
  return key.exists ? keyspace.strings.copy(key, 0, keyspace.strings.length(key)) : Buffer.alloc(0);
}

function lcs(context: CommandContext): void {
  const { keys, reply } = context;
  for (let i = 0; i < 2; i++) {
    const key = keys.at(i);
    if (key.exists && key.type !== VALUE_STRING) throw errors.lcsNotStrings;
  }
  const options = parse(context);
  const a = stringAt(context, 0);
  const b = stringAt(context, 1);
  if (CommonSubsequence.tableBytes(a.length, b.length) > maxStringBytes(context)) throw errors.lcsTooLarge;
  if (options.length) {
    reply.integer(CommonSubsequence.lengthOf(a, b));
    return;
  }
  const common = new CommonSubsequence(a, b);
  if (!options.ranges) {
    const text = common.bytes();
    reply.bulk(text, 0, text.length);
    return;
  }
  const matches = common.matches().filter((match) => match.length >= options.minLength);
  reply.map(2);
  reply.text('matches');
  reply.array(matches.length);
  for (const { startA, startB, length } of matches) {
    reply.array(options.withLength ? 3 : 2);
    reply.array(2);
    reply.integer(startA);
    reply.integer(startA + length - 1);
    reply.array(2);
    reply.integer(startB);
    reply.integer(startB + length - 1);
    if (options.withLength) reply.integer(length);
  }
  reply.text('len');
  reply.integer(common.length);
}

export const lcsCommands: readonly CommandSpec[] = [
  {
    name: 'lcs',
    summary: 'Find the longest common subsequence of two strings',
    since: '7.0.0',
    group: 'string',
    complexity: 'O(N*M) where N and M are the lengths of the strings',
    arity: -3,
    flags: ['readonly'],
    categories: ['string'],
    keySpecs: [keysFrom(1, 1, 1, ['RO', 'access'])],
    arguments: [
      { name: 'key1', type: 'key', keySpecIndex: 0 },
      { name: 'key2', type: 'key', keySpecIndex: 0 },
      { name: 'len', type: 'pure-token', token: 'LEN', optional: true },
      { name: 'idx', type: 'pure-token', token: 'IDX', optional: true },
      { name: 'len', type: 'integer', token: 'MINMATCHLEN', optional: true },
      { name: 'withmatchlen', type: 'pure-token', token: 'WITHMATCHLEN', optional: true },
    ],
    tiers: 'value',
    execute: lcs,
  },
];
