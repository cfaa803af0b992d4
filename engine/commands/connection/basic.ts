import { endTransaction } from '../../transactions/watches.ts';
import { databaseArgument } from '../databases.ts';
import { wrongArity } from '../errors.ts';
import type { CommandSpec } from '../spec.ts';

export const ping: CommandSpec = {
  name: 'ping',
  summary: 'Check that the server answers',
  since: '1.0.0',
  group: 'connection',
  complexity: 'O(1)',
  arity: -1,
  flags: ['fast'],
  categories: ['connection'],
  keySpecs: [],
  tips: ['request_policy:all_shards', 'response_policy:all_succeeded'],
  arguments: [{ name: 'message', type: 'string', optional: true }],
  tiers: 'none',
  execute({ request, reply, session }) {
    if (request.count > 2) throw wrongArity('ping');
    if (session.subscriptions !== undefined && session.resp === 2) {
      reply.array(2);
      reply.text('pong');
      if (request.count === 2) reply.bulk(request.bytes, request.start(1), request.length(1));
      else reply.text('');
      return;
    }
    if (request.count === 2) reply.bulk(request.bytes, request.start(1), request.length(1));
    else reply.simple('PONG');
  },
};

export const echo: CommandSpec = {
  name: 'echo',
  summary: 'Answer the given string',
  since: '1.0.0',
  group: 'connection',
  complexity: 'O(1)',
  arity: 2,
  flags: ['loading', 'stale', 'fast'],
  categories: ['connection'],
  keySpecs: [],
  arguments: [{ name: 'message', type: 'string' }],
  tiers: 'none',
  execute({ request, reply }) {
    reply.bulk(request.bytes, request.start(1), request.length(1));
  },
};

export const quit: CommandSpec = {
  name: 'quit',
  summary: 'Close this connection',
  since: '1.0.0',
  group: 'connection',
  complexity: 'O(1)',
  arity: -1,
  flags: ['noscript', 'loading', 'stale', 'fast', 'no_auth', 'allow_busy'],
  categories: ['connection'],
  keySpecs: [],
  tiers: 'none',
  execute({ reply, session }) {
    reply.ok();
    session.closeAfterReply();
  },
};

export const reset: CommandSpec = {
  name: 'reset',
  summary: 'Bring this connection back to the state of a new one',
  since: '6.2.0',
  group: 'connection',
  complexity: 'O(1)',
  arity: 1,
  flags: ['noscript', 'loading', 'stale', 'fast', 'no_auth', 'allow_busy'],
  categories: ['connection'],
  keySpecs: [],
  tiers: 'none',
  execute({ reply, session, server, watches }) {
    endTransaction(session, watches);
    server.monitors.remove(session);
    server.tracking.disable(session);
    server.pubsub.leaveAll(session);
    session.reset();
    reply.resp = session.resp;
    reply.simple('RESET');
  },
};

export const select: CommandSpec = {
  name: 'select',
  summary: 'Choose the database of this connection',
  since: '1.0.0',
  group: 'connection',
  complexity: 'O(1)',
  arity: 2,
  flags: ['loading', 'stale', 'fast'],
  categories: ['connection'],
  keySpecs: [],
  arguments: [{ name: 'index', type: 'integer' }],
  tiers: 'none',
  execute(context) {
    context.session.db = databaseArgument(context, 1);
    context.reply.ok();
  },
};
