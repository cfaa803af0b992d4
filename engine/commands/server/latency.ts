import { type CommandStatisticsSnapshot, mergeCommandStatistics } from '../../server/command-statistics.ts';
import { cumulativeRows } from '../../server/latency-histogram.ts';
import type { CommandContext } from '../context.ts';
import { CommandError } from '../errors.ts';
import { containerOnly, helpSubcommand } from '../help.ts';
import type { CommandSpec } from '../spec.ts';
import { drawGraph, explainLatency, mergeHistories, mergeLatest } from './latency-report.ts';

function wordsFrom({ request }: CommandContext, first: number): string[] {
  const words: string[] = [];
  for (let i = first; i < request.count; i++) words.push(request.latin1(i));
  return words;
}

const latest: CommandSpec = {
  name: 'latest',
  summary: 'List the newest sample of every event',
  since: '2.8.13',
  group: 'server',
  complexity: 'O(1)',
  arity: 2,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  categories: [],
  keySpecs: [],
  tips: ['nondeterministic_output', 'request_policy:all_nodes', 'response_policy:special'],
  tiers: 'none',
  async execute({ server }) {
    const events = mergeLatest(await server.broadcast({ kind: 'latency-latest' }));
    return ({ reply }) => {
      reply.array(events.length);
      for (const { event, atSeconds, latestMs, maxMs } of events) {
        reply.array(4);
        reply.text(event);
        reply.integer(atSeconds);
        reply.integer(latestMs);
        reply.integer(maxMs);
      }
    };
  },
};

const history: CommandSpec = {
  name: 'history',
  summary: 'List the samples of an event',
  since: '2.8.13',
  group: 'server',
  complexity: 'O(1)',
  arity: 3,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  categories: [],
  keySpecs: [],
  tips: ['nondeterministic_output', 'request_policy:all_nodes', 'response_policy:special'],
  arguments: [{ name: 'event', type: 'string' }],
  tiers: 'none',
  async execute({ request, server }) {
    const samples = mergeHistories(await server.broadcast({ kind: 'latency-history', event: request.latin1(2) }));
    return ({ reply }) => {
      reply.array(samples.length);
      for (const { atSeconds, ms } of samples) {
        reply.array(2);
        reply.integer(atSeconds);
        reply.integer(ms);
      }
    };
  },
};

const reset: CommandSpec = {
  name: 'reset',
  summary: 'Forget the samples of some events, or all',
  since: '2.8.13',
  group: 'server',
  complexity: 'O(1)',
  arity: -2,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  categories: [],
  keySpecs: [],
  tips: ['request_policy:all_nodes', 'response_policy:all_succeeded'],
  arguments: [{ name: 'event', type: 'string', optional: true, multiple: true }],
  tiers: 'none',
  waits: true,
  async execute(context) {
    const events = wordsFrom(context, 2);
    const answers = await context.server.broadcast({ kind: 'latency-reset', events });
    const names = new Set(answers.flat());
    return ({ reply }) => reply.integer(names.size);
  },
};

const graph: CommandSpec = {
  name: 'graph',
  summary: 'Draw the samples of an event',
  since: '2.8.13',
  group: 'server',
  complexity: 'O(1)',
  arity: 3,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  categories: [],
  keySpecs: [],
  tips: ['nondeterministic_output', 'request_policy:all_nodes', 'response_policy:special'],
  arguments: [{ name: 'event', type: 'string' }],
  tiers: 'none',
  async execute({ request, server, nowMs }) {
    const event = request.latin1(2);
    const samples = mergeHistories(await server.broadcast({ kind: 'latency-history', event }));
    if (samples.length === 0) throw new CommandError(`ERR No samples available for event '${event}'`);
    const events = mergeLatest(await server.broadcast({ kind: 'latency-latest' }));
    const worst = events.find((one) => one.event === event)?.maxMs ?? 0;
    return ({ reply }) => reply.verbatim('txt', drawGraph(event, samples, worst, Math.floor(nowMs / 1000)));
  },
};

const doctor: CommandSpec = {
  name: 'doctor',
  summary: 'Explain what slows the server down',
  since: '2.8.13',
  group: 'server',
  complexity: 'O(1)',
  arity: 2,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  categories: [],
  keySpecs: [],
  tips: ['nondeterministic_output', 'request_policy:all_nodes', 'response_policy:special'],
  tiers: 'none',
  async execute({ server }) {
    const events = mergeLatest(await server.broadcast({ kind: 'latency-latest' }));
    const report = explainLatency(events, Number(server.config.values['latency-monitor-threshold']));
    return ({ reply }) => reply.verbatim('txt', report);
  },
};

const histogram: CommandSpec = {
  name: 'histogram',
  summary: 'Show how long calls of commands took, as cumulative histograms',
  since: '7.0.0',
  group: 'server',
  complexity: 'O(N), N being the number of commands shown',
  arity: -2,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  categories: [],
  keySpecs: [],
  tips: ['nondeterministic_output', 'request_policy:all_nodes', 'response_policy:special'],
  arguments: [{ name: 'command', type: 'string', optional: true, multiple: true }],
  tiers: 'none',
  async execute(context) {
    const commands = wordsFrom(context, 2).map((name) => name.toLowerCase());
    const merged = mergeCommandStatistics(await context.server.broadcast({ kind: 'latency-histogram', commands }));
    const shown = merged.filter(({ histogram: counts }) => counts.length > 0);
    return (later) => writeHistograms(later, shown);
  },
};

function writeHistograms({ reply }: CommandContext, commands: readonly CommandStatisticsSnapshot[]): void {
  reply.map(commands.length);
  for (const { name, calls, histogram: counts } of commands) {
    const rows = cumulativeRows(counts);
    reply.text(name);
    reply.map(2);
    reply.text('calls');
    reply.integer(calls);
    reply.text('histogram_usec');
    reply.map(rows.length);
    for (const [upToUsec, cumulative] of rows) {
      reply.integer(upToUsec);
      reply.integer(cumulative);
    }
  }
}

export const latency: CommandSpec = {
  name: 'latency',
  summary: 'Container of commands about latency',
  since: '2.8.13',
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
    graph,
    helpSubcommand('latency', '2.8.13', { group: 'server', flags: ['loading', 'stale'], categories: [] }, [
      ['DOCTOR', 'Explain what slows the server down.'],
      ['GRAPH <event>', 'Draw the samples of an event.'],
      ['HISTOGRAM [<command> ...]', 'Show how long calls of some commands took, or of all.'],
      ['HISTORY <event>', 'List the samples of an event.'],
      ['LATEST', 'List the newest sample of every event.'],
      ['RESET [<event> ...]', 'Forget the samples of some events, or of all.'],
    ]),
    histogram,
    history,
    latest,
    reset,
  ],
};
