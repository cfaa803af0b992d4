import { randomBytes } from 'node:crypto';
import { Request } from '../../../protocol/resp/request.ts';
import { DENIED_CHANNEL, DENIED_COMMAND, DENIED_KEY } from '../../acl/check.ts';
import { integerArgument } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { CommandError, errors, untilNul, wrongArity } from '../errors.ts';
import { aclCategories } from '../flags.ts';
import { subcommandSyntax } from '../help.ts';
import type { CommandSpec } from '../spec.ts';
import type { CommandEntry } from '../table.ts';
import { aclSpec, adminSpec } from './spec.ts';
import { writeLatin1 } from './users.ts';

const DEFAULT_BITS = 256;
const MAX_BITS = 4096;
const badBits = new CommandError(
  `ERR ACL GENPASS argument must be the number of bits for the output password, a positive number up to ${MAX_BITS}`,
);

/** A subcommand that takes at most one argument answers more of them as if it was unknown. */
export function atMostOneArgument({ request }: CommandContext): void {
  if (request.count > 3) throw subcommandSyntax('acl', untilNul(request.latin1(1)));
}

export const cat: CommandSpec = {
  ...aclSpec,
  name: 'cat',
  summary: 'Tell the categories, or the commands of one',
  complexity: 'O(1), as there are always the same commands',
  arity: -2,
  arguments: [{ name: 'categoryname', type: 'string', optional: true }],
  execute(context) {
    const { request, reply, server } = context;
    atMostOneArgument(context);
    if (request.count === 2) {
      reply.array(aclCategories.length);
      for (const category of aclCategories) reply.text(category);
      return;
    }
    const name = untilNul(request.latin1(2));
    const entries = server.acl.commands.inCategory(name);
    if (entries === undefined) throw new CommandError(`ERR Unknown category '${name.slice(0, 128)}'`);
    reply.array(entries.length);
    for (const { fullName } of entries) reply.text(fullName);
  },
};

export const genpass: CommandSpec = {
  ...aclSpec,
  name: 'genpass',
  summary: 'Make a password that nobody can guess',
  arity: -2,
  arguments: [{ name: 'bits', type: 'integer', optional: true }],
  execute(context) {
    const { request, reply } = context;
    atMostOneArgument(context);
    const { MIN_SAFE_INTEGER: low, MAX_SAFE_INTEGER: high } = Number;
    const bits = request.count === 2 ? DEFAULT_BITS : integerArgument(request, 2, low, high, errors.notInteger);
    if (bits <= 0 || bits > MAX_BITS) throw badBits;
    const digits = Math.floor((bits + 3) / 4);
    reply.text(
      randomBytes((digits + 1) >> 1)
        .toString('hex')
        .slice(0, digits),
    );
  },
};

/** The command line that stands from argument 3 on. */
function innerRequest({ request }: CommandContext): Request {
  const inner = new Request();
  inner.attach(request.bytes, request.view);
  for (let i = 3; i < request.count; i++) inner.push(request.start(i), request.length(i));
  return inner;
}

function innerEntry({ server: { table } }: CommandContext, inner: Request): CommandEntry {
  const entry = table.lookup(inner.bytes, inner.start(0), inner.length(0));
  const isContainer = entry !== undefined && entry.subcommands.length > 0 && inner.count > 1;
  const found = isContainer ? table.subcommand(entry, inner.bytes, inner.start(1), inner.length(1)) : entry;
  if (found === undefined) throw new CommandError(`ERR Command '${untilNul(inner.latin1(0))}' not found`);
  return found;
}

/** Answers what is wrong as an ordinary string, not as an error. */
export const dryrun: CommandSpec = {
  ...adminSpec,
  name: 'dryrun',
  summary: 'Tell whether a user may run a command, without running it',
  since: '7.0.0',
  arity: -4,
  arguments: [
    { name: 'username', type: 'string' },
    { name: 'command', type: 'string' },
    { name: 'arg', type: 'string', optional: true, multiple: true },
  ],
  execute(context) {
    const { request, reply, server } = context;
    const user = server.acl.users.get(request.latin1(2));
    if (user === undefined) throw new CommandError(`ERR User '${untilNul(request.latin1(2))}' not found`);
    const inner = innerRequest(context);
    const entry = innerEntry(context, inner);
    if (entry.arity > 0 ? inner.count !== entry.arity : inner.count < -entry.arity) throw wrongArity(entry.fullName);
    const { verdict, at } = server.acl.tryOut(user, entry, inner);
    const named = untilNul(inner.latin1(at));
    if (verdict === DENIED_COMMAND) {
      reply.text(`This user has no permissions to run the '${entry.fullName}' command`);
    } else if (verdict === DENIED_KEY) {
      writeLatin1(reply, `This user has no permissions to access the '${named}' key`);
    } else if (verdict === DENIED_CHANNEL) {
      writeLatin1(reply, `This user has no permissions to access the '${named}' channel`);
    } else reply.ok();
  },
};
