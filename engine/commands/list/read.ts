import { VALUE_LIST } from '../../keyspace/key-ref.ts';
import type { CommandContext } from '../context.ts';
import { keyAt } from '../key-specs.ts';
import type { CommandSpec } from '../spec.ts';
import { key, longArgument } from './arguments.ts';

function llen({ keys, keyspace, reply }: CommandContext): void {
  const list = keys.at(0);
  keyspace.requireType(list, VALUE_LIST);
  reply.integer(keyspace.lists.length(list));
}

function lindex({ keys, keyspace, reply, request }: CommandContext): void {
  const list = keys.at(0);
  keyspace.requireType(list, VALUE_LIST);
  if (!list.exists) {
    reply.nil();
    return;
  }
  const index = longArgument(request, 2);
  const length = keyspace.lists.length(list);
  const position = index < 0 ? length + index : index;
  if (position < 0 || position >= length) reply.nil();
  else keyspace.lists.replyRange(list, position, 1, false, reply);
}

function lrange({ keys, keyspace, reply, request }: CommandContext): void {
  const start = longArgument(request, 2);
  const stop = longArgument(request, 3);
  const list = keys.at(0);
  keyspace.requireType(list, VALUE_LIST);
  const length = keyspace.lists.length(list);
  const from = Math.max(0, start < 0 ? length + start : start);
  const to = Math.min(length - 1, stop < 0 ? length + stop : stop);
  const count = Math.max(0, to - from + 1);
  reply.array(count);
  if (count > 0) keyspace.lists.replyRange(list, from, count, false, reply);
}

const spec = {
  since: '1.0.0',
  group: 'list',
  categories: ['list'],
  tiers: 'value',
} as const satisfies Partial<CommandSpec>;

export const readCommands: readonly CommandSpec[] = [
  {
    ...spec,
    name: 'llen',
    summary: 'Length of a list',
    complexity: 'O(1)',
    arity: 2,
    flags: ['readonly', 'fast'],
    keySpecs: [keyAt(1, ['RO'])],
    arguments: [key],
    execute: llen,
  },
  {
    ...spec,
    name: 'lindex',
    summary: 'Read the element at a position of a list',
    complexity: 'O(log(N)), N being the length of the list',
    arity: 3,
    flags: ['readonly'],
    keySpecs: [keyAt(1, ['RO', 'access'])],
    arguments: [key, { name: 'index', type: 'integer' }],
    execute: lindex,
  },
  {
    ...spec,
    name: 'lrange',
    summary: 'Read the elements between two positions of a list',
    complexity: 'O(log(N)+M), N being the length of the list and M the number of elements returned',
    arity: 4,
    flags: ['readonly'],
    keySpecs: [keyAt(1, ['RO', 'access'])],
    arguments: [key, { name: 'start', type: 'integer' }, { name: 'stop', type: 'integer' }],
    execute: lrange,
  },
];
