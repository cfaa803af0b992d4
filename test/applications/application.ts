/** What people run on Redis, by a library from npm. */
export interface Application {
  readonly name: string;
  /**
   * Does its normal work until the time is over.
   *
   * @param until ms since 1970
   * @returns what was done, for people; throws when anything went wrong
   */
  run(port: number, until: () => number): Promise<string>;
}
