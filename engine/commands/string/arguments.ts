import type { Request } from '../../../protocol/resp/request.ts';
import { parseInt64 } from '../../../protocol/text/numbers.ts';
import { type CommandError, errors } from '../errors.ts';

/** An argument as a signed 64-bit integer: a number where that is exact, else a bigint. Throws `error` when it is not one. */
export function int64Argument(
  request: Request,
  index: number,
  error: CommandError = errors.notInteger,
): number | bigint {
  const value = parseInt64(request.bytes, request.start(index), request.length(index));
  if (value === undefined) throw error;
  return value;
}

/**
 * Resolves an index that may count from the end (-1 is the last element) against a length, not yet clamped to it. Integers
 * beyond 2^53 lose their last digits, which no length can tell.
 */
export function fromEnd(index: number | bigint, length: number): number {
  const value = Number(index);
  return value < 0 ? length + value : value;
}
