import type { CommandEntry } from '../../../engine/commands/table.ts';
import type { Request } from '../../../protocol/resp/request.ts';
import { OP_DELETE, OP_READ, OP_WRITE } from '../plan.ts';

/** What a command does with the keys of each of its specifications. */
export function operationsOf(entry: CommandEntry): readonly number[] {
  return entry.spec.keySpecs.map(({ flags }) => {
    if (flags.includes('RM') || entry.fullName === 'getdel') return OP_DELETE;
    return flags.includes('RO') ? OP_READ : OP_WRITE;
  });
}

/** How a command tells how large the value of its key is, and how long it lives. */
export interface ValueRule {
  /** The argument that is the value, counted from the key; 0: none tells. `ARGUMENTS`: all but the key, of a collection. */
  readonly value: number;
  /** The argument with the time to live, counted from the key, and ms of its unit; 0: none. */
  readonly ttl: number;
  readonly unitMs: number;
  /** The time is one since 1970. */
  readonly absolute: boolean;
  /** From which argument on EX, PX, EXAT and PXAT may stand; 0: nowhere. */
  readonly optionsFrom: number;
}

export const ARGUMENTS = -1;
const nothing: ValueRule = { value: 0, ttl: 0, unitMs: 1000, absolute: false, optionsFrom: 0 };

const rules: Readonly<Record<string, Partial<ValueRule>>> = {
  set: { value: 1, optionsFrom: 3 },
  setnx: { value: 1 },
  getset: { value: 1 },
  mset: { value: 1 },
  msetnx: { value: 1 },
  setex: { value: 2, ttl: 1 },
  psetex: { value: 2, ttl: 1, unitMs: 1 },
  getex: { optionsFrom: 2 },
  expire: { ttl: 1 },
  pexpire: { ttl: 1, unitMs: 1 },
  expireat: { ttl: 1, absolute: true },
  pexpireat: { ttl: 1, unitMs: 1, absolute: true },
  restore: { value: 2, ttl: 1, unitMs: 1 },
};
const collections = new Set(['hash', 'list', 'set', 'sorted-set', 'stream', 'geo']);

/** A collection counts as large as what a command puts into it: what it had before no line tells. */
export function valueRuleOf(entry: CommandEntry): ValueRule {
  const rule = rules[entry.fullName];
  if (rule !== undefined) return { ...nothing, ...rule };
  const adds = /^(hset|hmset|hsetnx|lpush|rpush|lpushx|rpushx|sadd|zadd|xadd|geoadd)$/.test(entry.fullName);
  return adds && collections.has(entry.spec.group) ? { ...nothing, value: ARGUMENTS } : nothing;
}

/** Value bytes that a command tells of the key at an argument; -1: it does not. */
export function valueBytesOf(rule: ValueRule, request: Request, key: number): number {
  if (rule.value === ARGUMENTS) return request.argumentBytes - request.length(0) - request.length(key);
  return rule.value > 0 && key + rule.value < request.count ? request.length(key + rule.value) : -1;
}

/** Whole seconds that a command gives the key at an argument to live; 0: it gives none. */
export function ttlSecondsOf(rule: ValueRule, request: Request, key: number, nowMs: number): number {
  if (rule.ttl > 0) return secondsFrom(integer(request, key + rule.ttl), rule.unitMs, rule.absolute, nowMs);
  if (rule.optionsFrom === 0) return 0;
  for (let i = rule.optionsFrom; i + 1 < request.count; i++) {
    if (request.is(i, 'ex')) return secondsFrom(integer(request, i + 1), 1000, false, nowMs);
    if (request.is(i, 'px')) return secondsFrom(integer(request, i + 1), 1, false, nowMs);
    if (request.is(i, 'exat')) return secondsFrom(integer(request, i + 1), 1000, true, nowMs);
    if (request.is(i, 'pxat')) return secondsFrom(integer(request, i + 1), 1, true, nowMs);
  }
  return 0;
}

function secondsFrom(value: number, unitMs: number, absolute: boolean, nowMs: number): number {
  if (value <= 0) return 0;
  const seconds = (value * unitMs - (absolute ? nowMs : 0)) / 1000;
  return Math.min(Math.max(Math.ceil(seconds), absolute ? 1 : 0), 2 ** 32 - 1);
}

/** Decimal digits; -1 for anything else. */
function integer(request: Request, argument: number): number {
  if (argument >= request.count || request.length(argument) === 0) return -1;
  let value = 0;
  for (let at = request.start(argument); at < request.end(argument); at++) {
    const digit = (request.bytes[at] ?? 0) - 0x30;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}
