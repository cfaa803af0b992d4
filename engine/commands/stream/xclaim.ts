import { NO_CONSUMER } from '../../types/stream/consumers.ts';
import { IdList } from '../../types/stream/id-list.ts';
import type { Stream } from '../../types/stream/stream.ts';
import { StreamId } from '../../types/stream/stream-id.ts';
import { int64Argument } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { CommandError, untilNul } from '../errors.ts';
import { keyAt } from '../key-specs.ts';
import type { CommandSpec } from '../spec.ts';
import { lookForConsumer, noGroup, openGroup, tellCreated, useConsumer } from './groups.ts';
import { isId, readId } from './ids.ts';

const invalidMinIdle = new CommandError('ERR Invalid min-idle-time argument for XCLAIM');
const invalidIdle = new CommandError('ERR Invalid IDLE option argument for XCLAIM');
const invalidTime = new CommandError('ERR Invalid TIME option argument for XCLAIM');
const invalidRetryCount = new CommandError('ERR Invalid RETRYCOUNT option argument for XCLAIM');
const NOT_GIVEN = -1n;
/** No consumer's number is greater. */
const UNBORN = 0xffffffff;

const ids = new IdList();
const id = new StreamId();
const lastId = new StreamId();

/** What XCLAIM was asked. */
class ClaimOptions {
  minIdleMs = 0;
  /** When the entries count as delivered. */
  timeMs = 0;
  retryCount = NOT_GIVEN;
  force = false;
  justId = false;

  /** Ids into `ids`, and the options behind them. */
  parse({ nowMs, request }: CommandContext): void {
    this.minIdleMs = Math.max(0, Number(int64Argument(request, 4, invalidMinIdle)));
    this.retryCount = NOT_GIVEN;
    this.force = false;
    this.justId = false;
    lastId.fill(0);
    ids.clear();
    let i = 5;
    for (; i < request.count && isId(request, i, id); i++) ids.push(id);
    const now = BigInt(nowMs);
    let time = NOT_GIVEN;
    for (; i < request.count; i++) {
      const more = i + 1 < request.count;
      if (request.is(i, 'force')) this.force = true;
      else if (request.is(i, 'justid')) this.justId = true;
      else if (more && request.is(i, 'idle')) {
        time = BigInt.asIntN(64, now - int64Argument(request, ++i, invalidIdle));
      } else if (more && request.is(i, 'time')) time = int64Argument(request, ++i, invalidTime);
      else if (more && request.is(i, 'retrycount')) this.retryCount = int64Argument(request, ++i, invalidRetryCount);
      else if (more && request.is(i, 'lastid')) readId(request, ++i, lastId);
      else throw new CommandError(`ERR Unrecognized XCLAIM option '${untilNul(request.latin1(i))}'`);
    }
    // A time that cannot be is no error: clients work it out from their own clocks.
    this.timeMs = time < 0n || time > now ? nowMs : Number(time);
  }
}

const options = new ClaimOptions();

function xclaim(context: CommandContext): void {
  const { keys, keyspace, nowMs, reply } = context;
  const key = keys.at(0);
  keys.countLookup(0);
  const stream = openGroup(context, key, 2);
  if (stream === undefined) throw noGroup(context, 1, 2, 'claim');
  options.parse(context);
  const { collections, groups, pending } = keyspace.streams;
  const group = groups.number;
  if (!collections.neverStored(key)) look(context, stream, group);
  let changes = 0;
  const moved = lastId.compareTo(groups.lastId) > 0;
  if (moved) {
    groups.lastId.assign(lastId);
    groups.save();
  }
  const mark = reply.mark();
  let claimed = 0;
  let consumer = NO_CONSUMER;
  for (let n = 0; n < ids.count; n++) {
    const known = pending.find(group, ids.get(n, id));
    if (!stream.walk.find(id)) {
      if (!known) continue;
      // The entry was deleted: it is nothing to wait for.
      pending.remove();
      changes++;
      continue;
    }
    if (!known && !options.force) continue;
    if (known && options.minIdleMs > 0 && nowMs - pending.timeMs < options.minIdleMs) continue;
    if (consumer === NO_CONSUMER) consumer = useConsumer(context, stream, group, 3, true);
    const deliveries = countedDelivery(known ? pending.deliveries : 1, options.retryCount, options.justId);
    if (known) pending.assign(consumer, options.timeMs, deliveries);
    else pending.add(group, id, consumer, options.timeMs, deliveries);
    if (options.justId) id.reply(reply);
    else stream.walk.entry.reply(reply);
    claimed++;
    changes++;
  }
  if (moved && changes === 0) changes = 1;
  changes += tellCreated(context, key);
  if (changes > 0) collections.changedAside(key, changes);
  reply.patchArray(mark, claimed);
}

/** What the number of deliveries becomes by a claim: as given, or one more unless only ids are wanted. */
export function countedDelivery(before: number | bigint, given: bigint, justId: boolean): number | bigint {
  if (given >= 0n) return given;
  if (justId) return before;
  return typeof before === 'bigint' ? before + 1n : before + 1;
}

/** Goes to everything that claiming `ids` changes. */
function look(context: CommandContext, stream: Stream, group: number): void {
  const { pending } = context.keyspace.streams;
  const consumer = lookForConsumer(context, group, 3);
  for (let n = 0; n < ids.count; n++) {
    pending.look(group, ids.get(n, id), consumer === NO_CONSUMER ? UNBORN : consumer);
    stream.walk.find(id);
  }
}

export const xclaimCommand: CommandSpec = {
  name: 'xclaim',
  summary: 'Make a consumer the owner of pending entries of its group, as if they had been delivered to it',
  since: '5.0.0',
  group: 'stream',
  complexity: 'O(log N) with N being the number of messages in the PEL of the consumer group.',
  arity: -6,
  flags: ['write', 'fast'],
  categories: ['stream'],
  keySpecs: [keyAt(1, ['RW', 'update'])],
  tips: ['nondeterministic_output'],
  arguments: [
    { name: 'key', type: 'key', keySpecIndex: 0 },
    { name: 'group', type: 'string' },
    { name: 'consumer', type: 'string' },
    { name: 'min-idle-time', type: 'string' },
    { name: 'id', type: 'string', multiple: true },
    { name: 'ms', type: 'integer', token: 'IDLE', optional: true },
    { name: 'unix-time-milliseconds', type: 'unix-time', token: 'TIME', optional: true },
    { name: 'count', type: 'integer', token: 'RETRYCOUNT', optional: true },
    { name: 'force', type: 'pure-token', token: 'FORCE', optional: true },
    { name: 'justid', type: 'pure-token', token: 'JUSTID', optional: true },
    { name: 'id', type: 'string', token: 'LASTID', optional: true },
  ],
  tiers: 'value',
  execute: xclaim,
};
