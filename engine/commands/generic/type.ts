import { valueTypeNames } from '../../keyspace/key-ref.ts';
import { keyAt } from '../key-specs.ts';
import type { CommandSpec } from '../spec.ts';

export const type: CommandSpec = {
  name: 'type',
  summary: "Name the type of a key's value",
  since: '1.0.0',
  group: 'generic',
  complexity: 'O(1)',
  arity: 2,
  flags: ['readonly', 'fast'],
  categories: ['keyspace'],
  keySpecs: [keyAt(1, ['RO'])],
  arguments: [{ name: 'key', type: 'key', keySpecIndex: 0 }],
  tiers: 'index',
  lookups: 'peek',
  execute({ keys, reply }) {
    const key = keys.at(0);
    reply.simple(key.exists ? (valueTypeNames[key.type] ?? 'unknown') : 'none');
  },
};
