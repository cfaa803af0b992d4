import { VALUE_SET } from '../../keyspace/key-ref.ts';
import { memberScanArguments, scanMembers } from '../collection-scan.ts';
import { keyAt } from '../key-specs.ts';
import type { CommandSpec } from '../spec.ts';

export const sscan: CommandSpec = {
  name: 'sscan',
  summary: 'Walk over the members of a set in steps',
  since: '2.8.0',
  group: 'set',
  complexity: 'O(1) per call, O(N) for a whole walk over N members',
  arity: -3,
  flags: ['readonly'],
  categories: ['set'],
  keySpecs: [keyAt(1, ['RO', 'access'])],
  tips: ['nondeterministic_output'],
  arguments: memberScanArguments,
  tiers: 'value',
  execute(context) {
    const { keys, keyspace, reply } = context;
    const { sets } = keyspace;
    scanMembers(
      context,
      VALUE_SET,
      () => sets.open(keys.at(0)),
      () => sets.isIntset(keys.at(0)),
      (members) => {
        reply.bulkFrom(members.leafView, members.leafBytes, members.keyAt, members.keyLength);
        return 1;
      },
    );
  },
};
