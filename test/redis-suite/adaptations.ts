export interface Adaptation {
  readonly file: string;
  readonly from: string;
  readonly to: string;
  readonly reason: string;
}

/** Lines of the unpacked suite (never within a test) that must differ for a server that is not yet a whole Redis. */
export const adaptations: readonly Adaptation[] = [
  {
    file: 'tests/support/server.tcl',
    from: '    r flushall\n    r function flush\n\n    # store overrides',
    to: '    r flushall\n    catch {r function flush}\n\n    # store overrides',
    reason: 'external mode empties the function library before each unit; without functions there is nothing to empty',
  },
  {
    file: 'tests/unit/acl.tcl',
    from: 'start_server {tags {"acl external:skip"}} {\n',
    to: 'start_server {tags {"acl"}} {\n',
    reason:
      'the first part needs one fresh server and nothing else; only the parts after it start servers of their own',
  },
  {
    file: 'tests/unit/acl-v2.tcl',
    from: 'start_server {tags {"acl external:skip"}} {\n',
    to: 'start_server {tags {"acl"}} {\n',
    reason: 'as in unit/acl',
  },
];
