import { eventClass } from '../../events/events.ts';
import { EXPIRY_KEEP, EXPIRY_NONE } from '../../types/string/string-values.ts';
import type { CommandContext } from '../context.ts';
import { keyAt } from '../key-specs.ts';
import type { ArgumentSpec, CommandSpec, TierNeed } from '../spec.ts';
import { EX, type ExpiryUnit, expiryArgument, PX } from './expiry.ts';
import { replyValue } from './get.ts';
import { GET, KEEPTTL, NX, StringOptions, setOptions, XX } from './options.ts';

/** SET replaces whatever is there, unread, unless GET asks for it. A cold key's expiry (KEEPTTL) is in RAM. */
function setNeeds({ request }: CommandContext): TierNeed {
  for (let i = 3; i < request.count; i++) if (request.is(i, 'get')) return 'value';
  return 'index';
}

function set(context: CommandContext): void {
  const request = context.request;
  if (request.count > 3) {
    setWithOptions(context);
    return;
  }
  context.keyspace.strings.set(context.keys.at(0), request.bytes, request.start(2), request.length(2), EXPIRY_NONE);
  context.keyspace.events.notify(eventClass.string, 'set', context.keys.at(0));
  context.reply.ok();
}

const options = new StringOptions();

function setWithOptions(context: CommandContext): void {
  const { keys, keyspace, reply, request } = context;
  options.parse(request, 3, setOptions);
  const { expiryIndex, unit } = options;
  let expiry = options.has(KEEPTTL) ? EXPIRY_KEEP : EXPIRY_NONE;
  if (expiryIndex > 0) expiry = expiryArgument(context, expiryIndex, unit, 'set');
  const key = keys.at(0);
  const refused = options.has(NX) ? key.exists : options.has(XX) && !key.exists;
  if (options.has(GET)) {
    keys.countLookup(0);
    replyValue(context);
  } else if (refused) reply.nil();
  if (refused) return;
  keyspace.strings.set(key, request.bytes, request.start(2), request.length(2), expiry);
  keyspace.events.notify(eventClass.string, 'set', key);
  if (expiryIndex > 0) keyspace.events.notify(eventClass.generic, 'expire', key);
  if (!options.has(GET)) reply.ok();
}

function setWithExpiry(context: CommandContext, unit: ExpiryUnit, command: string): void {
  const { keys, keyspace, reply, request } = context;
  const expireAt = expiryArgument(context, 2, unit, command);
  const key = keys.at(0);
  keyspace.strings.set(key, request.bytes, request.start(3), request.length(3), expireAt);
  keyspace.events.notify(eventClass.string, 'set', key);
  keyspace.events.notify(eventClass.generic, 'expire', key);
  reply.ok();
}

function setex(context: CommandContext): void {
  setWithExpiry(context, EX, 'setex');
}

function psetex(context: CommandContext): void {
  setWithExpiry(context, PX, 'psetex');
}

function setnx({ keys, keyspace, reply, request }: CommandContext): void {
  const key = keys.at(0);
  if (key.exists) {
    reply.integer(0);
    return;
  }
  keyspace.strings.set(key, request.bytes, request.start(2), request.length(2), EXPIRY_NONE);
  keyspace.events.notify(eventClass.string, 'set', key);
  reply.integer(1);
}

const key: ArgumentSpec = { name: 'key', type: 'key', keySpecIndex: 0 };
const value: ArgumentSpec = { name: 'value', type: 'string' };

export const setCommands: readonly CommandSpec[] = [
  {
    name: 'set',
    summary: 'Store a string, with options for condition, expiry and the old value',
    since: '1.0.0',
    group: 'string',
    complexity: 'O(1)',
    arity: -3,
    flags: ['write', 'denyoom'],
    categories: ['string'],
    keySpecs: [
      keyAt(1, ['RW', 'access', 'update', 'variable_flags'], 'RW and ACCESS due to the optional `GET` argument'),
    ],
    history: [
      ['2.6.12', 'Added the `EX`, `PX`, `NX` and `XX` options.'],
      ['6.0.0', 'Added the `KEEPTTL` option.'],
      ['6.2.0', 'Added the `GET`, `EXAT` and `PXAT` option.'],
      ['7.0.0', 'Allowed the `NX` and `GET` options to be used together.'],
    ],
    arguments: [
      key,
      value,
      {
        name: 'condition',
        type: 'oneof',
        since: '2.6.12',
        optional: true,
        arguments: [
          { name: 'nx', type: 'pure-token', token: 'NX' },
          { name: 'xx', type: 'pure-token', token: 'XX' },
        ],
      },
      { name: 'get', type: 'pure-token', token: 'GET', since: '6.2.0', optional: true },
      {
        name: 'expiration',
        type: 'oneof',
        optional: true,
        arguments: [
          { name: 'seconds', type: 'integer', token: 'EX', since: '2.6.12' },
          { name: 'milliseconds', type: 'integer', token: 'PX', since: '2.6.12' },
          { name: 'unix-time-seconds', type: 'unix-time', token: 'EXAT', since: '6.2.0' },
          { name: 'unix-time-milliseconds', type: 'unix-time', token: 'PXAT', since: '6.2.0' },
          { name: 'keepttl', type: 'pure-token', token: 'KEEPTTL', since: '6.0.0' },
        ],
      },
    ],
    tiers: setNeeds,
    execute: set,
  },
  {
    name: 'setnx',
    summary: 'Store a string unless the key exists',
    since: '1.0.0',
    group: 'string',
    complexity: 'O(1)',
    arity: 3,
    flags: ['write', 'denyoom', 'fast'],
    categories: ['string'],
    keySpecs: [keyAt(1, ['OW', 'insert'])],
    arguments: [key, value],
    tiers: 'index',
    execute: setnx,
  },
  {
    name: 'setex',
    summary: 'Store a string that expires after a number of seconds',
    since: '2.0.0',
    group: 'string',
    complexity: 'O(1)',
    arity: 4,
    flags: ['write', 'denyoom'],
    categories: ['string'],
    keySpecs: [keyAt(1, ['OW', 'update'])],
    arguments: [key, { name: 'seconds', type: 'integer' }, value],
    tiers: 'index',
    execute: setex,
  },
  {
    name: 'psetex',
    summary: 'Store a string that expires after a number of milliseconds',
    since: '2.6.0',
    group: 'string',
    complexity: 'O(1)',
    arity: 4,
    flags: ['write', 'denyoom'],
    categories: ['string'],
    keySpecs: [keyAt(1, ['OW', 'update'])],
    arguments: [key, { name: 'milliseconds', type: 'integer' }, value],
    tiers: 'index',
    execute: psetex,
  },
];
