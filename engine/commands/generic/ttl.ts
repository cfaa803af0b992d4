import { eventClass } from '../../events/events.ts';
import type { CommandContext } from '../context.ts';
import { wrongArity } from '../errors.ts';
import { keyAt } from '../key-specs.ts';
import type { ArgumentSpec, CommandSpec, TierNeed } from '../spec.ts';
import { memberExpireAt, persistMember } from './member-expiry.ts';

const keyAndMember: readonly ArgumentSpec[] = [
  { name: 'key', type: 'key', keySpecIndex: 0 },
  { name: 'member', type: 'string', since: '6.0.0', optional: true },
];
const memberHistory = ['6.0.0', 'A member of the value may be named (KeyDB)'] as const;

/** KeyDB: the time may be asked of a member, which is found in the value. */
const needOfMember = ({ request }: CommandContext): TierNeed => (request.count > 2 ? 'value' : 'index');

/** Absolute expiry in ms of the key, or of the member that argument 2 names; -1 for none, also where there is no such member. */
function expiryAsked({ keys, keyspace, request }: CommandContext, name: string): number {
  const key = keys.at(0);
  if (request.count > 3) throw wrongArity(name);
  return request.count === 3 ? memberExpireAt(keyspace, key, request, 2) : keyspace.expireAt(key);
}

/** Replies -2 for a missing key, -1 for one that never expires, else `answer(expiry in ms)`; seconds are rounded to the nearest. */
function replyExpiry(context: CommandContext, name: string, answer: (expireAtMs: number) => number): void {
  const { keys, reply } = context;
  const expireAtMs = expiryAsked(context, name);
  if (!keys.at(0).exists) {
    reply.integer(-2);
    return;
  }
  reply.integer(expireAtMs === -1 ? -1 : answer(expireAtMs));
}

function toSeconds(ms: number): number {
  return Math.floor((ms + 500) / 1000);
}

export const ttl: CommandSpec = {
  name: 'ttl',
  summary: 'Tell how many seconds a key has left',
  since: '1.0.0',
  group: 'generic',
  complexity: 'O(1)',
  arity: -2,
  flags: ['readonly', 'fast'],
  categories: ['keyspace'],
  keySpecs: [keyAt(1, ['RO', 'access'])],
  tips: ['nondeterministic_output'],
  history: [['2.8.0', 'Answers -2 for a missing key'], memberHistory],
  arguments: keyAndMember,
  tiers: needOfMember,
  lookups: 'peek',
  execute: (context) => replyExpiry(context, 'ttl', (at) => toSeconds(Math.max(0, at - context.nowMs))),
};

export const pttl: CommandSpec = {
  name: 'pttl',
  summary: 'Tell how many milliseconds a key has left',
  since: '2.6.0',
  group: 'generic',
  complexity: 'O(1)',
  arity: -2,
  flags: ['readonly', 'fast'],
  categories: ['keyspace'],
  keySpecs: [keyAt(1, ['RO', 'access'])],
  tips: ['nondeterministic_output'],
  history: [['2.8.0', 'Answers -2 for a missing key'], memberHistory],
  arguments: keyAndMember,
  tiers: needOfMember,
  lookups: 'peek',
  execute: (context) => replyExpiry(context, 'pttl', (at) => Math.max(0, at - context.nowMs)),
};

export const expiretime: CommandSpec = {
  name: 'expiretime',
  summary: 'Tell the Unix time in seconds at which a key expires',
  since: '7.0.0',
  group: 'generic',
  complexity: 'O(1)',
  arity: 2,
  flags: ['readonly', 'fast'],
  categories: ['keyspace'],
  keySpecs: [keyAt(1, ['RO', 'access'])],
  arguments: [{ name: 'key', type: 'key', keySpecIndex: 0 }],
  tiers: 'index',
  lookups: 'peek',
  execute: (context) => replyExpiry(context, 'expiretime', toSeconds),
};

export const pexpiretime: CommandSpec = {
  name: 'pexpiretime',
  summary: 'Tell the Unix time in milliseconds at which a key expires',
  since: '7.0.0',
  group: 'generic',
  complexity: 'O(1)',
  arity: 2,
  flags: ['readonly', 'fast'],
  categories: ['keyspace'],
  keySpecs: [keyAt(1, ['RO', 'access'])],
  arguments: [{ name: 'key', type: 'key', keySpecIndex: 0 }],
  tiers: 'index',
  lookups: 'peek',
  execute: (context) => replyExpiry(context, 'pexpiretime', (at) => at),
};

export const persist: CommandSpec = {
  name: 'persist',
  summary: "Take a key's expiry away",
  since: '2.2.0',
  group: 'generic',
  complexity: 'O(1)',
  arity: -2,
  flags: ['write', 'fast'],
  categories: ['keyspace'],
  keySpecs: [keyAt(1, ['RW', 'update'])],
  history: [memberHistory],
  arguments: keyAndMember,
  tiers: 'value',
  execute(context) {
    const { keys, keyspace, reply, request } = context;
    const key = keys.at(0);
    const expires = expiryAsked(context, 'persist') !== -1;
    if (expires) {
      if (request.count === 3) persistMember(keyspace, key, request, 2);
      else keyspace.setExpireAt(key, -1);
      keyspace.events.notify(eventClass.generic, 'persist', key);
    }
    reply.integer(expires ? 1 : 0);
  },
};
