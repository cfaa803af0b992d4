import { IdList } from '../../types/stream/id-list.ts';
import { StreamId } from '../../types/stream/stream-id.ts';
import type { CommandContext } from '../context.ts';
import { keyAt } from '../key-specs.ts';
import type { CommandSpec } from '../spec.ts';
import { findGroup } from './groups.ts';
import { readIds } from './xdel.ts';

const ids = new IdList();
const id = new StreamId();

function xack(context: CommandContext): void {
  const { keys, keyspace, reply } = context;
  const key = keys.at(0);
  keys.countLookup(0);
  if (!findGroup(context, key, 2)) {
    reply.integer(0);
    return;
  }
  readIds(context, 3, ids);
  const { collections, groups, pending } = keyspace.streams;
  const group = groups.number;
  if (!collections.neverStored(key)) for (let n = 0; n < ids.count; n++) pending.look(group, ids.get(n, id), -1);
  let acknowledged = 0;
  for (let n = 0; n < ids.count; n++) {
    ids.get(n, id);
    if (!(acknowledged > 0 ? pending.findLoaded(group, id) : pending.find(group, id))) continue;
    pending.remove();
    acknowledged++;
  }
  if (acknowledged > 0) collections.changedAside(key, acknowledged);
  reply.integer(acknowledged);
}

export const xackCommand: CommandSpec = {
  name: 'xack',
  summary: 'Acknowledge that entries were processed: they are no longer pending in the consumer group',
  since: '5.0.0',
  group: 'stream',
  complexity: 'O(1) for each id',
  arity: -4,
  flags: ['write', 'fast'],
  categories: ['stream'],
  keySpecs: [keyAt(1, ['RW', 'update'])],
  arguments: [
    { name: 'key', type: 'key', keySpecIndex: 0 },
    { name: 'group', type: 'string' },
    { name: 'id', type: 'string', multiple: true },
  ],
  tiers: 'value',
  execute: xack,
};
