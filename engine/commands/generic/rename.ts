import { eventClass } from '../../events/events.ts';
import type { CommandContext } from '../context.ts';
import { errors } from '../errors.ts';
import { keyAt } from '../key-specs.ts';
import type { CommandSpec } from '../spec.ts';

/** Renames unless both names are the same. Answers false when the new name is taken and may not be replaced. */
function moveName({ keys, keyspace, request }: CommandContext, replace: boolean): boolean {
  const from = keys.at(0);
  const to = keys.at(1);
  if (!from.exists) throw errors.noSuchKey;
  if (request.slice(1).equals(request.slice(2))) return replace;
  if (to.exists && !replace) return false;
  const replaced = to.exists;
  keyspace.move(from, to);
  // To Redis the new name is deleted, and then added.
  if (replaced) keyspace.events.notify(eventClass.newKey, 'new', to);
  keyspace.events.notify(eventClass.generic, 'rename_from', from);
  keyspace.events.notify(eventClass.generic, 'rename_to', to);
  return true;
}

/** The new name's value is at most replaced: it is not read from disk. */
function declareNames({ keys, session }: CommandContext): void {
  keys.add(1, session.db);
  keys.add(2, session.db, true);
}

export const rename: CommandSpec = {
  name: 'rename',
  summary: 'Give a key another name',
  since: '1.0.0',
  group: 'generic',
  complexity: 'O(1)',
  arity: 3,
  flags: ['write'],
  categories: ['keyspace'],
  keySpecs: [keyAt(1, ['RW', 'access', 'delete']), keyAt(2, ['OW', 'update'])],
  arguments: [
    { name: 'key', type: 'key', keySpecIndex: 0 },
    { name: 'newkey', type: 'key', keySpecIndex: 1 },
  ],
  tiers: 'value',
  declareKeys: declareNames,
  execute(context) {
    moveName(context, true);
    context.reply.ok();
  },
};

export const renamenx: CommandSpec = {
  name: 'renamenx',
  summary: 'Give a key another name unless that name is taken',
  since: '1.0.0',
  group: 'generic',
  complexity: 'O(1)',
  arity: 3,
  flags: ['write', 'fast'],
  categories: ['keyspace'],
  keySpecs: [keyAt(1, ['RW', 'access', 'delete']), keyAt(2, ['OW', 'insert'])],
  history: [['3.2.0', 'Both names may be the same']],
  arguments: [
    { name: 'key', type: 'key', keySpecIndex: 0 },
    { name: 'newkey', type: 'key', keySpecIndex: 1 },
  ],
  tiers: 'value',
  declareKeys: declareNames,
  execute(context) {
    context.reply.integer(moveName(context, false) ? 1 : 0);
  },
};
