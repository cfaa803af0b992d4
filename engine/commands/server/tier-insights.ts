import type { MissRatioReport, MissRatioRow, NamedHotKey } from '../../server/link.ts';
import { integerArgument } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { CommandError, errors } from '../errors.ts';
import type { CommandSpec, DeferredReply } from '../spec.ts';

const since = '7.0.15';
const DEFAULT_COUNT = 16;
const MAX_COUNT = 256;
const MAX_SIZES = 64;

const badCount = new CommandError(`ERR COUNT must be between 1 and ${MAX_COUNT}`);
const badSize = new CommandError('ERR sizes must be positive integers');
const tooMany = new CommandError(`ERR at most ${MAX_SIZES} sizes`);

/** Keys are named, so whoever may not run KEYS may not run this. */
export const hotKeys: CommandSpec = {
  name: 'hotkeys',
  summary: 'Tell which keys are used most',
  since,
  group: 'server',
  complexity: 'O(N), N being COUNT',
  arity: -2,
  flags: ['admin'],
  categories: ['keyspace', 'dangerous'],
  keySpecs: [],
  tips: ['nondeterministic_output'],
  arguments: [{ name: 'count', type: 'integer', token: 'COUNT', optional: true }],
  tiers: 'none',
  async execute({ request, server }): DeferredReply {
    let count = DEFAULT_COUNT;
    if (request.count === 4 && request.is(2, 'count')) count = integerArgument(request, 3, 1, MAX_COUNT, badCount);
    else if (request.count !== 2) throw errors.syntax;
    const found = (await server.tiers({ kind: 'hot-keys', count })) as readonly NamedHotKey[];
    return ({ reply }) => {
      reply.array(found.length);
      for (const { db, key, uses, error, perSecond } of found) {
        reply.map(5);
        reply.text('db');
        reply.integer(db);
        reply.text('key');
        reply.bulk(key, 0, key.length);
        reply.text('uses');
        reply.integer(Math.round(uses));
        reply.text('error');
        reply.integer(Math.round(error));
        reply.text('per_second');
        reply.text(perSecond.toFixed(1));
      }
    };
  },
};

/** Sizes behind BYTES and KEYS. */
function sizesOf({ request }: CommandContext): { bytes: number[]; keys: number[] } {
  const sizes = { bytes: [] as number[], keys: [] as number[] };
  let to: number[] | undefined;
  for (let i = 2; i < request.count; i++) {
    if (request.is(i, 'bytes')) to = sizes.bytes;
    else if (request.is(i, 'keys')) to = sizes.keys;
    else if (to === undefined) throw errors.syntax;
    else to.push(integerArgument(request, i, 1, Number.MAX_SAFE_INTEGER, badSize));
  }
  if (to?.length === 0) throw errors.syntax;
  if (sizes.bytes.length + sizes.keys.length > MAX_SIZES) throw tooMany;
  return sizes;
}

async function tellMissRatios(context: CommandContext): DeferredReply {
  const { server } = context;
  const report = (await server.tiers({ kind: 'miss-ratios', ...sizesOf(context) })) as MissRatioReport;
  return ({ reply }) => {
    const facts: readonly (readonly [string, number | string])[] = [
      ['seconds', Math.floor(report.sinceMs / 1000)],
      ['accesses', report.accesses],
      ['keys', report.keys],
      ['key_bytes', report.keyBytes],
      ['used_once', report.idleShare.toFixed(4)],
      ['sampled_keys', report.sampledKeys],
      ['sampled_accesses', report.sampled],
      ['lost_samples', report.lost],
      ['sampling_rate', report.rate.toFixed(6)],
      ['ram_bytes', report.ramBytes],
    ];
    reply.map(facts.length + 2);
    for (const [name, value] of facts) {
      reply.text(name);
      if (typeof value === 'number') reply.integer(value);
      else reply.text(value);
    }
    const table = (name: string, rows: readonly MissRatioRow[]) => {
      reply.text(name);
      reply.array(rows.length);
      for (const [size, missRatio] of rows) {
        reply.array(2);
        reply.integer(size);
        reply.text(missRatio.toFixed(4));
      }
    };
    table('miss_ratio_by_bytes', report.byBytes);
    table('miss_ratio_by_keys', report.byKeys);
  };
}

async function resetMissRatios({ server }: CommandContext): DeferredReply {
  await server.tiers({ kind: 'reset-miss-ratios' });
  return ({ reply }) => reply.ok();
}

/** The live miss-ratio curve: see docs/MONITORING.md. */
export const missRatios: CommandSpec = {
  name: 'mrc',
  summary: 'Tell which share of accesses RAM of other sizes would not answer',
  since,
  group: 'server',
  complexity: 'O(N), N being the number of sizes',
  arity: -2,
  flags: ['admin'],
  categories: [],
  keySpecs: [],
  tips: ['nondeterministic_output'],
  arguments: [
    { name: 'bytes', type: 'integer', token: 'BYTES', optional: true, multiple: true },
    { name: 'keys', type: 'integer', token: 'KEYS', optional: true, multiple: true },
    { name: 'reset', type: 'pure-token', token: 'RESET', optional: true },
  ],
  tiers: 'none',
  execute: (context) =>
    context.request.count === 3 && context.request.is(2, 'reset') ? resetMissRatios(context) : tellMissRatios(context),
};
