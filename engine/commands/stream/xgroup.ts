import { Slice } from '../../../tiers/tree/slice.ts';
import { eventClass } from '../../events/events.ts';
import { VALUE_STREAM } from '../../keyspace/key-ref.ts';
import { NO_CONSUMER } from '../../types/stream/consumers.ts';
import { READ_UNKNOWN } from '../../types/stream/groups.ts';
import type { Stream } from '../../types/stream/stream.ts';
import { StreamId } from '../../types/stream/stream-id.ts';
import { int64Argument } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { CommandError } from '../errors.ts';
import { containerOnly, helpSubcommand, subcommandSyntax } from '../help.ts';
import { keyAt } from '../key-specs.ts';
import type { ArgumentSpec, CommandSpec, KeySpecFlag } from '../spec.ts';
import { noGroup, openGroup } from './groups.ts';
import { argument, EDGE_ID, PLAIN_ID, readId } from './ids.ts';

const noKey = new CommandError(
  'ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the MKSTREAM option to create an empty stream automatically.',
);
const busyGroup = new CommandError('BUSYGROUP Consumer Group name already exists');
const badEntriesRead = new CommandError('ERR value for ENTRIESREAD must be positive or -1');

const id = new StreamId();
const name = new Slice();

interface GroupOptions {
  makeStream: boolean;
  entriesRead: bigint;
}

const options: GroupOptions = { makeStream: false, entriesRead: READ_UNKNOWN };

/** MKSTREAM (CREATE only) and ENTRIESREAD, behind the id. */
function parseOptions({ request }: CommandContext, creates: boolean): void {
  options.makeStream = false;
  options.entriesRead = READ_UNKNOWN;
  for (let i = 5; i < request.count; i++) {
    if (creates && request.is(i, 'mkstream')) options.makeStream = true;
    else if (request.is(i, 'entriesread') && i + 1 < request.count) {
      options.entriesRead = int64Argument(request, ++i);
      if (options.entriesRead < READ_UNKNOWN) throw badEntriesRead;
    } else throw subcommandSyntax('xgroup', request.latin1(1));
  }
}

/** The stream with everything of its groups opened. */
function openStream({ keys, keyspace }: CommandContext): Stream | undefined {
  const key = keys.at(0);
  keyspace.requireType(key, VALUE_STREAM);
  return key.exists ? keyspace.streams.openAll(key) : undefined;
}

/** The same, with its group found; throws when one of them does not exist. */
function requireGroup(context: CommandContext): Stream {
  const key = context.keys.at(0);
  const stream = openGroup(context, key, 3);
  if (stream !== undefined) return stream;
  throw key.exists ? noGroup(context, 2, 3, 'manage') : noKey;
}

function create(context: CommandContext): void {
  const { keys, keyspace, reply, request } = context;
  parseOptions(context, true);
  const { streams } = keyspace;
  const key = keys.at(0);
  let stream = openStream(context);
  if (stream === undefined && !options.makeStream) throw noKey;
  if (request.count > 8) throw subcommandSyntax('xgroup', request.latin1(1));
  if (!request.is(4, '$')) readId(request, 4, id, PLAIN_ID);
  else if (stream === undefined) id.fill(0);
  else id.assign(stream.lastId);
  if (stream === undefined) {
    streams.create(key);
    stream = streams.openAll(key);
  }
  const groupName = argument(request, 3, name);
  if (streams.groups.find(groupName)) throw busyGroup;
  streams.groups.create(stream, groupName, id, options.entriesRead);
  streams.collections.changedAside(key);
  keyspace.events.notify(eventClass.stream, 'xgroup-create', key);
  reply.ok();
}

function setId(context: CommandContext): void {
  const { keys, keyspace, reply, request } = context;
  parseOptions(context, false);
  const stream = requireGroup(context);
  if (request.count !== 5 && request.count !== 7) throw subcommandSyntax('xgroup', request.latin1(1));
  if (request.is(4, '$')) id.assign(stream.lastId);
  else readId(request, 4, id, EDGE_ID);
  const { collections, groups } = keyspace.streams;
  groups.lastId.assign(id);
  groups.entriesRead = options.entriesRead;
  groups.save();
  collections.changedAside(keys.at(0));
  keyspace.events.notify(eventClass.stream, 'xgroup-setid', keys.at(0));
  reply.ok();
}

function destroy(context: CommandContext): void {
  const { keys, keyspace, reply, request } = context;
  const stream = openStream(context);
  if (stream === undefined) throw noKey;
  const { collections, consumers, groups, pending } = keyspace.streams;
  const key = keys.at(0);
  if (!groups.find(argument(request, 3, name))) {
    reply.integer(0);
    return;
  }
  if (!collections.neverStored(key)) {
    pending.reachAll(groups.number);
    consumers.reachAll(groups.number);
  }
  pending.removeAll(groups.number);
  consumers.removeAll(groups.number);
  groups.remove();
  collections.changed(key);
  keyspace.events.notify(eventClass.stream, 'xgroup-destroy', key);
  reply.integer(1);
}

