import { Slice } from '../../../tiers/tree/slice.ts';
import { VALUE_STREAM } from '../../keyspace/key-ref.ts';
import { NO_CONSUMER } from '../../types/stream/consumers.ts';
import { NO_LAG, READ_UNKNOWN } from '../../types/stream/groups.ts';
import type { Stream } from '../../types/stream/stream.ts';
import { int64Argument } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { errors } from '../errors.ts';
import { containerOnly, helpSubcommand, subcommandSyntax } from '../help.ts';
import { keyAt } from '../key-specs.ts';
import type { ArgumentSpec, CommandSpec } from '../spec.ts';
import { noGroup, openGroup } from './groups.ts';
import { greatestId, leastId } from './ids.ts';
import { replyConsumersFull, replyName, replyPendingOfGroup } from './xinfo-full.ts';

const DEFAULT_FULL_COUNT = 10;
const name = new Slice();

/** The stream with its groups; throws when there is none. */
function requireStream({ keys, keyspace }: CommandContext): Stream {
  const key = keys.at(0);
  if (!key.exists) throw errors.noSuchKey;
  keyspace.requireType(key, VALUE_STREAM);
  return keyspace.streams.openAll(key);
}

/** COUNT of FULL: Infinity for 0; undefined without FULL. */
function fullCount({ request }: CommandContext): number | undefined {
  const { count } = request;
  if (count === 3) return undefined;
  if ((count !== 4 && count !== 6) || !request.is(3, 'full') || (count === 6 && !request.is(4, 'count'))) {
    throw subcommandSyntax('xinfo', request.latin1(1));
  }
  const given = count === 6 ? Number(int64Argument(request, 5)) : DEFAULT_FULL_COUNT;
  if (given === 0) return Number.POSITIVE_INFINITY;
  return given < 0 ? DEFAULT_FULL_COUNT : given;
}

function stream(context: CommandContext): void {
  const { keyspace, reply } = context;
  const found = requireStream(context);
  const full = fullCount(context);
  reply.map(full === undefined ? 10 : 9);
  reply.text('length');
  reply.integer(found.length);
  reply.text('radix-tree-keys');
  reply.integer(found.nodes.count);
  reply.text('radix-tree-nodes');
  reply.integer(found.radixNodes());
  reply.text('last-generated-id');
  found.lastId.reply(reply);
  reply.text('max-deleted-entry-id');
  found.maxDeletedId.reply(reply);
  reply.text('entries-added');
  reply.integer(found.entriesAdded);
  reply.text('recorded-first-entry-id');
  found.firstId.reply(reply);
  if (full !== undefined) {
    replyFull(context, found, full);
    return;
  }
  reply.text('groups');
  reply.integer(keyspace.streams.groups.count);
  const { walk } = found;
  reply.text('first-entry');
  walk.begin(leastId, greatestId);
  if (walk.next()) walk.entry.reply(reply);
  else reply.nil();
  reply.text('last-entry');
  walk.beginBackwards(leastId, greatestId);
  if (walk.previous()) walk.entry.reply(reply);
  else reply.nil();
}

function replyFull(context: CommandContext, { walk }: Stream, count: number): void {
  const { keyspace, reply } = context;
  const { groups } = keyspace.streams;
  reply.text('entries');
  const mark = reply.mark();
  let entries = 0;
  walk.begin(leastId, greatestId);
  for (; entries < count && walk.next(); entries++) walk.entry.reply(reply);
  reply.patchArray(mark, entries);
  reply.text('groups');
  reply.array(groups.count);
  for (let more = groups.first(); more; more = groups.next()) {
    reply.map(7);
    reply.text('name');
    replyName(reply, groups.name(name));
    replyProgress(context);
    replyPendingOfGroup(context, count);
    replyConsumersFull(context, count);
  }
}

