import { parseInt64 } from '../../../protocol/text/numbers.ts';
import type { CommandContext } from '../context.ts';
import { errors } from '../errors.ts';
import { maxStringBytes } from '../string/limits.ts';

const HASH = 0x23;

/**
 * A bit position: not negative and inside the longest allowed string, else throws errors.bitOffset. With `fieldBits` (BITFIELD)
 * it may also be `#n`: the n-th field of that width.
 */
export function bitOffsetArgument(context: CommandContext, index: number, fieldBits = 0): number {
  const { bytes } = context.request;
  const start = context.request.start(index);
  const length = context.request.length(index);
  const counted = fieldBits > 0 && length > 0 && bytes[start] === HASH;
  const value = counted ? parseInt64(bytes, start + 1, length - 1) : parseInt64(bytes, start, length);
  if (typeof value !== 'number') throw errors.bitOffset;
  const position = counted ? value * fieldBits : value;
  if (position < 0 || position >= maxStringBytes(context) * 8) throw errors.bitOffset;
  return position;
}

/** BYTE or BIT, whatever the case: true for BIT. Throws errors.syntax. */
export function bitUnitArgument({ request }: CommandContext, index: number): boolean {
  if (request.is(index, 'bit')) return true;
  if (request.is(index, 'byte')) return false;
  throw errors.syntax;
}
