import type { CommandSpec } from '../spec.ts';

/** SCRIPT KILL and FUNCTION KILL. */
export function killCommand(what: 'script' | 'function', since: string): CommandSpec {
  return {
    name: 'kill',
    summary: `Kill the ${what} currently in execution.`,
    since,
    group: 'scripting',
    complexity: 'O(1)',
    arity: 2,
    flags: ['noscript', 'allow_busy'],
    categories: ['scripting'],
    keySpecs: [],
    tips: ['request_policy:all_shards', 'response_policy:one_succeeded'],
    tiers: 'none',
    execute({ server, reply }) {
      server.scripts.kill(what === 'function');
      reply.ok();
    },
  };
}
