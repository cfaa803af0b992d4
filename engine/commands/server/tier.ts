import type { TierStatus } from '../../server/link.ts';
import type { CommandContext } from '../context.ts';
import { containerOnly, helpSubcommand } from '../help.ts';
import { keysFrom } from '../key-specs.ts';
import type { CommandSpec, DeferredReply } from '../spec.ts';
import { tierFields } from './info/tiers.ts';
import { hotKeys, missRatios } from './tier-insights.ts';
import { slots, threads } from './tier-load.ts';

const since = '7.0.15';

const status: CommandSpec = {
  name: 'status',
  summary: 'Report on the tiers: keys, bytes and work done',
  since,
  group: 'server',
  complexity: 'O(1)',
  arity: 2,
  flags: ['loading', 'stale'],
  categories: [],
  keySpecs: [],
  tips: ['nondeterministic_output'],
  tiers: 'none',
  async execute({ server }) {
    const fields = tierFields((await server.tiers({ kind: 'status' })) as TierStatus);
    return ({ reply }) => {
      reply.map(fields.length);
      for (const [name, value] of fields) {
        reply.text(name.replace('tier_', ''));
        if (typeof value === 'number') reply.integer(value);
        else reply.text(value);
      }
    };
  },
};

/** Per key: `hot`, `cold` or `none`, with ` dirty` when the disk does not have what RAM has, ` clean` when it does. */
const where: CommandSpec = {
  name: 'where',
  summary: 'Tell in which tier keys are',
  since,
  group: 'server',
  complexity: 'O(N), N being the number of keys',
  arity: -3,
  flags: ['readonly'],
  categories: ['keyspace'],
  keySpecs: [keysFrom(2, -1, 1, ['RO'])],
  tips: ['nondeterministic_output'],
  arguments: [{ name: 'key', type: 'key', keySpecIndex: 0, multiple: true }],
  tiers: 'index',
  lookups: 'silent',
  execute({ keys, keyspace, reply }) {
    reply.array(keys.count);
    for (let i = 0; i < keys.count; i++) {
      const { tier, dirty, onDisk } = keyspace.residency(keys.at(i));
      reply.text(tier === 'hot' ? `hot ${dirty || !onDisk ? 'dirty' : 'clean'}` : tier);
    }
  },
};

/** Asks the tier thread to move each key, and answers how many moved. */
async function moveKeys({ request, server, session }: CommandContext, kind: 'demote' | 'promote'): DeferredReply {
  const { db } = session;
  const moves: Promise<unknown>[] = [];
  for (let i = 2; i < request.count; i++) moves.push(server.tiers({ kind, db, key: request.copy(i) }));
  const moved = (await Promise.all(moves)).filter(Boolean).length;
  return ({ reply }) => reply.integer(moved);
}

/** The keys are not declared: the tier thread locks each itself. */
const demote: CommandSpec = {
  name: 'demote',
  summary: 'Write keys to the cold tier and free their RAM',
  since,
  group: 'server',
  complexity: 'O(N), N being the number of keys',
  arity: -3,
  flags: ['admin'],
  categories: ['keyspace'],
  keySpecs: [],
  arguments: [{ name: 'key', type: 'key', multiple: true }],
  tiers: 'none',
  waits: true,
  execute: (context) => moveKeys(context, 'demote'),
};

const promote: CommandSpec = {
  ...demote,
  name: 'promote',
  summary: 'Read keys from the cold tier into RAM',
  waits: true,
  execute: (context) => moveKeys(context, 'promote'),
};

export const tier: CommandSpec = {
  name: 'tier',
  summary: 'Container of commands about the hot and the cold tier',
  since,
  group: 'server',
  complexity: 'Depends on the subcommand',
  arity: -2,
  flags: [],
  categories: [],
  keySpecs: [],
  tiers: 'none',
  execute: containerOnly,
  subcommands: [
    demote,
    helpSubcommand('tier', since, { group: 'server', flags: ['loading', 'stale'], categories: [] }, [
      ['DEMOTE <key> [<key> ...]', 'Write keys to the cold tier and free their RAM.'],
      ['HOTKEYS [COUNT <count>]', 'Tell which keys are used most, with estimates of their uses.'],
      [
        'MRC [BYTES <bytes> [<bytes> ...]] [KEYS <keys> [<keys> ...]]',
        'Tell which share of accesses RAM of these sizes would not answer.',
        'Without sizes: of multiples of the RAM there is.',
      ],
      ['MRC RESET', 'Forget what the curve was made of.'],
      ['PROMOTE <key> [<key> ...]', 'Read keys from the cold tier into RAM.'],
      ['SLOTS', 'Tell how the keys of all databases spread over the slots.'],
      ['STATUS', 'Report on the tiers.'],
      ['THREADS', 'Tell how busy each thread is.'],
      ['WHERE <key> [<key> ...]', 'Tell in which tier keys are.'],
    ]),
    hotKeys,
    missRatios,
    promote,
    slots,
    status,
    threads,
    where,
  ],
};
