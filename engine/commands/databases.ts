import { int32Argument } from './arguments.ts';
import type { CommandContext } from './context.ts';
import { type CommandError, errors } from './errors.ts';

/** The number of a database that exists; throws `notNumber`, or `ERR DB index is out of range`. */
export function databaseArgument(context: CommandContext, argIndex: number, notNumber?: CommandError): number {
  const db = int32Argument(context.request, argIndex, notNumber);
  if (db < 0 || db >= context.server.config.values.databases) throw errors.dbIndexOutOfRange;
  return db;
}

/** The same for `declareKeys`, which may not fail: undefined for what `databaseArgument` would refuse. */
export function databaseOrUndefined(context: CommandContext, argIndex: number): number | undefined {
  try {
    return databaseArgument(context, argIndex);
  } catch {
    return undefined;
  }
}
