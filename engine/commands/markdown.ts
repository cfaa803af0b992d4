import { commandSpecs } from './index.ts';
import type { ArgumentSpec, CommandGroup, CommandSpec } from './spec.ts';
import { type CommandEntry, CommandTable } from './table.ts';

const groupTitles: Readonly<Partial<Record<CommandGroup, string>>> = {
  string: 'Strings',
  bitmap: 'Bitmaps',
  hash: 'Hashes',
  list: 'Lists',
  set: 'Sets',
  'sorted-set': 'Sorted sets',
  stream: 'Streams',
  geo: 'Geo',
  hyperloglog: 'HyperLogLogs',
  generic: 'Keys',
  connection: 'Connection',
  server: 'Server',
};

/** The syntax of arguments as redis.io prints it: `[NX | XX] key [key ...]`. */
export function syntax(args: readonly ArgumentSpec[]): string {
  return args.map(oneArgument).join(' ');
}

function oneArgument(argument: ArgumentSpec): string {
  const text = repeated(argument, unrepeated(argument));
  return argument.optional ? `[${text}]` : text;
}

function unrepeated({ type, name, token, arguments: nested = [] }: ArgumentSpec): string {
  if (type === 'pure-token') return token ?? name;
  let text = name;
  if (type === 'oneof') text = nested.map((each) => oneArgument({ ...each, optional: false })).join(' | ');
  if (type === 'block') text = syntax(nested);
  if (token === undefined) return text;
  return `${token === '' ? '""' : token} ${type === 'oneof' ? `(${text})` : text}`;
}

function repeated({ multiple, multipleToken, token }: ArgumentSpec, text: string): string {
  if (!multiple) return text;
  const again = token !== undefined && !multipleToken ? text.slice(token.length + 1) : text;
  return `${text} [${again} ...]`;
}

function needOf({ tiers }: CommandSpec): string {
  return typeof tiers === 'string' ? tiers : 'depends';
}

function escapeCell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}

function row(entry: CommandEntry): string {
  const { spec, fullName, arity } = entry;
  const name = fullName.replace('|', ' ').toUpperCase();
  const usage = spec.arguments === undefined ? name : `${name} ${syntax(spec.arguments)}`;
  const summary =
    spec.replacedBy === undefined ? spec.summary : `${spec.summary} (deprecated since ${spec.deprecatedSince})`;
  return `| \`${escapeCell(usage)}\` | ${arity} | ${needOf(spec)} | ${spec.since} | ${escapeCell(summary)} |`;
}

const introduction = `# Commands

Generated from the command table by \`node dist/tools/command-docs.js\`; do not edit.

*Arity* counts the command's own name (and its container's); a negative one means "at least". *Tiers* says what the command needs of
its keys: \`none\` has no keys, or looks at the keyspace by itself; \`index\` needs their entries in the shared index only, so a cold
key is not read from disk; \`value\` needs values in RAM: cold ones are fetched first, while other clients go on; \`depends\`: on the
arguments. *Since* is the version of Redis, or KeyDB, that brought the command.
`;

/** docs/COMMANDS.md. */
export function commandsMarkdown(): string {
  const table = new CommandTable(commandSpecs);
  const containers = table.all().filter(({ subcommands }) => subcommands.length > 0).length;
  const runnable = table.allWithSubcommands().filter(({ subcommands }) => subcommands.length === 0);
  const groups = new Map<CommandGroup, CommandEntry[]>();
  for (const entry of runnable) groups.set(entry.spec.group, [...(groups.get(entry.spec.group) ?? []), entry]);
  const counts = `${table.all().length} commands, ${containers} of them containers with ${table.size - table.all().length} subcommands.`;
  const sections = [...groups].map(([group, entries]) => {
    const rows = entries.sort((a, b) => (a.fullName < b.fullName ? -1 : 1)).map(row);
    const head = '| command | arity | tiers | since | |\n| --- | --- | --- | --- | --- |';
    return `## ${groupTitles[group] ?? group} (${entries.length})\n\n${head}\n${rows.join('\n')}\n`;
  });
  return `${introduction}\n${counts}\n\n${sections.join('\n')}`;
}
