import { mergeAclLogs } from '../../acl/acl-log.ts';
import { integerArgument } from '../arguments.ts';
import { errors } from '../errors.ts';
import type { CommandSpec, DeferredReply } from '../spec.ts';
import { atMostOneArgument } from './questions.ts';
import { adminSpec } from './spec.ts';
import { writeLatin1 } from './users.ts';

const DEFAULT_ENTRIES = 10;

/** What was denied on all threads, newest first. */
export const log: CommandSpec = {
  ...adminSpec,
  name: 'log',
  summary: 'Tell what was denied lately, or forget it',
  complexity: 'O(N), N being the number of entries told',
  arity: -2,
  arguments: [
    {
      name: 'operation',
      type: 'oneof',
      optional: true,
      arguments: [
        { name: 'count', type: 'integer' },
        { name: 'reset', type: 'pure-token', token: 'RESET' },
      ],
    },
  ],
  waits: true,
  execute(context): DeferredReply {
    const { request, server } = context;
    atMostOneArgument(context);
    if (request.count === 3 && request.is(2, 'reset')) {
      return server.broadcast({ kind: 'acl-log-reset' }).then(
        () =>
          ({ reply }) =>
            reply.ok(),
      );
    }
    const { MIN_SAFE_INTEGER: low, MAX_SAFE_INTEGER: high } = Number;
    const asked = request.count === 2 ? DEFAULT_ENTRIES : integerArgument(request, 2, low, high, errors.notInteger);
    return server.broadcast({ kind: 'acl-log' }).then((logs) => ({ reply }) => {
      const entries = mergeAclLogs(logs, server.acl.settings.maxLogLength).slice(0, Math.max(0, asked));
      const now = performance.timeOrigin + performance.now();
      reply.array(entries.length);
      for (const entry of entries) {
        reply.map(7);
        reply.text('count');
        reply.integer(entry.count);
        reply.text('reason');
        reply.text(entry.reason);
        reply.text('context');
        reply.text(entry.context);
        reply.text('object');
        writeLatin1(reply, entry.object);
        reply.text('username');
        writeLatin1(reply, entry.username);
        reply.text('age-seconds');
        reply.double(Math.max(0, Math.round(now - entry.atMs) / 1000));
        reply.text('client-info');
        writeLatin1(reply, entry.clientInfo);
      }
    });
  },
};
