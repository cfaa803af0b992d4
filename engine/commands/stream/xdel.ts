import { eventClass } from '../../events/events.ts';
import { VALUE_STREAM } from '../../keyspace/key-ref.ts';
import { IdList } from '../../types/stream/id-list.ts';
import { StreamId } from '../../types/stream/stream-id.ts';
import { Trim } from '../../types/stream/trim.ts';
import type { CommandContext } from '../context.ts';
import { CommandError, errors } from '../errors.ts';
import { keyAt } from '../key-specs.ts';
import type { CommandSpec } from '../spec.ts';
import { greatestId, leastId, PLAIN_ID, readId } from './ids.ts';
import { TrimOptions, trimArguments } from './trim-options.ts';

const noStrategy = new CommandError('ERR syntax error, XTRIM must be called with a trimming strategy');
const ids = new IdList();
const id = new StreamId();
const trim = new Trim();
const trimOptions = new TrimOptions();

/** Reads all ids from argument `from` on before anything is changed. */
export function readIds({ request }: CommandContext, from: number, into: IdList): void {
  into.clear();
  for (let i = from; i < request.count; i++) {
    readId(request, i, id, PLAIN_ID);
    into.push(id);
  }
}

function xdel(context: CommandContext): void {
  const { keys, keyspace, reply } = context;
  const key = keys.at(0);
  keyspace.requireType(key, VALUE_STREAM);
  if (!key.exists) {
    reply.integer(0);
    return;
  }
  readIds(context, 2, ids);
  const stream = keyspace.streams.open(key);
  const { collections } = keyspace.streams;
  const isNew = collections.neverStored(key);
  const there = new Set<string>();
  if (!isNew) {
    for (let n = 0; n < ids.count; n++) if (stream.walk.find(ids.get(n, id))) there.add(id.toString());
    // However many go from the beginning, the first that is left is among these.
    stream.walk.begin(leastId, greatestId);
    for (let n = 0; n <= ids.count && stream.walk.next(); n++);
  }
  let deleted = 0;
  let first = false;
  for (let n = 0; n < ids.count; n++) {
    ids.get(n, id);
    // Where a node is gone since it was looked for, the way leads to one that may be on disk.
    if (deleted > 0 && !isNew && !there.has(id.toString())) continue;
    there.delete(id.toString());
    if (!stream.delete(id)) continue;
    if (id.compareTo(stream.firstId) === 0) first = true;
    if (id.compareTo(stream.maxDeletedId) > 0) stream.setMaxDeletedId(id);
    deleted++;
  }
  if (deleted > 0) {
    if (first || stream.length === 0) stream.refreshFirstId();
    collections.changed(key, deleted);
    keyspace.events.notify(eventClass.stream, 'xdel', key);
  }
  reply.integer(deleted);
}

function xtrim(context: CommandContext): void {
  const { keys, keyspace, reply, request } = context;
  trimOptions.begin(trim);
  for (let i = 2; i < request.count; i++) {
    i = trimOptions.read(context, i, trim);
    if (i < 0) throw errors.syntax;
  }
  trimOptions.end(context, trim, noStrategy);
  const key = keys.at(0);
  keyspace.requireType(key, VALUE_STREAM);
  if (!key.exists) {
    reply.integer(0);
    return;
  }
  const deleted = trim.apply(keyspace.streams.open(key));
  if (deleted > 0) {
    keyspace.streams.collections.changed(key, deleted);
    keyspace.events.notify(eventClass.stream, 'xtrim', key);
  }
  reply.integer(deleted);
}

export const deleteCommands: readonly CommandSpec[] = [
  {
    name: 'xdel',
    summary: 'Delete entries of a stream by their ids',
    since: '5.0.0',
    group: 'stream',
    complexity: 'O(1) for each entry, however long the stream is',
    arity: -3,
    flags: ['write', 'fast'],
    categories: ['stream'],
    keySpecs: [keyAt(1, ['RW', 'delete'])],
    arguments: [
      { name: 'key', type: 'key', keySpecIndex: 0 },
      { name: 'id', type: 'string', multiple: true },
    ],
    tiers: 'value',
    execute: xdel,
  },
  {
    name: 'xtrim',
    summary: 'Delete the oldest entries of a stream, down to a length or up to an id',
    since: '5.0.0',
    group: 'stream',
    complexity: 'O(N) where N is the number of entries deleted',
    arity: -4,
    flags: ['write'],
    categories: ['stream'],
    keySpecs: [keyAt(1, ['RW', 'delete'])],
    tips: ['nondeterministic_output'],
    history: [['6.2.0', 'Added the `MINID` trimming strategy and the `LIMIT` option.']],
    arguments: [
      { name: 'key', type: 'key', keySpecIndex: 0 },
      { name: 'trim', type: 'block', arguments: trimArguments },
    ],
    tiers: 'value',
    execute: xtrim,
  },
];
