import type { ClientKillFilter } from '../../server/link.ts';
import { integerArgument } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { CommandError, errors, untilNul } from '../errors.ts';
import type { CommandSpec, DeferredReply } from '../spec.ts';
import { clientType } from './client-list.ts';

const noSuchClient = new CommandError('ERR No such client');
const badAge = new CommandError('ERR maxage is not an integer or out of range');
const notAnAge = new CommandError('ERR maxage should be greater than 0');
const badId = new CommandError('ERR client-id should be greater than 0');

type Filter = { -readonly [K in keyof ClientKillFilter]: ClientKillFilter[K] };

function parseFilter(context: CommandContext): Filter {
  const { request } = context;
  const filter: Filter = { skipMe: true };
  for (let i = 2; i < request.count; i += 2) {
    if (i + 1 >= request.count) throw errors.syntax;
    if (request.is(i, 'id')) filter.id = integerArgument(request, i + 1, 1, Number.MAX_SAFE_INTEGER, badId);
    else if (request.is(i, 'type')) filter.type = clientType(context, i + 1);
    else if (request.is(i, 'addr')) filter.address = request.latin1(i + 1);
    else if (request.is(i, 'laddr')) filter.localAddress = request.latin1(i + 1);
    else if (request.is(i, 'user')) filter.user = existingUser(context, request.latin1(i + 1));
    else if (request.is(i, 'maxage')) filter.maxAgeSeconds = ageArgument(context, i + 1);
    else if (request.is(i, 'skipme') && request.is(i + 1, 'yes')) filter.skipMe = true;
    else if (request.is(i, 'skipme') && request.is(i + 1, 'no')) filter.skipMe = false;
    else throw errors.syntax;
  }
  return filter;
}

/** As redis 7.4, where this filter came. */
function ageArgument({ request }: CommandContext, argIndex: number): number {
  const seconds = integerArgument(request, argIndex, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, badAge);
  if (seconds <= 0) throw notAnAge;
  return seconds;
}

function existingUser({ server }: CommandContext, name: string): string {
  if (server.acl.users.get(name) === undefined) throw new CommandError(`ERR No such user '${untilNul(name)}'`);
  return name;
}

async function killAll({ server, session }: CommandContext, filter: ClientKillFilter): Promise<number> {
  const killed = await server.broadcast({ kind: 'client-kill', filter, askedBy: session.id });
  return killed.reduce((sum, count) => sum + count, 0);
}

/** With one argument: the old form, an address, which may be the caller's own. Else pairs of filters; answers the number closed. */
export const kill: CommandSpec = {
  name: 'kill',
  summary: 'Close connections',
  since: '2.4.0',
  group: 'connection',
  complexity: 'O(N), N being the number of connections',
  arity: -3,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  categories: ['connection'],
  keySpecs: [],
  history: [
    ['2.8.12', 'Filters as pairs of name and value'],
    ['2.8.12', 'Filter ID'],
    ['3.2.0', 'TYPE master'],
    ['5.0.0', 'TYPE replica, still also called slave'],
    ['6.2.0', 'Filter LADDR'],
  ],
  arguments: [
    {
      name: 'filter',
      type: 'oneof',
      arguments: [
        { name: 'ip:port', type: 'string', deprecatedSince: '2.8.12' },
        {
          name: 'new-format',
          type: 'oneof',
          multiple: true,
          arguments: [
            { name: 'client-id', type: 'integer', token: 'ID', since: '2.8.12', optional: true },
            {
              name: 'normal_master_slave_pubsub',
              type: 'oneof',
              token: 'TYPE',
              since: '2.8.12',
              optional: true,
              arguments: [
                { name: 'normal', type: 'pure-token', token: 'NORMAL' },
                { name: 'master', type: 'pure-token', token: 'MASTER', since: '3.2.0' },
                { name: 'slave', type: 'pure-token', token: 'SLAVE' },
                { name: 'replica', type: 'pure-token', token: 'REPLICA', since: '5.0.0' },
                { name: 'pubsub', type: 'pure-token', token: 'PUBSUB' },
              ],
            },
            { name: 'username', type: 'string', token: 'USER', optional: true },
            { name: 'ip:port', type: 'string', token: 'ADDR', optional: true },
            { name: 'ip:port', type: 'string', token: 'LADDR', since: '6.2.0', optional: true },
            { name: 'yes/no', type: 'string', token: 'SKIPME', optional: true },
          ],
        },
      ],
    },
  ],
  tiers: 'none',
  waits: true,
  execute(context): DeferredReply {
    const { request } = context;
    if (request.count === 3) {
      return killAll(context, { address: request.latin1(2), skipMe: false }).then((killed) => ({ reply }) => {
        if (killed === 0) throw noSuchClient;
        reply.ok();
      });
    }
    return killAll(context, parseFilter(context)).then(
      (killed) =>
        ({ reply }) =>
          reply.integer(killed),
    );
  },
};
