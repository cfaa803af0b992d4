import type { Request } from '../../../protocol/resp/request.ts';
import { Slice } from '../../../tiers/tree/slice.ts';
import { eventClass } from '../../events/events.ts';
import { type KeyRef, VALUE_SET } from '../../keyspace/key-ref.ts';
import { fromRequest } from '../../types/hash/shared-hashes.ts';
import type { SharedSets } from '../../types/set/shared-sets.ts';
import type { CommandContext } from '../context.ts';
import { keyAt } from '../key-specs.ts';
import type { CommandSpec } from '../spec.ts';

const slice = new Slice();

/** An argument as a member: good until the next call. */
function memberAt(request: Request, n: number): Slice {
  return fromRequest(slice, request, n);
}

/** Before a command changes several members: has been wherever the members from argument `from` on are, or are to be. */
function lookAhead(sets: SharedSets, key: KeyRef, request: Request, from: number): void {
  if (request.count <= from + 1 || !sets.mayWait(key)) return;
  for (let n = from; n < request.count; n++) sets.has(key, memberAt(request, n));
}

function addMembers({ keys, keyspace, reply, request, server }: CommandContext): void {
  const key = keys.at(0);
  keyspace.requireType(key, VALUE_SET);
  const { collections, sets } = keyspace;
  collections.reserve(request.end(request.count - 1) - request.start(2));
  lookAhead(sets, key, request, 2);
  const { intsetEntries } = server.collectionLimits;
  let added = 0;
  for (let n = 2; n < request.count; n++) if (sets.add(key, memberAt(request, n), intsetEntries)) added++;
  if (added > 0) {
    sets.changed(key, added);
    keyspace.events.notify(eventClass.set, 'sadd', key);
  }
  reply.integer(added);
}

export const sadd: CommandSpec = {
  name: 'sadd',
  summary: 'Add members to a set, which is created if need be',
  since: '1.0.0',
  group: 'set',
  complexity: 'O(1) per member',
  arity: -3,
  flags: ['write', 'denyoom', 'fast'],
  categories: ['set'],
  keySpecs: [keyAt(1, ['RW', 'insert'])],
  history: [['2.4.0', 'Several members in one call']],
  arguments: [
    { name: 'key', type: 'key', keySpecIndex: 0 },
    { name: 'member', type: 'string', multiple: true },
  ],
  tiers: 'value',
  execute: addMembers,
};

function removeMembers({ keys, keyspace, reply, request }: CommandContext): void {
  const key = keys.at(0);
  keyspace.requireType(key, VALUE_SET);
  const { sets } = keyspace;
  lookAhead(sets, key, request, 2);
  let removed = 0;
  for (let n = 2; n < request.count && key.exists; n++) {
    const member = memberAt(request, n);
    if (!(removed > 0 ? sets.hasLoaded(key, member) : sets.has(key, member))) continue;
    if (sets.size(key) > 1) sets.remove(key, member);
    else {
      if (removed > 0) sets.changed(key, removed);
      keyspace.delete(key);
    }
    removed++;
  }
  if (key.exists && removed > 0) sets.changed(key, removed);
  if (removed > 0) keyspace.events.taken(eventClass.set, 'srem', key);
  reply.integer(removed);
}

export const srem: CommandSpec = {
  name: 'srem',
  summary: 'Remove members from a set',
  since: '1.0.0',
  group: 'set',
  complexity: 'O(N) where N is the number of members given',
  cheapArguments: 3,
  arity: -3,
  flags: ['write', 'fast'],
  categories: ['set'],
  keySpecs: [keyAt(1, ['RW', 'delete'])],
  history: [['2.4.0', 'Several members in one call']],
  arguments: [
    { name: 'key', type: 'key', keySpecIndex: 0 },
    { name: 'member', type: 'string', multiple: true },
  ],
  tiers: 'value',
  execute: removeMembers,
};

export const sismember: CommandSpec = {
  name: 'sismember',
  summary: 'Tell whether a set has a member',
  since: '1.0.0',
  group: 'set',
  complexity: 'O(1)',
  arity: 3,
  flags: ['readonly', 'fast'],
  categories: ['set'],
  keySpecs: [keyAt(1, ['RO'])],
  arguments: [
    { name: 'key', type: 'key', keySpecIndex: 0 },
    { name: 'member', type: 'string' },
  ],
  tiers: 'value',
  execute({ keys, keyspace, reply, request }) {
    const key = keys.at(0);
    keyspace.requireType(key, VALUE_SET);
    reply.integer(keyspace.sets.has(key, memberAt(request, 2)) ? 1 : 0);
  },
};

