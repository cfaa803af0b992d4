import { eventClass } from '../../events/events.ts';
import { EXPIRY_NONE } from '../../types/string/string-values.ts';
import type { CommandContext } from '../context.ts';
import { keyAt } from '../key-specs.ts';
import type { ArgumentSpec, CommandSpec } from '../spec.ts';
import { expiryArgument } from './expiry.ts';
import { getexOptions, PERSIST, StringOptions } from './options.ts';

/** Writes the value, or nil for a missing key. Throws errors.wrongType. Answers whether the key exists. */
export function replyValue({ keys, keyspace, reply }: CommandContext): boolean {
  const key = keys.at(0);
  if (!key.exists) {
    reply.nil();
    return false;
  }
  keyspace.requireString(key);
  keyspace.strings.reply(key, reply);
  return true;
}

function get(context: CommandContext): void {
  replyValue(context);
}

function getdel(context: CommandContext): void {
  context.keys.countLookup(0);
  if (!replyValue(context)) return;
  const key = context.keys.at(0);
  context.keyspace.delete(key);
  context.keyspace.events.notify(eventClass.generic, 'del', key);
}

function getset(context: CommandContext): void {
  const { keys, keyspace, request } = context;
  keys.countLookup(0);
  replyValue(context);
  keyspace.strings.set(keys.at(0), request.bytes, request.start(2), request.length(2), EXPIRY_NONE);
  keyspace.events.notify(eventClass.string, 'set', keys.at(0));
}

const options = new StringOptions();

function getex(context: CommandContext): void {
  const { keys, keyspace, nowMs, reply, request } = context;
  options.parse(request, 2, getexOptions);
  const key = keys.at(0);
  keys.countLookup(0);
  if (!key.exists) {
    reply.nil();
    return;
  }
  keyspace.requireString(key);
  const { expiryIndex, unit } = options;
  const expireAt = expiryIndex > 0 ? expiryArgument(context, expiryIndex, unit, 'getex') : EXPIRY_NONE;
  keyspace.strings.reply(key, reply);
  if (expiryIndex > 0) {
    if (expireAt <= nowMs) keyspace.delete(key);
    else keyspace.setExpireAt(key, expireAt);
    keyspace.events.notify(eventClass.generic, expireAt <= nowMs ? 'del' : 'expire', key);
  } else if (options.has(PERSIST) && keyspace.expireAt(key) !== EXPIRY_NONE) {
    keyspace.setExpireAt(key, EXPIRY_NONE);
    keyspace.events.notify(eventClass.generic, 'persist', key);
  }
}

function strlen({ keys, keyspace, reply }: CommandContext): void {
  const key = keys.at(0);
  keyspace.requireString(key);
  reply.integer(key.exists ? keyspace.strings.length(key) : 0);
}

const key: ArgumentSpec = { name: 'key', type: 'key', keySpecIndex: 0 };

export const getCommands: readonly CommandSpec[] = [
  {
    name: 'get',
    summary: "Read a key's string value",
    since: '1.0.0',
    group: 'string',
    complexity: 'O(1)',
    arity: 2,
    flags: ['readonly', 'fast'],
    categories: ['string'],
    keySpecs: [keyAt(1, ['RO', 'access'])],
    arguments: [key],
    tiers: 'value',
    execute: get,
  },
  {
    name: 'getdel',
    summary: "Read a key's string value and remove the key",
    since: '6.2.0',
    group: 'string',
    complexity: 'O(1)',
    arity: 2,
    flags: ['write', 'fast'],
    categories: ['string'],
    keySpecs: [keyAt(1, ['RW', 'access', 'delete'])],
    arguments: [key],
    tiers: 'value',
    execute: getdel,
  },
  {
    name: 'getex',
    summary: "Read a key's string value and set or remove its expiry",
    since: '6.2.0',
    group: 'string',
    complexity: 'O(1)',
    arity: -2,
    flags: ['write', 'fast'],
    categories: ['string'],
    keySpecs: [keyAt(1, ['RW', 'access', 'update'], 'RW and UPDATE because it changes the TTL')],
    arguments: [
      key,
      {
        name: 'expiration',
        type: 'oneof',
        optional: true,
        arguments: [
          { name: 'seconds', type: 'integer', token: 'EX' },
          { name: 'milliseconds', type: 'integer', token: 'PX' },
          { name: 'unix-time-seconds', type: 'unix-time', token: 'EXAT' },
          { name: 'unix-time-milliseconds', type: 'unix-time', token: 'PXAT' },
          { name: 'persist', type: 'pure-token', token: 'PERSIST' },
        ],
      },
    ],
    tiers: 'value',
    execute: getex,
  },
  {
    name: 'getset',
    summary: 'Replace a string value and answer the one before',
    since: '1.0.0',
    group: 'string',
    complexity: 'O(1)',
    arity: 3,
    flags: ['write', 'denyoom', 'fast'],
    categories: ['string'],
    keySpecs: [keyAt(1, ['RW', 'access', 'update'])],
    arguments: [key, { name: 'value', type: 'string' }],
    deprecatedSince: '6.2.0',
    replacedBy: '`SET` with the `!GET` argument',
    tiers: 'value',
    execute: getset,
  },
  {
    name: 'strlen',
    summary: 'Length of a string value in bytes',
    since: '2.2.0',
    group: 'string',
    complexity: 'O(1)',
    arity: 2,
    flags: ['readonly', 'fast'],
    categories: ['string'],
    keySpecs: [keyAt(1, ['RO'])],
    arguments: [key],
    tiers: 'value',
    execute: strlen,
  },
];
