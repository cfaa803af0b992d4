import { VALUE_HASH } from '../../keyspace/key-ref.ts';
import type { CommandContext } from '../context.ts';
import { errors } from '../errors.ts';
import { keyAt } from '../key-specs.ts';
import { exactCount, possibleCount, requireHalf, visitDistinct, visitRepeated } from '../random-members.ts';
import type { CommandSpec } from '../spec.ts';
import { key } from './arguments.ts';

function replyField({ keyspace, reply }: CommandContext): void {
  const { entries } = keyspace.hashes;
  reply.bulkFrom(entries.leafView, entries.leafBytes, entries.keyAt, entries.keyLength);
}

function replyOne(context: CommandContext): void {
  const { keys, keyspace, reply } = context;
  const ref = keys.at(0);
  keyspace.requireType(ref, VALUE_HASH);
  if (!ref.exists) {
    reply.nil();
    return;
  }
  visitRepeated(keyspace.hashes.open(ref), 1, () => replyField(context));
}

function hrandfield(context: CommandContext): void {
  const { keys, keyspace, reply, request } = context;
  if (request.count === 2) {
    replyOne(context);
    return;
  }
  const wanted = exactCount(context, 2);
  if (request.count > 4 || (request.count === 4 && !request.is(3, 'withvalues'))) throw errors.syntax;
  const withValues = request.count === 4;
  if (withValues) requireHalf(wanted);
  const ref = keys.at(0);
  keyspace.requireType(ref, VALUE_HASH);
  if (!ref.exists || wanted === 0n) {
    reply.array(0);
    return;
  }
  const count = possibleCount(wanted);
  const entries = keyspace.hashes.open(ref);
  const elements = count < 0 ? -count : Math.min(count, entries.count);
  reply.array(withValues && reply.resp === 2 ? elements * 2 : elements);
  const visit = (): void => {
    if (withValues && reply.resp === 3) reply.array(2);
    replyField(context);
    if (withValues) reply.bulkFrom(entries.leafView, entries.leafBytes, entries.valueAt, entries.valueLength);
  };
  if (count < 0) visitRepeated(entries, elements, visit);
  else visitDistinct(entries, elements, visit);
}

export const hrandfieldCommand: CommandSpec = {
  name: 'hrandfield',
  summary: 'Choose fields at random',
  since: '6.2.0',
  group: 'hash',
  complexity: 'O(N), N being the number of fields in the reply',
  arity: -2,
  flags: ['readonly'],
  categories: ['hash'],
  keySpecs: [keyAt(1, ['RO', 'access'])],
  tips: ['nondeterministic_output'],
  arguments: [
    key,
    {
      name: 'options',
      type: 'block',
      optional: true,
      arguments: [
        { name: 'count', type: 'integer' },
        { name: 'withvalues', type: 'pure-token', token: 'WITHVALUES', optional: true },
      ],
    },
  ],
  tiers: 'value',
  execute: hrandfield,
};
