import { isBytes, itemsOf, type RespValue } from '../../blocking/resp-value.ts';
import { secondsArgument } from '../../blocking/timeout.ts';
import { type BlockingSpec, type Commands, WAITS_ZSET } from '../../blocking/waiting.ts';
import { VALUE_ZSET } from '../../keyspace/key-ref.ts';
import type { CommandContext } from '../context.ts';
import { keysFrom } from '../key-specs.ts';
import type { ArgumentSpec, CommandSpec, DeferredReply } from '../spec.ts';
import { key, numkeys } from './arguments.ts';
import { parseMultiPop, popNamed } from './pop.ts';
import { removeRange } from './remove.ts';

const timeout: ArgumentSpec = { name: 'timeout', type: 'double' };

function bzpop(context: CommandContext, highest: boolean): DeferredReply | undefined {
  const { keys, keyspace, reply, request, waiting } = context;
  const timeoutMs = secondsArgument(request, request.count - 1);
  for (let n = 0; n < keys.count; n++) {
    if (!waiting.concerns(n)) continue;
    const ref = keys.at(n);
    keyspace.requireType(ref, VALUE_ZSET);
    if (!ref.exists || !waiting.mayTake(n, WAITS_ZSET)) continue;
    const zset = keyspace.sortedSets.open(ref);
    const at = highest ? zset.count - 1 : 0;
    zset.window(at, 1);
    zset.pick(0);
    reply.array(3);
    reply.bulk(request.bytes, request.start(ref.argIndex), request.length(ref.argIndex));
    reply.bulkFrom(zset.view, zset.bytes, zset.memberAt, zset.memberLength);
    reply.double(zset.score);
    removeRange(context, ref, at, 1, highest ? 'zpopmax' : 'zpopmin');
    return undefined;
  }
  return waitOrNil(context, timeoutMs);
}

function bzmpop(context: CommandContext): DeferredReply | undefined {
  const { keys, keyspace, request, waiting } = context;
  const options = parseMultiPop(context, 2);
  const timeoutMs = secondsArgument(request, 1);
  for (let n = 0; n < keys.count; n++) {
    if (!waiting.concerns(n)) continue;
    const ref = keys.at(n);
    keyspace.requireType(ref, VALUE_ZSET);
    if (!ref.exists || !waiting.mayTake(n, WAITS_ZSET)) continue;
    popNamed(context, ref, options);
    return undefined;
  }
  return waitOrNil(context, timeoutMs);
}

function waitOrNil({ keys, mayBlock, reply, waiting }: CommandContext, timeoutMs: number): DeferredReply | undefined {
  if (mayBlock) return waiting.wait({ sort: WAITS_ZSET, timeoutMs, keys: keys.count });
  reply.nilArray();
  return undefined;
}

/** What BZPOPMIN replied is a key, a member and its score; BZMPOP a key and pairs of those. */
function giveBack(reply: RespValue): Commands {
  const [name, ...rest] = itemsOf(reply);
  const pairs = isBytes(rest[0]) ? [rest] : itemsOf(rest[0]);
  const command: (RespValue | undefined)[] = [Buffer.from('zadd'), name];
  for (const pair of pairs) {
    const [member, score] = itemsOf(pair);
    command.push(score, member);
  }
  return [command.filter(isBytes)];
}

const blocking: BlockingSpec = {
  onTimeout: (reply) => reply.nilArray(),
  giveBack: (_request, reply) => giveBack(reply),
};

const popSpec = {
  group: 'sorted-set',
  since: '5.0.0',
  complexity: 'O(log(N)) for N members',
  arity: -3,
  flags: ['write', 'noscript', 'blocking', 'fast'],
  categories: ['sortedset'],
  keySpecs: [keysFrom(1, -2, 1, ['RW', 'access', 'delete'])],
  arguments: [{ ...key, multiple: true }, timeout],
  history: [['6.0.0', 'Takes fractions of a second as `timeout`.']],
  tiers: 'value',
  blocking,
} as const satisfies Partial<CommandSpec>;

/** Sorted set commands that wait for a member. */
export const blockingSortedSetCommands: readonly CommandSpec[] = [
  {
    ...popSpec,
    name: 'bzpopmin',
    summary: 'Take the member with the lowest score of the first of several sorted sets that is there, or wait for one',
    execute: (context) => bzpop(context, false),
  },
  {
    ...popSpec,
    name: 'bzpopmax',
    summary:
      'Take the member with the highest score of the first of several sorted sets that is there, or wait for one',
    execute: (context) => bzpop(context, true),
  },
  {
    name: 'bzmpop',
    summary: 'Take members from the first of several sorted sets that is there, or wait for some',
    since: '7.0.0',
    group: 'sorted-set',
    complexity: 'O(K)+O(M*log(N)) for K keys and M of N members',
    arity: -5,
    flags: ['write', 'blocking'],
    categories: ['sortedset'],
    keySpecs: [
      { flags: ['RW', 'access', 'delete'], begin: { index: 2 }, find: { keyNumIndex: 0, firstKey: 1, step: 1 } },
    ],
    arguments: [
      timeout,
      numkeys,
      { ...key, multiple: true },
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
    blocking,
    execute: bzmpop,
  },
];
