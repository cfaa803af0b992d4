import { CommandError, errors, untilNul } from '../errors.ts';
import type { CommandSpec } from '../spec.ts';
import { oneOf } from '../token-arguments.ts';
import { checkClientName, isPrintableWord } from './client-name.ts';

export const id: CommandSpec = {
  name: 'id',
  summary: "Tell this connection's id",
  since: '5.0.0',
  group: 'connection',
  complexity: 'O(1)',
  arity: 2,
  flags: ['noscript', 'loading', 'stale'],
  categories: ['connection'],
  keySpecs: [],
  tiers: 'none',
  execute({ reply, session }) {
    reply.integer(session.id);
  },
};

export const info: CommandSpec = {
  name: 'info',
  summary: 'Describe this connection',
  since: '6.2.0',
  group: 'connection',
  complexity: 'O(1)',
  arity: 2,
  flags: ['noscript', 'loading', 'stale'],
  categories: ['connection'],
  keySpecs: [],
  tips: ['nondeterministic_output'],
  tiers: 'none',
  execute({ reply, session, nowMs }) {
    reply.verbatim('txt', `${session.describe(nowMs)}\n`);
  },
};

export const setname: CommandSpec = {
  name: 'setname',
  summary: 'Name this connection',
  since: '2.6.9',
  group: 'connection',
  complexity: 'O(1)',
  arity: 3,
  flags: ['noscript', 'loading', 'stale'],
  categories: ['connection'],
  keySpecs: [],
  arguments: [{ name: 'connection-name', type: 'string' }],
  tiers: 'none',
  execute({ request, reply, session }) {
    session.name = checkClientName(request.latin1(2));
    reply.ok();
  },
};

export const getname: CommandSpec = {
  name: 'getname',
  summary: "Tell this connection's name",
  since: '2.6.9',
  group: 'connection',
  complexity: 'O(1)',
  arity: 2,
  flags: ['noscript', 'loading', 'stale'],
  categories: ['connection'],
  keySpecs: [],
  tiers: 'none',
  execute({ reply, session }) {
    if (session.name === '') reply.nil();
    else reply.text(session.name);
  },
};

/** Redis 7.2: drivers say who they are. */
export const setinfo: CommandSpec = {
  name: 'setinfo',
  summary: "Tell the server the client library's name or version",
  since: '7.2.0',
  group: 'connection',
  complexity: 'O(1)',
  arity: 4,
  flags: ['noscript', 'loading', 'stale'],
  categories: ['connection'],
  keySpecs: [],
  tips: ['request_policy:all_nodes', 'response_policy:all_succeeded'],
  arguments: [
    {
      name: 'attr',
      type: 'oneof',
      arguments: [
        { name: 'libname', type: 'string', token: 'LIB-NAME' },
        { name: 'libver', type: 'string', token: 'LIB-VER' },
      ],
    },
  ],
  tiers: 'none',
  execute({ request, reply, session }) {
    const value = request.latin1(3);
    const attribute = request.latin1(2).toLowerCase();
    if (attribute !== 'lib-name' && attribute !== 'lib-ver') {
      throw new CommandError(`ERR Unrecognized option '${untilNul(request.latin1(2))}'`);
    }
    if (!isPrintableWord(value)) {
      throw new CommandError(`ERR ${attribute} cannot contain spaces, newlines or special characters.`);
    }
    if (attribute === 'lib-name') session.libName = value;
    else session.libVersion = value;
    reply.ok();
  },
};

export const replyMode: CommandSpec = {
  name: 'reply',
  summary: 'Switch replies to this connection on or off',
  since: '3.2.0',
  group: 'connection',
  complexity: 'O(1)',
  arity: 3,
  flags: ['noscript', 'loading', 'stale'],
  categories: ['connection'],
  keySpecs: [],
  arguments: [oneOf('on_off_skip', 'on', 'off', 'skip')],
  tiers: 'none',
  execute({ request, reply, session }) {
    if (request.is(2, 'on')) {
      session.replyMode = 'on';
      reply.ok();
    } else if (request.is(2, 'off')) session.replyMode = 'off';
    else if (!request.is(2, 'skip')) throw errors.syntax;
    else if (session.replyMode !== 'off') session.replyMode = 'skip-next';
  },
};

export const noEvict: CommandSpec = {
  name: 'no-evict',
  summary: 'Protect this connection from being closed for its memory',
  since: '7.0.0',
  group: 'connection',
  complexity: 'O(1)',
  arity: 3,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  categories: ['connection'],
  keySpecs: [],
  arguments: [
    {
      name: 'enabled',
      type: 'oneof',
      arguments: [
        { name: 'on', type: 'pure-token', token: 'ON' },
        { name: 'off', type: 'pure-token', token: 'OFF' },
      ],
    },
  ],
  tiers: 'none',
  execute({ request, reply, session }) {
    if (!request.is(2, 'on') && !request.is(2, 'off')) throw errors.syntax;
    session.noEvict = request.is(2, 'on');
    reply.ok();
  },
};

/** Redis 7.2: commands of this connection do not count as use of their keys. */
export const noTouch: CommandSpec = {
  ...noEvict,
  name: 'no-touch',
  summary: 'Let the commands of this connection not count as use of keys',
  since: '7.2.0',
  flags: ['noscript', 'loading', 'stale'],
  categories: ['connection'],
  execute({ request, reply, session }) {
    if (!request.is(2, 'on') && !request.is(2, 'off')) throw errors.syntax;
    session.noTouch = request.is(2, 'on');
    reply.ok();
  },
};
