import type { Request } from '../../../protocol/resp/request.ts';
import type { ScoredMembers } from '../../types/zset/scored-members.ts';
import { parseInteger } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { CommandError, errors } from '../errors.ts';
import { keyAt } from '../key-specs.ts';
import type { CommandSpec } from '../spec.ts';
import {
  aggregates,
  destination,
  keys,
  longArgument,
  numkeys,
  scoreArgument,
  sources,
  weights,
  withScores,
} from './arguments.ts';
import { type Aggregate, difference, intersection, requireSource, type Source, sourceSize, union } from './combine.ts';
import { FLAT_SCORES, NESTED_SCORES, styleOf, writeCount } from './replies.ts';
import { declareTarget, storeResult } from './store.ts';

const weightNotFloat = new CommandError('ERR weight value is not a float');
const negativeLimit = new CommandError("ERR LIMIT can't be negative");

type Operation = 'union' | 'inter' | 'diff';

/** What a call says besides its keys. */
interface Options {
  readonly weights: number[];
  aggregate: Aggregate;
  withScores: boolean;
  limit: number;
}

/** Which options a command has. */
interface Grammar {
  readonly name: string;
  /** Argument with the number of keys. */
  readonly at: number;
  readonly weights: boolean;
  readonly withScores: boolean;
  readonly limit: boolean;
}

function parseKeyCount({ request }: CommandContext, { name, at }: Grammar): number {
  const count = longArgument(request, at);
  if (count < 1) throw new CommandError(`ERR at least 1 input key is needed for '${name}' command`);
  if (count > request.count - at - 1) throw errors.syntax;
  return count;
}

function parseOptions({ request }: CommandContext, grammar: Grammar, keyCount: number): Options {
  const options: Options = { weights: [], aggregate: 'sum', withScores: false, limit: 0 };
  let i = grammar.at + 1 + keyCount;
  while (i < request.count) {
    const left = request.count - i;
    if (grammar.weights && left > keyCount && request.is(i, 'weights')) {
      for (let n = 0; n < keyCount; n++) options.weights[n] = scoreArgument(request, i + 1 + n, weightNotFloat);
      i += 1 + keyCount;
    } else if (grammar.weights && left >= 2 && request.is(i, 'aggregate')) {
      options.aggregate = parseAggregate(request, i + 1);
      i += 2;
    } else if (grammar.withScores && request.is(i, 'withscores')) {
      options.withScores = true;
      i++;
    } else if (grammar.limit && left >= 2 && request.is(i, 'limit')) {
      const limit = parseInteger(request, i + 1);
      if (limit === undefined || limit < 0) throw negativeLimit;
      options.limit = Number(limit);
      i += 2;
    } else throw errors.syntax;
  }
  return options;
}

function parseAggregate(request: Request, i: number): Aggregate {
  for (const how of ['sum', 'min', 'max'] as const) if (request.is(i, how)) return how;
  throw errors.syntax;
}

/** The sources of a call, whose keys are those from `first` on. */
function sourcesOf(context: CommandContext, first: number, count: number): KeyRefs {
  const refs = Array.from({ length: count }, (_, n) => context.keys.at(first + n));
  for (const ref of refs) requireSource(ref);
  return refs;
}

type KeyRefs = readonly Source['ref'][];

function compute(context: CommandContext, operation: Operation, refs: KeyRefs, options: Options): ScoredMembers {
  const sources = refs.map((ref, n) => ({ ref, size: sourceSize(context, ref), weight: options.weights[n] ?? 1 }));
  if (operation === 'union') return union(context, sources, options.aggregate);
  if (operation === 'inter') return intersection(context, sources, options.aggregate, options.limit);
  return difference(context, sources);
}

function replyWith({ reply }: CommandContext, found: ScoredMembers, withScores: boolean): void {
  const style = styleOf(reply, withScores);
  writeCount(reply, found.count, style);
  for (const n of found.sorted()) {
    if (style === NESTED_SCORES) reply.array(2);
    const { bytes, at, length } = found.member(n);
    reply.bulk(bytes, at, length);
    if (style === NESTED_SCORES || style === FLAT_SCORES) reply.double(found.score(n));
  }
}

/** ZUNION, ZINTER, ZDIFF. */
function reading(operation: Operation): (context: CommandContext) => void {
  const weights = operation !== 'diff';
  const grammar: Grammar = { name: `z${operation}`, at: 1, weights, withScores: true, limit: false };
  return (context) => {
    const count = parseKeyCount(context, grammar);
    const refs = sourcesOf(context, 0, count);
    const options = parseOptions(context, grammar, count);
    replyWith(context, compute(context, operation, refs, options), options.withScores);
  };
}

