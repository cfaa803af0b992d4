import type { ReplyWriter } from '../../../protocol/resp/writer.ts';
import type { AclCommands } from '../../acl/commands.ts';
import { describeCommands } from '../../acl/describe.ts';
import { hasBlank } from '../../acl/rule-errors.ts';
import type { Selector } from '../../acl/selector.ts';
import { DEFAULT_USER } from '../../acl/users.ts';
import { CommandError } from '../errors.ts';
import type { CommandSpec, DeferredReply } from '../spec.ts';
import { aclSpec, adminSpec } from './spec.ts';

const badName = new CommandError("ERR Usernames can't contain spaces or null characters");
const defaultStays = new CommandError("ERR The 'default' user cannot be removed");

/** A bulk string of text with one character per byte. */
export function writeLatin1(reply: ReplyWriter, text: string): void {
  const bytes = Buffer.from(text, 'latin1');
  reply.bulk(bytes, 0, bytes.length);
}

/** All threads apply the rules to their own user, and agree on what is wrong with them. */
export const setuser: CommandSpec = {
  ...adminSpec,
  name: 'setuser',
  summary: 'Create a user, or change what it may do',
  complexity: 'O(N), N being the number of rules',
  arity: -3,
  history: [
    ['6.2.0', 'Channel patterns'],
    ['7.0.0', 'Selectors, and patterns of keys to read and to write'],
  ],
  arguments: [
    { name: 'username', type: 'string' },
    { name: 'rule', type: 'string', optional: true, multiple: true },
  ],
  waits: true,
  async execute({ request, server }) {
    const name = request.latin1(2);
    if (hasBlank(name)) throw badName;
    const rules: string[] = [];
    for (let i = 3; i < request.count; i++) rules.push(request.latin1(i));
    const [error] = await server.broadcast({ kind: 'acl-setuser', name, rules });
    return ({ reply }) => {
      if (error !== undefined && error !== '') throw new CommandError(`ERR ${error}`);
      reply.ok();
    };
  },
};

export const deluser: CommandSpec = {
  ...adminSpec,
  name: 'deluser',
  summary: 'Delete users and disconnect their clients',
  complexity: 'O(N), N being the number of clients',
  arity: -3,
  arguments: [{ name: 'username', type: 'string', multiple: true }],
  waits: true,
  execute({ request, server, session }): DeferredReply {
    const names: string[] = [];
    for (let i = 2; i < request.count; i++) names.push(request.latin1(i));
    if (names.includes(DEFAULT_USER)) throw defaultStays;
    return server.broadcast({ kind: 'acl-deluser', names, askedBy: session.id }).then(
      ([deleted]) =>
        ({ reply }) =>
          reply.integer(deleted ?? 0),
    );
  },
};

function writePermissions(reply: ReplyWriter, selector: Selector, commands: AclCommands): void {
  reply.text('commands');
  writeLatin1(reply, describeCommands(selector, commands));
  reply.text('keys');
  writeLatin1(reply, selector.describeKeys());
  reply.text('channels');
  writeLatin1(reply, selector.describeChannels());
}

export const getuser: CommandSpec = {
  ...adminSpec,
  name: 'getuser',
  summary: 'Tell what a user may do',
  complexity: 'O(N), N being the number of passwords, commands and patterns',
  arity: 3,
  history: [
    ['6.2.0', 'Channel patterns'],
    ['7.0.0', 'Selectors; patterns of keys and channels as one text of rules'],
  ],
  arguments: [{ name: 'username', type: 'string' }],
  execute({ request, reply, server: { acl } }) {
    const user = acl.users.get(request.latin1(2));
    if (user === undefined) return reply.nil();
    const [root, ...selectors] = user.selectors;
    const flags = user.flags();
    reply.map(6);
    reply.text('flags');
    reply.set(flags.length);
    for (const flag of flags) reply.text(flag);
    reply.text('passwords');
    reply.array(user.passwords.length);
    for (const hash of user.passwords) reply.text(hash);
    writePermissions(reply, root, acl.commands);
    reply.text('selectors');
    reply.array(selectors.length);
    for (const selector of selectors) {
      reply.map(3);
      writePermissions(reply, selector, acl.commands);
    }
  },
};

export const list: CommandSpec = {
  ...adminSpec,
  name: 'list',
  summary: 'Tell all users as lines of an ACL file',
  complexity: 'O(N), N being the number of users',
  arity: 2,
  execute({ reply, server: { acl } }) {
    const lines = acl.users.lines();
    reply.array(lines.length);
    for (const line of lines) writeLatin1(reply, line);
  },
};

export const users: CommandSpec = {
  ...adminSpec,
  name: 'users',
  summary: 'Tell the names of all users',
  complexity: 'O(N), N being the number of users',
  arity: 2,
  execute({ reply, server: { acl } }) {
    const all = acl.users.list();
    reply.array(all.length);
    for (const { name } of all) writeLatin1(reply, name);
  },
};

export const whoami: CommandSpec = {
  ...aclSpec,
  name: 'whoami',
  summary: 'Tell the user of this connection',
  arity: 2,
  execute({ reply, session }) {
    writeLatin1(reply, session.user);
  },
};
