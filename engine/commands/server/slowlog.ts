import { mergeSlowlogs } from '../../server/slowlog.ts';
import { integerArgument } from '../arguments.ts';
import { CommandError } from '../errors.ts';
import { containerOnly, helpSubcommand, subcommandSyntax } from '../help.ts';
import type { CommandSpec } from '../spec.ts';

const badCount = new CommandError('ERR count should be greater than or equal to -1');
const defaultCount = 10;

/* GET and LEN take this thread's own part before they ask the others: by then they would be in the log themselves. */

const get: CommandSpec = {
  name: 'get',
  summary: 'List recent slow commands',
  since: '2.2.12',
  group: 'server',
  complexity: 'O(N), N being the number of entries answered',
  arity: -2,
  flags: ['admin', 'loading', 'stale'],
  categories: [],
  keySpecs: [],
  tips: ['request_policy:all_nodes', 'nondeterministic_output'],
  history: [['4.0.0', 'Entries name the client']],
  arguments: [{ name: 'count', type: 'integer', optional: true }],
  tiers: 'none',
  async execute({ request, server }) {
    if (request.count > 3) throw subcommandSyntax('slowlog', request.latin1(1));
    const count =
      request.count === 3 ? integerArgument(request, 2, -1, Number.MAX_SAFE_INTEGER, badCount) : defaultCount;
    const own = server.statistics.slowlog.get(count);
    const answers = await server.broadcast({ kind: 'slowlog-get', count });
    const entries = mergeSlowlogs(answers.with(server.threadIndex, own), count);
    return ({ reply }) => {
      reply.array(entries.length);
      for (const { id, atSeconds, usec, args, clientAddress, clientName } of entries) {
        reply.array(6);
        reply.integer(id);
        reply.integer(atSeconds);
        reply.integer(usec);
        reply.array(args.length);
        for (const arg of args) reply.bulk(arg, 0, arg.length);
        reply.text(clientAddress);
        reply.text(clientName);
      }
    };
  },
};

const len: CommandSpec = {
  name: 'len',
  summary: 'Count the entries of the slow log',
  since: '2.2.12',
  group: 'server',
  complexity: 'O(1)',
  arity: 2,
  flags: ['admin', 'loading', 'stale'],
  categories: [],
  keySpecs: [],
  tips: ['request_policy:all_nodes', 'response_policy:agg_sum', 'nondeterministic_output'],
  tiers: 'none',
  async execute({ server }) {
    const own = server.statistics.slowlog.length;
    const lengths = await server.broadcast({ kind: 'slowlog-len' });
    const length = lengths.with(server.threadIndex, own).reduce((sum, each) => sum + each, 0);
    return ({ reply }) => reply.integer(length);
  },
};

const reset: CommandSpec = {
  name: 'reset',
  summary: 'Empty the slow log',
  since: '2.2.12',
  group: 'server',
  complexity: 'O(N), N being the number of entries',
  arity: 2,
  flags: ['admin', 'loading', 'stale'],
  categories: [],
  keySpecs: [],
  tips: ['request_policy:all_nodes', 'response_policy:all_succeeded'],
  tiers: 'none',
  waits: true,
  async execute({ server }) {
    await server.broadcast({ kind: 'slowlog-reset' });
    return ({ reply }) => reply.ok();
  },
};

export const slowlog: CommandSpec = {
  name: 'slowlog',
  summary: 'Container of commands about slow commands',
  since: '2.2.12',
  group: 'server',
  complexity: 'Depends on the subcommand',
  arity: -2,
  flags: [],
  categories: [],
  keySpecs: [],
  tiers: 'none',
  execute: containerOnly,
  subcommands: [
    get,
    helpSubcommand('slowlog', '6.2.0', { group: 'server', flags: ['loading', 'stale'], categories: [] }, [
      [
        'GET [<count>]',
        'List the newest slow commands (default: 10; -1: all). An entry has:',
        'id, Unix time, microseconds, arguments, client address, client name.',
      ],
      ['LEN', 'Count the entries.'],
      ['RESET', 'Empty the log.'],
    ]),
    len,
    reset,
  ],
};
