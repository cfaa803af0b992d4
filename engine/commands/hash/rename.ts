import { Slice } from '../../../tiers/tree/slice.ts';
import { VALUE_HASH } from '../../keyspace/key-ref.ts';
import type { CommandContext } from '../context.ts';
import { CommandError } from '../errors.ts';
import { keyAt } from '../key-specs.ts';
import type { CommandSpec } from '../spec.ts';
import { key } from './arguments.ts';

const noField = new CommandError("ERR hash key doesn't exist");

/** Moves a value, and the time at which it expires, to another field of the same hash. */
function hrename({ keys, keyspace, reply, request, server }: CommandContext): void {
  const ref = keys.at(0);
  keyspace.requireType(ref, VALUE_HASH);
  if (!ref.exists) {
    reply.nil();
    return;
  }
  const { collections, hashes } = keyspace;
  const entries = hashes.open(ref);
  hashes.find(request, 3);
  if (!hashes.find(request, 2)) throw noField;
  reply.integer(1);
  if (!request.slice(2).equals(request.slice(3))) {
    const value = entries.value(new Slice()).copy();
    collections.reserve(value.length);
    const expireAt = collections.memberExpiry.when(ref, entries.key(new Slice()));
    const target = Slice.of(request.copy(3));
    if (expireAt >= 0) collections.memberExpiry.lookFor(ref, target, expireAt);
    entries.remove();
    hashes.put(target, Slice.of(value));
    if (expireAt >= 0) collections.memberExpiry.set(ref, target, expireAt);
    hashes.open(ref);
    hashes.recode(ref, server.collectionLimits, request.length(3));
  }
  collections.changed(ref);
}

/** KeyDB's KEYDB.HRENAME, which there is neither written to replicas nor tells its key. */
export const hrenameCommand: CommandSpec = {
  name: 'keydb.hrename',
  summary: 'Rename a field of a hash; one of the new name is replaced (KeyDB)',
  since: '6.0.0',
  group: 'hash',
  complexity: 'O(1)',
  arity: 4,
  flags: ['write', 'fast'],
  categories: ['hash'],
  keySpecs: [keyAt(1, ['RW', 'access', 'update'])],
  arguments: [key, { name: 'source', type: 'string' }, { name: 'destination', type: 'string' }],
  tiers: 'value',
  execute: hrename,
};
