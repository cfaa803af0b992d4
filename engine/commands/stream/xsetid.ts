import { eventClass } from '../../events/events.ts';
import { VALUE_STREAM } from '../../keyspace/key-ref.ts';
import { StreamId } from '../../types/stream/stream-id.ts';
import { int64Argument } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { CommandError, errors } from '../errors.ts';
import { keyAt } from '../key-specs.ts';
import type { CommandSpec } from '../spec.ts';
import { readId } from './ids.ts';

const negativeAdded = new CommandError('ERR entries_added must be positive');
const belowDeleted = new CommandError(
  'ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id',
);
const belowTop = new CommandError('ERR The ID specified in XSETID is smaller than the target stream top item');
const belowLength = new CommandError(
  'ERR The entries_added specified in XSETID is smaller than the target stream length',
);
const id = new StreamId();
const maxDeletedId = new StreamId();
const lastEntryId = new StreamId();

function xsetid({ keys, keyspace, reply, request }: CommandContext): void {
  readId(request, 2, id);
  let entriesAdded = -1n;
  maxDeletedId.fill(0);
  for (let i = 3; i < request.count; i += 2) {
    const more = i + 1 < request.count;
    if (more && request.is(i, 'entriesadded')) {
      entriesAdded = int64Argument(request, i + 1);
      if (entriesAdded < 0n) throw negativeAdded;
    } else if (more && request.is(i, 'maxdeletedid')) {
      readId(request, i + 1, maxDeletedId);
      if (id.compareTo(maxDeletedId) < 0) throw belowDeleted;
    } else throw errors.syntax;
  }
  const key = keys.at(0);
  if (!key.exists) throw errors.noSuchKey;
  keyspace.requireType(key, VALUE_STREAM);
  const stream = keyspace.streams.open(key);
  const { length } = stream;
  if (length > 0) {
    if (stream.walk.lastId(lastEntryId) && id.compareTo(lastEntryId) < 0) throw belowTop;
    if (entriesAdded >= 0n && BigInt(length) > entriesAdded) throw belowLength;
  }
  stream.setLastId(id);
  if (entriesAdded >= 0n) stream.entriesAdded = entriesAdded;
  if (!maxDeletedId.isZero) stream.setMaxDeletedId(maxDeletedId);
  keyspace.streams.collections.changedAside(key);
  keyspace.events.notify(eventClass.stream, 'xsetid', key);
  reply.ok();
}

export const xsetidCommand: CommandSpec = {
  name: 'xsetid',
  summary: 'Set what a stream knows of its ids: for replication',
  since: '5.0.0',
  group: 'stream',
  complexity: 'O(1)',
  arity: -3,
  flags: ['write', 'denyoom', 'fast'],
  categories: ['stream'],
  keySpecs: [keyAt(1, ['RW', 'update'])],
  history: [['7.0.0', 'Added the `entries_added` and `max_deleted_entry_id` arguments.']],
  arguments: [
    { name: 'key', type: 'key', keySpecIndex: 0 },
    { name: 'last-id', type: 'string' },
    { name: 'entries_added', type: 'integer', token: 'ENTRIESADDED', since: '7.0.0', optional: true },
    { name: 'max_deleted_entry_id', type: 'string', token: 'MAXDELETEDID', since: '7.0.0', optional: true },
  ],
  tiers: 'value',
  execute: xsetid,
};
