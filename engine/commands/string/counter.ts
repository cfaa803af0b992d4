import { eventClass } from '../../events/events.ts';
import type { CommandContext } from '../context.ts';
import { errors } from '../errors.ts';
import { keyAt } from '../key-specs.ts';
import type { ArgumentSpec, CommandSpec } from '../spec.ts';
import { int64Argument } from './arguments.ts';

const INT64_MIN = -(1n << 63n);
const INT64_MAX = (1n << 63n) - 1n;

function add({ keys, keyspace, reply }: CommandContext, increment: number | bigint): void {
  const key = keys.at(0);
  keyspace.requireString(key);
  const old = key.exists ? keyspace.strings.integer(key) : 0;
  if (old === undefined) throw errors.notInteger;
  const sum = exactSum(old, increment);
  keyspace.strings.setNumber(key, sum);
  keyspace.events.notify(eventClass.string, 'incrby', key);
  reply.integer(sum);
}

/** The sum as a number where that is exact, else a bigint. Throws errors.overflow when it leaves int64. */
function exactSum(a: number | bigint, b: number | bigint): number | bigint {
  if (typeof a === 'number' && typeof b === 'number') {
    const sum = a + b;
    if (Number.isSafeInteger(sum)) return sum;
  }
  const sum = BigInt(a) + BigInt(b);
  if (sum < INT64_MIN || sum > INT64_MAX) throw errors.overflow;
  const number = Number(sum);
  return Number.isSafeInteger(number) ? number : sum;
}

function incr(context: CommandContext): void {
  add(context, 1);
}

function decr(context: CommandContext): void {
  add(context, -1);
}

function incrby(context: CommandContext): void {
  add(context, int64Argument(context.request, 2));
}

function decrby(context: CommandContext): void {
  const decrement = int64Argument(context.request, 2);
  if (decrement === INT64_MIN) throw errors.decrementOverflow;
  add(context, -decrement);
}

const key: ArgumentSpec = { name: 'key', type: 'key', keySpecIndex: 0 };

function counterSpec(
  spec: Pick<CommandSpec, 'name' | 'summary' | 'since' | 'arity' | 'execute'>,
  operand?: ArgumentSpec,
): CommandSpec {
  return {
    ...spec,
    group: 'string',
    complexity: 'O(1)',
    flags: ['write', 'denyoom', 'fast'],
    categories: ['string'],
    keySpecs: [keyAt(1, ['RW', 'access', 'update'])],
    arguments: operand === undefined ? [key] : [key, operand],
    tiers: 'value',
  };
}

export const counterCommands: readonly CommandSpec[] = [
  counterSpec({ name: 'incr', summary: 'Add one to an integer', since: '1.0.0', arity: 2, execute: incr }),
  counterSpec({ name: 'decr', summary: 'Subtract one from an integer', since: '1.0.0', arity: 2, execute: decr }),
  counterSpec(
    { name: 'incrby', summary: 'Add a number to an integer', since: '1.0.0', arity: 3, execute: incrby },
    { name: 'increment', type: 'integer' },
  ),
  counterSpec(
    { name: 'decrby', summary: 'Subtract a number from an integer', since: '1.0.0', arity: 3, execute: decrby },
    { name: 'decrement', type: 'integer' },
  ),
];
