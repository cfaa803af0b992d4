import { eventClass } from '../../events/events.ts';
import type { CommandContext } from '../context.ts';
import { databaseArgument, databaseOrUndefined } from '../databases.ts';
import { CommandError, errors } from '../errors.ts';
import { keyAt } from '../key-specs.ts';
import type { CommandSpec } from '../spec.ts';

const sameObject = new CommandError('ERR source and destination objects are the same');

export const move: CommandSpec = {
  name: 'move',
  summary: 'Move a key to another database',
  since: '1.0.0',
  group: 'generic',
  complexity: 'O(1)',
  arity: 3,
  flags: ['write', 'fast'],
  categories: ['keyspace'],
  keySpecs: [keyAt(1, ['RW', 'access', 'update'])],
  arguments: [
    { name: 'key', type: 'key', keySpecIndex: 0 },
    { name: 'db', type: 'integer' },
  ],
  tiers: 'value',
  declareKeys(context) {
    const to = databaseOrUndefined(context, 2);
    context.keys.add(1, context.session.db);
    if (to !== undefined && to !== context.session.db) context.keys.add(1, to, true);
  },
  execute(context) {
    const { keys, keyspace, reply, session } = context;
    if (databaseArgument(context, 2) === session.db) throw sameObject;
    const from = keys.at(0);
    const to = keys.at(1);
    const possible = from.exists && !to.exists;
    if (possible) {
      keyspace.move(from, to);
      keyspace.events.notify(eventClass.generic, 'move_from', from);
      keyspace.events.notify(eventClass.generic, 'move_to', to);
    }
    reply.integer(possible ? 1 : 0);
  },
};

interface CopyOptions {
  readonly db: number;
  readonly replace: boolean;
}

function parseCopy(context: CommandContext): CopyOptions {
  const { request } = context;
  let db = context.session.db;
  let replace = false;
  for (let i = 3; i < request.count; i++) {
    if (request.is(i, 'replace')) replace = true;
    else if (request.is(i, 'db') && i + 1 < request.count) db = databaseArgument(context, ++i);
    else throw errors.syntax;
  }
  return { db, replace };
}

/** The last DB option that names a database; anything wrong with the options is for `execute` to say. */
function copyTarget(context: CommandContext): number {
  const { request } = context;
  let db = context.session.db;
  for (let i = 3; i + 1 < request.count; i++) {
    if (request.is(i, 'db')) db = databaseOrUndefined(context, ++i) ?? db;
  }
  return db;
}

export const copy: CommandSpec = {
  name: 'copy',
  summary: "Copy a key's value and expiry to another key, in this database or another",
  since: '6.2.0',
  group: 'generic',
  complexity: 'O(N), N being the length of the value',
  arity: -3,
  flags: ['write', 'denyoom'],
  categories: ['keyspace'],
  keySpecs: [keyAt(1, ['RO', 'access']), keyAt(2, ['OW', 'update'])],
  arguments: [
    { name: 'source', type: 'key', keySpecIndex: 0 },
    { name: 'destination', type: 'key', keySpecIndex: 1 },
    { name: 'destination-db', type: 'integer', token: 'DB', optional: true },
    { name: 'replace', type: 'pure-token', token: 'REPLACE', optional: true },
  ],
  tiers: 'value',
  declareKeys(context) {
    context.keys.add(1, context.session.db);
    context.keys.add(2, copyTarget(context), true);
  },
  execute(context) {
    const { keys, keyspace, reply, request, session } = context;
    const { db, replace } = parseCopy(context);
    if (db === session.db && request.slice(1).equals(request.slice(2))) throw sameObject;
    const from = keys.at(0);
    const to = keys.at(1);
    keys.countLookup(0);
    const possible = from.exists && (replace || !to.exists);
    if (possible) {
      const replaced = to.exists;
      keyspace.copy(from, to);
      if (replaced) keyspace.events.notify(eventClass.newKey, 'new', to);
      keyspace.events.notify(eventClass.generic, 'copy_to', to);
    }
    reply.integer(possible ? 1 : 0);
  },
};