/** ZUNIONSTORE, ZINTERSTORE, ZDIFFSTORE. */
function storing(operation: Operation): (context: CommandContext) => void {
  const weights = operation !== 'diff';
  const grammar: Grammar = { name: `z${operation}store`, at: 2, weights, withScores: false, limit: false };
  return (context) => {
    const count = parseKeyCount(context, grammar);
    for (let n = 0; n < count; n++) context.keys.countLookup(1 + n);
    const refs = sourcesOf(context, 1, count);
    const options = parseOptions(context, grammar, count);
    storeResult(context, compute(context, operation, refs, options), grammar.name);
  };
}

const cardinality: Grammar = { name: 'zintercard', at: 1, weights: false, withScores: false, limit: true };

function zintercard(context: CommandContext): void {
  const count = parseKeyCount(context, cardinality);
  const refs = sourcesOf(context, 0, count);
  const options = parseOptions(context, cardinality, count);
  context.reply.integer(compute(context, 'inter', refs, options).count);
}

function declareKeys(context: CommandContext): void {
  const { request } = context;
  const count = parseInteger(request, 2);
  const possible = typeof count === 'number' && count >= 1 && count <= request.count - 3;
  declareTarget(context, 3, possible ? count : 0);
}

/** What commands that answer with their result have in common. */
const reads = {
  group: 'sorted-set',
  arity: -3,
  flags: ['readonly'],
  categories: ['sortedset'],
  keySpecs: [{ flags: ['RO', 'access'], begin: { index: 1 }, find: { keyNumIndex: 0, firstKey: 1, step: 1 } }],
  tiers: 'value',
} as const satisfies Partial<CommandSpec>;

/** What those that store it have in common. */
const stores = {
  group: 'sorted-set',
  arity: -4,
  flags: ['write', 'denyoom'],
  categories: ['sortedset'],
  keySpecs: [
    keyAt(1, ['OW', 'update']),
    { flags: ['RO', 'access'], begin: { index: 2 }, find: { keyNumIndex: 0, firstKey: 1, step: 1 } },
  ],
  tiers: 'value',
  declareKeys: declareKeys,
} as const satisfies Partial<CommandSpec>;

export const algebraCommands: readonly CommandSpec[] = [
  {
    ...reads,
    name: 'zunion',
    summary: 'List the members that any of several sorted sets has',
    since: '6.2.0',
    complexity: 'O(N)+O(M*log(M)) for N members in all sets and M in the result',
    arguments: [numkeys, keys, weights, aggregates, withScores],
    execute: reading('union'),
  },
  {
    ...reads,
    name: 'zinter',
    summary: 'List the members that all of several sorted sets have',
    since: '6.2.0',
    complexity: 'O(N*K)+O(M*log(M)) for N members in the smallest of K sets and M in the result',
    arguments: [numkeys, keys, weights, aggregates, withScores],
    execute: reading('inter'),
  },
  {
    ...reads,
    name: 'zdiff',
    summary: 'List the members of the first sorted set that no other has',
    since: '6.2.0',
    complexity: 'O(L+(N-K)*log(N)) for L members in all sets, N in the first and K in the result',
    arguments: [numkeys, keys, withScores],
    execute: reading('diff'),
  },
  {
    ...stores,
    name: 'zunionstore',
    summary: 'Store the members that any of several sorted sets has',
    since: '2.0.0',
    complexity: 'O(N)+O(M*log(M)) for N members in all sets and M in the result',
    arguments: [destination, numkeys, sources, weights, aggregates],
    execute: storing('union'),
  },
  {
    ...stores,
    name: 'zinterstore',
    summary: 'Store the members that all of several sorted sets have',
    since: '2.0.0',
    complexity: 'O(N*K)+O(M*log(M)) for N members in the smallest of K sets and M in the result',
    arguments: [destination, numkeys, sources, weights, aggregates],
    execute: storing('inter'),
  },
  {
    ...stores,
    name: 'zdiffstore',
    summary: 'Store the members of the first sorted set that no other has',
    since: '6.2.0',
    complexity: 'O(L+(N-K)*log(N)) for L members in all sets, N in the first and K in the result',
    arguments: [destination, numkeys, sources],
    execute: storing('diff'),
  },
  {
    ...reads,
    name: 'zintercard',
    summary: 'Count the members that all of several sorted sets have',
    since: '7.0.0',
    complexity: 'O(N*K) for N members in the smallest of K sets',
    arguments: [numkeys, keys, { name: 'limit', type: 'integer', token: 'LIMIT', optional: true }],
    execute: zintercard,
  },
];
