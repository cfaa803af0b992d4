import { eventClass } from '../../events/events.ts';
import { type BitOperation, combine, invert, shifted } from '../../types/string/bitmap.ts';
import { ENCODING_RAW, EXPIRY_NONE } from '../../types/string/string-values.ts';
import type { CommandContext } from '../context.ts';
import { errors } from '../errors.ts';
import { keyAt, keysFrom } from '../key-specs.ts';
import type { CommandSpec } from '../spec.ts';
import { int64Argument } from '../string/arguments.ts';
import { requireStringFits } from '../string/limits.ts';

/** KeyDB's bound on the count of a left or right shift, in bits. */
const MAX_SHIFT_BITS = 2 ** 30;

/** The last argument of a shift is a count, not a key. */
function declareKeys({ keys, request, session }: CommandContext): void {
  const isShift = request.is(1, 'lshift') || request.is(1, 'rshift');
  const end = isShift && request.count === 5 ? 4 : request.count;
  keys.add(2, session.db, true);
  for (let i = 3; i < end; i++) keys.add(i, session.db);
}

/** The n-th key's value as a buffer of its own, `length` bytes long, padded with zeros; empty for a missing key. */
function source({ keys, keyspace }: CommandContext, n: number, length: number): Buffer {
  const result = Buffer.alloc(length);
  const key = keys.at(n);
  if (key.exists) combine('or', result, keyspace.strings.locate(key));
  return result;
}

/** Length of the longest source. Throws errors.wrongType. */
function longestSource({ keys, keyspace }: CommandContext): number {
  let longest = 0;
  for (let i = 1; i < keys.count; i++) {
    const key = keys.at(i);
    keys.countLookup(i);
    keyspace.requireString(key);
    if (key.exists) longest = Math.max(longest, keyspace.strings.length(key));
  }
  return longest;
}

function store({ keys, keyspace, reply }: CommandContext, result: Buffer): void {
  const destination = keys.at(0);
  if (result.length > 0) {
    keyspace.strings.set(destination, result, 0, result.length, EXPIRY_NONE, ENCODING_RAW);
    keyspace.events.notify(eventClass.string, 'set', destination);
  } else if (keyspace.delete(destination)) keyspace.events.notify(eventClass.generic, 'del', destination);
  reply.integer(result.length);
}

function combineSources(context: CommandContext, operation: BitOperation): void {
  const { keys, keyspace } = context;
  const result = source(context, 1, longestSource(context));
  for (let i = 2; i < keys.count; i++) {
    const key = keys.at(i);
    if (key.exists) combine(operation, result, keyspace.strings.locate(key));
    else if (operation === 'and') result.fill(0);
  }
  store(context, result);
}

function complement(context: CommandContext): void {
  if (context.request.count !== 4) throw errors.bitopNot;
  const result = source(context, 1, longestSource(context));
  invert(result);
  store(context, result);
}

function shift(context: CommandContext, sign: 1 | -1): void {
  const { request } = context;
  if (request.count !== 5) throw errors.bitopShiftArguments;
  const count = Number(int64Argument(request, 4, errors.bitopShiftNotInteger));
  if (count > MAX_SHIFT_BITS || count * sign > MAX_SHIFT_BITS) throw errors.bitopShiftTooLarge;
  const length = longestSource(context);
  requireStringFits(context, length + Math.ceil((count * sign) / 8));
  store(context, shifted(source(context, 1, length), count * sign));
}

function bitop(context: CommandContext): void {
  const { request } = context;
  if (request.is(1, 'and')) combineSources(context, 'and');
  else if (request.is(1, 'or')) combineSources(context, 'or');
  else if (request.is(1, 'xor')) combineSources(context, 'xor');
  else if (request.is(1, 'not')) complement(context);
  else if (request.is(1, 'lshift')) shift(context, 1);
  else if (request.is(1, 'rshift')) shift(context, -1);
  else throw errors.syntax;
}

export const bitopCommands: readonly CommandSpec[] = [
  {
    name: 'bitop',
    summary: 'Combine, invert or shift string values bit by bit and store the result',
    since: '2.6.0',
    group: 'bitmap',
    complexity: 'O(N) where N is the total length of the values',
    arity: -4,
    flags: ['write', 'denyoom'],
    categories: ['bitmap'],
    keySpecs: [keyAt(2, ['OW', 'update']), keysFrom(3, -1, 1, ['RO', 'access'])],
    arguments: [
      { name: 'operation', type: 'string' },
      { name: 'destkey', type: 'key', keySpecIndex: 0 },
      { name: 'key', type: 'key', keySpecIndex: 1, multiple: true },
    ],
    tiers: 'value',
    declareKeys,
    execute: bitop,
  },
];
