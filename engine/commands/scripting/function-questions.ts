import type { ReplyWriter } from '../../../protocol/resp/writer.ts';
import { globMatch } from '../../../protocol/text/glob.ts';
import { ENGINE, type FunctionInfo, type Library } from '../../scripting/functions/library.ts';
import { flagNames } from '../../scripting/shebang.ts';
import type { CommandContext } from '../context.ts';
import { CommandError } from '../errors.ts';
import type { CommandSpec } from '../spec.ts';
import { killCommand } from './kill.ts';

const noLibraryName = new CommandError('ERR library name argument was not given');

/** Commands that change nothing. */
const common = {
  since: '7.0.0',
  group: 'scripting',
  categories: ['scripting'],
  keySpecs: [],
  tiers: 'none',
} as const satisfies Partial<CommandSpec>;

interface ListOptions {
  pattern: Buffer | undefined;
  withCode: boolean;
}

function listOptions({ request }: CommandContext): ListOptions {
  const options: ListOptions = { pattern: undefined, withCode: false };
  for (let n = 2; n < request.count; n++) {
    if (!options.withCode && request.is(n, 'withcode')) {
      options.withCode = true;
    } else if (options.pattern === undefined && request.is(n, 'libraryname')) {
      if (n === request.count - 1) throw noLibraryName;
      n++;
      options.pattern = request.copy(n);
    } else {
      throw new CommandError(`ERR Unknown argument ${request.latin1(n)}`);
    }
  }
  return options;
}

export const list: CommandSpec = {
  ...common,
  name: 'list',
  summary: 'List information about all the functions',
  complexity: 'O(N) where N is the number of functions',
  arity: -2,
  flags: ['noscript'],
  tips: ['nondeterministic_output_order'],
  arguments: [
    { name: 'library-name-pattern', type: 'string', token: 'LIBRARYNAME', optional: true },
    { name: 'withcode', type: 'pure-token', token: 'WITHCODE', optional: true },
  ],
  execute(context) {
    const { pattern, withCode } = listOptions(context);
    const { reply, server } = context;
    const matches = ({ name }: Library) => pattern === undefined || globMatch(pattern, Buffer.from(name), true);
    const libraries = server.functions.libraries.libraries.filter(matches);
    reply.array(libraries.length);
    for (const library of libraries) writeLibrary(reply, library, withCode);
  },
};

function writeLibrary(reply: ReplyWriter, { name, functions, code }: Library, withCode: boolean): void {
  reply.map(withCode ? 4 : 3);
  reply.text('library_name');
  reply.text(name);
  reply.text('engine');
  reply.text(ENGINE);
  reply.text('functions');
  reply.array(functions.length);
  for (const info of functions) writeFunction(reply, info);
  if (!withCode) return;
  reply.text('library_code');
  reply.bulk(code, 0, code.length);
}

function writeFunction(reply: ReplyWriter, { name, description, flags }: FunctionInfo): void {
  reply.map(3);
  reply.text('name');
  reply.text(name);
  reply.text('description');
  if (description === undefined) {
    reply.nil();
  } else {
    const bytes = Buffer.from(description, 'latin1');
    reply.bulk(bytes, 0, bytes.length);
  }
  reply.text('flags');
  const set = Object.entries(flagNames).filter(([, flag]) => flags[flag]);
  reply.set(set.length);
  for (const [flag] of set) reply.simple(flag);
}

export const stats: CommandSpec = {
  ...common,
  name: 'stats',
  summary: 'Return information about the function currently running (name, description, duration)',
  complexity: 'O(1)',
  arity: 2,
  flags: ['noscript', 'allow_busy'],
  tips: ['nondeterministic_output', 'request_policy:all_shards', 'response_policy:special'],
  execute: ({ reply, server }) => server.functions.writeStats(reply),
};

export const kill: CommandSpec = killCommand('function', '7.0.0');

export const dump: CommandSpec = {
  ...common,
  name: 'dump',
  summary: 'Dump all functions into a serialized binary payload',
  complexity: 'O(N) where N is the number of functions',
  arity: 2,
  flags: ['noscript'],
  execute({ reply, server }) {
    const payload = server.functions.dump(server.config.values.rdbcompression);
    reply.bulk(payload, 0, payload.length);
  },
};
