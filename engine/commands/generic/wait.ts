import { millisecondsArgument } from '../../blocking/timeout.ts';
import { int64Argument } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { CommandError } from '../errors.ts';
import type { ArgumentSpec, CommandSpec, DeferredReply } from '../spec.ts';

const notLocal = new CommandError('ERR value is out of range, value must between 0 and 1');
const notPositive = new CommandError('ERR value is out of range, must be positive');
const noAppendOnlyFile = new CommandError(
  'ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.',
);

/** There are no replicas: nobody ever acknowledges anything. */
function wait({ mayBlock, reply, request, waiting }: CommandContext): DeferredReply | undefined {
  const replicas = int64Argument(request, 1);
  const timeoutMs = millisecondsArgument(request, 2);
  if (replicas > 0n && mayBlock) return waiting.waitForTime(timeoutMs);
  reply.integer(0);
  return undefined;
}

/** As redis 7.2, without an append only file. */
function waitaof({ mayBlock, reply, request, waiting }: CommandContext): DeferredReply | undefined {
  const local = int64Argument(request, 1, notLocal);
  if (local < 0n || local > 1n) throw notLocal;
  const replicas = int64Argument(request, 2, notPositive);
  if (replicas < 0n) throw notPositive;
  const timeoutMs = millisecondsArgument(request, 3);
  if (local > 0n) throw noAppendOnlyFile;
  if (replicas > 0n && mayBlock) return waiting.waitForTime(timeoutMs);
  reply.array(2);
  reply.integer(0);
  reply.integer(0);
  return undefined;
}

const timeout: ArgumentSpec = { name: 'timeout', type: 'integer' };
const numreplicas: ArgumentSpec = { name: 'numreplicas', type: 'integer' };

const spec = {
  group: 'generic',
  complexity: 'O(1)',
  flags: ['noscript'],
  categories: ['connection'],
  keySpecs: [],
  tips: ['request_policy:all_shards', 'response_policy:agg_min'],
  tiers: 'none',
} as const satisfies Partial<CommandSpec>;

export const waitCommands: readonly CommandSpec[] = [
  {
    ...spec,
    name: 'wait',
    summary: 'Wait until replicas have what this connection wrote',
    since: '3.0.0',
    arity: 3,
    arguments: [numreplicas, timeout],
    blocking: { onTimeout: (reply) => reply.integer(0) },
    execute: wait,
  },
  {
    ...spec,
    name: 'waitaof',
    summary: 'Wait until the append only files of this server and its replicas have what this connection wrote',
    since: '7.2.0',
    arity: 4,
    arguments: [{ name: 'numlocal', type: 'integer' }, numreplicas, timeout],
    blocking: {
      onTimeout: (reply) => {
        reply.array(2);
        reply.integer(0);
        reply.integer(0);
      },
    },
    execute: waitaof,
  },
];
