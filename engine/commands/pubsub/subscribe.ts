import { CHANNEL, PATTERN, SHARD_CHANNEL, type TopicKind } from '../../pubsub/registry.ts';
import type { CommandContext } from '../context.ts';
import { keysFrom } from '../key-specs.ts';
import type { ArgumentSpec, CommandSpec } from '../spec.ts';

/** What the replies of a kind's commands begin with. */
const joinWords: readonly string[] = ['subscribe', 'ssubscribe', 'psubscribe'];
const leaveWords: readonly string[] = ['unsubscribe', 'sunsubscribe', 'punsubscribe'];

/** One reply per name, as RESP3 push or RESP2 array: the command's name, the name or nil, and how many subscriptions there are now. */
function confirm(context: CommandContext, word: string, name: Buffer | undefined, count: number): void {
  const { reply, session } = context;
  const mark = reply.length;
  reply.push(3);
  reply.text(word);
  if (name === undefined) reply.nil();
  else reply.bulk(name, 0, name.length);
  reply.integer(count);
  // Pushes are sent whatever CLIENT REPLY says (redis 7.0.15, CLIENT_PUSHING); what is in the writer would be dropped.
  if (session.replyMode === 'on') return;
  session.deliver(reply.buffer, mark, reply.length - mark);
  reply.length = mark;
}

function join(context: CommandContext, kind: TopicKind): void {
  const { request, session, server } = context;
  for (let i = 1; i < request.count; i++) {
    const name = request.slice(i);
    server.pubsub.join(session, kind, name);
    confirm(context, joinWords[kind] ?? '', name, session.subscriptions?.countFor(kind) ?? 0);
  }
}

function leave(context: CommandContext, kind: TopicKind): void {
  const { request, session, server } = context;
  const word = leaveWords[kind] ?? '';
  const one = (name: Buffer) => {
    server.pubsub.leave(session, kind, name.latin1Slice());
    confirm(context, word, name, session.subscriptions?.countFor(kind) ?? 0);
  };
  if (request.count > 1) {
    for (let i = 1; i < request.count; i++) one(request.slice(i));
    return;
  }
  const all = [...(session.subscriptions?.of(kind) ?? [])];
  for (const name of all) one(Buffer.from(name, 'latin1'));
  if (all.length === 0) confirm(context, word, undefined, session.subscriptions?.countFor(kind) ?? 0);
}

const shared = {
  group: 'pubsub',
  flags: ['pubsub', 'noscript', 'loading', 'stale'],
  categories: [],
  keySpecs: [],
} as const;
const channels: ArgumentSpec = { name: 'channel', type: 'string', multiple: true };
const shardChannels: ArgumentSpec = { name: 'shardchannel', type: 'string', multiple: true };

export const subscribe: CommandSpec = {
  ...shared,
  name: 'subscribe',
  summary: 'Receive the messages of these channels',
  since: '2.0.0',
  complexity: 'O(N), N being the number of channels',
  arity: -2,
  arguments: [channels],
  tiers: 'none',
  execute: (context) => join(context, CHANNEL),
};

export const unsubscribe: CommandSpec = {
  ...shared,
  name: 'unsubscribe',
  summary: 'Receive no more messages of these channels, or of any',
  since: '2.0.0',
  complexity: 'O(N), N being the number of channels',
  arity: -1,
  arguments: [{ ...channels, optional: true }],
  tiers: 'none',
  execute: (context) => leave(context, CHANNEL),
};

export const psubscribe: CommandSpec = {
  ...shared,
  name: 'psubscribe',
  summary: 'Receive the messages of all channels that match these patterns',
  since: '2.0.0',
  complexity: 'O(N), N being the number of patterns',
  arity: -2,
  arguments: [{ name: 'pattern', type: 'block', multiple: true, arguments: [{ name: 'pattern', type: 'pattern' }] }],
  tiers: 'none',
  execute: (context) => join(context, PATTERN),
};

export const punsubscribe: CommandSpec = {
  ...shared,
  name: 'punsubscribe',
  summary: 'Take back these patterns, or all',
  since: '2.0.0',
  complexity: 'O(N), N being the number of patterns',
  arity: -1,
  arguments: [{ name: 'pattern', type: 'pattern', optional: true, multiple: true }],
  tiers: 'none',
  execute: (context) => leave(context, PATTERN),
};

export const ssubscribe: CommandSpec = {
  ...shared,
  name: 'ssubscribe',
  summary: 'Receive the messages of these shard channels',
  since: '7.0.0',
  complexity: 'O(N), N being the number of channels',
  arity: -2,
  keySpecs: [keysFrom(1, -1, 1, ['not_key'])],
  arguments: [shardChannels],
  tiers: 'none',
  execute: (context) => join(context, SHARD_CHANNEL),
};

export const sunsubscribe: CommandSpec = {
  ...shared,
  name: 'sunsubscribe',
  summary: 'Receive no more messages of these shard channels, or of any',
  since: '7.0.0',
  complexity: 'O(N), N being the number of channels',
  arity: -1,
  keySpecs: [keysFrom(1, -1, 1, ['not_key'])],
  arguments: [{ ...shardChannels, optional: true }],
  tiers: 'none',
  execute: (context) => leave(context, SHARD_CHANNEL),
};
