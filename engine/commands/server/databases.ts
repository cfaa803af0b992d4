import { int32Argument } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { CommandError, errors } from '../errors.ts';
import type { CommandSpec } from '../spec.ts';

const badFirst = new CommandError('ERR invalid first DB index');
const badSecond = new CommandError('ERR invalid second DB index');

export const swapdb: CommandSpec = {
  name: 'swapdb',
  summary: 'Exchange two databases',
  since: '4.0.0',
  group: 'server',
  complexity: 'O(1)',
  arity: 3,
  flags: ['write', 'fast'],
  categories: ['keyspace', 'dangerous'],
  keySpecs: [],
  arguments: [
    { name: 'index1', type: 'integer' },
    { name: 'index2', type: 'integer' },
  ],
  reach: 'keyspace',
  tiers: 'none',
  execute({ request, reply, server, keyspace }) {
    const a = int32Argument(request, 1, badFirst);
    const b = int32Argument(request, 2, badSecond);
    const { databases } = server.config.values;
    if (a < 0 || b < 0 || a >= databases || b >= databases) throw errors.dbIndexOutOfRange;
    if (a !== b) server.exclusively(() => keyspace.swap(a, b));
    reply.ok();
  },
};

export const dbsize: CommandSpec = {
  name: 'dbsize',
  summary: 'Count the keys of the selected database',
  since: '1.0.0',
  group: 'server',
  complexity: 'O(1)',
  arity: 1,
  flags: ['readonly', 'fast'],
  categories: ['keyspace'],
  keySpecs: [],
  tips: ['request_policy:all_shards', 'response_policy:agg_sum'],
  reach: 'keyspace',
  tiers: 'none',
  execute({ reply, keyspace, session }) {
    reply.integer(keyspace.size(session.db));
  },
};

/** Takes ASYNC or SYNC, which say the same here: tables are exchanged at once and freed in the background. */
function flush(context: CommandContext, db: number): void {
  const { request, reply, server, keyspace } = context;
  const right = request.count === 1 || (request.count === 2 && (request.is(1, 'async') || request.is(1, 'sync')));
  if (!right) throw errors.syntax;
  server.exclusively(() => keyspace.flush(db));
  server.tracking.flushing = true;
  reply.ok();
}

export const flushdb: CommandSpec = {
  name: 'flushdb',
  summary: 'Delete all keys of the selected database',
  since: '1.0.0',
  group: 'server',
  complexity: 'O(1); the memory of N keys is freed in the background',
  arity: -1,
  flags: ['write'],
  categories: ['keyspace', 'dangerous'],
  keySpecs: [],
  tips: ['request_policy:all_shards', 'response_policy:all_succeeded'],
  history: [
    ['4.0.0', 'Option ASYNC'],
    ['6.2.0', 'Option SYNC'],
  ],
  arguments: [
    {
      name: 'async',
      type: 'oneof',
      optional: true,
      arguments: [
        { name: 'async', type: 'pure-token', token: 'ASYNC', since: '4.0.0' },
        { name: 'sync', type: 'pure-token', token: 'SYNC', since: '6.2.0' },
      ],
    },
  ],
  reach: 'keyspace',
  tiers: 'none',
  execute: (context) => flush(context, context.session.db),
};

export const flushall: CommandSpec = {
  name: 'flushall',
  summary: 'Delete all keys of all databases',
  since: '1.0.0',
  group: 'server',
  complexity: 'O(D) for D databases; the memory of N keys is freed in the background',
  arity: -1,
  flags: ['write'],
  categories: ['keyspace', 'dangerous'],
  keySpecs: [],
  tips: ['request_policy:all_shards', 'response_policy:all_succeeded'],
  history: [
    ['4.0.0', 'Option ASYNC'],
    ['6.2.0', 'Option SYNC'],
  ],
  arguments: [
    {
      name: 'async',
      type: 'oneof',
      optional: true,
      arguments: [
        { name: 'async', type: 'pure-token', token: 'ASYNC', since: '4.0.0' },
        { name: 'sync', type: 'pure-token', token: 'SYNC', since: '6.2.0' },
      ],
    },
  ],
  reach: 'keyspace',
  tiers: 'none',
  execute: (context) => flush(context, -1),
};
