import { eventClass } from '../../events/events.ts';
import type { KeyRef } from '../../keyspace/key-ref.ts';
import type { ScoredMembers } from '../../types/zset/scored-members.ts';
import type { CommandContext } from '../context.ts';

/** Makes key 0 a sorted set of these members, whatever it was, and replies with their number; none: the key is deleted. */
export function storeResult(context: CommandContext, found: ScoredMembers, event: string): void {
  storeMembers(context, context.keys.at(0), found, 1, event);
}

/** The same for any key; `changes` is what Redis counts. */
export function storeMembers(
  context: CommandContext,
  ref: KeyRef,
  found: ScoredMembers,
  changes: number,
  event: string,
): void {
  const { keyspace, reply, server } = context;
  if (found.count === 0) {
    if (keyspace.delete(ref)) keyspace.events.notify(eventClass.generic, 'del', ref);
  } else {
    const { zsetEntries, zsetValue } = server.collectionLimits;
    const small = found.count <= zsetEntries && found.longest <= zsetValue;
    keyspace.sortedSets.build(ref, found, small ? 'listpack' : 'skiplist');
    keyspace.collections.changed(ref, changes);
    keyspace.events.notify(eventClass.zset, event, ref);
  }
  reply.integer(found.count);
}

/** The key that a command stores its result in is replaced, not read; `sources` are all others. */
export function declareTarget({ keys, session }: CommandContext, sources: number, count: number): void {
  keys.add(1, session.db, true);
  for (let i = 0; i < count; i++) keys.add(sources + i, session.db);
}
