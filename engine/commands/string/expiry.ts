import type { CommandContext } from '../context.ts';
import { invalidExpire } from '../errors.ts';
import { int64Argument } from './arguments.ts';

const INT64_MAX = (1n << 63n) - 1n;
/** Up to this, multiplying by 1000 and adding the time of day stays exact. */
const EXACT_LIMIT = 2 ** 42;

/** How an expiry is given: the words EX, PX, EXAT and PXAT. */
export interface ExpiryUnit {
  readonly seconds: boolean;
  /** Counted from now, not from 1970. */
  readonly relative: boolean;
}

export const EX: ExpiryUnit = { seconds: true, relative: true };
export const PX: ExpiryUnit = { seconds: false, relative: true };
export const EXAT: ExpiryUnit = { seconds: true, relative: false };
export const PXAT: ExpiryUnit = { seconds: false, relative: false };

/**
 * The absolute expiry in ms that an argument means. Throws errors.notInteger, or `invalid expire time in 'NAME' command` for
 * what is not positive or leaves int64 as milliseconds. Times beyond 2^53 ms lose their last digits.
 */
export function expiryArgument(context: CommandContext, index: number, unit: ExpiryUnit, command: string): number {
  const value = int64Argument(context.request, index);
  if (value <= 0) throw invalidExpire(command);
  if (typeof value === 'number' && value < EXACT_LIMIT) {
    return (unit.seconds ? value * 1000 : value) + (unit.relative ? context.nowMs : 0);
  }
  const ms = BigInt(value) * (unit.seconds ? 1000n : 1n) + (unit.relative ? BigInt(context.nowMs) : 0n);
  if (ms > INT64_MAX) throw invalidExpire(command);
  return Number(ms);
}
