import { VALUE_HASH } from '../../keyspace/key-ref.ts';
import type { CommandContext } from '../context.ts';
import { keyAt } from '../key-specs.ts';
import type { CommandSpec } from '../spec.ts';
import { field, key } from './arguments.ts';

/** Whether the key holds a hash with the field that argument 2 names; the cursor stands there. Throws errors.wrongType. */
function finds({ keys, keyspace, request }: CommandContext): boolean {
  const ref = keys.at(0);
  keyspace.requireType(ref, VALUE_HASH);
  if (!ref.exists) return false;
  keyspace.hashes.open(ref);
  return keyspace.hashes.find(request, 2);
}

function hget(context: CommandContext): void {
  const { keyspace, reply } = context;
  if (!finds(context)) {
    reply.nil();
    return;
  }
  const { entries } = keyspace.hashes;
  reply.bulkFrom(entries.leafView, entries.leafBytes, entries.valueAt, entries.valueLength);
}

function hmget({ keys, keyspace, reply, request }: CommandContext): void {
  const ref = keys.at(0);
  keyspace.requireType(ref, VALUE_HASH);
  const { hashes } = keyspace;
  const { entries } = hashes;
  if (ref.exists) hashes.open(ref);
  reply.array(request.count - 2);
  for (let i = 2; i < request.count; i++) {
    if (ref.exists && hashes.find(request, i))
      reply.bulkFrom(entries.leafView, entries.leafBytes, entries.valueAt, entries.valueLength);
    else reply.nil();
  }
}

function hlen({ keys, keyspace, reply }: CommandContext): void {
  const ref = keys.at(0);
  keyspace.requireType(ref, VALUE_HASH);
  reply.integer(ref.exists ? keyspace.hashes.open(ref).count : 0);
}

export const readCommands: readonly CommandSpec[] = [
  {
    name: 'hget',
    summary: 'Read the value of one field',
    since: '2.0.0',
    group: 'hash',
    complexity: 'O(1)',
    arity: 3,
    flags: ['readonly', 'fast'],
    categories: ['hash'],
    keySpecs: [keyAt(1, ['RO', 'access'])],
    arguments: [key, field],
    tiers: 'value',
    execute: hget,
  },
  {
    name: 'hmget',
    summary: 'Read the values of several fields',
    since: '2.0.0',
    group: 'hash',
    complexity: 'O(N), N being the number of fields asked for',
    arity: -3,
    flags: ['readonly', 'fast'],
    categories: ['hash'],
    keySpecs: [keyAt(1, ['RO', 'access'])],
    arguments: [key, { ...field, multiple: true }],
    tiers: 'value',
    execute: hmget,
  },
  {
    name: 'hlen',
    summary: 'Count the fields of a hash',
    since: '2.0.0',
    group: 'hash',
    complexity: 'O(1)',
    arity: 2,
    flags: ['readonly', 'fast'],
    categories: ['hash'],
    keySpecs: [keyAt(1, ['RO'])],
    arguments: [key],
    tiers: 'value',
    execute: hlen,
  },
  {
    name: 'hstrlen',
    summary: 'Tell how long the value of a field is',
    since: '3.2.0',
    group: 'hash',
    complexity: 'O(1)',
    arity: 3,
    flags: ['readonly', 'fast'],
    categories: ['hash'],
    keySpecs: [keyAt(1, ['RO'])],
    arguments: [key, field],
    tiers: 'value',
    execute: (context) => context.reply.integer(finds(context) ? context.keyspace.hashes.entries.valueLength : 0),
  },
  {
    name: 'hexists',
    summary: 'Tell whether a hash has a field',
    since: '2.0.0',
    group: 'hash',
    complexity: 'O(1)',
    arity: 3,
    flags: ['readonly', 'fast'],
    categories: ['hash'],
    keySpecs: [keyAt(1, ['RO'])],
    arguments: [key, field],
    tiers: 'value',
    execute: (context) => context.reply.integer(finds(context) ? 1 : 0),
  },
];
