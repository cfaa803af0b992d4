import type { WaitingSession } from '../blocking/waiting.ts';
import type { CommandContext } from '../commands/context.ts';
import type { CommandError } from '../commands/errors.ts';
import type { Session } from '../server/session.ts';

/** The reply was written (or suppressed). */
export const DISPATCH_DONE = 0;
/** Nothing happened yet: keep the request and dispatch it again when `client.wake` was called. */
export const DISPATCH_PARKED = 1;
/** The command began; `client.settle` is called with what finishes it. Later requests of the client wait. */
export const DISPATCH_DEFERRED = 2;
/** The same, and it may take long: the client waits for a key to be filled. */
export const DISPATCH_BLOCKED = 3;
export type DispatchOutcome =
  | typeof DISPATCH_DONE
  | typeof DISPATCH_PARKED
  | typeof DISPATCH_DEFERRED
  | typeof DISPATCH_BLOCKED;

/** Writes the reply of a deferred command. */
export type Finish = (context: CommandContext) => void;

/** A session whose requests can be put off. Both functions may be called from anywhere but inside a batch. */
export interface DispatchedSession extends Session, WaitingSession {
  /** Runs the parked request again, or answers it with the error. */
  readonly wake: (error?: CommandError) => void;
}

/** The reply of a deferred command that failed. */
export function failWith(error: unknown): Finish {
  return () => {
    throw error;
  };
}
