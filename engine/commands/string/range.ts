import { copyBytes } from '../../../tiers/base/bytes.ts';
import { eventClass } from '../../events/events.ts';
import { EXPIRY_NONE } from '../../types/string/string-values.ts';
import type { CommandContext } from '../context.ts';
import { errors } from '../errors.ts';
import { keyAt } from '../key-specs.ts';
import type { ArgumentSpec, CommandSpec } from '../spec.ts';
import { fromEnd, int64Argument } from './arguments.ts';
import { requireStringFits } from './limits.ts';

function getrange({ keys, keyspace, reply, request }: CommandContext): void {
  const start = int64Argument(request, 2);
  const end = int64Argument(request, 3);
  const key = keys.at(0);
  keyspace.requireString(key);
  const length = key.exists ? keyspace.strings.length(key) : 0;
  const from = Math.max(0, fromEnd(start, length));
  const to = Math.min(length, Math.max(0, fromEnd(end, length)) + 1);
  if (from >= to || (start < 0 && end < 0 && start > end)) {
    reply.bulk(request.bytes, 0, 0);
    return;
  }
  const { view, bytes, offset } = keyspace.strings.locate(key);
  reply.bulkFrom(view, bytes, offset + from, to - from);
}

function setrange(context: CommandContext): void {
  const { keys, keyspace, reply, request } = context;
  const at = Number(int64Argument(request, 2));
  if (at < 0) throw errors.offsetOutOfRange;
  const key = keys.at(0);
  keyspace.requireString(key);
  const length = request.length(3);
  const oldLength = key.exists ? keyspace.strings.length(key) : 0;
  if (length === 0) {
    reply.integer(oldLength);
    return;
  }
  requireStringFits(context, at + length);
  const region = keyspace.strings.grow(key, at + length);
  copyBytes(region.view, region.bytes, region.offset + at, request.view, request.bytes, request.start(3), length);
  keyspace.events.notify(eventClass.string, 'setrange', key);
  reply.integer(Math.max(oldLength, at + length));
}

function append(context: CommandContext): void {
  const { keys, keyspace, reply, request } = context;
  const key = keys.at(0);
  keyspace.requireString(key);
  const start = request.start(2);
  const length = request.length(2);
  if (!key.exists) {
    // Not `strings.append`: a new value gets the encoding that SET would give it.
    keyspace.strings.set(key, request.bytes, start, length, EXPIRY_NONE);
    keyspace.events.notify(eventClass.string, 'append', key);
    reply.integer(length);
    return;
  }
  requireStringFits(context, keyspace.strings.length(key) + length);
  reply.integer(keyspace.strings.append(key, request.bytes, start, length));
  keyspace.events.notify(eventClass.string, 'append', key);
}

const key: ArgumentSpec = { name: 'key', type: 'key', keySpecIndex: 0 };
const value: ArgumentSpec = { name: 'value', type: 'string' };

const rangeSpec = {
  group: 'string',
  complexity: 'O(N) where N is the length of the answer',
  arity: 4,
  flags: ['readonly'],
  categories: ['string'],
  keySpecs: [keyAt(1, ['RO', 'access'])],
  arguments: [key, { name: 'start', type: 'integer' }, { name: 'end', type: 'integer' }],
  tiers: 'value',
  execute: getrange,
} as const satisfies Partial<CommandSpec>;

export const rangeCommands: readonly CommandSpec[] = [
  { ...rangeSpec, name: 'getrange', summary: 'Read a part of a string value', since: '2.4.0' },
  {
    ...rangeSpec,
    name: 'substr',
    summary: 'Read a part of a string value',
    since: '1.0.0',
    deprecatedSince: '2.0.0',
    replacedBy: '`GETRANGE`',
  },
  {
    name: 'setrange',
    summary: 'Overwrite a part of a string value, growing it with zero bytes as needed',
    since: '2.2.0',
    group: 'string',
    complexity: 'O(N) where N is the length of the new part, when the value need not grow',
    arity: 4,
    flags: ['write', 'denyoom'],
    categories: ['string'],
    keySpecs: [keyAt(1, ['RW', 'update'])],
    arguments: [key, { name: 'offset', type: 'integer' }, value],
    tiers: 'value',
    execute: setrange,
  },
  {
    name: 'append',
    summary: 'Add bytes to the end of a string value',
    since: '2.0.0',
    group: 'string',
    complexity: 'O(1), amortized, for small additions',
    arity: 3,
    flags: ['write', 'denyoom', 'fast'],
    categories: ['string'],
    keySpecs: [keyAt(1, ['RW', 'insert'])],
    arguments: [key, value],
    tiers: 'value',
    execute: append,
  },
];
