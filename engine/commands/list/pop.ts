import type { Request } from '../../../protocol/resp/request.ts';
import { eventClass } from '../../events/events.ts';
import { type KeyRef, VALUE_LIST } from '../../keyspace/key-ref.ts';
import { HEAD, type Side, TAIL } from '../../types/list/shared-lists.ts';
import type { CommandContext } from '../context.ts';
import { CommandError, errors, wrongArity } from '../errors.ts';
import { keyAt } from '../key-specs.ts';
import type { CommandSpec } from '../spec.ts';
import { dropped, key, longFrom, parseSide, sideArgument } from './arguments.ts';

const negativeCount = new CommandError('ERR value is out of range, must be positive');
const noKeys = new CommandError('ERR numkeys should be greater than 0');
const noCount = new CommandError('ERR count should be greater than 0');

function pop(context: CommandContext, side: Side, name: string): void {
  const { keys, keyspace, reply, request } = context;
  if (request.count > 3) throw wrongArity(name);
  const counts = request.count === 3;
  const count = counts ? longFrom(request, 2, 0, negativeCount) : 1;
  const list = keys.at(0);
  keyspace.requireType(list, VALUE_LIST);
  if (!list.exists) {
    if (counts) reply.nilArray();
    else reply.nil();
  } else if (counts) popMany(context, list, side, count);
  else popOne(context, list, side);
}

export function popOne({ keyspace, reply }: CommandContext, list: KeyRef, side: Side): void {
  const { lists } = keyspace;
  if (lists.length(list) > 1) {
    lists.pop(list, side, reply);
    lists.collections.changed(list);
  } else {
    lists.replyRange(list, 0, 1, false, reply);
    dropped(keyspace, list, 1);
  }
  keyspace.events.taken(eventClass.list, side === HEAD ? 'lpop' : 'rpop', list);
}

/** Replies an array of up to `count` elements in the order in which they are taken away. */
export function popMany({ keyspace, reply }: CommandContext, list: KeyRef, side: Side, count: number): void {
  const { lists } = keyspace;
  const length = lists.length(list);
  const taken = Math.min(count, length);
  reply.array(taken);
  if (taken === 0) return;
  lists.replyRange(list, side === HEAD ? 0 : length - 1, taken, side === TAIL, reply);
  if (taken === length) dropped(keyspace, list, taken);
  else {
    lists.removeRange(list, side === HEAD ? 0 : length - taken, taken);
    lists.collections.changed(list, taken);
  }
  keyspace.events.taken(eventClass.list, side === HEAD ? 'lpop' : 'rpop', list);
}

/** The arguments of LMPOP from `numkeys` on, which stands at `at`. */
export interface MultiPop {
  readonly side: Side;
  /** -1: not given. */
  readonly count: number;
}

export function parseMultiPop(request: Request, at: number): MultiPop {
  const numkeys = longFrom(request, at, 1, noKeys);
  const where = at + 1 + numkeys;
  if (where >= request.count) throw errors.syntax;
  const side = parseSide(request, where);
  let count = -1;
  for (let i = where + 1; i < request.count; i++) {
    if (count !== -1 || !request.is(i, 'count') || i + 1 === request.count) throw errors.syntax;
    count = longFrom(request, ++i, 1, noCount);
  }
  return { side, count };
}

/** Takes elements from one of the keys of LMPOP and replies them with its name. */
export function popNamed(context: CommandContext, list: KeyRef, { side, count }: MultiPop): void {
  const { reply, request } = context;
  reply.array(2);
  reply.bulk(request.bytes, request.start(list.argIndex), request.length(list.argIndex));
  popMany(context, list, side, Math.max(1, count));
}

function lmpop(context: CommandContext): void {
  const { keys, keyspace, reply, request } = context;
  const options = parseMultiPop(request, 1);
  for (let n = 0; n < keys.count; n++) {
    const list = keys.at(n);
    keyspace.requireType(list, VALUE_LIST);
    if (!list.exists) continue;
    popNamed(context, list, options);
    return;
  }
  reply.nilArray();
}

const spec = {
  group: 'list',
  complexity: 'O(N), N being the number of elements returned',
  cheapArguments: 2,
  arity: -2,
  flags: ['write', 'fast'],
  categories: ['list'],
  keySpecs: [keyAt(1, ['RW', 'access', 'delete'])],
  arguments: [key, { name: 'count', type: 'integer', since: '6.2.0', optional: true }],
  history: [['6.2.0', 'Takes a `count`.']],
  tiers: 'value',
} as const satisfies Partial<CommandSpec>;

export const popCommands: readonly CommandSpec[] = [
  {
    ...spec,
    name: 'lpop',
    summary: 'Take elements from the front of a list',
    since: '1.0.0',
    execute: (context) => pop(context, HEAD, 'lpop'),
  },
  {
    ...spec,
    name: 'rpop',
    summary: 'Take elements from the end of a list',
    since: '1.0.0',
    execute: (context) => pop(context, TAIL, 'rpop'),
  },
  {
    name: 'lmpop',
    summary: 'Take elements from the first of several lists that is there',
    since: '7.0.0',
    group: 'list',
    complexity: 'O(N+M), N being the number of keys and M that of the elements returned',
    arity: -4,
    flags: ['write'],
    categories: ['list'],
    keySpecs: [
      {
        flags: ['RW', 'access', 'delete'],
        begin: { index: 1 },
        find: { keyNumIndex: 0, firstKey: 1, step: 1 },
      },
    ],
    arguments: [
      { name: 'numkeys', type: 'integer' },
      { ...key, multiple: true },
      sideArgument('where'),
      { name: 'count', type: 'integer', token: 'COUNT', optional: true },
    ],
    tiers: 'value',
    execute: lmpop,
  },
];
