import type { Request } from '../../protocol/resp/request.ts';
import { parseInt64 } from '../../protocol/text/numbers.ts';
import { type CommandError, errors } from './errors.ts';

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

/** A C `int`, as Redis reads database numbers. */
export function int32Argument(request: Request, argIndex: number, error: CommandError = errors.notInteger): number {
  return integerArgument(request, argIndex, -0x8000_0000, 0x7fff_ffff, error);
}
