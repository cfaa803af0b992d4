import { eventClass } from '../../events/events.ts';
import type { CommandContext } from '../context.ts';
import { keysFrom } from '../key-specs.ts';
import type { CommandSpec } from '../spec.ts';

function removeAll({ keys, keyspace, reply }: CommandContext): void {
  let removed = 0;
  for (let i = 0; i < keys.count; i++) {
    const key = keys.at(i);
    if (!keyspace.delete(key)) continue;
    keyspace.events.notify(eventClass.generic, 'del', key);
    removed++;
  }
  reply.integer(removed);
}

export const del: CommandSpec = {
  name: 'del',
  summary: 'Delete keys',
  since: '1.0.0',
  group: 'generic',
  complexity: 'O(N), N being the number of keys; large collections are freed in the background',
  cheapArguments: 2,
  arity: -2,
  flags: ['write'],
  categories: ['keyspace'],
  keySpecs: [keysFrom(1, -1, 1, ['RM', 'delete'])],
  tips: ['request_policy:multi_shard', 'response_policy:agg_sum'],
  arguments: [{ name: 'key', type: 'key', keySpecIndex: 0, multiple: true }],
  tiers: 'index',
  execute: removeAll,
};

/** What takes long to free is freed in the background by either: it is the same as DEL. */
export const unlink: CommandSpec = {
  name: 'unlink',
  summary: 'Delete keys and free their memory in the background',
  since: '4.0.0',
  group: 'generic',
  complexity: 'O(N), N being the number of keys; their memory is freed in the background',
  cheapArguments: 2,
  arity: -2,
  flags: ['write', 'fast'],
  categories: ['keyspace'],
  keySpecs: [keysFrom(1, -1, 1, ['RM', 'delete'])],
  tips: ['request_policy:multi_shard', 'response_policy:agg_sum'],
  arguments: [{ name: 'key', type: 'key', keySpecIndex: 0, multiple: true }],
  tiers: 'index',
  execute: removeAll,
};

/** KeyDB's other name for DEL. */
export const expdel: CommandSpec = { ...del, name: 'expdel', summary: "Delete keys (KeyDB's other name for DEL)" };
