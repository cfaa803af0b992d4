import { globMatch } from '../../../protocol/text/glob.ts';
import type { CommandContext } from '../context.ts';
import { errors } from '../errors.ts';
import { helpSubcommand } from '../help.ts';
import type { CommandSpec } from '../spec.ts';
import type { CommandEntry } from '../table.ts';
import { getkeys, getkeysandflags } from './command-keys.ts';
import { writeAllDocs, writeInfo } from './command-replies.ts';

function infoOfAll({ reply, server }: CommandContext): void {
  const all = server.table.all();
  reply.array(all.length);
  for (const entry of all) writeInfo(reply, entry);
}

const count: CommandSpec = {
  name: 'count',
  summary: 'Count the commands',
  since: '2.8.13',
  group: 'server',
  complexity: 'O(1)',
  arity: 2,
  flags: ['loading', 'stale'],
  categories: ['connection'],
  keySpecs: [],
  tiers: 'none',
  execute({ reply, server }) {
    reply.integer(server.table.all().length);
  },
};

const docs: CommandSpec = {
  name: 'docs',
  summary: 'Document commands',
  since: '7.0.0',
  group: 'server',
  complexity: 'O(N), N being the number of commands asked for',
  arity: -2,
  flags: ['loading', 'stale'],
  categories: ['connection'],
  keySpecs: [],
  tips: ['nondeterministic_output_order'],
  arguments: [{ name: 'command-name', type: 'string', optional: true, multiple: true }],
  tiers: 'none',
  execute({ request, reply, server }) {
    if (request.count === 2) return writeAllDocs(reply, server.table.all());
    const found: CommandEntry[] = [];
    for (let i = 2; i < request.count; i++) {
      const entry = server.table.byName(request.latin1(i));
      if (entry !== undefined) found.push(entry);
    }
    writeAllDocs(reply, found);
  },
};

const info: CommandSpec = {
  name: 'info',
  summary: 'Describe some commands, or all',
  since: '2.8.13',
  group: 'server',
  complexity: 'O(N), N being the number of commands asked for',
  arity: -2,
  flags: ['loading', 'stale'],
  categories: ['connection'],
  keySpecs: [],
  tips: ['nondeterministic_output_order'],
  history: [['7.0.0', 'Without names: all commands']],
  arguments: [{ name: 'command-name', type: 'string', optional: true, multiple: true }],
  tiers: 'none',
  execute(context) {
    const { request, reply, server } = context;
    if (request.count === 2) return infoOfAll(context);
    reply.array(request.count - 2);
    for (let i = 2; i < request.count; i++) {
      const entry = server.table.byName(request.latin1(i));
      if (entry === undefined) reply.nil();
      else writeInfo(reply, entry);
    }
  },
};

/** The filter of COMMAND LIST as a test on entries. Modules are unknown here, so none matches. */
function parseFilter({ request }: CommandContext): (entry: CommandEntry) => boolean {
  if (request.count === 2) return () => true;
  if (request.count !== 5 || !request.is(2, 'filterby')) throw errors.syntax;
  if (request.is(3, 'module')) return () => false;
  if (request.is(3, 'aclcat')) {
    const category = request.latin1(4).toLowerCase();
    return (entry) => entry.categories.includes(category);
  }
  if (!request.is(3, 'pattern')) throw errors.syntax;
  const pattern = request.copy(4);
  return (entry) => globMatch(pattern, Buffer.from(entry.fullName), true);
}

const list: CommandSpec = {
  name: 'list',
  summary: 'Name the commands, all or filtered',
  since: '7.0.0',
  group: 'server',
  complexity: 'O(N), N being the number of commands',
  arity: -2,
  flags: ['loading', 'stale'],
  categories: ['connection'],
  keySpecs: [],
  tips: ['nondeterministic_output_order'],
  arguments: [
    {
      name: 'filterby',
      type: 'oneof',
      token: 'FILTERBY',
      optional: true,
      arguments: [
        { name: 'module-name', type: 'string', token: 'MODULE' },
        { name: 'category', type: 'string', token: 'ACLCAT' },
        { name: 'pattern', type: 'pattern', token: 'PATTERN' },
      ],
    },
  ],
  tiers: 'none',
  execute(context) {
    const { reply, server } = context;
    const found = server.table.allWithSubcommands().filter(parseFilter(context));
    reply.array(found.length);
    for (const entry of found) reply.text(entry.fullName);
  },
};

export const command: CommandSpec = {
  name: 'command',
  summary: 'Describe all commands',
  since: '2.8.13',
  group: 'server',
  complexity: 'O(N), N being the number of commands',
  arity: -1,
  flags: ['loading', 'stale'],
  categories: ['connection'],
  keySpecs: [],
  tips: ['nondeterministic_output_order'],
  tiers: 'none',
  execute: infoOfAll,
  subcommands: [
    count,
    docs,
    getkeys,
    getkeysandflags,
    helpSubcommand('command', '5.0.0', { group: 'server', flags: ['loading', 'stale'], categories: ['connection'] }, [
      ['(no subcommand)', 'Describe all commands.'],
      ['COUNT', 'Count the commands.'],
      ['DOCS [<command-name> ...]', 'Document some commands, or all.'],
      ['GETKEYS <full-command>', 'Find the keys in a command line.'],
      ['GETKEYSANDFLAGS <full-command>', 'Find the keys in a command line, and what happens to them.'],
      ['INFO [<command-name> ...]', 'Describe some commands, or all.'],
      [
        'LIST [FILTERBY (MODULE <name>|ACLCAT <category>|PATTERN <pattern>)]',
        'Name all commands, or those that match.',
      ],
    ]),
    info,
    list,
  ],
};
