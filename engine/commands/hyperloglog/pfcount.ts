import { countElements, RegisterUnion } from '../../types/string/hyperloglog/cardinality.ts';
import { cacheCardinality, cachedCardinality } from '../../types/string/hyperloglog/layout.ts';
import type { CommandContext } from '../context.ts';
import { keysFrom } from '../key-specs.ts';
import type { CommandSpec } from '../spec.ts';
import { corrupt, locateHyperLogLog } from './value.ts';

const union = new RegisterUnion();

/** The cardinality of one key, which its value remembers. To remember is a change of the value, although PFCOUNT is readonly. */
function countOne(context: CommandContext): number | bigint {
  const { keys, keyspace } = context;
  const key = keys.at(0);
  if (!key.exists) return 0;
  const region = locateHyperLogLog(context, key);
  const known = cachedCardinality(region);
  const count = known ?? countElements(region);
  if (count === undefined) throw corrupt;
  const place = keyspace.strings.edit(key);
  if (known === undefined) {
    cacheCardinality(place, count);
    keyspace.strings.changed(key);
  }
  return count;
}

function countUnion(context: CommandContext): number | bigint {
  const { keys } = context;
  union.clear();
  for (let i = 0; i < keys.count; i++) {
    const key = keys.at(i);
    if (key.exists && !union.add(locateHyperLogLog(context, key))) throw corrupt;
  }
  return union.count();
}

export const pfcountCommand: CommandSpec = {
  name: 'pfcount',
  summary: 'Estimate how many different elements one HyperLogLog has seen, or several together',
  since: '2.8.9',
  group: 'hyperloglog',
  complexity: 'O(1) for one key whose cardinality is known, else O(N) with N keys of 16384 registers',
  arity: -2,
  flags: ['readonly', 'may_replicate'],
  categories: ['hyperloglog'],
  keySpecs: [
    keysFrom(
      1,
      -1,
      1,
      ['RW', 'access'],
      'RW because it may change the internal representation of the key, and propagate to replicas',
    ),
  ],
  arguments: [{ name: 'key', type: 'key', keySpecIndex: 0, multiple: true }],
  tiers: 'value',
  execute(context) {
    context.reply.integer(context.keys.count === 1 ? countOne(context) : countUnion(context));
  },
};