/** Last delivered id, entries read and lag of the group that was found last. */
function replyProgress({ keyspace, reply }: CommandContext): void {
  const { groups, current } = keyspace.streams;
  reply.text('last-delivered-id');
  groups.lastId.reply(reply);
  reply.text('entries-read');
  if (groups.entriesRead === READ_UNKNOWN) reply.nil();
  else reply.integer(groups.entriesRead);
  reply.text('lag');
  const lag = groups.lag(current);
  if (lag === NO_LAG) reply.nil();
  else reply.integer(lag);
}

function groupList(context: CommandContext): void {
  const { keyspace, reply } = context;
  requireStream(context);
  const { consumers, groups, pending } = keyspace.streams;
  reply.array(groups.count);
  for (let more = groups.first(); more; more = groups.next()) {
    reply.map(6);
    reply.text('name');
    replyName(reply, groups.name(name));
    reply.text('consumers');
    reply.integer(consumers.count(groups.number));
    reply.text('pending');
    reply.integer(pending.count(groups.number));
    replyProgress(context);
  }
}

function consumerList(context: CommandContext): void {
  const { keys, keyspace, nowMs, reply } = context;
  requireStream(context);
  if (openGroup(context, keys.at(0), 3) === undefined) throw noGroup(context, 2, 3, 'manage');
  const { consumers, groups, pending } = keyspace.streams;
  const group = groups.number;
  reply.array(consumers.count(group));
  for (let consumer = consumers.first(group); consumer !== NO_CONSUMER; consumer = consumers.next()) {
    reply.map(4);
    reply.text('name');
    replyName(reply, consumers.load(group, consumer));
    reply.text('pending');
    reply.integer(pending.countOwned(group, consumer));
    reply.text('idle');
    reply.integer(Math.max(0, nowMs - consumers.seenMs));
    reply.text('inactive');
    reply.integer(consumers.activeMs < 0 ? -1 : Math.max(0, nowMs - consumers.activeMs));
  }
}

const key: ArgumentSpec = { name: 'key', type: 'key', keySpecIndex: 0 };
const common = {
  since: '5.0.0',
  group: 'stream',
  complexity: 'O(1)',
  flags: ['readonly'],
  categories: ['stream'],
  keySpecs: [keyAt(2, ['RO', 'access'])],
  tiers: 'value',
} as const;

export const xinfoCommand: CommandSpec = {
  name: 'xinfo',
  summary: 'Container of commands that look inside a stream',
  since: '5.0.0',
  group: 'stream',
  complexity: 'Depends on the subcommand',
  arity: -2,
  flags: [],
  categories: [],
  keySpecs: [],
  tiers: 'none',
  execute: containerOnly,
  subcommands: [
    {
      ...common,
      name: 'consumers',
      summary: 'List the consumers of a group',
      arity: 4,
      tips: ['nondeterministic_output'],
      arguments: [key, { name: 'groupname', type: 'string' }],
      execute: consumerList,
    },
    {
      ...common,
      name: 'groups',
      summary: 'List the consumer groups of a stream',
      arity: 3,
      history: [['7.0.0', 'Added the `entries-read` and `lag` fields']],
      arguments: [key],
      execute: groupList,
    },
    helpSubcommand('xinfo', '5.0.0', { group: 'stream', flags: ['loading', 'stale'], categories: ['stream'] }, [
      ['CONSUMERS <key> <groupname>', 'Show the consumers of a group.'],
      ['GROUPS <key>', 'Show the consumer groups of the stream.'],
      ['STREAM <key> [FULL [COUNT <count>]', 'Show what the stream is made of.'],
    ]),
    {
      ...common,
      name: 'stream',
      summary: 'Tell what a stream knows of itself',
      arity: -3,
      history: [
        ['6.0.0', 'Added the `FULL` modifier.'],
        [
          '7.0.0',
          'Added the `max-deleted-entry-id`, `entries-added`, `recorded-first-entry-id`, `entries-read` and `lag` fields',
        ],
      ],
      arguments: [
        key,
        {
          name: 'full',
          type: 'block',
          token: 'FULL',
          optional: true,
          arguments: [{ name: 'count', type: 'integer', token: 'COUNT', optional: true }],
        },
      ],
      execute: stream,
    },
  ],
};