function createConsumer(context: CommandContext): void {
  const { keys, keyspace, nowMs, reply, request } = context;
  const stream = requireGroup(context);
  const { collections, consumers, groups } = keyspace.streams;
  const consumerName = argument(request, 4, name);
  if (consumers.find(groups.number, consumerName) !== NO_CONSUMER) {
    reply.integer(0);
    return;
  }
  consumers.lookForCreation(groups.number);
  consumers.create(stream, groups.number, consumerName, nowMs);
  collections.changedAside(keys.at(0));
  keyspace.events.notify(eventClass.stream, 'xgroup-createconsumer', keys.at(0));
  reply.integer(1);
}

function deleteConsumer(context: CommandContext): void {
  const { keys, keyspace, reply, request } = context;
  requireGroup(context);
  const { collections, consumers, groups, pending } = keyspace.streams;
  const group = groups.number;
  const consumerName = argument(request, 4, name);
  const consumer = consumers.find(group, consumerName);
  if (consumer === NO_CONSUMER) {
    reply.integer(0);
    return;
  }
  consumers.load(group, consumer);
  const removed = pending.removeOwned(group, consumer);
  consumers.remove(group, consumer, consumerName);
  collections.changedAside(keys.at(0));
  keyspace.events.notify(eventClass.stream, 'xgroup-delconsumer', keys.at(0));
  reply.integer(removed);
}

const key: ArgumentSpec = { name: 'key', type: 'key', keySpecIndex: 0 };
const groupName: ArgumentSpec = { name: 'groupname', type: 'string' };
const consumerName: ArgumentSpec = { name: 'consumername', type: 'string' };
const entriesRead: ArgumentSpec = { name: 'entries_read', type: 'integer', token: 'ENTRIESREAD', optional: true };
const groupId: ArgumentSpec = {
  name: 'id',
  type: 'oneof',
  arguments: [
    { name: 'id', type: 'string' },
    { name: 'new_id', type: 'pure-token', token: '$' },
  ],
};

const common = (keyFlag: KeySpecFlag) =>
  ({
    since: '5.0.0',
    group: 'stream',
    complexity: 'O(1)',
    categories: ['stream'],
    keySpecs: [keyAt(2, ['RW', keyFlag])],
    tiers: 'value',
  }) as const;

export const xgroupCommand: CommandSpec = {
  name: 'xgroup',
  summary: 'Container of commands on consumer groups',
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
      ...common('insert'),
      name: 'create',
      summary: 'Create a consumer group',
      arity: -5,
      flags: ['write', 'denyoom'],
      history: [['7.0.0', 'Added the `entries_read` named argument.']],
      arguments: [
        key,
        groupName,
        groupId,
        { name: 'mkstream', type: 'pure-token', token: 'MKSTREAM', optional: true },
        entriesRead,
      ],
      execute: create,
    },
    {
      ...common('insert'),
      name: 'createconsumer',
      summary: 'Create a consumer of a group',
      since: '6.2.0',
      arity: 5,
      flags: ['write', 'denyoom'],
      arguments: [key, groupName, consumerName],
      execute: createConsumer,
    },
    {
      ...common('delete'),
      name: 'delconsumer',
      summary: 'Delete a consumer of a group, with what it has not acknowledged',
      arity: 5,
      flags: ['write'],
      arguments: [key, groupName, consumerName],
      execute: deleteConsumer,
    },
    {
      ...common('delete'),
      name: 'destroy',
      summary: 'Delete a consumer group',
      complexity: "O(N) where N is the number of entries in the group's pending entries list (PEL).",
      arity: 4,
      flags: ['write'],
      arguments: [key, groupName],
      execute: destroy,
    },
    helpSubcommand('xgroup', '5.0.0', { group: 'stream', flags: ['loading', 'stale'], categories: ['stream'] }, [
      [
        'CREATE <key> <groupname> <id|$> [option]',
        'Create a consumer group. Options are:',
        '* MKSTREAM',
        '  Create an empty stream when there is none.',
        '* ENTRIESREAD entries_read',
        '  Set how many entries the group has read.',
      ],
      ['CREATECONSUMER <key> <groupname> <consumer>', 'Create a consumer of the group.'],
      ['DELCONSUMER <key> <groupname> <consumer>', 'Delete a consumer.'],
      ['DESTROY <key> <groupname>', 'Delete a group.'],
      [
        'SETID <key> <groupname> <id|$> [ENTRIESREAD entries_read]',
        'Set the id of the last entry that was delivered to the group, and how many it has read.',
      ],
    ]),
    {
      ...common('update'),
      name: 'setid',
      summary: 'Set the id of the last entry that was delivered to a consumer group',
      arity: -5,
      flags: ['write'],
      history: [['7.0.0', 'Added the optional `entries_read` argument.']],
      arguments: [key, groupName, groupId, entriesRead],
      execute: setId,
    },
  ],
};
