import { NO_CONSUMER } from '../../types/stream/consumers.ts';
import { IdList } from '../../types/stream/id-list.ts';
import type { Stream } from '../../types/stream/stream.ts';
import { StreamId } from '../../types/stream/stream-id.ts';
import { int64Argument } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { CommandError, errors } from '../errors.ts';
import { keyAt } from '../key-specs.ts';
import type { CommandSpec } from '../spec.ts';
import { lookForConsumer, noGroup, openGroup, tellCreated, useConsumer } from './groups.ts';
import { readStart } from './ids.ts';
import { countedDelivery } from './xclaim.ts';

const invalidMinIdle = new CommandError('ERR Invalid min-idle-time argument for XAUTOCLAIM');
const invalidCount = new CommandError('ERR COUNT must be > 0');
const DEFAULT_COUNT = 100;
/** Redis looks at so many pending entries for each that may be claimed. */
const ATTEMPTS_PER_ENTRY = 10;
const MAX_COUNT = (2n ** 63n - 1n) / 16n;
const NOT_GIVEN = -1n;
/** No consumer's number is greater. */
const UNBORN = 0xffffffff;

const start = new StreamId();
const id = new StreamId();
/** Where the next call is to begin, 0-0 at the end. */
const cursor = new StreamId();
const claims = new IdList();
const deleted = new IdList();

interface Options {
  minIdleMs: number;
  count: number;
  justId: boolean;
}

const options: Options = { minIdleMs: 0, count: DEFAULT_COUNT, justId: false };

function parse({ request }: CommandContext): void {
  options.minIdleMs = Math.max(0, Number(int64Argument(request, 4, invalidMinIdle)));
  options.count = DEFAULT_COUNT;
  options.justId = false;
  readStart(request, 5, start);
  for (let i = 6; i < request.count; i++) {
    if (i + 1 < request.count && request.is(i, 'count')) {
      const count = int64Argument(request, ++i, invalidCount);
      if (count < 1n || count > MAX_COUNT) throw invalidCount;
      options.count = Number(count);
    } else if (request.is(i, 'justid')) options.justId = true;
    else throw errors.syntax;
  }
}

/** Sorts what is pending from `start` on: `claims`, `deleted`, and `cursor` where it stopped. */
function choose({ keyspace, nowMs }: CommandContext, stream: Stream, group: number): void {
  const { pending } = keyspace.streams;
  claims.clear();
  deleted.clear();
  let attempts = options.count * ATTEMPTS_PER_ENTRY;
  let more = pending.seek(group, start);
  for (; more && attempts > 0 && claims.count + deleted.count < options.count; more = pending.next(), attempts--) {
    if (!stream.walk.find(pending.id)) deleted.push(pending.id);
    else if (options.minIdleMs === 0 || nowMs - pending.timeMs >= options.minIdleMs) claims.push(pending.id);
  }
  if (more) cursor.assign(pending.id);
  else cursor.fill(0);
}

function xautoclaim(context: CommandContext): void {
  const { keys, keyspace, nowMs, reply } = context;
  const key = keys.at(0);
  keys.countLookup(0);
  parse(context);
  const stream = openGroup(context, key, 2);
  if (stream === undefined) throw noGroup(context, 1, 2, 'claim');
  const { collections, groups, pending } = keyspace.streams;
  const group = groups.number;
  choose(context, stream, group);
  if (!collections.neverStored(key)) look(context, group);
  for (let n = 0; n < deleted.count; n++) if (pending.find(group, deleted.get(n, id))) pending.remove();
  reply.array(3);
  cursor.reply(reply);
  reply.array(claims.count);
  if (claims.count > 0) {
    const consumer = useConsumer(context, stream, group, 3, true);
    for (let n = 0; n < claims.count; n++) {
      pending.find(group, claims.get(n, id));
      pending.assign(consumer, nowMs, countedDelivery(pending.deliveries, NOT_GIVEN, options.justId));
      if (options.justId) id.reply(reply);
      else if (stream.walk.find(id)) stream.walk.entry.reply(reply);
    }
  }
  reply.array(deleted.count);
  for (let n = 0; n < deleted.count; n++) deleted.get(n, id).reply(reply);
  const changes = claims.count + deleted.count + tellCreated(context, key);
  if (changes > 0) collections.changedAside(key, changes);
}

/** Goes to everything that will be changed. */
function look(context: CommandContext, group: number): void {
  const { pending } = context.keyspace.streams;
  const consumer = lookForConsumer(context, group, 3);
  for (let n = 0; n < deleted.count; n++) pending.look(group, deleted.get(n, id), -1);
  for (let n = 0; n < claims.count; n++) {
    pending.look(group, claims.get(n, id), consumer === NO_CONSUMER ? UNBORN : consumer);
  }
}

export const xautoclaimCommand: CommandSpec = {
  name: 'xautoclaim',
  summary: 'Make a consumer the owner of entries of its group that have been pending for a while, whoever has them',
  since: '6.2.0',
  group: 'stream',
  complexity: 'O(1) if COUNT is small.',
  arity: -6,
  flags: ['write', 'fast'],
  categories: ['stream'],
  keySpecs: [keyAt(1, ['RW', 'delete'])],
  tips: ['nondeterministic_output'],
  history: [
    ['7.0.0', 'Added an element to the reply array, containing deleted entries the command cleared from the PEL'],
  ],
  arguments: [
    { name: 'key', type: 'key', keySpecIndex: 0 },
    { name: 'group', type: 'string' },
    { name: 'consumer', type: 'string' },
    { name: 'min-idle-time', type: 'string' },
    { name: 'start', type: 'string' },
    { name: 'count', type: 'integer', token: 'COUNT', optional: true },
    { name: 'justid', type: 'pure-token', token: 'JUSTID', optional: true },
  ],
  tiers: 'value',
  execute: xautoclaim,
};
