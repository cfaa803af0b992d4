import type { CommandContext } from '../context.ts';
import { keyAt } from '../key-specs.ts';
import type { CommandSpec } from '../spec.ts';

/** Replies -2 for a missing key, -1 for one that never expires, else `answer(expiry in ms)`; seconds are rounded to the nearest. */
function replyExpiry({ keys, keyspace, reply }: CommandContext, answer: (expireAtMs: number) => number): void {
  const key = keys.at(0);
  if (!key.exists) {
    reply.integer(-2);
    return;
  }
  const expireAtMs = keyspace.expireAt(key);
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
  arity: 2,
  flags: ['readonly', 'fast'],
  categories: ['keyspace'],
  keySpecs: [keyAt(1, ['RO', 'access'])],
  tips: ['nondeterministic_output'],
  history: [['2.8.0', 'Answers -2 for a missing key']],
  arguments: [{ name: 'key', type: 'key', keySpecIndex: 0 }],
  tiers: 'index',
  lookups: 'peek',
  execute: (context) => replyExpiry(context, (at) => toSeconds(Math.max(0, at - context.nowMs))),
};

export const pttl: CommandSpec = {
  name: 'pttl',
  summary: 'Tell how many milliseconds a key has left',
  since: '2.6.0',
  group: 'generic',
  complexity: 'O(1)',
  arity: 2,
  flags: ['readonly', 'fast'],
  categories: ['keyspace'],
  keySpecs: [keyAt(1, ['RO', 'access'])],
  tips: ['nondeterministic_output'],
  history: [['2.8.0', 'Answers -2 for a missing key']],
  arguments: [{ name: 'key', type: 'key', keySpecIndex: 0 }],
  tiers: 'index',
  lookups: 'peek',
  execute: (context) => replyExpiry(context, (at) => Math.max(0, at - context.nowMs)),
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
  execute: (context) => replyExpiry(context, toSeconds),
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
  execute: (context) => replyExpiry(context, (at) => at),
};

export const persist: CommandSpec = {
  name: 'persist',
  summary: "Take a key's expiry away",
  since: '2.2.0',
  group: 'generic',
  complexity: 'O(1)',
  arity: 2,
  flags: ['write', 'fast'],
  categories: ['keyspace'],
  keySpecs: [keyAt(1, ['RW', 'update'])],
  arguments: [{ name: 'key', type: 'key', keySpecIndex: 0 }],
  tiers: 'value',
  execute({ keys, keyspace, reply }) {
    const key = keys.at(0);
    const expires = key.exists && keyspace.expireAt(key) !== -1;
    if (expires) keyspace.setExpireAt(key, -1);
    reply.integer(expires ? 1 : 0);
  },
};
