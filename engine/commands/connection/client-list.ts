import type { AnswersTo } from '../../server/answers.ts';
import type { ThreadRequest } from '../../server/link.ts';
import { int64Argument } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { CommandError, errors, untilNul } from '../errors.ts';
import type { CommandSpec } from '../spec.ts';

const invalidId = new CommandError('ERR Invalid client ID');
const clientTypes: readonly string[] = ['normal', 'slave', 'replica', 'pubsub', 'master'];

/** A client type as TYPE filters name it; throws for an unknown one. */
export function clientType({ request }: CommandContext, argIndex: number): string {
  const type = request.latin1(argIndex).toLowerCase();
  if (!clientTypes.includes(type))
    throw new CommandError(`ERR Unknown client type '${untilNul(request.latin1(argIndex))}'`);
  return type === 'slave' ? 'replica' : type;
}

type ListRequest = Extract<ThreadRequest, { kind: 'client-list' }>;

function parseFilter(context: CommandContext): ListRequest {
  const { request } = context;
  if (request.count === 2) return { kind: 'client-list' };
  if (request.count === 4 && request.is(2, 'type')) return { kind: 'client-list', type: clientType(context, 3) };
  if (request.count > 3 && request.is(2, 'id')) {
    const ids: number[] = [];
    for (let i = 3; i < request.count; i++) ids.push(Number(int64Argument(request, i, invalidId)));
    return { kind: 'client-list', ids };
  }
  throw errors.syntax;
}

/** In the order of ids, or in the order asked for, as Redis prints them. */
function inOrder(answers: AnswersTo<ListRequest>, ids: readonly number[] | undefined): string[] {
  const clients = answers.flat().sort((a, b) => a.id - b.id);
  if (ids === undefined) return clients.map(({ line }) => line);
  const byId = new Map(clients.map(({ id, line }) => [id, line]));
  return ids.map((id) => byId.get(id)).filter((line) => line !== undefined);
}

export const list: CommandSpec = {
  name: 'list',
  summary: 'Describe the open connections',
  since: '2.4.0',
  group: 'connection',
  complexity: 'O(N), N being the number of connections',
  arity: -2,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  categories: ['connection'],
  keySpecs: [],
  tips: ['nondeterministic_output'],
  history: [
    ['2.8.12', 'Field id'],
    ['5.0.0', 'Option TYPE'],
    ['6.0.0', 'Field user'],
    ['6.2.0', 'Fields argv-mem, tot-mem, laddr and redir; option ID'],
    ['7.0.0', 'Fields resp, multi-mem, rbs and rbp'],
    ['7.0.3', 'Field ssub'],
  ],
  arguments: [
    {
      name: 'normal_master_replica_pubsub',
      type: 'oneof',
      token: 'TYPE',
      since: '5.0.0',
      optional: true,
      arguments: [
        { name: 'normal', type: 'pure-token', token: 'NORMAL' },
        { name: 'master', type: 'pure-token', token: 'MASTER' },
        { name: 'replica', type: 'pure-token', token: 'REPLICA' },
        { name: 'pubsub', type: 'pure-token', token: 'PUBSUB' },
      ],
    },
    {
      name: 'id',
      type: 'block',
      token: 'ID',
      since: '6.2.0',
      optional: true,
      arguments: [{ name: 'client-id', type: 'integer', multiple: true }],
    },
  ],
  tiers: 'none',
  async execute(context) {
    const filter = parseFilter(context);
    const lines = inOrder(await context.server.broadcast(filter), filter.ids);
    return ({ reply }) => reply.verbatim('txt', lines.map((line) => `${line}\n`).join(''));
  },
};
