import { VALUE_STREAM } from '../../keyspace/key-ref.ts';
import { StreamId } from '../../types/stream/stream-id.ts';
import { int64Argument } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { errors } from '../errors.ts';
import { keyAt } from '../key-specs.ts';
import type { ArgumentSpec, CommandSpec } from '../spec.ts';
import { readEnd, readStart } from './ids.ts';

const start = new StreamId();
const end = new StreamId();

/** COUNT, from argument 4 on; Infinity when it is not given. Negative ones are 0. */
function countOption({ request }: CommandContext): number {
  let count = Number.POSITIVE_INFINITY;
  for (let i = 4; i < request.count; i += 2) {
    if (!request.is(i, 'count') || i + 1 === request.count) throw errors.syntax;
    count = Math.max(0, Number(int64Argument(request, i + 1)));
  }
  return count;
}

function range(context: CommandContext, backwards: boolean): void {
  const { keys, keyspace, reply, request } = context;
  readStart(request, backwards ? 3 : 2, start);
  readEnd(request, backwards ? 2 : 3, end);
  const count = countOption(context);
  const key = keys.at(0);
  if (!key.exists) {
    reply.array(0);
    return;
  }
  keyspace.requireType(key, VALUE_STREAM);
  if (count === 0) {
    reply.nilArray();
    return;
  }
  const { walk } = keyspace.streams.open(key);
  const mark = reply.mark();
  let found = 0;
  if (backwards) {
    walk.beginBackwards(start, end);
    for (; found < count && walk.previous(); found++) walk.entry.reply(reply);
  } else {
    walk.begin(start, end);
    for (; found < count && walk.next(); found++) walk.entry.reply(reply);
  }
  reply.patchArray(mark, found);
}

const key: ArgumentSpec = { name: 'key', type: 'key', keySpecIndex: 0 };
const count: ArgumentSpec = { name: 'count', type: 'integer', token: 'COUNT', optional: true };

const xrange: CommandSpec = {
  name: 'xrange',
  summary: 'Read the entries of a stream whose ids lie in an interval',
  since: '5.0.0',
  group: 'stream',
  complexity: 'O(N) where N is the number of entries returned',
  arity: -4,
  flags: ['readonly'],
  categories: ['stream'],
  keySpecs: [keyAt(1, ['RO', 'access'])],
  history: [['6.2.0', 'Added exclusive ranges.']],
  arguments: [key, { name: 'start', type: 'string' }, { name: 'end', type: 'string' }, count],
  tiers: 'value',
  execute: (context) => range(context, false),
};

const xrevrange: CommandSpec = {
  ...xrange,
  name: 'xrevrange',
  summary: 'Read the entries of a stream whose ids lie in an interval, the last one first',
  arguments: [key, { name: 'end', type: 'string' }, { name: 'start', type: 'string' }, count],
  execute: (context) => range(context, true),
};

const xlen: CommandSpec = {
  name: 'xlen',
  summary: 'Count the entries of a stream',
  since: '5.0.0',
  group: 'stream',
  complexity: 'O(1)',
  arity: 2,
  flags: ['readonly', 'fast'],
  categories: ['stream'],
  keySpecs: [keyAt(1, ['RO'])],
  arguments: [key],
  tiers: 'value',
  execute({ keys, keyspace, reply }) {
    const stream = keys.at(0);
    keyspace.requireType(stream, VALUE_STREAM);
    reply.integer(stream.exists ? keyspace.streams.open(stream).length : 0);
  },
};

export const rangeCommands: readonly CommandSpec[] = [xrange, xrevrange, xlen];
