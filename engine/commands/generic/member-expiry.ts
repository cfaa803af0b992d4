import type { Request } from '../../../protocol/resp/request.ts';
import { Slice } from '../../../tiers/tree/slice.ts';
import { eventClass } from '../../events/events.ts';
import { type KeyRef, VALUE_STRING } from '../../keyspace/key-ref.ts';
import type { Keyspace } from '../../keyspace/keyspace.ts';
import { INT64_MAX, INT64_MIN, int64Argument } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { CommandError, invalidExpire } from '../errors.ts';
import { keyAt } from '../key-specs.ts';
import type { ArgumentSpec, CommandSpec } from '../spec.ts';

/** KeyDB's expiry of single members of hashes, sets and sorted sets. */

const unsupported = new CommandError('ERR object type is unsupported');
const badUnit = new CommandError('ERR Invalid unit arg');
const tooMany = new CommandError('ERR Invalid number of arguments');

const member = new Slice();

function memberArgument(request: Request, argIndex: number): Slice {
  return member.set(request.view, request.bytes, request.start(argIndex), request.length(argIndex));
}

/** Absolute expiry in ms of a member that an argument names; -1 for none, for no such member or key, and for types without members. */
export function memberExpireAt(keyspace: Keyspace, key: KeyRef, request: Request, argIndex: number): number {
  if (!key.exists || key.type === VALUE_STRING) return -1;
  return keyspace.collections.memberExpiry.when(key, memberArgument(request, argIndex));
}

/** Takes the expiry of a member away. */
export function persistMember(keyspace: Keyspace, key: KeyRef, request: Request, argIndex: number): void {
  const { collections } = keyspace;
  if (collections.memberExpiry.forget(key, memberArgument(request, argIndex))) collections.changed(key);
}

/** Argument 3 as absolute time in ms; may be in the past. Throws when it does not fit 64 bits. */
function timeArgument(context: CommandContext, name: string, seconds: boolean, relative: boolean): number {
  let time = int64Argument(context.request, 3);
  if (seconds) {
    if (time > INT64_MAX / 1000n || time < INT64_MIN / 1000n) throw invalidExpire(name);
    time *= 1000n;
  }
  if (relative) time += BigInt(context.nowMs);
  if (time > INT64_MAX) throw invalidExpire(name);
  return Number(time);
}

function expireMember(context: CommandContext, whenMs: number): void {
  const { keys, keyspace, nowMs, reply, request } = context;
  const { collections } = keyspace;
  const { memberExpiry } = collections;
  const key = keys.at(0);
  const owner = memberExpiry.owners.get(key.type);
  if (key.exists && owner === undefined) throw unsupported;
  const name = memberArgument(request, 2);
  if (owner === undefined || !owner.hasMember(key, name)) {
    reply.integer(0);
    return;
  }
  reply.integer(1);
  if (whenMs > nowMs) memberExpiry.set(key, name, whenMs);
  else {
    owner.removeMember(key, name);
    if (owner.isEmpty(key)) {
      keyspace.delete(key);
      keyspace.events.notify(eventClass.generic, 'del', key);
      return;
    }
  }
  collections.changed(key);
  keyspace.events.notify(eventClass.generic, 'expire', key);
}

function expiremember(context: CommandContext): void {
  const { request } = context;
  if (request.count > 5) throw tooMany;
  const inMs = request.count === 5 && request.is(4, 'ms');
  if (request.count === 5 && !inMs && !request.is(4, 's')) throw badUnit;
  expireMember(context, timeArgument(context, 'expiremember', !inMs, true));
}

const keyArgument: ArgumentSpec = { name: 'key', type: 'key', keySpecIndex: 0 };
const memberSpec: ArgumentSpec = { name: 'member', type: 'string' };

function spec(
  name: string,
  summary: string,
  arity: number,
  args: readonly ArgumentSpec[],
  execute: CommandSpec['execute'],
): CommandSpec {
  return {
    name,
    summary,
    since: '6.0.0',
    group: 'generic',
    complexity: 'O(log N), N being the number of members; O(N) for the first member of a small collection',
    arity,
    flags: ['write', 'fast'],
    categories: ['keyspace'],
    keySpecs: [keyAt(1, ['RW', 'update'])],
    arguments: [keyArgument, memberSpec, ...args],
    tiers: 'value',
    execute,
  };
}

export const memberExpiryCommands: readonly CommandSpec[] = [
  spec(
    'expiremember',
    'Let a member of a hash, set or sorted set expire after a time (KeyDB)',
    -4,
    [
      { name: 'delay', type: 'integer' },
      {
        name: 'unit',
        type: 'oneof',
        optional: true,
        arguments: [
          { name: 'seconds', type: 'pure-token', token: 'S' },
          { name: 'milliseconds', type: 'pure-token', token: 'MS' },
        ],
      },
    ],
    expiremember,
  ),
  spec(
    'expirememberat',
    'Let a member of a hash, set or sorted set expire at a Unix time in seconds (KeyDB)',
    4,
    [{ name: 'unix-time-seconds', type: 'unix-time' }],
    (context) => expireMember(context, timeArgument(context, 'expirememberat', true, false)),
  ),
  spec(
    'pexpirememberat',
    'Let a member of a hash, set or sorted set expire at a Unix time in milliseconds (KeyDB)',
    4,
    [{ name: 'unix-time-milliseconds', type: 'unix-time' }],
    (context) => expireMember(context, timeArgument(context, 'pexpirememberat', false, false)),
  ),
];
