import { integerArgument } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { CommandError, untilNul } from '../errors.ts';
import type { CommandSpec } from '../spec.ts';
import { redisVersion } from '../version.ts';
import { authenticate } from './auth.ts';
import { checkClientName } from './client-name.ts';

const badVersion = new CommandError('ERR Protocol version is not an integer or out of range');
const unsupportedVersion = new CommandError('NOPROTO unsupported protocol version');
const notLoggedIn = new CommandError(
  'NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol version at the same time',
);

function parseVersion({ request }: CommandContext): 2 | 3 | undefined {
  if (request.count < 2) return undefined;
  const version = integerArgument(request, 1, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, badVersion);
  if (version !== 2 && version !== 3) throw unsupportedVersion;
  return version;
}

export const hello: CommandSpec = {
  name: 'hello',
  summary: 'Choose the protocol version and log in',
  since: '6.0.0',
  group: 'connection',
  complexity: 'O(1)',
  arity: -1,
  flags: ['noscript', 'loading', 'stale', 'fast', 'no_auth', 'allow_busy'],
  categories: ['connection'],
  keySpecs: [],
  history: [['6.2.0', 'The version may be left out']],
  arguments: [
    {
      name: 'arguments',
      type: 'block',
      optional: true,
      arguments: [
        { name: 'protover', type: 'integer' },
        {
          name: 'username_password',
          type: 'block',
          token: 'AUTH',
          optional: true,
          arguments: [
            { name: 'username', type: 'string' },
            { name: 'password', type: 'string' },
          ],
        },
        { name: 'clientname', type: 'string', token: 'SETNAME', optional: true },
      ],
    },
  ],
  tiers: 'none',
  execute(context) {
    const { request, session } = context;
    const version = parseVersion(context);
    let login = 0;
    let name: string | undefined;
    for (let i = 2; i < request.count; ) {
      const left = request.count - 1 - i;
      if (request.is(i, 'auth') && left >= 2) {
        login = i + 1;
        i += 3;
      } else if (request.is(i, 'setname') && left >= 1) {
        name = checkClientName(request.latin1(i + 1));
        i += 2;
      } else throw new CommandError(`ERR Syntax error in HELLO option '${untilNul(request.latin1(i))}'`);
    }
    if (login > 0) authenticate(context, request.latin1(login), request.slice(login + 1));
    if (!session.authenticated) throw notLoggedIn;
    if (name !== undefined) session.name = name;
    if (version !== undefined) session.resp = version;
    describeServer(context);
  },
};

function describeServer({ reply, server, session }: CommandContext): void {
  reply.resp = session.resp;
  reply.map(7);
  reply.text('server');
  reply.text('redis');
  reply.text('version');
  reply.text(redisVersion(server));
  reply.text('proto');
  reply.integer(session.resp);
  reply.text('id');
  reply.integer(session.id);
  reply.text('mode');
  reply.text('standalone');
  reply.text('role');
  reply.text('master');
  reply.text('modules');
  reply.array(0);
}
