import { CHANNEL, SHARD_CHANNEL } from '../../pubsub/registry.ts';
import type { CommandContext } from '../context.ts';
import { keyAt } from '../key-specs.ts';
import type { CommandSpec, DeferredReply } from '../spec.ts';

function send(context: CommandContext, kind: typeof CHANNEL | typeof SHARD_CHANNEL): DeferredReply | undefined {
  const { request, reply, server } = context;
  const { bytes } = request;
  const receivers = server.pubsub.publish(
    kind,
    bytes,
    request.start(1),
    request.length(1),
    bytes,
    request.start(2),
    request.length(2),
  );
  // Another thread does not keep up with what is published here: who publishes waits, instead of what waits growing.
  if (server.mail.congested && context.mayBlock) {
    return new Promise((resolve) => {
      server.mail.whenRoom(() => resolve((later) => later.reply.integer(receivers)));
    });
  }
  reply.integer(receivers);
  return undefined;
}

export const publish: CommandSpec = {
  name: 'publish',
  summary: 'Send a message to the subscribers of a channel',
  since: '2.0.0',
  group: 'pubsub',
  complexity: 'O(N+M), N being the number of subscribers of the channel, M the number of patterns of all clients',
  arity: 3,
  flags: ['pubsub', 'loading', 'stale', 'fast', 'may_replicate', 'sentinel'],
  categories: [],
  keySpecs: [],
  arguments: [
    { name: 'channel', type: 'string' },
    { name: 'message', type: 'string' },
  ],
  tiers: 'none',
  execute: (context) => send(context, CHANNEL),
};

export const spublish: CommandSpec = {
  name: 'spublish',
  summary: 'Send a message to the subscribers of a shard channel',
  since: '7.0.0',
  group: 'pubsub',
  complexity: 'O(N), N being the number of subscribers of the channel',
  arity: 3,
  flags: ['pubsub', 'loading', 'stale', 'fast', 'may_replicate'],
  categories: [],
  keySpecs: [keyAt(1, ['not_key'])],
  arguments: [
    { name: 'shardchannel', type: 'string' },
    { name: 'message', type: 'string' },
  ],
  tiers: 'none',
  execute: (context) => send(context, SHARD_CHANNEL),
};
