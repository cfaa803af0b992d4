import type { ReplyWriter } from '../../../protocol/resp/writer.ts';
import { Slice } from '../../../tiers/tree/slice.ts';
import { eventClass } from '../../events/events.ts';
import { type KeyRef, VALUE_SET } from '../../keyspace/key-ref.ts';
import type { Collection } from '../../types/collection/collection.ts';
import { distinctNumbers, visitNumbers } from '../../types/collection/sample.ts';
import { int64Argument } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { CommandError, errors } from '../errors.ts';
import { keyAt } from '../key-specs.ts';
import { exactCount, possibleCount, visitDistinct, visitRepeated } from '../random-members.ts';
import type { CommandSpec } from '../spec.ts';

const notPositive = new CommandError('ERR value is out of range, must be positive');
/** When so many times more members are popped than stay, those that stay are moved to a new set (Redis's SPOP_MOVE_STRATEGY_MUL). */
const MOVE_STAYING = 5;

function replyMember(reply: ReplyWriter, members: Collection): void {
  reply.bulkFrom(members.leafView, members.leafBytes, members.keyAt, members.keyLength);
}

function countArgument({ request }: CommandContext): number {
  const count = int64Argument(request, 2, notPositive);
  if (count < 0n) throw notPositive;
  return Number(count);
}

function popOne({ keys, keyspace, reply }: CommandContext): void {
  const key = keys.at(0);
  keyspace.requireType(key, VALUE_SET);
  if (!key.exists) {
    reply.nil();
    return;
  }
  const { sets } = keyspace;
  const members = sets.openRandom(key);
  replyMember(reply, members);
  if (members.count === 1) {
    keyspace.delete(key);
    keyspace.events.taken(eventClass.set, 'spop', key);
    return;
  }
  members.remove();
  sets.changed(key, 1);
  keyspace.events.notify(eventClass.set, 'spop', key);
}

function popSeveral(context: CommandContext): void {
  const { keys, keyspace, reply, request } = context;
  if (request.count > 3) throw errors.syntax;
  const count = countArgument(context);
  const key = keys.at(0);
  keyspace.requireType(key, VALUE_SET);
  const { sets } = keyspace;
  const size = sets.size(key);
  const popped = Math.min(count, size);
  reply.set(popped);
  if (popped === 0) return;
  if (popped === size) {
    popAll(context, key);
    return;
  }
  if ((size - popped) * MOVE_STAYING <= popped && !sets.open(key).tracksExpiry) {
    popMost(context, key, size - popped);
    return;
  }
  const chosen = distinctNumbers(popped, size);
  const members = sets.open(key);
  visitNumbers(members, chosen, () => {
    replyMember(reply, members);
    members.lookAtExpiry();
  });
  for (let n = popped - 1; n >= 0; n--) {
    members.seek(chosen[n] ?? 0);
    members.remove();
  }
  sets.changed(key, popped);
  keyspace.events.notify(eventClass.set, 'spop', key);
}

function popAll({ keyspace, reply }: CommandContext, key: KeyRef): void {
  const { sets } = keyspace;
  const members = sets.open(key);
  let popped = 0;
  for (let more = members.first(); more; more = members.next()) {
    replyMember(reply, members);
    popped++;
  }
  sets.changed(key, popped - 1);
  keyspace.delete(key);
  keyspace.events.taken(eventClass.set, 'spop', key);
}

/** Moves the few members that stay to a new set. Like Redis's, it may be an intset again. */
function popMost({ keyspace, reply, server }: CommandContext, key: KeyRef, staying: number): void {
  const { sets } = keyspace;
  const { builder } = sets;
  const members = sets.open(key);
  const popped = members.count - staying;
  const stay = distinctNumbers(staying, members.count);
  const member = new Slice();
  builder.begin(server.collectionLimits.intsetEntries);
  try {
    let next = 0;
    let number = 0;
    for (let more = members.first(); more; more = members.next()) {
      if (stay[next] === number++) {
        builder.add(members.key(member));
        next++;
      } else replyMember(reply, members);
    }
    builder.place(key, keyspace.expireAt(key));
  } finally {
    builder.discard();
  }
  sets.changed(key, popped);
  keyspace.events.notify(eventClass.set, 'spop', key);
}

export const spop: CommandSpec = {
  name: 'spop',
  summary: 'Remove random members from a set and answer them',
  since: '1.0.0',
  group: 'set',
  complexity: 'O(1) without a count, else O(N) where N is the count',
  arity: -2,
  flags: ['write', 'fast'],
  categories: ['set'],
  keySpecs: [keyAt(1, ['RW', 'access', 'delete'])],
  tips: ['nondeterministic_output'],
  history: [['3.2.0', 'Argument count']],
  arguments: [
    { name: 'key', type: 'key', keySpecIndex: 0 },
    { name: 'count', type: 'integer', since: '3.2.0', optional: true },
  ],
  tiers: 'value',
  execute(context) {
    if (context.request.count === 2) popOne(context);
    else popSeveral(context);
  },
};

function randomOne({ keys, keyspace, reply }: CommandContext): void {
  const key = keys.at(0);
  keyspace.requireType(key, VALUE_SET);
  if (key.exists) replyMember(reply, keyspace.sets.openRandom(key));
  else reply.nil();
}

function randomSeveral(context: CommandContext): void {
  const { keys, keyspace, reply, request } = context;
  if (request.count > 3) throw errors.syntax;
  const asked = exactCount(context, 2);
  const key = keys.at(0);
  keyspace.requireType(key, VALUE_SET);
  const { sets } = keyspace;
  const size = sets.size(key);
  if (asked === 0n || size === 0) {
    reply.array(0);
    return;
  }
  const count = possibleCount(asked, sets.bytes(key) / size);
  const members = sets.open(key);
  const visit = (): void => replyMember(reply, members);
  reply.array(count < 0 ? -count : Math.min(count, size));
  if (count < 0) visitRepeated(members, -count, visit);
  else visitDistinct(members, count, visit);
}

export const srandmember: CommandSpec = {
  name: 'srandmember',
  summary: 'Answer random members of a set',
  since: '1.0.0',
  group: 'set',
  complexity: 'O(1) without a count, else O(N) where N is its absolute value',
  arity: -2,
  flags: ['readonly'],
  categories: ['set'],
  keySpecs: [keyAt(1, ['RO', 'access'])],
  tips: ['nondeterministic_output'],
  history: [['2.6.0', 'Argument count']],
  arguments: [
    { name: 'key', type: 'key', keySpecIndex: 0 },
    { name: 'count', type: 'integer', since: '2.6.0', optional: true },
  ],
  tiers: 'value',
  execute(context) {
    if (context.request.count === 2) randomOne(context);
    else randomSeveral(context);
  },
};
