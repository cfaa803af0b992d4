import { mergeCommandStatistics } from '../../server/command-statistics.ts';
import type { ServerLink, TierStatus } from '../../server/link.ts';
import { replyWith } from '../deferred.ts';
import { CommandError } from '../errors.ts';
import type { CommandSpec } from '../spec.ts';
import { chooseSections, renderSections } from './info/index.ts';
import type { InfoFacts, InfoNeed, InfoSection } from './info/section.ts';

/** Counts of several threads added up, by name in alphabetical order. */
export function addUp(answers: readonly (readonly (readonly [name: string, count: number])[])[]): [string, number][] {
  const sums = new Map<string, number>();
  for (const [name, count] of answers.flat()) sums.set(name, (sums.get(name) ?? 0) + count);
  return [...sums].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** The tiers' own account, or undefined when their thread cannot answer: INFO must work when the disk does not. */
export async function tierStatus(server: ServerLink): Promise<TierStatus | undefined> {
  try {
    return (await server.tiers({ kind: 'status' })) as TierStatus;
  } catch (error) {
    if (error instanceof CommandError) return undefined;
    throw error;
  }
}

type GatheredFacts = Omit<InfoFacts, 'context'>;

/** What the sections need of other threads; at once when that is nothing. */
function gather(server: ServerLink, sections: readonly InfoSection[]): GatheredFacts | Promise<GatheredFacts> {
  const needs = new Set<InfoNeed>(sections.flatMap((section) => section.needs));
  return needs.size === 0 ? { tiers: undefined, commands: [], errors: [], threads: [] } : ask(server, needs);
}

async function ask(server: ServerLink, needs: ReadonlySet<InfoNeed>): Promise<GatheredFacts> {
  const [tiers, commands, errors, threads] = await Promise.all([
    needs.has('tiers') ? tierStatus(server) : undefined,
    needs.has('commands') ? server.broadcast({ kind: 'command-stats' }) : [],
    needs.has('errors') ? server.broadcast({ kind: 'error-stats' }) : [],
    needs.has('threads') ? server.broadcast({ kind: 'thread-info' }) : [],
  ]);
  return { tiers, commands: mergeCommandStatistics(commands), errors: addUp(errors), threads };
}

export const info: CommandSpec = {
  name: 'info',
  summary: "Describe the server's state in sections",
  since: '1.0.0',
  group: 'server',
  complexity: 'O(1)',
  arity: -1,
  flags: ['loading', 'stale'],
  categories: ['dangerous'],
  keySpecs: [],
  tips: ['nondeterministic_output', 'request_policy:all_shards', 'response_policy:special'],
  history: [['7.0.0', 'Several sections']],
  arguments: [{ name: 'section', type: 'string', optional: true, multiple: true }],
  tiers: 'none',
  execute(command) {
    const { request, server } = command;
    const asked: string[] = [];
    for (let i = 1; i < request.count; i++) asked.push(request.latin1(i));
    const sections = chooseSections(asked);
    return replyWith(command, gather(server, sections), (context, facts) => {
      context.reply.verbatim('txt', renderSections(sections, { ...facts, context }));
    });
  },
};
