import { eventClass } from '../../events/events.ts';
import { INT64_MAX, INT64_MIN, int64Argument } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { CommandError, invalidExpire, untilNul } from '../errors.ts';
import { keyAt } from '../key-specs.ts';
import type { CommandSpec } from '../spec.ts';

const onlyIfNone = 1;
const onlyIfSome = 2;
const onlyIfLater = 4;
const onlyIfEarlier = 8;

const nxWithOthers = new CommandError('ERR NX and XX, GT or LT options at the same time are not compatible');
const bothDirections = new CommandError('ERR GT and LT options at the same time are not compatible');

function parseConditions({ request }: CommandContext): number {
  let conditions = 0;
  for (let i = 3; i < request.count; i++) {
    if (request.is(i, 'nx')) conditions |= onlyIfNone;
    else if (request.is(i, 'xx')) conditions |= onlyIfSome;
    else if (request.is(i, 'gt')) conditions |= onlyIfLater;
    else if (request.is(i, 'lt')) conditions |= onlyIfEarlier;
    else throw new CommandError(`ERR Unsupported option ${untilNul(request.latin1(i))}`);
  }
  if ((conditions & onlyIfNone) !== 0 && conditions !== onlyIfNone) throw nxWithOthers;
  if ((conditions & onlyIfLater) !== 0 && (conditions & onlyIfEarlier) !== 0) throw bothDirections;
  return conditions;
}

/** Absolute expiry in ms; may be in the past. Throws when it does not fit 64 bits. */
function parseTime(context: CommandContext, name: string, seconds: boolean, relative: boolean): number {
  let time = int64Argument(context.request, 2);
  if (seconds) {
    if (time > INT64_MAX / 1000n || time < INT64_MIN / 1000n) throw invalidExpire(name);
    time *= 1000n;
  }
  if (relative) time += BigInt(context.nowMs);
  if (time > INT64_MAX) throw invalidExpire(name);
  return Number(time);
}

/** Whether the conditions allow to replace `current` (-1: none) by `next`. A key without expiry counts as never expiring. */
function allowed(conditions: number, current: number, next: number): boolean {
  if ((conditions & onlyIfNone) !== 0) return current === -1;
  if ((conditions & onlyIfSome) !== 0 && current === -1) return false;
  if ((conditions & onlyIfLater) !== 0 && (current === -1 || next <= current)) return false;
  return (conditions & onlyIfEarlier) === 0 || current === -1 || next < current;
}

function expireCommand(name: string, seconds: boolean, relative: boolean): CommandSpec['execute'] {
  return (context) => {
    const { keys, keyspace, reply, nowMs } = context;
    const conditions = parseConditions(context);
    const expireAt = parseTime(context, name, seconds, relative);
    const key = keys.at(0);
    if (!key.exists || (conditions !== 0 && !allowed(conditions, keyspace.expireAt(key), expireAt))) {
      reply.integer(0);
      return;
    }
    if (expireAt <= nowMs) keyspace.delete(key);
    else keyspace.setExpireAt(key, expireAt);
    keyspace.events.notify(eventClass.generic, expireAt <= nowMs ? 'del' : 'expire', key);
    reply.integer(1);
  };
}

export const expire: CommandSpec = {
  name: 'expire',
  summary: 'Let a key expire after a number of seconds',
  since: '1.0.0',
  group: 'generic',
  complexity: 'O(1)',
  arity: -3,
  flags: ['write', 'fast'],
  categories: ['keyspace'],
  keySpecs: [keyAt(1, ['RW', 'update'])],
  history: [['7.0.0', 'Options NX, XX, GT and LT']],
  arguments: [
    { name: 'key', type: 'key', keySpecIndex: 0 },
    { name: 'seconds', type: 'integer' },
    {
      name: 'condition',
      type: 'oneof',
      since: '7.0.0',
      optional: true,
      arguments: [
        { name: 'nx', type: 'pure-token', token: 'NX' },
        { name: 'xx', type: 'pure-token', token: 'XX' },
        { name: 'gt', type: 'pure-token', token: 'GT' },
        { name: 'lt', type: 'pure-token', token: 'LT' },
      ],
    },
  ],
  tiers: 'value',
  execute: expireCommand('expire', true, true),
};

export const pexpire: CommandSpec = {
  name: 'pexpire',
  summary: 'Let a key expire after a number of milliseconds',
  since: '2.6.0',
  group: 'generic',
  complexity: 'O(1)',
  arity: -3,
  flags: ['write', 'fast'],
  categories: ['keyspace'],
  keySpecs: [keyAt(1, ['RW', 'update'])],
  history: [['7.0.0', 'Options NX, XX, GT and LT']],
  arguments: [
    { name: 'key', type: 'key', keySpecIndex: 0 },
    { name: 'milliseconds', type: 'integer' },
    {
      name: 'condition',
      type: 'oneof',
      since: '7.0.0',
      optional: true,
      arguments: [
        { name: 'nx', type: 'pure-token', token: 'NX' },
        { name: 'xx', type: 'pure-token', token: 'XX' },
        { name: 'gt', type: 'pure-token', token: 'GT' },
        { name: 'lt', type: 'pure-token', token: 'LT' },
      ],
    },
  ],
  tiers: 'value',
  execute: expireCommand('pexpire', false, true),
};

export const expireat: CommandSpec = {
  name: 'expireat',
  summary: 'Let a key expire at a Unix time in seconds',
  since: '1.2.0',
  group: 'generic',
  complexity: 'O(1)',
  arity: -3,
  flags: ['write', 'fast'],
  categories: ['keyspace'],
  keySpecs: [keyAt(1, ['RW', 'update'])],
  history: [['7.0.0', 'Options NX, XX, GT and LT']],
  arguments: [
    { name: 'key', type: 'key', keySpecIndex: 0 },
    { name: 'unix-time-seconds', type: 'unix-time' },
    {
      name: 'condition',
      type: 'oneof',
      since: '7.0.0',
      optional: true,
      arguments: [
        { name: 'nx', type: 'pure-token', token: 'NX' },
        { name: 'xx', type: 'pure-token', token: 'XX' },
        { name: 'gt', type: 'pure-token', token: 'GT' },
        { name: 'lt', type: 'pure-token', token: 'LT' },
      ],
    },
  ],
  tiers: 'value',
  execute: expireCommand('expireat', true, false),
};

export const pexpireat: CommandSpec = {
  name: 'pexpireat',
  summary: 'Let a key expire at a Unix time in milliseconds',
  since: '2.6.0',
  group: 'generic',
  complexity: 'O(1)',
  arity: -3,
  flags: ['write', 'fast'],
  categories: ['keyspace'],
  keySpecs: [keyAt(1, ['RW', 'update'])],
  history: [['7.0.0', 'Options NX, XX, GT and LT']],
  arguments: [
    { name: 'key', type: 'key', keySpecIndex: 0 },
    { name: 'unix-time-milliseconds', type: 'unix-time' },
    {
      name: 'condition',
      type: 'oneof',
      since: '7.0.0',
      optional: true,
      arguments: [
        { name: 'nx', type: 'pure-token', token: 'NX' },
        { name: 'xx', type: 'pure-token', token: 'XX' },
        { name: 'gt', type: 'pure-token', token: 'GT' },
        { name: 'lt', type: 'pure-token', token: 'LT' },
      ],
    },
  ],
  tiers: 'value',
  execute: expireCommand('pexpireat', false, false),
};
