import type { Request } from '../../protocol/resp/request.ts';
import { parseInt64 } from '../../protocol/text/numbers.ts';
import { CommandError, errors } from './errors.ts';

/** Limits of Redis's `long long`. */
export const INT64_MAX = 2n ** 63n - 1n;
export const INT64_MIN = -(2n ** 63n);

/** An argument as a 64-bit integer: a `number` when it is safe, else a bigint; undefined when it is no such integer. */
export function parseInteger(request: Request, argIndex: number): number | bigint | undefined {
  return parseInt64(request.bytes, request.start(argIndex), request.length(argIndex));
}

/** An integer argument as bigint; throws `error` (default: not an integer) when it is none. */
export function int64Argument(request: Request, argIndex: number, error: CommandError = errors.notInteger): bigint {
  const value = parseInteger(request, argIndex);
  if (value === undefined) throw error;
  return BigInt(value);
}

/** An integer argument within `[min, max]` (both safe); throws `error` when it is none or outside. */
export function integerArgument(
  request: Request,
  argIndex: number,
  min: number,
  max: number,
  error: CommandError = errors.notInteger,
): number {
  const value = parseInteger(request, argIndex);
  if (typeof value !== 'number' || value < min || value > max) throw error;
  return value;
}

const notInt32 = new CommandError('ERR value is out of range, value must between -2147483648 and 2147483647');

/** A C `int`, as Redis reads database numbers. Throws `error` when it is none; Redis has two texts where none is given. */
export function int32Argument(request: Request, argIndex: number, error?: CommandError): number {
  const value = int64Argument(request, argIndex, error);
  if (value !== BigInt.asIntN(32, value)) throw error ?? notInt32;
  return Number(value);
}
