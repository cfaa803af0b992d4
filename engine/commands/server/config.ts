import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { Request } from '../../../protocol/resp/request.ts';
import type { ServerLink } from '../../server/link.ts';
import type { CommandContext } from '../context.ts';
import { CommandError, errors } from '../errors.ts';
import { containerOnly, helpSubcommand } from '../help.ts';
import type { CommandSpec } from '../spec.ts';

const noFile = new CommandError('ERR The server is running without a config file');

const get: CommandSpec = {
  name: 'get',
  summary: 'Tell the values of directives',
  since: '2.0.0',
  group: 'server',
  complexity: 'O(N), N being the number of directives',
  arity: -3,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  categories: [],
  keySpecs: [],
  history: [['7.0.0', 'Several patterns']],
  arguments: [{ name: 'parameter', type: 'block', multiple: true, arguments: [{ name: 'parameter', type: 'string' }] }],
  tiers: 'none',
  execute({ request, reply, server }) {
    const patterns: string[] = [];
    for (let i = 2; i < request.count; i++) patterns.push(request.latin1(i));
    const found = server.config.get(patterns);
    reply.map(found.length);
    for (const [name, value] of found) {
      reply.text(name);
      const bytes = Buffer.from(value, 'latin1');
      reply.bulk(bytes, 0, bytes.length);
    }
  },
};

/** Whether the client is on this machine: by Unix socket or loopback. */
export function isLocal({ session }: CommandContext): boolean {
  return session.unixSocket || /^(127\.|\[?::1\]?:|\[?::ffff:127\.)/.test(session.address);
}

/** Names and values; all that follows `tls-allowlist` are its words (KeyDB). */
function pairsToSet(request: Request): [name: string, value: string][] {
  const words: string[] = [];
  for (let i = 2; i < request.count; i++) words.push(request.latin1(i));
  const [first = '', ...others] = words;
  if (first.toLowerCase() === 'tls-allowlist') return [[first, others.join(' ')]];
  if (words.length % 2 !== 0) throw errors.syntax;
  const pairs: [string, string][] = [];
  for (let i = 0; i < words.length; i += 2) pairs.push([words[i] ?? '', words[i + 1] ?? '']);
  return pairs;
}

/** This thread checks and applies; the others then take over what it accepted. */
const set: CommandSpec = {
  name: 'set',
  summary: 'Change directives while the server runs',
  since: '2.0.0',
  group: 'server',
  complexity: 'O(N), N being the number of directives',
  arity: -4,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  categories: [],
  keySpecs: [],
  tips: ['request_policy:all_nodes', 'response_policy:all_succeeded'],
  history: [['7.0.0', 'Several pairs']],
  arguments: [
    {
      name: 'parameter_value',
      type: 'block',
      multiple: true,
      arguments: [
        { name: 'parameter', type: 'string' },
        { name: 'value', type: 'string' },
      ],
    },
  ],
  tiers: 'none',
  waits: true,
  execute(context) {
    const { request, server } = context;
    const pairs = pairsToSet(request);
    const problem = server.config.set(pairs, { local: isLocal(context) });
    if (problem !== undefined) {
      if (problem.startsWith('ERR Unknown option')) for (const [name] of pairs) server.suggest('directive', name);
      throw new CommandError(problem);
    }
    return server.broadcast({ kind: 'config-set', pairs }).then((answers) => {
      const failure = answers.find((message) => message !== '' && message !== undefined);
      if (failure !== undefined) throw new CommandError(failure);
      return ({ reply }: CommandContext) => reply.ok();
    });
  },
};

/** Users belong into the ACL file, or else, all of them, into the configuration file. */
function userLines({ acl, config }: ServerLink): readonly string[] {
  return config.values.aclfile === '' ? acl.users.lines() : [];
}

/** The file is replaced whole, so a crash leaves the old one or the new one. */
function rewriteFile(server: ServerLink): void {
  const { file } = server.config;
  if (file === undefined) throw noFile;
  try {
    const temporary = `${file}.${process.pid}.tmp`;
    writeFileSync(temporary, server.config.rewrite(readFileSync(file, 'latin1'), userLines(server)), 'latin1');
    renameSync(temporary, file);
  } catch (error) {
    throw new CommandError(`ERR Rewriting config file: ${(error as NodeJS.ErrnoException).code ?? String(error)}`);
  }
}

const rewrite: CommandSpec = {
  name: 'rewrite',
  summary: 'Write the running configuration to the configuration file',
  since: '2.8.0',
  group: 'server',
  complexity: 'O(1)',
  arity: 2,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  categories: [],
  keySpecs: [],
  tiers: 'none',
  execute({ reply, server }) {
    rewriteFile(server);
    reply.ok();
  },
};

const resetstat: CommandSpec = {
  name: 'resetstat',
  summary: 'Zero the statistics that INFO reports',
  since: '2.0.0',
  group: 'server',
  complexity: 'O(1)',
  arity: 2,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  categories: [],
  keySpecs: [],
  tiers: 'none',
  waits: true,
  async execute({ server }) {
    await server.broadcast({ kind: 'config-resetstat' });
    return ({ reply }) => reply.ok();
  },
};

export const config: CommandSpec = {
  name: 'config',
  summary: 'Container of commands about configuration',
  since: '2.0.0',
  group: 'server',
  complexity: 'Depends on the subcommand',
  arity: -2,
  flags: [],
  categories: [],
  keySpecs: [],
  tiers: 'none',
  execute: containerOnly,
  subcommands: [
    get,
    helpSubcommand('config', '5.0.0', { group: 'server', flags: ['loading', 'stale'], categories: [] }, [
      ['GET <pattern> [<pattern> ...]', 'Tell the values of the directives that match.'],
      ['RESETSTAT', 'Zero the statistics that INFO reports.'],
      ['REWRITE', 'Write the running configuration to the configuration file.'],
      ['SET <directive> <value> [<directive> <value> ...]', 'Change directives, all of them or none.'],
    ]),
    resetstat,
    rewrite,
    set,
  ],
};
