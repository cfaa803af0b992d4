/** What a user can mend: its message is one line for people, printed as it is; the process then ends with status 1. */
export class PlanError extends Error {
  override readonly name: string = 'PlanError';
}
