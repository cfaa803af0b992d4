import type { CommandSpec } from '../spec.ts';

/** What all subcommands of ACL have in common. */
export const aclSpec = {
  since: '6.0.0',
  group: 'server',
  complexity: 'O(1)',
  flags: ['noscript', 'loading', 'stale', 'sentinel'],
  categories: [],
  keySpecs: [],
  tiers: 'none',
} as const satisfies Partial<CommandSpec>;

/** Those that are for administrators. */
export const adminSpec = {
  ...aclSpec,
  flags: ['admin', 'noscript', 'loading', 'stale', 'sentinel'],
} as const satisfies Partial<CommandSpec>;
