import { eventClass } from '../../events/events.ts';
import { VALUE_STRING } from '../../keyspace/key-ref.ts';
import { EXPIRY_NONE } from '../../types/string/string-values.ts';
import type { CommandContext } from '../context.ts';
import { wrongArity } from '../errors.ts';
import { keysFrom } from '../key-specs.ts';
import type { ArgumentSpec, CommandSpec } from '../spec.ts';

function mget({ keys, keyspace, reply }: CommandContext): void {
  reply.array(keys.count);
  for (let i = 0; i < keys.count; i++) {
    const key = keys.at(i);
    if (key.exists && key.type === VALUE_STRING) keyspace.strings.reply(key, reply);
    else reply.nil();
  }
}

/** Keys and values alternate; a key that stands twice gets its last value. */
function setAll({ keys, keyspace, request }: CommandContext): void {
  for (let i = 0; i < keys.count; i++) {
    const value = 2 * i + 2;
    keyspace.strings.set(keys.at(i), request.bytes, request.start(value), request.length(value), EXPIRY_NONE);
    keyspace.events.notify(eventClass.string, 'set', keys.at(i));
  }
}

function mset(context: CommandContext): void {
  if (context.request.count % 2 === 0) throw wrongArity('mset');
  setAll(context);
  context.reply.ok();
}

function msetnx(context: CommandContext): void {
  if (context.request.count % 2 === 0) throw wrongArity('msetnx');
  const { keys, reply } = context;
  for (let i = 0; i < keys.count; i++) {
    if (keys.at(i).exists) {
      reply.integer(0);
      return;
    }
  }
  setAll(context);
  reply.integer(1);
}

const pairs: ArgumentSpec = {
  name: 'key_value',
  type: 'block',
  multiple: true,
  arguments: [
    { name: 'key', type: 'key', keySpecIndex: 0 },
    { name: 'value', type: 'string' },
  ],
};

export const multiCommands: readonly CommandSpec[] = [
  {
    name: 'mget',
    summary: 'Read the string values of several keys',
    since: '1.0.0',
    group: 'string',
    complexity: 'O(N) where N is the number of keys',
    arity: -2,
    flags: ['readonly', 'fast'],
    categories: ['string'],
    keySpecs: [keysFrom(1, -1, 1, ['RO', 'access'])],
    tips: ['request_policy:multi_shard'],
    arguments: [{ name: 'key', type: 'key', keySpecIndex: 0, multiple: true }],
    tiers: 'value',
    execute: mget,
  },
  {
    name: 'mset',
    summary: 'Store strings in several keys at once',
    since: '1.0.1',
    group: 'string',
    complexity: 'O(N) where N is the number of keys',
    arity: -3,
    flags: ['write', 'denyoom'],
    categories: ['string'],
    keySpecs: [keysFrom(1, -1, 2, ['OW', 'update'])],
    tips: ['request_policy:multi_shard', 'response_policy:all_succeeded'],
    arguments: [pairs],
    tiers: 'index',
    execute: mset,
  },
  {
    name: 'msetnx',
    summary: 'Store strings in several keys at once unless one of them exists',
    since: '1.0.1',
    group: 'string',
    complexity: 'O(N) where N is the number of keys',
    arity: -3,
    flags: ['write', 'denyoom'],
    categories: ['string'],
    keySpecs: [keysFrom(1, -1, 2, ['OW', 'insert'])],
    tips: ['request_policy:multi_shard', 'response_policy:agg_min'],
    arguments: [pairs],
    tiers: 'index',
    execute: msetnx,
  },
];
