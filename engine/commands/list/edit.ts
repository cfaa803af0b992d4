import { Slice } from '../../../tiers/tree/slice.ts';
import { eventClass } from '../../events/events.ts';
import { VALUE_LIST } from '../../keyspace/key-ref.ts';
import { HEAD, TAIL } from '../../types/list/shared-lists.ts';
import type { CommandContext } from '../context.ts';
import { errors } from '../errors.ts';
import { keyAt } from '../key-specs.ts';
import type { CommandSpec } from '../spec.ts';
import { dropped, element, key, longArgument, removed } from './arguments.ts';

const first = new Slice();
const second = new Slice();

function argument(slice: Slice, { request }: CommandContext, index: number): Slice {
  return slice.set(request.view, request.bytes, request.start(index), request.length(index));
}

function lset(context: CommandContext): void {
  const { keys, keyspace, reply, request } = context;
  const list = keys.at(0);
  keyspace.requireType(list, VALUE_LIST);
  if (!list.exists) throw errors.noSuchKey;
  const index = longArgument(request, 2);
  const length = keyspace.lists.length(list);
  const position = index < 0 ? length + index : index;
  if (position < 0 || position >= length) throw errors.outOfRange;
  keyspace.collections.reserve(request.length(3));
  keyspace.lists.set(list, position, argument(first, context, 3));
  keyspace.events.notify(eventClass.list, 'lset', list);
  reply.ok();
}

function linsert(context: CommandContext): void {
  const { keys, keyspace, reply, request } = context;
  const behind = request.is(2, 'after') ? 1 : 0;
  if (behind === 0 && !request.is(2, 'before')) throw errors.syntax;
  const list = keys.at(0);
  keyspace.requireType(list, VALUE_LIST);
  if (!list.exists) {
    reply.integer(0);
    return;
  }
  keyspace.collections.reserve(request.length(4));
  const pivot = argument(first, context, 3);
  const inserted = keyspace.lists.insertBeside(list, pivot, behind, argument(second, context, 4));
  if (inserted) keyspace.events.notify(eventClass.list, 'linsert', list);
  reply.integer(inserted ? keyspace.lists.length(list) : -1);
}

function lrem(context: CommandContext): void {
  const { keys, keyspace, reply, request } = context;
  const count = longArgument(request, 2);
  const list = keys.at(0);
  keyspace.requireType(list, VALUE_LIST);
  if (!list.exists) {
    reply.integer(0);
    return;
  }
  const most = count === 0 ? Number.POSITIVE_INFINITY : Math.abs(count);
  const gone = keyspace.lists.removeEqual(list, argument(first, context, 3), count < 0 ? TAIL : HEAD, most);
  if (gone > 0) {
    removed(context, list, gone);
    keyspace.events.taken(eventClass.list, 'lrem', list);
  }
  reply.integer(gone);
}

function ltrim({ keys, keyspace, reply, request }: CommandContext): void {
  const start = longArgument(request, 2);
  const stop = longArgument(request, 3);
  const list = keys.at(0);
  keyspace.requireType(list, VALUE_LIST);
  reply.ok();
  if (!list.exists) return;
  const { lists } = keyspace;
  const length = lists.length(list);
  const from = Math.max(0, start < 0 ? length + start : start);
  const to = Math.min(length - 1, stop < 0 ? length + stop : stop);
  if (from > to) {
    dropped(keyspace, list, length);
    keyspace.events.taken(eventClass.list, 'ltrim', list);
    return;
  }
  const behind = length - 1 - to;
  lists.reach(list, 0, from);
  lists.reach(list, to + 1, behind);
  lists.removeRange(list, to + 1, behind);
  lists.removeRange(list, 0, from);
  // Redis marks a list changed even when nothing is cut off, but counts no change.
  lists.collections.changed(list, from + behind);
  keyspace.events.taken(eventClass.list, 'ltrim', list);
}

const spec = {
  group: 'list',
  since: '1.0.0',
  arity: 4,
  categories: ['list'],
  tiers: 'value',
} as const satisfies Partial<CommandSpec>;

export const editCommands: readonly CommandSpec[] = [
  {
    ...spec,
    name: 'lset',
    summary: 'Replace the element at a position of a list',
    complexity: 'O(log(N)), N being the length of the list',
    flags: ['write', 'denyoom'],
    keySpecs: [keyAt(1, ['RW', 'update'])],
    arguments: [key, { name: 'index', type: 'integer' }, element],
    execute: lset,
  },
  {
    ...spec,
    name: 'linsert',
    summary: 'Insert an element beside the first one of a list that equals another',
    since: '2.2.0',
    complexity: 'O(N), N being the number of elements in front of that one',
    arity: 5,
    flags: ['write', 'denyoom'],
    keySpecs: [keyAt(1, ['RW', 'insert'])],
    arguments: [
      key,
      {
        name: 'where',
        type: 'oneof',
        arguments: [
          { name: 'before', type: 'pure-token', token: 'BEFORE' },
          { name: 'after', type: 'pure-token', token: 'AFTER' },
        ],
      },
      { name: 'pivot', type: 'string' },
      element,
    ],
    execute: linsert,
  },
  {
    ...spec,
    name: 'lrem',
    summary: 'Remove elements of a list that equal another, from either end on',
    complexity: 'O(N), N being the length of the list',
    flags: ['write'],
    keySpecs: [keyAt(1, ['RW', 'delete'])],
    arguments: [key, { name: 'count', type: 'integer' }, element],
    execute: lrem,
  },
  {
    ...spec,
    name: 'ltrim',
    summary: 'Cut off what is outside of two positions of a list',
    complexity: 'O(log(N)+M), N being the length of the list and M the number of elements removed',
    flags: ['write'],
    keySpecs: [keyAt(1, ['RW', 'delete'])],
    arguments: [key, { name: 'start', type: 'integer' }, { name: 'stop', type: 'integer' }],
    execute: ltrim,
  },
];
