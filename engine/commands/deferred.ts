import type { CommandContext } from './context.ts';
import type { CommandSpec } from './spec.ts';

/**
 * Writes a reply from a value that is there, or will be: without a promise the reply is written at once and the client does
 * not wait. Like every deferred reply, `write` gets the context of its own moment.
 */
export function replyWith<T>(
  context: CommandContext,
  value: T | Promise<T>,
  write: (context: CommandContext, value: T) => void,
): ReturnType<CommandSpec['execute']> {
  if (value instanceof Promise) return value.then((ready) => (later: CommandContext) => write(later, ready));
  write(context, value);
}
