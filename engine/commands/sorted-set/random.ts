import { VALUE_ZSET } from '../../keyspace/key-ref.ts';
import type { CommandContext } from '../context.ts';
import { errors } from '../errors.ts';
import { keyAt } from '../key-specs.ts';
import { exactCount, possibleCount, requireHalf, visitDistinct, visitRepeated } from '../random-members.ts';
import type { CommandSpec } from '../spec.ts';
import { key, withScores } from './arguments.ts';
import { PLAIN, styleOf, writeCount, writeMember, writeMembers } from './replies.ts';

function zrandmember(context: CommandContext): void {
  const { keys, keyspace, reply, request } = context;
  const zset = keyspace.sortedSets;
  const ref = keys.at(0);
  if (request.count === 2) {
    keyspace.requireType(ref, VALUE_ZSET);
    if (!ref.exists) reply.nil();
    else {
      zset.open(ref);
      visitRepeated(zset.ranked, 1, () => {
        zset.read(zset.ranked);
        writeMember(reply, zset, PLAIN);
      });
    }
    return;
  }
  const exact = exactCount(context, 2);
  if (request.count > 4 || (request.count === 4 && !request.is(3, 'withscores'))) throw errors.syntax;
  const style = styleOf(reply, request.count === 4);
  if (request.count === 4) requireHalf(exact);
  const count = possibleCount(exact);
  keyspace.requireType(ref, VALUE_ZSET);
  const size = ref.exists ? zset.open(ref).count : 0;
  if (size === 0 || count === 0) {
    reply.array(0);
    return;
  }
  // Redis walks a whole sorted set from its end.
  if (count >= size) {
    writeMembers(reply, zset, 0, size, true, style);
    return;
  }
  const visit = (): void => {
    zset.read(zset.ranked);
    writeMember(reply, zset, style);
  };
  writeCount(reply, Math.abs(count), style);
  if (count < 0) visitRepeated(zset.ranked, -count, visit);
  else visitDistinct(zset.ranked, count, visit);
}

export const randomCommands: readonly CommandSpec[] = [
  {
    name: 'zrandmember',
    summary: 'List members chosen at random',
    since: '6.2.0',
    group: 'sorted-set',
    complexity: 'O(N*log(M)) for N of M members',
    arity: -2,
    flags: ['readonly'],
    categories: ['sortedset'],
    keySpecs: [keyAt(1, ['RO', 'access'])],
    tips: ['nondeterministic_output'],
    arguments: [
      key,
      { name: 'options', type: 'block', optional: true, arguments: [{ name: 'count', type: 'integer' }, withScores] },
    ],
    tiers: 'value',
    execute: zrandmember,
  },
];
