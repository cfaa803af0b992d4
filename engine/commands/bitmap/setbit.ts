import { eventClass } from '../../events/events.ts';
import { getBit, setBit } from '../../types/string/bitmap.ts';
import type { CommandContext } from '../context.ts';
import { errors } from '../errors.ts';
import { keyAt } from '../key-specs.ts';
import type { ArgumentSpec, CommandSpec } from '../spec.ts';
import { int64Argument } from '../string/arguments.ts';
import { bitOffsetArgument } from './arguments.ts';

function setbit(context: CommandContext): void {
  const { keys, keyspace, reply, request } = context;
  const position = bitOffsetArgument(context, 2);
  const bit = int64Argument(request, 3, errors.bitValue);
  if (bit !== 0 && bit !== 1) throw errors.bitValue;
  const key = keys.at(0);
  keyspace.requireString(key);
  const strings = keyspace.strings;
  const bytes = Math.floor(position / 8) + 1;
  const inside = key.exists && strings.length(key) >= bytes;
  const old = inside ? getBit(strings.locate(key), position) : 0;
  const changes = !inside || old !== bit;
  if (!inside) setBit(strings.grow(key, bytes), position, bit);
  else {
    // What changes nothing is no change to WATCH and the dirty counter; the encoding is raw all the same, as in Redis.
    setBit(strings.edit(key), position, bit);
    if (old !== bit) strings.changed(key);
  }
  if (changes) keyspace.events.notify(eventClass.string, 'setbit', key);
  reply.integer(old);
}

function getbit(context: CommandContext): void {
  const { keys, keyspace, reply } = context;
  const position = bitOffsetArgument(context, 2);
  const key = keys.at(0);
  keyspace.requireString(key);
  reply.integer(key.exists ? getBit(keyspace.strings.locate(key), position) : 0);
}

const key: ArgumentSpec = { name: 'key', type: 'key', keySpecIndex: 0 };
const offset: ArgumentSpec = { name: 'offset', type: 'integer' };

export const bitCommands: readonly CommandSpec[] = [
  {
    name: 'setbit',
    summary: 'Set or clear one bit of a string value and answer the bit before',
    since: '2.2.0',
    group: 'bitmap',
    complexity: 'O(1)',
    arity: 4,
    flags: ['write', 'denyoom'],
    categories: ['bitmap'],
    keySpecs: [keyAt(1, ['RW', 'access', 'update'])],
    arguments: [key, offset, { name: 'value', type: 'integer' }],
    tiers: 'value',
    execute: setbit,
  },
  {
    name: 'getbit',
    summary: 'Read one bit of a string value',
    since: '2.2.0',
    group: 'bitmap',
    complexity: 'O(1)',
    arity: 3,
    flags: ['readonly', 'fast'],
    categories: ['bitmap'],
    keySpecs: [keyAt(1, ['RO', 'access'])],
    arguments: [key, offset],
    tiers: 'value',
    execute: getbit,
  },
];
