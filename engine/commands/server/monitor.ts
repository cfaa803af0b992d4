import { CommandError } from '../errors.ts';
import type { CommandSpec } from '../spec.ts';

const notHere = new CommandError("ERR MONITOR isn't allowed for DENY BLOCKING client");

/** From its reply on, the client gets a line for every command that any thread has run. Asked twice, it answers nothing, as redis 7.0.15. */
export const monitor: CommandSpec = {
  name: 'monitor',
  summary: 'Show every command that the server runs',
  since: '1.0.0',
  group: 'server',
  complexity: 'O(1)',
  arity: 1,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  categories: [],
  keySpecs: [],
  tiers: 'none',
  execute({ reply, server, session, mayBlock }) {
    if (!mayBlock) throw notHere;
    if (server.monitors.add(session)) reply.ok();
  },
};
