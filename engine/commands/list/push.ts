import { eventClass } from '../../events/events.ts';
import { VALUE_LIST } from '../../keyspace/key-ref.ts';
import { HEAD, type Side, TAIL } from '../../types/list/shared-lists.ts';
import type { CommandContext } from '../context.ts';
import { keyAt } from '../key-specs.ts';
import type { CommandSpec } from '../spec.ts';
import { element, key } from './arguments.ts';

/** Replies the list's length. `onlyExisting`: a missing list stays missing. */
function push({ keys, keyspace, reply, request }: CommandContext, side: Side, onlyExisting: boolean): void {
  const list = keys.at(0);
  keyspace.requireType(list, VALUE_LIST);
  if (onlyExisting && !list.exists) reply.integer(0);
  else {
    reply.integer(keyspace.lists.pushArguments(list, side, request, 2));
    keyspace.events.notify(eventClass.list, side === HEAD ? 'lpush' : 'rpush', list);
  }
}

const spec = {
  group: 'list',
  complexity: 'O(1) per element, however long the list is',
  arity: -3,
  flags: ['write', 'denyoom', 'fast'],
  categories: ['list'],
  keySpecs: [keyAt(1, ['RW', 'insert'])],
  arguments: [key, { ...element, multiple: true }],
  tiers: 'value',
} as const satisfies Partial<CommandSpec>;

export const pushCommands: readonly CommandSpec[] = [
  {
    ...spec,
    name: 'lpush',
    summary: 'Put elements in front of a list, one after the other; creates it if need be',
    since: '1.0.0',
    history: [['2.4.0', 'Takes more than one `element`.']],
    execute: (context) => push(context, HEAD, false),
  },
  {
    ...spec,
    name: 'rpush',
    summary: 'Put elements at the end of a list, one after the other; creates it if need be',
    since: '1.0.0',
    history: [['2.4.0', 'Takes more than one `element`.']],
    execute: (context) => push(context, TAIL, false),
  },
  {
    ...spec,
    name: 'lpushx',
    summary: 'Put elements in front of a list if there is one',
    since: '2.2.0',
    history: [['4.0.0', 'Takes more than one `element`.']],
    execute: (context) => push(context, HEAD, true),
  },
  {
    ...spec,
    name: 'rpushx',
    summary: 'Put elements at the end of a list if there is one',
    since: '2.2.0',
    history: [['4.0.0', 'Takes more than one `element`.']],
    execute: (context) => push(context, TAIL, true),
  },
];
