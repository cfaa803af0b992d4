import { VALUE_HASH } from '../../keyspace/key-ref.ts';
import type { CommandContext } from '../context.ts';
import { keyAt } from '../key-specs.ts';
import type { CommandSpec } from '../spec.ts';
import { key } from './arguments.ts';

const FIELDS = 1;
const VALUES = 2;

/** Replies all fields, all values, or a map of both. */
function replyAll(what: number): (context: CommandContext) => void {
  return ({ keys, keyspace, reply }) => {
    const ref = keys.at(0);
    keyspace.requireType(ref, VALUE_HASH);
    const count = ref.exists ? keyspace.hashes.open(ref).count : 0;
    if (what === (FIELDS | VALUES)) reply.map(count);
    else reply.array(count);
    if (count === 0) return;
    const { entries } = keyspace.hashes;
    entries.first();
    do {
      const { leafBytes, leafView } = entries;
      if ((what & FIELDS) !== 0) reply.bulkFrom(leafView, leafBytes, entries.keyAt, entries.keyLength);
      if ((what & VALUES) !== 0) reply.bulkFrom(leafView, leafBytes, entries.valueAt, entries.valueLength);
    } while (entries.next());
  };
}

function spec(name: string, summary: string, what: number): CommandSpec {
  return {
    name,
    summary,
    since: '2.0.0',
    group: 'hash',
    complexity: 'O(N), N being the size of the hash',
    arity: 2,
    flags: ['readonly'],
    categories: ['hash'],
    keySpecs: [keyAt(1, ['RO', 'access'])],
    tips: ['nondeterministic_output_order'],
    arguments: [key],
    tiers: 'value',
    execute: replyAll(what),
  };
}

export const wholeCommands: readonly CommandSpec[] = [
  spec('hgetall', 'Read all fields and values', FIELDS | VALUES),
  spec('hkeys', 'Read the names of all fields', FIELDS),
  spec('hvals', 'Read the values of all fields', VALUES),
];
