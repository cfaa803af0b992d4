import type { ScoredMembers } from '../../types/zset/scored-members.ts';
import type { CommandContext } from '../context.ts';

/** Makes key 0 a sorted set of these members, whatever it was, and replies with their number; none: the key is deleted. */
export function storeResult({ keys, keyspace, reply, server }: CommandContext, found: ScoredMembers): void {
  const ref = keys.at(0);
  if (found.count === 0) keyspace.delete(ref);
  else {
    const { zsetEntries, zsetValue } = server.collectionLimits;
    const small = found.count <= zsetEntries && found.longest <= zsetValue;
    keyspace.sortedSets.build(ref, found, small ? 'listpack' : 'skiplist');
    keyspace.collections.changed(ref);
  }
  reply.integer(found.count);
}

/** The key that a command stores its result in is replaced, not read; `sources` are all others. */
export function declareTarget({ keys, session }: CommandContext, sources: number, count: number): void {
  keys.add(1, session.db, true);
  for (let i = 0; i < count; i++) keys.add(sources + i, session.db);
}
