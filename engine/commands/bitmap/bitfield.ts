import { parseInt64 } from '../../../protocol/text/numbers.ts';
import { eventClass } from '../../events/events.ts';
import {
  addToField,
  type FieldType,
  fitField,
  getField,
  type Overflow,
  setField,
} from '../../types/string/bitfield.ts';
import type { Region } from '../../types/string/string-values.ts';
import type { CommandContext } from '../context.ts';
import { errors } from '../errors.ts';
import { keyAt } from '../key-specs.ts';
import type { ArgumentSpec, CommandSpec } from '../spec.ts';
import { int64Argument } from '../string/arguments.ts';
import { bitOffsetArgument } from './arguments.ts';

interface Operation {
  readonly verb: 'get' | 'set' | 'incrby';
  readonly type: FieldType;
  /** Bit position of the field. */
  readonly position: number;
  readonly operand: number | bigint;
  readonly overflow: Overflow;
}

const emptyRegion: Region = { view: new DataView(new ArrayBuffer(0)), bytes: new Uint8Array(0), offset: 0, length: 0 };

function typeArgument({ request }: CommandContext, index: number): FieldType {
  const start = request.start(index);
  const letter = request.bytes[start];
  const length = request.length(index);
  const signed = letter === 0x69;
  const bits = length > 1 ? parseInt64(request.bytes, start + 1, length - 1) : undefined;
  if ((!signed && letter !== 0x75) || typeof bits !== 'number' || bits < 1 || bits > (signed ? 64 : 63)) {
    throw errors.bitfieldType;
  }
  return { signed, bits };
}

function overflowArgument({ request }: CommandContext, index: number): Overflow {
  if (request.is(index, 'wrap')) return 'wrap';
  if (request.is(index, 'sat')) return 'sat';
  if (request.is(index, 'fail')) return 'fail';
  throw errors.bitfieldOverflow;
}

function verbArgument({ request }: CommandContext, index: number): Operation['verb'] {
  const following = request.count - index - 1;
  if (request.is(index, 'get') && following >= 2) return 'get';
  if (request.is(index, 'set') && following >= 3) return 'set';
  if (request.is(index, 'incrby') && following >= 3) return 'incrby';
  throw errors.syntax;
}

/** The operations of one call. An OVERFLOW holds for those that follow it. */
function parse(context: CommandContext): Operation[] {
  const { request } = context;
  const operations: Operation[] = [];
  let overflow: Overflow = 'wrap';
  for (let i = 2; i < request.count; ) {
    if (request.is(i, 'overflow') && i + 1 < request.count) {
      overflow = overflowArgument(context, i + 1);
      i += 2;
      continue;
    }
    const verb = verbArgument(context, i);
    const type = typeArgument(context, i + 1);
    const position = bitOffsetArgument(context, i + 2, type.bits);
    const operand = verb === 'get' ? 0 : int64Argument(request, i + 3);
    operations.push({ verb, type, position, operand, overflow });
    i += verb === 'get' ? 3 : 4;
  }
  return operations;
}

/** Runs one operation and answers its result; undefined for one that failed by overflow. */
function run(operation: Operation, region: Region): number | bigint | undefined {
  const { verb, type, position, operand, overflow } = operation;
  const old = getField(region, position, type);
  if (verb === 'get') return old;
  const changed = verb === 'set' ? fitField(operand, type, overflow) : addToField(old, operand, type, overflow);
  if (changed === undefined) return undefined;
  setField(region, position, type, changed);
  return verb === 'set' ? old : changed;
}

