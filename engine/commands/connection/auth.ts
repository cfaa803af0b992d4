import type { CommandContext } from '../context.ts';
import { CommandError, errors } from '../errors.ts';
import type { CommandSpec } from '../spec.ts';

const wrongPassword = new CommandError('WRONGPASS invalid username-password pair or user is disabled.');
const noPasswordSet = new CommandError(
  'ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?',
);

/** Logs the session in, or throws WRONGPASS. */
export function authenticate({ server, session, request }: CommandContext, user: string, password: Buffer): void {
  const where = session.transaction === undefined ? 'toplevel' : 'multi';
  if (!server.acl.login(session, user, password, request.latin1(0), where)) throw wrongPassword;
}

export const auth: CommandSpec = {
  name: 'auth',
  summary: 'Log in',
  since: '1.0.0',
  group: 'connection',
  complexity: 'O(1)',
  arity: -2,
  flags: ['noscript', 'loading', 'stale', 'fast', 'no_auth', 'allow_busy'],
  categories: ['connection'],
  keySpecs: [],
  history: [['6.0.0', 'User name before the password']],
  arguments: [
    { name: 'username', type: 'string', since: '6.0.0', optional: true },
    { name: 'password', type: 'string' },
  ],
  tiers: 'none',
  execute(context) {
    const { request, reply, server } = context;
    if (request.count > 3) throw errors.syntax;
    const withUser = request.count === 3;
    if (!withUser && server.acl.users.default.noPassword) throw noPasswordSet;
    authenticate(context, withUser ? request.latin1(1) : 'default', request.slice(withUser ? 2 : 1));
    reply.ok();
  },
};
