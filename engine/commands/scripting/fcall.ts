import type { CommandSpec, KeySpec } from '../spec.ts';

const keysOf = (flags: KeySpec['flags'], notes: string): readonly KeySpec[] => [
  { flags, begin: { index: 2 }, find: { keyNumIndex: 0, firstKey: 1, step: 1 }, notes },
];

const common = {
  since: '7.0.0',
  group: 'scripting',
  complexity: 'Depends on the function that is executed.',
  arity: -3,
  categories: ['scripting'],
  tiers: 'value',
  // What the function does with its keys, its commands count.
  lookups: 'silent',
  arguments: [
    { name: 'function', type: 'string' },
    { name: 'numkeys', type: 'integer' },
    { name: 'key', type: 'key', keySpecIndex: 0, optional: true, multiple: true },
    { name: 'arg', type: 'string', optional: true, multiple: true },
  ],
} as const satisfies Partial<CommandSpec>;

/** Calls of functions (https://redis.io/docs/interact/programmability/functions-intro/). */
export const fcallCommands: readonly CommandSpec[] = [
  {
    ...common,
    name: 'fcall',
    summary: 'Invoke a function',
    flags: ['noscript', 'stale', 'skip_monitor', 'no_mandatory_keys', 'may_replicate'],
    keySpecs: keysOf(
      ['RW', 'access', 'update'],
      'We cannot tell how the keys will be used so we assume the worst, RW and UPDATE',
    ),
    execute: (context) => context.server.functions.call(context, false),
  },
  {
    ...common,
    name: 'fcall_ro',
    summary: 'Invoke a read-only function',
    flags: ['noscript', 'stale', 'skip_monitor', 'no_mandatory_keys', 'readonly'],
    keySpecs: keysOf(
      ['RO', 'access'],
      'We cannot tell how the keys will be used so we assume the worst, RO and ACCESS',
    ),
    execute: (context) => context.server.functions.call(context, true),
  },
];