function execute(context: CommandContext, operations: readonly Operation[]): void {
  const { keys, keyspace, reply } = context;
  const key = keys.at(0);
  keyspace.requireString(key);
  let bytes = 0;
  for (const { verb, position, type } of operations) {
    if (verb !== 'get') bytes = Math.max(bytes, Math.ceil((position + type.bits) / 8));
  }
  let region = emptyRegion;
  const inside = key.exists && bytes <= keyspace.strings.length(key);
  // Writing makes room first, even for what then fails by overflow.
  if (bytes === 0) {
    if (key.exists) region = keyspace.strings.locate(key);
  } else if (inside) region = keyspace.strings.edit(key);
  else region = keyspace.strings.grow(key, bytes);
  reply.array(operations.length);
  let changed = false;
  let written = false;
  for (const operation of operations) {
    const before = operation.verb === 'get' ? 0 : getField(region, operation.position, operation.type);
    const result = run(operation, region);
    if (operation.verb !== 'get') changed ||= getField(region, operation.position, operation.type) !== before;
    if (operation.verb !== 'get' && result !== undefined) written = true;
    if (result === undefined) reply.nil();
    else reply.integer(result);
  }
  if (inside && changed) keyspace.strings.changed(key);
  if (inside ? changed : written) keyspace.events.notify(eventClass.string, 'setbit', key);
}

function bitfield(context: CommandContext): void {
  const operations = parse(context);
  if (operations.every(({ verb }) => verb === 'get')) context.keys.countLookup(0);
  execute(context, operations);
}

function bitfieldRo(context: CommandContext): void {
  const operations = parse(context);
  if (operations.some(({ verb }) => verb !== 'get')) throw errors.bitfieldReadOnly;
  execute(context, operations);
}

const key: ArgumentSpec = { name: 'key', type: 'key', keySpecIndex: 0 };
const encoding: ArgumentSpec = { name: 'encoding', type: 'string' };
const offset: ArgumentSpec = { name: 'offset', type: 'integer' };

const overflowWord: ArgumentSpec = {
  name: 'wrap_sat_fail',
  type: 'oneof',
  token: 'OVERFLOW',
  optional: true,
  arguments: [
    { name: 'wrap', type: 'pure-token', token: 'WRAP' },
    { name: 'sat', type: 'pure-token', token: 'SAT' },
    { name: 'fail', type: 'pure-token', token: 'FAIL' },
  ],
};

const writeOperation: ArgumentSpec = {
  name: 'write_operation',
  type: 'oneof',
  arguments: [
    {
      name: 'encoding_offset_value',
      type: 'block',
      token: 'SET',
      arguments: [encoding, offset, { name: 'value', type: 'integer' }],
    },
    {
      name: 'encoding_offset_increment',
      type: 'block',
      token: 'INCRBY',
      arguments: [encoding, offset, { name: 'increment', type: 'integer' }],
    },
  ],
};

export const bitfieldCommands: readonly CommandSpec[] = [
  {
    name: 'bitfield',
    summary: 'Read, write and increment integers of any width inside a string value',
    since: '3.2.0',
    group: 'bitmap',
    complexity: 'O(1) for each operation',
    arity: -2,
    flags: ['write', 'denyoom'],
    categories: ['bitmap'],
    keySpecs: [
      keyAt(
        1,
        ['RW', 'access', 'update', 'variable_flags'],
        'This command allows both access and modification of the key',
      ),
    ],
    arguments: [
      key,
      {
        name: 'operation',
        type: 'oneof',
        optional: true,
        multiple: true,
        arguments: [
          { name: 'encoding_offset', type: 'block', token: 'GET', arguments: [encoding, offset] },
          { name: 'write', type: 'block', arguments: [overflowWord, writeOperation] },
        ],
      },
    ],
    tiers: 'value',
    execute: bitfield,
  },
  {
    name: 'bitfield_ro',
    summary: 'Read integers of any width inside a string value',
    since: '6.0.0',
    group: 'bitmap',
    complexity: 'O(1) for each operation',
    arity: -2,
    flags: ['readonly', 'fast'],
    categories: ['bitmap'],
    keySpecs: [keyAt(1, ['RO', 'access'])],
    arguments: [
      key,
      {
        name: 'encoding_offset',
        type: 'block',
        token: 'GET',
        optional: true,
        multiple: true,
        multipleToken: true,
        arguments: [encoding, offset],
      },
    ],
    tiers: 'value',
    execute: bitfieldRo,
  },
];
