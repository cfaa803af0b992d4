import { globMatch } from '../../../protocol/text/glob.ts';
import { CHANNEL, PATTERN, SHARD_CHANNEL } from '../../pubsub/registry.ts';
import type { CommandContext } from '../context.ts';
import { containerOnly, helpSubcommand, subcommandSyntax } from '../help.ts';
import type { CommandSpec } from '../spec.ts';

const shared = { group: 'pubsub', flags: ['pubsub', 'loading', 'stale'], categories: [], keySpecs: [] } as const;

function writeNames(
  { request, reply, server }: CommandContext,
  name: string,
  kind: typeof CHANNEL | typeof SHARD_CHANNEL,
): void {
  if (request.count > 3) throw subcommandSyntax('pubsub', name);
  const pattern = request.count === 3 ? request.slice(2) : undefined;
  const all = server.pubsub.registry.names(kind);
  const names = pattern === undefined ? all : all.filter((one) => globMatch(pattern, one));
  reply.array(names.length);
  for (const one of names) reply.bulk(one, 0, one.length);
}

function writeCounts({ request, reply, server }: CommandContext, kind: typeof CHANNEL | typeof SHARD_CHANNEL): void {
  const ignored = new Uint32Array(server.mail.threads);
  reply.array((request.count - 2) * 2);
  for (let i = 2; i < request.count; i++) {
    const start = request.start(i);
    const length = request.length(i);
    reply.bulk(request.bytes, start, length);
    reply.integer(server.pubsub.registry.count(kind, request.bytes, start, length, ignored));
  }
}

const channels: CommandSpec = {
  ...shared,
  name: 'channels',
  summary: 'List the channels that have subscribers',
  since: '2.8.0',
  complexity: 'O(N), N being the number of channels with subscribers',
  arity: -2,
  arguments: [{ name: 'pattern', type: 'pattern', optional: true }],
  tiers: 'none',
  execute: (context) => writeNames(context, context.request.latin1(1), CHANNEL),
};

const shardchannels: CommandSpec = {
  ...channels,
  name: 'shardchannels',
  summary: 'List the shard channels that have subscribers',
  since: '7.0.0',
  execute: (context) => writeNames(context, context.request.latin1(1), SHARD_CHANNEL),
};

const numsub: CommandSpec = {
  ...shared,
  name: 'numsub',
  summary: 'Count the subscribers of channels, those of patterns left out',
  since: '2.8.0',
  complexity: 'O(N), N being the number of channels asked for',
  arity: -2,
  arguments: [{ name: 'channel', type: 'string', optional: true, multiple: true }],
  tiers: 'none',
  execute: (context) => writeCounts(context, CHANNEL),
};

const shardnumsub: CommandSpec = {
  ...numsub,
  name: 'shardnumsub',
  summary: 'Count the subscribers of shard channels',
  since: '7.0.0',
  arguments: [{ name: 'shardchannel', type: 'string', optional: true, multiple: true }],
  execute: (context) => writeCounts(context, SHARD_CHANNEL),
};

const numpat: CommandSpec = {
  ...shared,
  name: 'numpat',
  summary: 'Count the patterns that have subscribers',
  since: '2.8.0',
  complexity: 'O(1)',
  arity: 2,
  tiers: 'none',
  execute({ reply, server }) {
    reply.integer(server.pubsub.registry.size(PATTERN));
  },
};

export const pubsub: CommandSpec = {
  ...shared,
  name: 'pubsub',
  summary: 'Look at channels, patterns and their subscribers',
  since: '2.8.0',
  complexity: 'Depends on the subcommand',
  arity: -2,
  flags: [],
  subcommands: [
    channels,
    helpSubcommand('pubsub', '6.2.0', { ...shared, flags: ['loading', 'stale'] }, [
      ['CHANNELS [<pattern>]', "Return the currently active channels matching a <pattern> (default: '*')."],
      ['NUMPAT', 'Return number of subscriptions to patterns.'],
      [
        'NUMSUB [<channel> ...]',
        'Return the number of subscribers for the specified channels, excluding',
        'pattern subscriptions(default: no channels).',
      ],
      [
        'SHARDCHANNELS [<pattern>]',
        "Return the currently active shard level channels matching a <pattern> (default: '*').",
      ],
      ['SHARDNUMSUB [<shardchannel> ...]', 'Return the number of subscribers for the specified shard level channel(s)'],
    ]),
    numpat,
    numsub,
    shardchannels,
    shardnumsub,
  ],
  tiers: 'none',
  execute: containerOnly,
};
