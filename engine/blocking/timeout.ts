import type { Request } from '../../protocol/resp/request.ts';
import { parseLongDouble } from '../../protocol/text/long-double.ts';
import { parseInteger } from '../commands/arguments.ts';
import { CommandError } from '../commands/errors.ts';

const notFloat = new CommandError('ERR timeout is not a float or out of range');
const notInteger = new CommandError('ERR timeout is not an integer or out of range');
const negative = new CommandError('ERR timeout is negative');

const INT64_LIMIT = 2 ** 63;

/**
 * A timeout in seconds, fractions allowed, as milliseconds rounded up; 0: for ever. As redis 7.0.15 (getTimeoutFromObjectOrReply): what does not fit
 * 64 bits is called negative.
 */
export function secondsArgument(request: Request, argIndex: number): number {
  const value = parseLongDouble(request.bytes, request.start(argIndex), request.length(argIndex));
  if (value === undefined) throw notFloat;
  if (value.infinite) throw negative;
  const seconds = Number(value.mantissa) * 2 ** value.exponent;
  // Fifteen digits: 0.07 is 70 ms and not a little more.
  const milliseconds = Math.ceil(Number((seconds * 1000).toPrecision(15)));
  if (milliseconds >= INT64_LIMIT) throw negative;
  if (!value.negative) return value.mantissa > 0n ? Math.max(1, milliseconds) : 0;
  // Rounded up, less than a millisecond is none.
  if (seconds * 1000 >= 1) throw negative;
  return 0;
}

/** A timeout in whole milliseconds; 0: for ever. */
export function millisecondsArgument(request: Request, argIndex: number): number {
  const value = parseInteger(request, argIndex);
  if (value === undefined) throw notInteger;
  if (value < 0) throw negative;
  return Number(value);
}