export const smismember: CommandSpec = {
  name: 'smismember',
  summary: 'Tell of each of several members whether a set has it',
  since: '6.2.0',
  group: 'set',
  complexity: 'O(N) where N is the number of members given',
  arity: -3,
  flags: ['readonly', 'fast'],
  categories: ['set'],
  keySpecs: [keyAt(1, ['RO', 'access'])],
  arguments: [
    { name: 'key', type: 'key', keySpecIndex: 0 },
    { name: 'member', type: 'string', multiple: true },
  ],
  tiers: 'value',
  execute({ keys, keyspace, reply, request }) {
    const key = keys.at(0);
    keyspace.requireType(key, VALUE_SET);
    reply.array(request.count - 2);
    for (let n = 2; n < request.count; n++) reply.integer(keyspace.sets.has(key, memberAt(request, n)) ? 1 : 0);
  },
};

export const scard: CommandSpec = {
  name: 'scard',
  summary: 'Count the members of a set',
  since: '1.0.0',
  group: 'set',
  complexity: 'O(1)',
  arity: 2,
  flags: ['readonly', 'fast'],
  categories: ['set'],
  keySpecs: [keyAt(1, ['RO'])],
  arguments: [{ name: 'key', type: 'key', keySpecIndex: 0 }],
  tiers: 'value',
  execute({ keys, keyspace, reply }) {
    const key = keys.at(0);
    keyspace.requireType(key, VALUE_SET);
    reply.integer(keyspace.sets.size(key));
  },
};

export const smembers: CommandSpec = {
  name: 'smembers',
  summary: 'List all members of a set',
  since: '1.0.0',
  group: 'set',
  complexity: 'O(N) where N is the number of members',
  arity: 2,
  flags: ['readonly'],
  categories: ['set'],
  keySpecs: [keyAt(1, ['RO', 'access'])],
  tips: ['nondeterministic_output_order'],
  arguments: [{ name: 'key', type: 'key', keySpecIndex: 0 }],
  tiers: 'value',
  execute({ keys, keyspace, reply }) {
    const key = keys.at(0);
    keyspace.requireType(key, VALUE_SET);
    reply.set(keyspace.sets.size(key));
    if (!key.exists) return;
    const members = keyspace.sets.open(key);
    for (let more = members.first(); more; more = members.next()) {
      reply.bulkFrom(members.leafView, members.leafBytes, members.keyAt, members.keyLength);
    }
  },
};

/** Whether the member was in the source. Adds to the destination first: only that may fail. */
function moveMember({ keys, keyspace, request, server }: CommandContext): boolean {
  const source = keys.at(0);
  const destination = keys.at(1);
  if (!source.exists) return false;
  keyspace.requireType(source, VALUE_SET);
  keyspace.requireType(destination, VALUE_SET);
  const { sets } = keyspace;
  if (!sets.has(source, memberAt(request, 3))) return false;
  if (source.handle === destination.handle) return true;
  const isNew = !destination.exists;
  // To Redis the member leaves first; adding first, because only that may fail, must not show.
  const { intsetEntries } = server.collectionLimits;
  const added = keyspace.events.without(eventClass.newKey, () =>
    sets.add(destination, memberAt(request, 3), intsetEntries),
  );
  if (added) sets.changed(destination, 1);
  // The destination may have moved entries of the index.
  const from = keys.at(0);
  if (sets.size(from) > 1) {
    sets.remove(from, memberAt(request, 3));
    sets.changed(from, 1);
  } else keyspace.delete(from);
  keyspace.events.taken(eventClass.set, 'srem', from);
  if (isNew) keyspace.events.notify(eventClass.newKey, 'new', destination);
  if (added) keyspace.events.notify(eventClass.set, 'sadd', destination);
  return true;
}

export const smove: CommandSpec = {
  name: 'smove',
  summary: 'Move a member from one set to another',
  since: '1.0.0',
  group: 'set',
  complexity: 'O(1)',
  arity: 4,
  flags: ['write', 'fast'],
  categories: ['set'],
  keySpecs: [keyAt(1, ['RW', 'access', 'delete']), keyAt(2, ['RW', 'insert'])],
  arguments: [
    { name: 'source', type: 'key', keySpecIndex: 0 },
    { name: 'destination', type: 'key', keySpecIndex: 1 },
    { name: 'member', type: 'string' },
  ],
  tiers: 'value',
  execute(context) {
    context.reply.integer(moveMember(context) ? 1 : 0);
  },
};
