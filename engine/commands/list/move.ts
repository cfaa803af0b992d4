import { eventClass } from '../../events/events.ts';
import { VALUE_LIST } from '../../keyspace/key-ref.ts';
import { HEAD, type Side, TAIL } from '../../types/list/shared-lists.ts';
import type { CommandContext } from '../context.ts';
import { keyAt } from '../key-specs.ts';
import type { CommandSpec } from '../spec.ts';
import { dropped, parseSide, sideArgument } from './arguments.ts';

/** Takes an element from one end of a list, puts it at an end of another (or the same), and replies it. */
export function moveElement({ keys, keyspace, reply, request }: CommandContext, fromSide: Side, toSide: Side): void {
  const { lists } = keyspace;
  const from = keys.at(0);
  keyspace.requireType(from, VALUE_LIST);
  if (!from.exists) {
    reply.nil();
    return;
  }
  if (request.slice(1).equals(request.slice(2))) {
    lists.rotate(from, fromSide, toSide, reply);
    keyspace.events.notify(eventClass.list, toSide === HEAD ? 'lpush' : 'rpush', from);
    keyspace.events.notify(eventClass.list, fromSide === HEAD ? 'lpop' : 'rpop', from);
    return;
  }
  const to = keys.at(1);
  keyspace.requireType(to, VALUE_LIST);
  lists.copyEnd(from, fromSide, to, toSide, reply);
  // One element went from one list to another: one change.
  lists.collections.changed(to, 0);
  keyspace.events.notify(eventClass.list, toSide === HEAD ? 'lpush' : 'rpush', to);
  // A new key may have moved the other one's entry.
  const left = keys.at(0);
  if (lists.length(left) === 1) {
    dropped(keyspace, left, 1);
  } else {
    lists.dropEnd(left, fromSide);
    lists.collections.changed(left);
  }
  keyspace.events.taken(eventClass.list, fromSide === HEAD ? 'lpop' : 'rpop', left);
}

const spec = {
  group: 'list',
  complexity: 'O(1)',
  flags: ['write', 'denyoom'],
  categories: ['list'],
  keySpecs: [keyAt(1, ['RW', 'access', 'delete']), keyAt(2, ['RW', 'insert'])],
  tiers: 'value',
} as const satisfies Partial<CommandSpec>;

const source = { name: 'source', type: 'key', keySpecIndex: 0 } as const;
const destination = { name: 'destination', type: 'key', keySpecIndex: 1 } as const;

export const moveCommands: readonly CommandSpec[] = [
  {
    ...spec,
    name: 'lmove',
    summary: 'Take an element from an end of a list and put it at an end of another one, or the same',
    since: '6.2.0',
    arity: 5,
    arguments: [source, destination, sideArgument('wherefrom'), sideArgument('whereto')],
    execute: (context) => moveElement(context, parseSide(context.request, 3), parseSide(context.request, 4)),
  },
  {
    ...spec,
    name: 'rpoplpush',
    summary: 'Take the last element of a list and put it in front of another one, or the same',
    since: '1.2.0',
    arity: 3,
    arguments: [source, destination],
    deprecatedSince: '6.2.0',
    replacedBy: '`LMOVE` with the `RIGHT` and `LEFT` arguments',
    execute: (context) => moveElement(context, TAIL, HEAD),
  },
];
