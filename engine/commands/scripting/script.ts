import { CommandError } from '../errors.ts';
import { containerOnly, helpSubcommand } from '../help.ts';
import type { CommandSpec } from '../spec.ts';
import { oneOf } from '../token-arguments.ts';
import { killCommand } from './kill.ts';

const flushSyntax = new CommandError('ERR SCRIPT FLUSH only support SYNC|ASYNC option');
const debugSyntax = new CommandError('ERR Use SCRIPT DEBUG YES/SYNC/NO');
const noDebugger = new CommandError('ERR SCRIPT DEBUG is not supported: there is no debugger for scripts');

const common = {
  group: 'scripting',
  categories: ['scripting'],
  keySpecs: [],
  tiers: 'none',
} as const satisfies Partial<CommandSpec>;

const load: CommandSpec = {
  ...common,
  name: 'load',
  summary: 'Load the specified Lua script into the script cache.',
  since: '2.6.0',
  complexity: 'O(N) with N being the length in bytes of the script body.',
  arity: 3,
  flags: ['noscript', 'stale'],
  tips: ['request_policy:all_nodes', 'response_policy:all_succeeded'],
  arguments: [{ name: 'script', type: 'string' }],
  execute({ server, request, reply }) {
    reply.text(server.scripts.loadText(request.copy(2)));
  },
};

const exists: CommandSpec = {
  ...common,
  name: 'exists',
  summary: 'Check existence of scripts in the script cache.',
  since: '2.6.0',
  complexity: 'O(N) with N being the number of scripts to check (so checking a single script is an O(1) operation).',
  arity: -3,
  flags: ['noscript'],
  tips: ['request_policy:all_shards', 'response_policy:agg_logical_and'],
  arguments: [{ name: 'sha1', type: 'string', multiple: true }],
  execute({ server, request, reply }) {
    reply.array(request.count - 2);
    for (let n = 2; n < request.count; n++) reply.integer(server.scripts.has(request.latin1(n)) ? 1 : 0);
  },
};

const flush: CommandSpec = {
  ...common,
  name: 'flush',
  summary: 'Remove all the scripts from the script cache.',
  since: '2.6.0',
  complexity: 'O(N) with N being the number of scripts in cache',
  arity: -2,
  flags: ['noscript'],
  tips: ['request_policy:all_nodes', 'response_policy:all_succeeded'],
  history: [['6.2.0', 'Added the `ASYNC` and `SYNC` flushing mode modifiers.']],
  arguments: [
    {
      name: 'async',
      type: 'oneof',
      since: '6.2.0',
      optional: true,
      arguments: [
        { name: 'async', type: 'pure-token', token: 'ASYNC' },
        { name: 'sync', type: 'pure-token', token: 'SYNC' },
      ],
    },
  ],
  execute({ server, request, reply }) {
    if (request.count > 3) throw flushSyntax;
    if (request.count === 3 && !request.is(2, 'sync') && !request.is(2, 'async')) throw flushSyntax;
    server.scripts.flush();
    reply.ok();
  },
};

const debug: CommandSpec = {
  ...common,
  name: 'debug',
  summary: 'Set the debug mode for executed scripts.',
  since: '3.2.0',
  complexity: 'O(1)',
  arity: 3,
  flags: ['noscript'],
  arguments: [oneOf('mode', 'yes', 'sync', 'no')],
  execute({ request, reply }) {
    if (request.is(2, 'yes') || request.is(2, 'sync')) throw noDebugger;
    if (!request.is(2, 'no')) throw debugSyntax;
    reply.ok();
  },
};

const help = helpSubcommand(
  'script',
  '5.0.0',
  { group: 'scripting', flags: ['loading', 'stale'], categories: ['scripting'] },
  [
    ['DEBUG (YES|SYNC|NO)', 'Set the debug mode for subsequent scripts executed.'],
    ['EXISTS <sha1> [<sha1> ...]', 'Return information about the existence of the scripts in the script cache.'],
    [
      'FLUSH [ASYNC|SYNC]',
      'Flush the Lua scripts cache. Very dangerous on replicas.',
      'When called without the optional mode argument, the behavior is determined by the',
      'lazyfree-lazy-user-flush configuration directive. Valid modes are:',
      '* ASYNC: Asynchronously flush the scripts cache.',
      '* SYNC: Synchronously flush the scripts cache.',
    ],
    ['KILL', 'Kill the currently executing Lua script.'],
    ['LOAD <script>', 'Load a script into the scripts cache without executing it.'],
  ],
);

/** SCRIPT: what the server knows of scripts. */
export const scriptCommands: readonly CommandSpec[] = [
  {
    ...common,
    name: 'script',
    summary: 'A container for Lua scripts management commands',
    since: '2.6.0',
    complexity: 'Depends on subcommand.',
    arity: -2,
    flags: [],
    categories: [],
    subcommands: [exists, help, flush, debug, load, killCommand('script', '2.6.0')],
    execute: containerOnly,
  },
];
