import type { ReplyWriter } from '../../../protocol/resp/writer.ts';
import { flagNames } from '../flags.ts';
import type { ArgumentSpec, KeySpec } from '../spec.ts';
import type { CommandEntry } from '../table.ts';

/** A RESP3 set of status replies. */
export function statusSet(reply: ReplyWriter, words: readonly string[]): void {
  reply.set(words.length);
  for (const word of words) reply.simple(word);
}

function numbers(reply: ReplyWriter, pairs: readonly (readonly [name: string, value: number])[]): void {
  reply.map(pairs.length);
  for (const [name, value] of pairs) {
    reply.text(name);
    reply.integer(value);
  }
}

function step(reply: ReplyWriter, type: string, spec: () => void): void {
  reply.map(2);
  reply.text('type');
  reply.text(type);
  reply.text('spec');
  spec();
}

function writeKeySpec(reply: ReplyWriter, { notes, flags, begin, find }: KeySpec): void {
  reply.map(notes === undefined ? 3 : 4);
  if (notes !== undefined) {
    reply.text('notes');
    reply.text(notes);
  }
  reply.text('flags');
  statusSet(reply, flags);
  reply.text('begin_search');
  if ('index' in begin) step(reply, 'index', () => numbers(reply, [['index', begin.index]]));
  else if ('unknown' in begin) step(reply, 'unknown', () => reply.map(0));
  else {
    step(reply, 'keyword', () => {
      reply.map(2);
      reply.text('keyword');
      reply.text(begin.keyword);
      reply.text('startfrom');
      reply.integer(begin.startFrom);
    });
  }
  reply.text('find_keys');
  if ('lastKey' in find) {
    const { lastKey, step: keyStep, limit } = find;
    step(reply, 'range', () =>
      numbers(reply, [
        ['lastkey', lastKey],
        ['keystep', keyStep],
        ['limit', limit],
      ]),
    );
  } else if ('unknown' in find) step(reply, 'unknown', () => reply.map(0));
  else {
    const { keyNumIndex, firstKey, step: keyStep } = find;
    step(reply, 'keynum', () =>
      numbers(reply, [
        ['keynumidx', keyNumIndex],
        ['firstkey', firstKey],
        ['keystep', keyStep],
      ]),
    );
  }
}

/** One element of COMMAND INFO (https://redis.io/commands/command). */
export function writeInfo(reply: ReplyWriter, entry: CommandEntry): void {
  const { spec, fullName, arity, bits, categories, subcommands } = entry;
  reply.array(10);
  reply.text(fullName);
  reply.integer(arity);
  statusSet(reply, flagNames(bits));
  reply.integer(entry.firstKey);
  reply.integer(entry.lastKey);
  reply.integer(entry.keyStep);
  statusSet(
    reply,
    categories.map((category) => `@${category}`),
  );
  const tips = spec.tips ?? [];
  reply.set(tips.length);
  for (const tip of tips) reply.text(tip);
  reply.set(spec.keySpecs.length);
  for (const key of spec.keySpecs) writeKeySpec(reply, key);
  reply.set(subcommands.length);
  for (const sub of subcommands) writeInfo(reply, sub);
}

type Part = readonly [name: string, write: () => void];

function writeParts(reply: ReplyWriter, parts: readonly (Part | undefined)[]): void {
  const present = parts.filter((part) => part !== undefined);
  reply.map(present.length);
  for (const [name, write] of present) {
    reply.text(name);
    write();
  }
}

function argumentFlags(argument: ArgumentSpec): string[] {
  const flags: string[] = [];
  if (argument.optional) flags.push('optional');
  if (argument.multiple) flags.push('multiple');
  if (argument.multipleToken) flags.push('multiple_token');
  return flags;
}

function writeArguments(reply: ReplyWriter, all: readonly ArgumentSpec[]): void {
  reply.array(all.length);
  for (const argument of all) {
    const { name, type, token, since, deprecatedSince, keySpecIndex, arguments: nested } = argument;
    const flags = argumentFlags(argument);
    writeParts(reply, [
      ['name', () => reply.text(name)],
      ['type', () => reply.text(type)],
      keySpecIndex === undefined ? undefined : ['key_spec_index', () => reply.integer(keySpecIndex)],
      token === undefined ? undefined : ['token', () => reply.text(token)],
      since === undefined ? undefined : ['since', () => reply.text(since)],
      deprecatedSince === undefined ? undefined : ['deprecated_since', () => reply.text(deprecatedSince)],
      flags.length === 0 ? undefined : ['flags', () => statusSet(reply, flags)],
      nested === undefined ? undefined : ['arguments', () => writeArguments(reply, nested)],
    ]);
  }
}

/** The documentation of one command in COMMAND DOCS: its name, then a map. */
export function writeDocs(reply: ReplyWriter, entry: CommandEntry): void {
  const { spec, subcommands } = entry;
  const { history, arguments: args, deprecatedSince, replacedBy } = spec;
  const docFlags = [
    ...(deprecatedSince === undefined ? [] : ['deprecated']),
    ...(spec.systemCommand ? ['syscmd'] : []),
  ];
  reply.text(entry.fullName);
  writeParts(reply, [
    ['summary', () => reply.text(spec.summary)],
    ['since', () => reply.text(spec.since)],
    ['group', () => reply.text(spec.group)],
    ['complexity', () => reply.text(spec.complexity)],
    docFlags.length === 0 ? undefined : ['doc_flags', () => statusSet(reply, docFlags)],
    deprecatedSince === undefined ? undefined : ['deprecated_since', () => reply.text(deprecatedSince)],
    replacedBy === undefined ? undefined : ['replaced_by', () => reply.text(replacedBy)],
    history === undefined ? undefined : ['history', () => writeHistory(reply, history)],
    args === undefined ? undefined : ['arguments', () => writeArguments(reply, args)],
    subcommands.length === 0 ? undefined : ['subcommands', () => writeAllDocs(reply, subcommands)],
  ]);
}

function writeHistory(reply: ReplyWriter, history: readonly (readonly [string, string])[]): void {
  reply.set(history.length);
  for (const [version, change] of history) {
    reply.array(2);
    reply.text(version);
    reply.text(change);
  }
}

/** A map from name to documentation. */
export function writeAllDocs(reply: ReplyWriter, entries: readonly CommandEntry[]): void {
  reply.map(entries.length);
  for (const entry of entries) writeDocs(reply, entry);
}
