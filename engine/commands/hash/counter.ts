import {
  addLongDouble,
  formatLongDouble,
  type LongDouble,
  parseLongDouble,
} from '../../../protocol/text/long-double.ts';
import { parseInt64 } from '../../../protocol/text/numbers.ts';
import { eventClass } from '../../events/events.ts';
import { VALUE_HASH } from '../../keyspace/key-ref.ts';
import { INT64_MAX, INT64_MIN } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { CommandError, errors } from '../errors.ts';
import { keyAt } from '../key-specs.ts';
import type { ArgumentSpec, CommandSpec } from '../spec.ts';
import { int64Argument } from '../string/arguments.ts';
import { field, key } from './arguments.ts';

const valueNotInteger = new CommandError('ERR hash value is not an integer');
const valueNotFloat = new CommandError('ERR hash value is not a float');
const notANumber = new CommandError('ERR value is NaN or Infinity');
const zero: LongDouble = { negative: false, infinite: false, mantissa: 0n, exponent: 0 };

/** Stands at the field that argument 2 names, if it exists. Throws errors.wrongType. */
function find({ keys, keyspace, request }: CommandContext): boolean {
  const ref = keys.at(0);
  keyspace.requireType(ref, VALUE_HASH);
  if (!ref.exists) return false;
  keyspace.hashes.open(ref);
  return keyspace.hashes.find(request, 2);
}

function store({ keys, keyspace, request, server }: CommandContext, text: Buffer, event: string): void {
  const ref = keys.at(0);
  const { collections, hashes } = keyspace;
  collections.reserve(request.length(2));
  hashes.openForWrite(ref);
  hashes.setBytes(request, 2, text);
  hashes.recode(ref, server.collectionLimits, Math.max(request.length(2), text.length));
  collections.changed(ref);
  keyspace.events.notify(eventClass.hash, event, ref);
}

function hincrby(context: CommandContext): void {
  const increment = int64Argument(context.request, 3);
  const { entries } = context.keyspace.hashes;
  const old = find(context) ? parseInt64(entries.leafBytes, entries.valueAt, entries.valueLength) : 0;
  if (old === undefined) throw valueNotInteger;
  const sum = exactSum(old, increment);
  store(context, Buffer.from(sum.toString(), 'latin1'), 'hincrby');
  context.reply.integer(sum);
}

/** The sum as a number where that is exact, else a bigint. Throws errors.overflow when it leaves int64. */
function exactSum(a: number | bigint, b: number | bigint): number | bigint {
  if (typeof a === 'number' && typeof b === 'number' && Number.isSafeInteger(a + b)) return a + b;
  const sum = BigInt(a) + BigInt(b);
  if (sum < INT64_MIN || sum > INT64_MAX) throw errors.overflow;
  return sum;
}

function hincrbyfloat(context: CommandContext): void {
  const { keyspace, reply, request } = context;
  const increment = parseLongDouble(request.bytes, request.start(3), request.length(3));
  if (increment === undefined) throw errors.notFloat;
  if (increment.infinite) throw notANumber;
  const { entries } = keyspace.hashes;
  const old = find(context) ? parseLongDouble(entries.leafBytes, entries.valueAt, entries.valueLength) : zero;
  if (old === undefined) throw valueNotFloat;
  const sum = addLongDouble(old, increment);
  if (sum === undefined || sum.infinite) throw errors.notFinite;
  const text = Buffer.from(formatLongDouble(sum), 'latin1');
  store(context, text, 'hincrbyfloat');
  reply.bulk(text, 0, text.length);
}

function spec(
  name: string,
  summary: string,
  since: string,
  type: ArgumentSpec['type'],
  execute: CommandSpec['execute'],
): CommandSpec {
  return {
    name,
    summary,
    since,
    group: 'hash',
    complexity: 'O(1)',
    arity: 4,
    flags: ['write', 'denyoom', 'fast'],
    categories: ['hash'],
    keySpecs: [keyAt(1, ['RW', 'access', 'update'])],
    arguments: [key, field, { name: 'increment', type }],
    tiers: 'value',
    execute,
  };
}

export const counterCommands: readonly CommandSpec[] = [
  spec('hincrby', 'Add to the integer in a field', '2.0.0', 'integer', hincrby),
  spec('hincrbyfloat', 'Add to the decimal number in a field', '2.6.0', 'double', hincrbyfloat),
];
