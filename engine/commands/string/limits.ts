import type { CommandContext } from '../context.ts';
import { errors } from '../errors.ts';

/** Largest string that commands may build, in bytes (`proto-max-bulk-len`). */
export function maxStringBytes(context: CommandContext): number {
  return context.server.config.values['proto-max-bulk-len'];
}

/** Throws errors.stringTooLong when a value would become longer than clients may send one. */
export function requireStringFits(context: CommandContext, length: number): void {
  if (length > maxStringBytes(context)) throw errors.stringTooLong;
}
