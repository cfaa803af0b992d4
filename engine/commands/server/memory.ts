import { integerArgument } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { errors } from '../errors.ts';
import { containerOnly, helpSubcommand } from '../help.ts';
import { keyAt } from '../key-specs.ts';
import type { CommandSpec } from '../spec.ts';
import { doctorReport, mallocStats, memoryStats } from './memory-report.ts';

/** SAMPLES is for collections; the count of a key's bytes is exact here. */
function checkSamples({ request }: CommandContext): void {
  for (let i = 3; i < request.count; i += 2) {
    if (!request.is(i, 'samples') || i + 1 >= request.count) throw errors.syntax;
    const samples = integerArgument(request, i + 1, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
    if (samples < 0) throw errors.syntax;
  }
}

const usage: CommandSpec = {
  name: 'usage',
  summary: 'Tell how many bytes of RAM a key takes',
  since: '4.0.0',
  group: 'server',
  complexity: 'O(1)',
  arity: -3,
  flags: ['readonly'],
  categories: [],
  keySpecs: [keyAt(2, ['RO'])],
  arguments: [
    { name: 'key', type: 'key', keySpecIndex: 0 },
    { name: 'count', type: 'integer', token: 'SAMPLES', optional: true },
  ],
  tiers: 'index',
  lookups: 'silent',
  execute(context) {
    const { keys, keyspace, reply } = context;
    checkSamples(context);
    const key = keys.at(0);
    if (key.exists) reply.integer(keyspace.memoryUsage(key));
    else reply.nil();
  },
};

const stats: CommandSpec = {
  name: 'stats',
  summary: 'Break down the use of memory',
  since: '4.0.0',
  group: 'server',
  complexity: 'O(1)',
  arity: 2,
  flags: [],
  categories: [],
  keySpecs: [],
  tips: ['nondeterministic_output', 'request_policy:all_shards', 'response_policy:special'],
  tiers: 'none',
  execute(context) {
    const { reply } = context;
    const figures = memoryStats(context);
    reply.map(figures.length);
    for (const [name, value] of figures) {
      reply.text(name);
      if (typeof value === 'object') {
        reply.map(value.length);
        for (const [inner, bytes] of value) {
          reply.text(inner);
          reply.integer(bytes);
        }
      } else if (Number.isInteger(value) && !/ratio|percentage|^fragmentation$/.test(name)) reply.integer(value);
      else reply.double(value);
    }
  },
};

const doctor: CommandSpec = {
  name: 'doctor',
  summary: 'Look for problems with memory',
  since: '4.0.0',
  group: 'server',
  complexity: 'O(1)',
  arity: 2,
  flags: [],
  categories: [],
  keySpecs: [],
  tips: ['nondeterministic_output', 'request_policy:all_shards', 'response_policy:special'],
  tiers: 'none',
  execute(context) {
    context.reply.verbatim('txt', doctorReport(context));
  },
};

/** Slabs that become empty go back by themselves; what is left to give back is V8's. */
const purge: CommandSpec = {
  name: 'purge',
  summary: 'Give unused memory back to the system',
  since: '4.0.0',
  group: 'server',
  complexity: 'O(1)',
  arity: 2,
  flags: [],
  categories: [],
  keySpecs: [],
  tips: ['request_policy:all_shards', 'response_policy:all_succeeded'],
  tiers: 'none',
  execute({ reply }) {
    globalThis.gc?.();
    reply.ok();
  },
};

const malloc: CommandSpec = {
  name: 'malloc-stats',
  summary: "Show the allocator's own figures",
  since: '4.0.0',
  group: 'server',
  complexity: 'O(1)',
  arity: 2,
  flags: [],
  categories: [],
  keySpecs: [],
  tips: ['nondeterministic_output', 'request_policy:all_shards', 'response_policy:special'],
  tiers: 'none',
  execute(context) {
    context.reply.verbatim('txt', mallocStats(context));
  },
};

export const memory: CommandSpec = {
  name: 'memory',
  summary: 'Container of commands about memory',
  since: '4.0.0',
  group: 'server',
  complexity: 'Depends on the subcommand',
  arity: -2,
  flags: [],
  categories: [],
  keySpecs: [],
  tiers: 'none',
  execute: containerOnly,
  subcommands: [
    doctor,
    helpSubcommand('memory', '4.0.0', { group: 'server', flags: ['loading', 'stale'], categories: [] }, [
      ['DOCTOR', 'Look for problems with memory.'],
      ['MALLOC-STATS', "Show the allocator's own figures."],
      ['PURGE', 'Give unused memory back to the system.'],
      ['STATS', 'Break down the use of memory.'],
      ['USAGE <key> [SAMPLES <count>]', 'Tell how many bytes of RAM the key takes, its index entry included.'],
    ]),
    malloc,
    purge,
    stats,
    usage,
  ],
};
