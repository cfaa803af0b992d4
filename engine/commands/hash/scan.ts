import { VALUE_HASH } from '../../keyspace/key-ref.ts';
import { memberScanArguments, scanMembers } from '../collection-scan.ts';
import { keyAt } from '../key-specs.ts';
import type { CommandSpec } from '../spec.ts';

export const hscan: CommandSpec = {
  name: 'hscan',
  summary: 'Walk over the fields and values of a hash in steps',
  since: '2.8.0',
  group: 'hash',
  complexity: 'O(1) per call, O(N) for a whole walk over N fields',
  arity: -3,
  flags: ['readonly'],
  categories: ['hash'],
  keySpecs: [keyAt(1, ['RO', 'access'])],
  tips: ['nondeterministic_output'],
  arguments: memberScanArguments,
  tiers: 'value',
  execute(context) {
    const { keys, keyspace, reply } = context;
    const { hashes } = keyspace;
    const ref = keys.at(0);
    scanMembers(
      context,
      VALUE_HASH,
      () => hashes.open(ref),
      () => hashes.isListpack(ref),
      ({ leafBytes, leafView, keyAt, keyLength, valueAt, valueLength }) => {
        reply.bulkFrom(leafView, leafBytes, keyAt, keyLength);
        reply.bulkFrom(leafView, leafBytes, valueAt, valueLength);
        return 2;
      },
    );
  },
};
