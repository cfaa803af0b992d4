import { eventClass } from '../../events/events.ts';
import { VALUE_HASH } from '../../keyspace/key-ref.ts';
import type { CommandContext } from '../context.ts';
import { wrongArity } from '../errors.ts';
import { keyAt } from '../key-specs.ts';
import type { CommandSpec } from '../spec.ts';
import { field, fieldsAndValues, key, value } from './arguments.ts';

/** Stores the pairs from argument 2 on; how many fields are new. */
function storePairs({ keys, keyspace, request, server }: CommandContext, name: string): number {
  const { count } = request;
  if (count % 2 !== 0) throw wrongArity(name);
  const ref = keys.at(0);
  keyspace.requireType(ref, VALUE_HASH);
  const { collections, hashes } = keyspace;
  collections.reserve(request.end(count - 1) - request.start(2));
  hashes.openForWrite(ref);
  // What is looked for may be on disk: all of it is before anything changes.
  if (count > 4 && !collections.neverStored(ref)) for (let i = 2; i < count; i += 2) hashes.find(request, i);
  let longest = 0;
  for (let i = 2; i < count; i++) longest = Math.max(longest, request.length(i));
  const { collectionLimits } = server;
  if (count > 4) hashes.expect(ref, collectionLimits, longest);
  let created = 0;
  for (let i = 2; i < count; i += 2) {
    if (!hashes.set(request, i, i + 1)) continue;
    created++;
    hashes.recode(ref, collectionLimits, 0);
  }
  hashes.recode(ref, collectionLimits, longest);
  collections.changed(ref, (count - 2) / 2);
  keyspace.events.notify(eventClass.hash, 'hset', ref);
  return created;
}

function hsetnx({ keys, keyspace, reply, request, server }: CommandContext): void {
  const ref = keys.at(0);
  keyspace.requireType(ref, VALUE_HASH);
  const { collections, hashes } = keyspace;
  collections.reserve(request.end(3) - request.start(2));
  if (ref.exists) {
    hashes.open(ref);
    if (hashes.find(request, 2)) {
      reply.integer(0);
      return;
    }
  }
  hashes.openForWrite(ref);
  hashes.set(request, 2, 3);
  hashes.recode(ref, server.collectionLimits, Math.max(request.length(2), request.length(3)));
  collections.changed(ref);
  keyspace.events.notify(eventClass.hash, 'hset', ref);
  reply.integer(1);
}

function hdel({ keys, keyspace, reply, request }: CommandContext): void {
  const ref = keys.at(0);
  keyspace.requireType(ref, VALUE_HASH);
  if (!ref.exists) {
    reply.integer(0);
    return;
  }
  const { collections, hashes } = keyspace;
  const entries = hashes.open(ref);
  if (request.count > 3 && !collections.neverStored(ref))
    for (let i = 2; i < request.count; i++) hashes.find(request, i);
  let deleted = 0;
  for (let i = 2; i < request.count && entries.count > 0; i++) {
    if (!(deleted > 0 ? hashes.findLoaded(request, i) : hashes.find(request, i))) continue;
    entries.remove();
    deleted++;
  }
  if (entries.count === 0) {
    collections.emptied(deleted);
    keyspace.delete(ref);
  } else if (deleted > 0) collections.changed(ref, deleted);
  if (deleted > 0) keyspace.events.taken(eventClass.hash, 'hdel', ref);
  reply.integer(deleted);
}

export const writeCommands: readonly CommandSpec[] = [
  {
    name: 'hset',
    summary: 'Store values in fields, creating the hash if there is none',
    since: '2.0.0',
    group: 'hash',
    complexity: 'O(1) for each field and value, O(N) for N pairs',
    cheapArguments: 4,
    arity: -4,
    flags: ['write', 'denyoom', 'fast'],
    categories: ['hash'],
    keySpecs: [keyAt(1, ['RW', 'update'])],
    history: [['4.0.0', 'Several pairs of field and value']],
    arguments: [key, fieldsAndValues],
    tiers: 'value',
    execute: (context) => context.reply.integer(storePairs(context, 'hset')),
  },
  {
    name: 'hmset',
    summary: 'Store values in fields, creating the hash if there is none',
    since: '2.0.0',
    group: 'hash',
    complexity: 'O(N), N being the number of pairs',
    arity: -4,
    flags: ['write', 'denyoom', 'fast'],
    categories: ['hash'],
    keySpecs: [keyAt(1, ['RW', 'update'])],
    arguments: [key, fieldsAndValues],
    deprecatedSince: '4.0.0',
    replacedBy: '`HSET` with multiple field-value pairs',
    tiers: 'value',
    execute(context) {
      storePairs(context, 'hmset');
      context.reply.ok();
    },
  },
  {
    name: 'hsetnx',
    summary: 'Store a value in a field that does not exist yet',
    since: '2.0.0',
    group: 'hash',
    complexity: 'O(1)',
    arity: 4,
    flags: ['write', 'denyoom', 'fast'],
    categories: ['hash'],
    keySpecs: [keyAt(1, ['RW', 'insert'])],
    arguments: [key, field, value],
    tiers: 'value',
    execute: hsetnx,
  },
  {
    name: 'hdel',
    summary: 'Delete fields, and the hash with the last of them',
    since: '2.0.0',
    group: 'hash',
    complexity: 'O(N), N being the number of fields to delete',
    cheapArguments: 3,
    arity: -3,
    flags: ['write', 'fast'],
    categories: ['hash'],
    keySpecs: [keyAt(1, ['RW', 'delete'])],
    history: [['2.4.0', 'Several fields']],
    arguments: [key, { ...field, multiple: true }],
    tiers: 'value',
    execute: hdel,
  },
];
