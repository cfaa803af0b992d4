import { functionErrors } from '../../scripting/functions/library.ts';
import type { RestorePolicy } from '../../scripting/functions/library-set.ts';
import type { CommandContext } from '../context.ts';
import { replyWith } from '../deferred.ts';
import { CommandError } from '../errors.ts';
import { subcommandSyntax } from '../help.ts';
import type { CommandSpec } from '../spec.ts';

const flushSyntax = new CommandError('ERR FUNCTION FLUSH only supports SYNC|ASYNC option');

/** Commands that change the libraries of all threads; the reply comes when they are saved. */
const common = {
  since: '7.0.0',
  group: 'scripting',
  categories: ['scripting'],
  keySpecs: [],
  tiers: 'none',
  tips: ['request_policy:all_shards', 'response_policy:all_succeeded'],
} as const satisfies Partial<CommandSpec>;

function okWhenSaved(context: CommandContext): ReturnType<CommandSpec['execute']> {
  return replyWith(context, context.server.functions.save(), ({ reply }) => reply.ok());
}

export const load: CommandSpec = {
  ...common,
  name: 'load',
  summary: 'Create a function with the given arguments (name, code, description)',
  complexity: 'O(1) (considering compilation time is redundant)',
  arity: -3,
  flags: ['write', 'denyoom', 'noscript'],
  arguments: [
    { name: 'replace', type: 'pure-token', token: 'REPLACE', optional: true },
    { name: 'function-code', type: 'string' },
  ],
  waits: true,
  execute(context) {
    const { request, server } = context;
    const last = request.count - 1;
    for (let n = 2; n < last; n++)
      if (!request.is(n, 'replace')) throw new CommandError(`ERR Unknown option given: ${request.latin1(n)}`);
    const name = server.functions.load(request.copy(last), last > 2);
    return replyWith(context, server.functions.save(), ({ reply }) => reply.text(name));
  },
};

export const remove: CommandSpec = {
  ...common,
  name: 'delete',
  summary: 'Delete a function by name',
  complexity: 'O(1)',
  arity: 3,
  flags: ['write', 'noscript'],
  arguments: [{ name: 'library-name', type: 'string' }],
  waits: true,
  execute(context) {
    context.server.functions.delete(context.request.latin1(2));
    return okWhenSaved(context);
  },
};

export const flush: CommandSpec = {
  ...common,
  name: 'flush',
  summary: 'Deleting all functions',
  complexity: 'O(N) where N is the number of functions deleted',
  arity: -2,
  flags: ['write', 'noscript'],
  arguments: [
    {
      name: 'async',
      type: 'oneof',
      optional: true,
      arguments: [
        { name: 'async', type: 'pure-token', token: 'ASYNC' },
        { name: 'sync', type: 'pure-token', token: 'SYNC' },
      ],
    },
  ],
  waits: true,
  execute(context) {
    const { request } = context;
    if (request.count > 3) throw subcommandSyntax('function', request.latin1(1));
    if (request.count === 3 && !request.is(2, 'sync') && !request.is(2, 'async')) throw flushSyntax;
    context.server.functions.flush();
    return okWhenSaved(context);
  },
};

export const restore: CommandSpec = {
  ...common,
  name: 'restore',
  summary: 'Restore all the functions on the given payload',
  complexity: 'O(N) where N is the number of functions on the payload',
  arity: -3,
  flags: ['write', 'denyoom', 'noscript'],
  arguments: [
    { name: 'serialized-value', type: 'string' },
    {
      name: 'policy',
      type: 'oneof',
      optional: true,
      arguments: [
        { name: 'flush', type: 'pure-token', token: 'FLUSH' },
        { name: 'append', type: 'pure-token', token: 'APPEND' },
        { name: 'replace', type: 'pure-token', token: 'REPLACE' },
      ],
    },
  ],
  waits: true,
  execute(context) {
    const { request, server } = context;
    if (request.count > 4) throw subcommandSyntax('function', request.latin1(1));
    server.functions.restore(request.copy(2), request.count === 4 ? policyOf(context) : 'append');
    return okWhenSaved(context);
  },
};

function policyOf({ request }: CommandContext): RestorePolicy {
  for (const policy of ['append', 'replace', 'flush'] as const) if (request.is(3, policy)) return policy;
  throw functionErrors.badPolicy;
}
