/** Thrown by {@link assert}: the program is wrong, not its input. Whoever catches it stops the process. */
export class AssertionError extends Error {
  override name = 'AssertionError';
}

/** Stops the program when an invariant does not hold. Never use it for what clients, files or networks can cause. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new AssertionError(message);
}

/** For the branch of a `switch` that the types say cannot be reached. */
export function unreachable(value: never): never {
  throw new AssertionError(`unreachable: ${String(value)}`);
}
