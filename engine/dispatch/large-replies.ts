/** What is under way of large replies on one thread: see threads/front-end/output-budget.ts. */
export interface LargeReplies {
  /** Whether one more may be made now. */
  mayBegin(): boolean;
  /** `wake` is called, later and outside of any batch, when one may. */
  whenRoom(wake: () => void): void;
}

/** Thrown by a reader that has written nothing: its large reply has to wait until others have been sent. It starts over then. */
export class OutputNeeded extends Error {
  override name = 'OutputNeeded';
}
