export interface Adaptation {
  readonly file: string;
  readonly from: string;
  readonly to: string;
  readonly reason: string;
}

/** Lines of the unpacked suite's harness (never of a test) that must differ for a server that is not yet a whole Redis. */
export const adaptations: readonly Adaptation[] = [
  {
    file: 'tests/support/server.tcl',
    from: '    r flushall\n    r function flush\n\n    # store overrides',
    to: '    r flushall\n    catch {r function flush}\n\n    # store overrides',
    reason: 'external mode empties the function library before each unit; without functions there is nothing to empty',
  },
];
