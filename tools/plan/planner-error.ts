/**
 * What the one who asked can mend: a wrong file, an unreachable server, an impossible option. Its message is one line, and all that is printed;
 * the process ends with status 1. Every other error is a mistake of the planner's and shows its stack.
 */
export class PlannerError extends Error {
  override readonly name: string = 'PlannerError';
}
