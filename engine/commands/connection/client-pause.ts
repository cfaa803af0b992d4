import { integerArgument, parseInteger } from '../arguments.ts';
import { CommandError } from '../errors.ts';
import { subcommandSyntax } from '../help.ts';
import type { CommandSpec } from '../spec.ts';

const badMode = new CommandError('ERR CLIENT PAUSE mode must be WRITE or ALL');
const badTimeout = new CommandError('ERR timeout is not an integer or out of range');
const negativeTimeout = new CommandError('ERR timeout is negative');
const badReason = new CommandError('ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR');

export const pause: CommandSpec = {
  name: 'pause',
  summary: 'Hold back the commands of all clients for a while',
  since: '2.9.50',
  group: 'connection',
  complexity: 'O(1)',
  arity: -3,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  categories: ['connection'],
  keySpecs: [],
  history: [['6.2.0', 'Modes WRITE and ALL']],
  arguments: [
    { name: 'timeout', type: 'integer' },
    {
      name: 'mode',
      type: 'oneof',
      since: '6.2.0',
      optional: true,
      arguments: [
        { name: 'write', type: 'pure-token', token: 'WRITE' },
        { name: 'all', type: 'pure-token', token: 'ALL' },
      ],
    },
  ],
  tiers: 'none',
  async execute({ request, server, nowMs }) {
    if (request.count > 4) throw subcommandSyntax('client', request.latin1(1));
    if (request.count === 4 && !request.is(3, 'write') && !request.is(3, 'all')) throw badMode;
    const mode = request.count === 4 && request.is(3, 'write') ? 'write' : 'all';
    const timeoutMs = parseInteger(request, 2);
    if (timeoutMs === undefined) throw badTimeout;
    if (timeoutMs < 0) throw negativeTimeout;
    const untilMs = nowMs + Number(timeoutMs);
    await server.broadcast({ kind: 'client-pause', untilMs, mode });
    return ({ reply }) => reply.ok();
  },
};

export const unpause: CommandSpec = {
  name: 'unpause',
  summary: 'Let paused clients go on',
  since: '6.2.0',
  group: 'connection',
  complexity: 'O(N), N being the number of paused connections',
  arity: 2,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  categories: ['connection'],
  keySpecs: [],
  tiers: 'none',
  async execute({ server }) {
    await server.broadcast({ kind: 'client-unpause' });
    return ({ reply }) => reply.ok();
  },
};

export const unblock: CommandSpec = {
  name: 'unblock',
  summary: 'Wake a client that waits in a blocking command',
  since: '5.0.0',
  group: 'connection',
  complexity: 'O(1)',
  arity: -3,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  categories: ['connection'],
  keySpecs: [],
  arguments: [
    { name: 'client-id', type: 'integer' },
    {
      name: 'timeout_error',
      type: 'oneof',
      optional: true,
      arguments: [
        { name: 'timeout', type: 'pure-token', token: 'TIMEOUT' },
        { name: 'error', type: 'pure-token', token: 'ERROR' },
      ],
    },
  ],
  tiers: 'none',
  async execute({ request, server }) {
    if (request.count > 4) throw subcommandSyntax('client', request.latin1(1));
    if (request.count === 4 && !request.is(3, 'timeout') && !request.is(3, 'error')) throw badReason;
    const withError = request.count === 4 && request.is(3, 'error');
    const id = integerArgument(request, 2, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
    const unblocked = await server.broadcast({ kind: 'client-unblock', id, withError });
    return ({ reply }) => reply.integer(unblocked.some((count) => count > 0) ? 1 : 0);
  },
};
