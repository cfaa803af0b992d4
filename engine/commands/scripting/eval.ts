import type { ArgumentSpec, CommandSpec, KeySpec } from '../spec.ts';

const tail: readonly ArgumentSpec[] = [
  { name: 'numkeys', type: 'integer' },
  { name: 'key', type: 'key', keySpecIndex: 0, optional: true, multiple: true },
  { name: 'arg', type: 'string', optional: true, multiple: true },
];

const keysOf = (flags: KeySpec['flags'], notes?: string): readonly KeySpec[] => [
  {
    flags,
    begin: { index: 2 },
    find: { keyNumIndex: 0, firstKey: 1, step: 1 },
    ...(notes === undefined ? {} : { notes }),
  },
];

const common = {
  group: 'scripting',
  complexity: 'Depends on the script that is executed.',
  arity: -3,
  categories: ['scripting'],
  tiers: 'value',
  // What the script does with its keys, its commands count.
  lookups: 'silent',
} as const satisfies Partial<CommandSpec>;

const writing = ['noscript', 'skip_monitor', 'may_replicate', 'no_mandatory_keys', 'stale'] as const;
const reading = ['noscript', 'skip_monitor', 'no_mandatory_keys', 'stale', 'readonly'] as const;

/** Lua scripts (https://redis.io/docs/interact/programmability/eval-intro/). */
export const evalCommands: readonly CommandSpec[] = [
  {
    ...common,
    name: 'eval',
    summary: 'Execute a Lua script server side',
    since: '2.6.0',
    flags: writing,
    keySpecs: keysOf(
      ['RW', 'access', 'update'],
      'We cannot tell how the keys will be used so we assume the worst, RW and UPDATE',
    ),
    arguments: [{ name: 'script', type: 'string' }, ...tail],
    execute: (context) => context.server.scripts.eval(context, false),
  },
  {
    ...common,
    name: 'evalsha',
    summary: 'Execute a Lua script server side',
    since: '2.6.0',
    flags: writing,
    keySpecs: keysOf(['RW', 'access', 'update']),
    arguments: [{ name: 'sha1', type: 'string' }, ...tail],
    execute: (context) => context.server.scripts.evalSha(context, false),
  },
  {
    ...common,
    name: 'eval_ro',
    summary: 'Execute a read-only Lua script server side',
    since: '7.0.0',
    flags: reading,
    keySpecs: keysOf(
      ['RO', 'access'],
      'We cannot tell how the keys will be used so we assume the worst, RO and ACCESS',
    ),
    arguments: [{ name: 'script', type: 'string' }, ...tail],
    execute: (context) => context.server.scripts.eval(context, true),
  },
  {
    ...common,
    name: 'evalsha_ro',
    summary: 'Execute a read-only Lua script server side',
    since: '7.0.0',
    flags: reading,
    keySpecs: keysOf(['RO', 'access']),
    arguments: [{ name: 'sha1', type: 'string' }, ...tail],
    execute: (context) => context.server.scripts.evalSha(context, true),
  },
];
