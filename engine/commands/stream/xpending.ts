import { Slice } from '../../../tiers/tree/slice.ts';
import { NO_CONSUMER } from '../../types/stream/consumers.ts';
import { StreamId } from '../../types/stream/stream-id.ts';
import { int64Argument } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { errors } from '../errors.ts';
import { keyAt } from '../key-specs.ts';
import type { CommandSpec } from '../spec.ts';
import { findGroup, noGroup } from './groups.ts';
import { argument, leastId, readEnd, readStart } from './ids.ts';

const start = new StreamId();
const end = new StreamId();
const name = new Slice();

function xpending(context: CommandContext): void {
  const { keys, request } = context;
  const { count: args } = request;
  if (args !== 3 && (args < 6 || args > 9)) throw errors.syntax;
  let minIdleMs = 0n;
  let count = 0;
  let consumerIndex = 0;
  if (args >= 6) {
    let at = 3;
    if (request.is(3, 'idle')) {
      minIdleMs = int64Argument(request, 4);
      if (args < 8) throw errors.syntax;
      at = 5;
    }
    count = Math.max(0, Number(int64Argument(request, at + 2)));
    readStart(request, at, start);
    readEnd(request, at + 1, end);
    if (at + 3 < args) consumerIndex = at + 3;
  }
  if (!findGroup(context, keys.at(0), 2)) throw noGroup(context, 1, 2, 'claim');
  if (args === 3) replySummary(context);
  else replyEntries(context, count, Number(minIdleMs), consumerIndex);
}

/** How many are pending, their first and last ids, and how many each consumer has. */
function replySummary({ keyspace, reply }: CommandContext): void {
  const { consumers, groups, pending } = keyspace.streams;
  const group = groups.number;
  const total = pending.count(group);
  reply.array(4);
  reply.integer(total);
  if (total === 0) {
    reply.nil();
    reply.nil();
    reply.nilArray();
    return;
  }
  pending.seek(group, leastId);
  pending.id.reply(reply);
  pending.last(group);
  pending.id.reply(reply);
  const mark = reply.mark();
  let listed = 0;
  for (let consumer = consumers.first(group); consumer !== NO_CONSUMER; consumer = consumers.next()) {
    const owned = pending.countOwned(group, consumer);
    if (owned === 0) continue;
    const { view, bytes, at, length } = consumers.name;
    reply.array(2);
    reply.bulkFrom(view, bytes, at, length);
    reply.text(String(owned));
    listed++;
  }
  reply.patchArray(mark, listed);
}

function replyEntries(context: CommandContext, count: number, minIdleMs: number, consumerIndex: number): void {
  const { keyspace, nowMs, reply, request } = context;
  const { consumers, groups, pending } = keyspace.streams;
  const group = groups.number;
  let only = NO_CONSUMER;
  if (consumerIndex > 0) {
    only = consumers.find(group, argument(request, consumerIndex, name));
    if (only === NO_CONSUMER) {
      reply.array(0);
      return;
    }
  }
  const mark = reply.mark();
  let listed = 0;
  let more = only === NO_CONSUMER ? pending.seek(group, start) : pending.seekOwned(group, only, start);
  while (more && listed < count && pending.id.compareTo(end) <= 0) {
    if (only !== NO_CONSUMER) pending.find(group, pending.id);
    const idleMs = nowMs - pending.timeMs;
    if (minIdleMs === 0 || idleMs >= minIdleMs) {
      reply.array(4);
      pending.id.reply(reply);
      const { view, bytes, at, length } = consumers.load(group, pending.consumer);
      reply.bulkFrom(view, bytes, at, length);
      reply.integer(Math.max(0, idleMs));
      reply.integer(pending.deliveries);
      listed++;
    }
    more = only === NO_CONSUMER ? pending.next() : pending.nextOwned();
  }
  reply.patchArray(mark, listed);
}

export const xpendingCommand: CommandSpec = {
  name: 'xpending',
  summary: 'Tell which entries of a consumer group were delivered and not acknowledged',
  since: '5.0.0',
  group: 'stream',
  complexity:
    'O(N) with N being the number of elements returned, or looked at when IDLE leaves some out; the summary: O(N) with N being the number of consumers',
  arity: -3,
  flags: ['readonly'],
  categories: ['stream'],
  keySpecs: [keyAt(1, ['RO', 'access'])],
  tips: ['nondeterministic_output'],
  history: [['6.2.0', 'Added the `IDLE` option and exclusive range intervals.']],
  arguments: [
    { name: 'key', type: 'key', keySpecIndex: 0 },
    { name: 'group', type: 'string' },
    {
      name: 'filters',
      type: 'block',
      optional: true,
      arguments: [
        { name: 'min-idle-time', type: 'integer', token: 'IDLE', since: '6.2.0', optional: true },
        { name: 'start', type: 'string' },
        { name: 'end', type: 'string' },
        { name: 'count', type: 'integer' },
        { name: 'consumer', type: 'string', optional: true },
      ],
    },
  ],
  tiers: 'value',
  execute: xpending,
};
