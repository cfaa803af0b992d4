import { countBits, findBit } from '../../types/string/bitmap.ts';
import type { CommandContext } from '../context.ts';
import { errors } from '../errors.ts';
import { keyAt } from '../key-specs.ts';
import type { ArgumentSpec, CommandSpec } from '../spec.ts';
import { fromEnd, int64Argument } from '../string/arguments.ts';
import { bitUnitArgument } from './arguments.ts';

function bitcount(context: CommandContext): void {
  const { keys, keyspace, reply, request } = context;
  const key = keys.at(0);
  keyspace.requireString(key);
  // Redis looks at the arguments only when there is a value.
  if (!key.exists) {
    reply.integer(0);
    return;
  }
  const region = keyspace.strings.locate(key);
  if (request.count === 2) {
    reply.integer(countBits(region, 0, region.length * 8));
    return;
  }
  if (request.count !== 4 && request.count !== 5) throw errors.syntax;
  const start = int64Argument(request, 2);
  const end = int64Argument(request, 3);
  if (start < 0 && end < 0 && start > end) {
    reply.integer(0);
    return;
  }
  const unit = request.count === 5 && bitUnitArgument(context, 4) ? 1 : 8;
  const length = (region.length * 8) / unit;
  const from = Math.max(0, fromEnd(start, length));
  const to = Math.min(length, Math.max(0, fromEnd(end, length)) + 1);
  reply.integer(countBits(region, from * unit, to * unit));
}

function bitpos(context: CommandContext): void {
  const { keys, keyspace, reply, request } = context;
  const bit = int64Argument(request, 2);
  if (bit !== 0 && bit !== 1) throw errors.bitArgument;
  const key = keys.at(0);
  keyspace.requireString(key);
  if (!key.exists) {
    reply.integer(bit === 1 ? -1 : 0);
    return;
  }
  const count = request.count;
  if (count > 6) throw errors.syntax;
  const region = keyspace.strings.locate(key);
  const start = count > 3 ? int64Argument(request, 3) : 0;
  const unit = count === 6 && bitUnitArgument(context, 5) ? 1 : 8;
  const end = count > 4 ? int64Argument(request, 4) : -1;
  const length = (region.length * 8) / unit;
  const from = Math.max(0, fromEnd(start, length));
  const to = Math.min(length, Math.max(0, fromEnd(end, length)) + 1);
  if (from >= to) {
    reply.integer(-1);
    return;
  }
  const found = findBit(region, bit, from * unit, to * unit);
  // Without an explicit end the value counts as followed by zeros.
  reply.integer(found < 0 && bit === 0 && count < 5 ? region.length * 8 : found);
}

const key: ArgumentSpec = { name: 'key', type: 'key', keySpecIndex: 0 };
const start: ArgumentSpec = { name: 'start', type: 'integer' };
const end: ArgumentSpec = { name: 'end', type: 'integer' };
const unit: ArgumentSpec = {
  name: 'index_unit',
  type: 'oneof',
  since: '7.0.0',
  optional: true,
  arguments: [
    { name: 'byte', type: 'pure-token', token: 'BYTE' },
    { name: 'bit', type: 'pure-token', token: 'BIT' },
  ],
};

export const bitcountCommands: readonly CommandSpec[] = [
  {
    name: 'bitcount',
    summary: 'Count the bits of a string value that are set',
    since: '2.6.0',
    group: 'bitmap',
    complexity: 'O(N)',
    arity: -2,
    flags: ['readonly'],
    categories: ['bitmap'],
    keySpecs: [keyAt(1, ['RO', 'access'])],
    history: [['7.0.0', 'Added the `BYTE|BIT` option.']],
    arguments: [key, { name: 'index', type: 'block', optional: true, arguments: [start, end, unit] }],
    tiers: 'value',
    execute: bitcount,
  },
  {
    name: 'bitpos',
    summary: 'Find the first bit of a string value that is set or clear',
    since: '2.8.7',
    group: 'bitmap',
    complexity: 'O(N)',
    arity: -3,
    flags: ['readonly'],
    categories: ['bitmap'],
    keySpecs: [keyAt(1, ['RO', 'access'])],
    history: [['7.0.0', 'Added the `BYTE|BIT` option.']],
    arguments: [
      key,
      { name: 'bit', type: 'integer' },
      {
        name: 'index',
        type: 'block',
        optional: true,
        arguments: [start, { name: 'end_index', type: 'block', optional: true, arguments: [end, unit] }],
      },
    ],
    tiers: 'value',
    execute: bitpos,
  },
];
