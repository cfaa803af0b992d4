import type { Request } from '../../../protocol/resp/request.ts';
import { isBytes, itemsOf } from '../../blocking/resp-value.ts';
import { secondsArgument } from '../../blocking/timeout.ts';
import { type BlockingSpec, WAITS_LIST } from '../../blocking/waiting.ts';
import { VALUE_LIST } from '../../keyspace/key-ref.ts';
import { HEAD, type Side, TAIL } from '../../types/list/shared-lists.ts';
import type { CommandContext } from '../context.ts';
import { keyAt, keysFrom } from '../key-specs.ts';
import type { ArgumentSpec, CommandSpec, DeferredReply } from '../spec.ts';
import { key, parseSide, sideArgument } from './arguments.ts';
import { moveElement } from './move.ts';
import { parseMultiPop, popNamed, popOne } from './pop.ts';

const timeout: ArgumentSpec = { name: 'timeout', type: 'double' };

function blpop(context: CommandContext, side: Side): DeferredReply | undefined {
  const { keys, keyspace, reply, request, waiting } = context;
  const timeoutMs = secondsArgument(request, request.count - 1);
  for (let n = 0; n < keys.count; n++) {
    if (!waiting.concerns(n)) continue;
    const list = keys.at(n);
    keyspace.requireType(list, VALUE_LIST);
    if (!list.exists || !waiting.mayTake(n, WAITS_LIST)) continue;
    reply.array(2);
    reply.bulk(request.bytes, request.start(list.argIndex), request.length(list.argIndex));
    popOne(context, list, side);
    return undefined;
  }
  return waitOrNil(context, timeoutMs);
}

function blmpop(context: CommandContext): DeferredReply | undefined {
  const { keys, keyspace, request, waiting } = context;
  const options = parseMultiPop(request, 2);
  const timeoutMs = secondsArgument(request, 1);
  for (let n = 0; n < keys.count; n++) {
    if (!waiting.concerns(n)) continue;
    const list = keys.at(n);
    keyspace.requireType(list, VALUE_LIST);
    if (!list.exists || !waiting.mayTake(n, WAITS_LIST)) continue;
    popNamed(context, list, options);
    return undefined;
  }
  return waitOrNil(context, timeoutMs);
}

function waitOrNil({ keys, mayBlock, reply, waiting }: CommandContext, timeoutMs: number): DeferredReply | undefined {
  if (mayBlock) return waiting.wait({ sort: WAITS_LIST, timeoutMs, keys: keys.count });
  reply.nilArray();
  return undefined;
}

function blmove(
  context: CommandContext,
  fromSide: Side,
  toSide: Side,
  timeoutIndex: number,
): DeferredReply | undefined {
  const { keys, keyspace, mayBlock, request, waiting } = context;
  const timeoutMs = secondsArgument(request, timeoutIndex);
  const from = keys.at(0);
  keyspace.requireType(from, VALUE_LIST);
  if (mayBlock && !(from.exists && waiting.mayTake(0, WAITS_LIST))) {
    return waiting.wait({ sort: WAITS_LIST, timeoutMs, keys: 1 });
  }
  moveElement(context, fromSide, toSide);
  return undefined;
}

const onTimeout: BlockingSpec['onTimeout'] = (reply) => reply.nilArray();

/** The reply is the key and its element, or elements in the order in which they were taken: they go back the other way round. */
function givesBack(sideOf: (request: Request) => Side): BlockingSpec {
  return {
    onTimeout,
    giveBack: (request, reply) => {
      const [name, taken] = itemsOf(reply);
      const elements = (isBytes(taken) ? [taken] : itemsOf(taken)).filter(isBytes).reverse();
      if (!isBytes(name)) return [];
      return [[Buffer.from(sideOf(request) === HEAD ? 'lpush' : 'rpush'), name, ...elements]];
    },
  };
}

const spec = {
  group: 'list',
  flags: ['write', 'noscript', 'blocking'],
  categories: ['list'],
  tiers: 'value',
} as const satisfies Partial<CommandSpec>;

const popSpec = {
  ...spec,
  since: '2.0.0',
  complexity: 'O(N), N being the number of keys',
  arity: -3,
  keySpecs: [keysFrom(1, -2, 1, ['RW', 'access', 'delete'])],
  arguments: [{ ...key, multiple: true }, timeout],
  history: [['6.0.0', 'Takes fractions of a second as `timeout`.']],
} as const satisfies Partial<CommandSpec>;

const moveSpec = {
  ...spec,
  complexity: 'O(1)',
  flags: ['write', 'denyoom', 'noscript', 'blocking'],
  keySpecs: [keyAt(1, ['RW', 'access', 'delete']), keyAt(2, ['RW', 'insert'])],
  // What a client that has left was to get is in the other list.
  blocking: { onTimeout },
} as const satisfies Partial<CommandSpec>;

const source = { name: 'source', type: 'key', keySpecIndex: 0 } as const;
const destination = { name: 'destination', type: 'key', keySpecIndex: 1 } as const;

/** List commands that wait for an element. */
export const blockingListCommands: readonly CommandSpec[] = [
  {
    ...popSpec,
    name: 'blpop',
    summary: 'Take the first element of the first of several lists that is there, or wait for one',
    blocking: givesBack(() => HEAD),
    execute: (context) => blpop(context, HEAD),
  },
  {
    ...popSpec,
    name: 'brpop',
    summary: 'Take the last element of the first of several lists that is there, or wait for one',
    blocking: givesBack(() => TAIL),
    execute: (context) => blpop(context, TAIL),
  },
  {
    ...spec,
    name: 'blmpop',
    summary: 'Take elements from the first of several lists that is there, or wait for some',
    since: '7.0.0',
    complexity: 'O(N+M), N being the number of keys and M that of the elements returned',
    arity: -5,
    flags: ['write', 'blocking'],
    keySpecs: [
      { flags: ['RW', 'access', 'delete'], begin: { index: 2 }, find: { keyNumIndex: 0, firstKey: 1, step: 1 } },
    ],
    arguments: [
      timeout,
      { name: 'numkeys', type: 'integer' },
      { ...key, multiple: true },
      sideArgument('where'),
      { name: 'count', type: 'integer', token: 'COUNT', optional: true },
    ],
    blocking: givesBack((request) => parseMultiPop(request, 2).side),
    execute: blmpop,
  },
  {
    ...moveSpec,
    name: 'blmove',
    summary: 'Move an element from an end of a list to one of another, or wait for one',
    since: '6.2.0',
    arity: 6,
    arguments: [source, destination, sideArgument('wherefrom'), sideArgument('whereto'), timeout],
    execute: (context) => blmove(context, parseSide(context.request, 3), parseSide(context.request, 4), 5),
  },
  {
    ...moveSpec,
    name: 'brpoplpush',
    summary: 'Take the last element of a list and put it in front of another one, or wait for one',
    since: '2.2.0',
    arity: 4,
    arguments: [source, destination, timeout],
    history: [['6.0.0', 'Takes fractions of a second as `timeout`.']],
    deprecatedSince: '6.2.0',
    replacedBy: '`BLMOVE` with the `RIGHT` and `LEFT` arguments',
    execute: (context) => blmove(context, TAIL, HEAD, 3),
  },
];
