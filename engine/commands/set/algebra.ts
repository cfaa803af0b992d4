import type { Slice } from '../../../tiers/tree/slice.ts';
import { eventClass } from '../../events/events.ts';
import { type KeyRef, VALUE_SET } from '../../keyspace/key-ref.ts';
import type { TakeMember } from '../../types/set/set-algebra.ts';
import type { CommandContext } from '../context.ts';
import { keyAt, keysFrom } from '../key-specs.ts';
import type { CommandSpec } from '../spec.ts';

/** What SINTER, SUNION, SDIFF and their storing forms share: reading sources, writing the members, storing the result. */

/** The keys from number `from` on, in order; the missing ones as undefined. Any of another type is an error. */
export function sources({ keys, keyspace }: CommandContext, from: number, counts: boolean): (KeyRef | undefined)[] {
  const found: (KeyRef | undefined)[] = [];
  for (let n = from; n < keys.count; n++) {
    const key = keys.at(n);
    if (counts) keys.countLookup(n);
    keyspace.requireType(key, VALUE_SET);
    found.push(key.exists ? key : undefined);
  }
  return found;
}

export function existing(refs: readonly (KeyRef | undefined)[]): KeyRef[] {
  return refs.filter((ref) => ref !== undefined);
}

/** Writes the members that `produce` gives as a set. */
export function replyMembers({ reply }: CommandContext, produce: (take: TakeMember) => void): void {
  const mark = reply.mark();
  let count = 0;
  produce((member: Slice) => {
    reply.bulkFrom(member.view, member.bytes, member.at, member.length);
    count++;
    return true;
  });
  reply.patchSet(mark, count);
}

/**
 * Puts the members that `produce` gives, some perhaps more than once, in key 0, or deletes that when it is nothing, and answers how many members there are. `bytes`: what the
 * result takes at most.
 */
export function storeMembers(
  context: CommandContext,
  event: string,
  bytes: number,
  produce: (take: TakeMember) => void,
): void {
  const { keyspace, keys, reply, server } = context;
  const { collections, sets } = keyspace;
  const { bulk } = sets;
  collections.reserve(bytes);
  bulk.begin();
  try {
    produce((member) => {
      bulk.add(member);
      return true;
    });
    bulk.dropRepeated();
    const { size } = bulk;
    const key = keys.at(0);
    if (size > 0) {
      bulk.place(key, server.collectionLimits.intsetEntries);
      sets.changed(key, 1);
      keyspace.events.notify(eventClass.set, event, key);
    } else if (keyspace.delete(key)) keyspace.events.notify(eventClass.generic, 'del', key);
    reply.integer(size);
  } finally {
    bulk.discard();
  }
}

/** The destination is at most replaced: its value is not read for it, unless it is a source too. */
export function declareStore({ keys, request, session }: CommandContext): void {
  keys.add(1, session.db, true);
  for (let n = 2; n < request.count; n++) keys.add(n, session.db);
}

/** What commands that list the result have in common. */
export const listing = {
  since: '1.0.0',
  group: 'set',
  arity: -2,
  flags: ['readonly'],
  categories: ['set'],
  keySpecs: [keysFrom(1, -1, 1, ['RO', 'access'])],
  tips: ['nondeterministic_output_order'],
  arguments: [{ name: 'key', type: 'key', keySpecIndex: 0, multiple: true }],
  tiers: 'value',
} as const satisfies Partial<CommandSpec>;

/** What those that store it have in common. */
export const storing = {
  since: '1.0.0',
  group: 'set',
  arity: -3,
  flags: ['write', 'denyoom'],
  categories: ['set'],
  keySpecs: [keyAt(1, ['OW', 'update']), keysFrom(2, -1, 1, ['RO', 'access'])],
  arguments: [
    { name: 'destination', type: 'key', keySpecIndex: 0 },
    { name: 'key', type: 'key', keySpecIndex: 1, multiple: true },
  ],
  tiers: 'value',
  declareKeys: declareStore,
} as const satisfies Partial<CommandSpec>;
