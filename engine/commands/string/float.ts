import {
  addLongDouble,
  formatLongDouble,
  type LongDouble,
  parseLongDouble,
} from '../../../protocol/text/long-double.ts';
import { eventClass } from '../../events/events.ts';
import { ENCODING_TEXT, EXPIRY_KEEP } from '../../types/string/string-values.ts';
import type { CommandContext } from '../context.ts';
import { errors } from '../errors.ts';
import { keyAt } from '../key-specs.ts';
import type { CommandSpec } from '../spec.ts';

const zero: LongDouble = { negative: false, infinite: false, mantissa: 0n, exponent: 0 };

function storedNumber({ keys, keyspace }: CommandContext): LongDouble | undefined {
  const key = keys.at(0);
  if (!key.exists) return zero;
  const { bytes, offset, length } = keyspace.strings.locate(key);
  return parseLongDouble(bytes, offset, length);
}

function incrbyfloat(context: CommandContext): void {
  const { keys, keyspace, reply, request } = context;
  const key = keys.at(0);
  keyspace.requireString(key);
  const old = storedNumber(context);
  const increment = parseLongDouble(request.bytes, request.start(2), request.length(2));
  if (old === undefined || increment === undefined) throw errors.notFloat;
  const sum = addLongDouble(old, increment);
  if (sum === undefined || sum.infinite) throw errors.notFinite;
  const text = Buffer.from(formatLongDouble(sum), 'latin1');
  keyspace.strings.set(key, text, 0, text.length, EXPIRY_KEEP, ENCODING_TEXT);
  keyspace.events.notify(eventClass.string, 'incrbyfloat', key);
  reply.bulk(text, 0, text.length);
}

export const floatCommands: readonly CommandSpec[] = [
  {
    name: 'incrbyfloat',
    summary: 'Add a number to a decimal number',
    since: '2.6.0',
    group: 'string',
    complexity: 'O(1)',
    arity: 3,
    flags: ['write', 'denyoom', 'fast'],
    categories: ['string'],
    keySpecs: [keyAt(1, ['RW', 'access', 'update'])],
    arguments: [
      { name: 'key', type: 'key', keySpecIndex: 0 },
      { name: 'increment', type: 'double' },
    ],
    tiers: 'value',
    execute: incrbyfloat,
  },
];
