import type { CommandContext } from '../context.ts';
import { keysFrom } from '../key-specs.ts';
import type { CommandSpec } from '../spec.ts';

function countExisting({ keys, reply }: CommandContext): void {
  let existing = 0;
  for (let i = 0; i < keys.count; i++) if (keys.at(i).exists) existing++;
  reply.integer(existing);
}

export const exists: CommandSpec = {
  name: 'exists',
  summary: 'Count how many of the given keys exist',
  since: '1.0.0',
  group: 'generic',
  complexity: 'O(N), N being the number of keys',
  arity: -2,
  flags: ['readonly', 'fast'],
  categories: ['keyspace'],
  keySpecs: [keysFrom(1, -1, 1, ['RO'])],
  tips: ['request_policy:multi_shard', 'response_policy:agg_sum'],
  history: [['3.0.3', 'Several keys']],
  arguments: [{ name: 'key', type: 'key', keySpecIndex: 0, multiple: true }],
  tiers: 'index',
  lookups: 'peek',
  execute: countExisting,
};

export const touch: CommandSpec = {
  name: 'touch',
  summary: 'Mark keys as used now and count those that exist',
  since: '3.2.1',
  group: 'generic',
  complexity: 'O(N), N being the number of keys',
  arity: -2,
  flags: ['readonly', 'fast'],
  categories: ['keyspace'],
  keySpecs: [keysFrom(1, -1, 1, ['RO'])],
  tips: ['request_policy:multi_shard', 'response_policy:agg_sum'],
  arguments: [{ name: 'key', type: 'key', keySpecIndex: 0, multiple: true }],
  tiers: 'index',
  lookups: 'use',
  execute: countExisting,
};

/** KeyDB: one boolean per key, RESP2 0 or 1. */
export const mexists: CommandSpec = {
  name: 'keydb.mexists',
  summary: 'Tell of each of the given keys whether it exists',
  since: '6.0.18',
  group: 'generic',
  complexity: 'O(N), N being the number of keys',
  arity: -2,
  flags: ['readonly', 'fast'],
  categories: ['keyspace'],
  keySpecs: [keysFrom(1, -1, 1, ['RO'])],
  arguments: [{ name: 'key', type: 'key', keySpecIndex: 0, multiple: true }],
  tiers: 'index',
  lookups: 'peek',
  execute({ keys, reply }) {
    reply.array(keys.count);
    for (let i = 0; i < keys.count; i++) reply.boolean(keys.at(i).exists);
  },
};
