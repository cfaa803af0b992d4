import { Request } from '../../../protocol/resp/request.ts';
import type { CommandContext } from '../context.ts';
import { CommandError } from '../errors.ts';
import { findKeys, KeyPositions, keyFlags } from '../key-positions.ts';
import type { CommandSpec } from '../spec.ts';
import type { CommandEntry } from '../table.ts';
import { statusSet } from './command-replies.ts';

const unknownCommand = new CommandError('ERR Invalid command specified');
const noKeys = new CommandError('ERR The command has no key arguments');
const wrongCount = new CommandError('ERR Invalid number of arguments specified for command');
const wrongArguments = new CommandError('ERR Invalid arguments specified for command');

interface FoundKeys {
  readonly entry: CommandEntry;
  readonly inner: Request;
  readonly positions: KeyPositions;
}

/** Reads the command line that stands from argument 2 on. */
function keysOfInnerCommand({ request, server: { table } }: CommandContext): FoundKeys {
  const inner = new Request();
  inner.attach(request.bytes, request.view);
  for (let i = 2; i < request.count; i++) inner.push(request.start(i), request.length(i));
  const container = table.lookup(inner.bytes, inner.start(0), inner.length(0));
  if (container === undefined) throw unknownCommand;
  let entry = container;
  if (container.subcommands.length > 0 && inner.count > 1) {
    const sub = table.subcommand(container, inner.bytes, inner.start(1), inner.length(1));
    if (sub === undefined) throw unknownCommand;
    entry = sub;
  }
  if (!entry.hasKeys) throw noKeys;
  if (entry.arity > 0 ? inner.count !== entry.arity : inner.count < -entry.arity) throw wrongCount;
  const positions = new KeyPositions();
  if (!findKeys(entry, inner, positions)) throw wrongArguments;
  if (positions.count === 0 && entry.spec.flags.includes('no_mandatory_keys') === false) throw wrongArguments;
  return { entry, inner, positions };
}

export const getkeys: CommandSpec = {
  name: 'getkeys',
  summary: 'Find the keys in a command line',
  since: '2.8.13',
  group: 'server',
  complexity: 'O(N), N being the number of arguments',
  arity: -4,
  flags: ['loading', 'stale'],
  categories: ['connection'],
  keySpecs: [],
  tiers: 'none',
  execute(context) {
    const { reply } = context;
    const { inner, positions } = keysOfInnerCommand(context);
    reply.array(positions.count);
    for (let i = 0; i < positions.count; i++) {
      const at = positions.argIndex[i] ?? 0;
      reply.bulk(inner.bytes, inner.start(at), inner.length(at));
    }
  },
};

export const getkeysandflags: CommandSpec = {
  name: 'getkeysandflags',
  summary: 'Find the keys in a command line and what happens to them',
  since: '7.0.0',
  group: 'server',
  complexity: 'O(N), N being the number of arguments',
  arity: -4,
  flags: ['loading', 'stale'],
  categories: ['connection'],
  keySpecs: [],
  tiers: 'none',
  execute(context) {
    const { reply } = context;
    const { entry, inner, positions } = keysOfInnerCommand(context);
    reply.array(positions.count);
    for (let i = 0; i < positions.count; i++) {
      const at = positions.argIndex[i] ?? 0;
      reply.array(2);
      reply.bulk(inner.bytes, inner.start(at), inner.length(at));
      statusSet(reply, keyFlags(entry, inner, positions.specIndex[i] ?? 0));
    }
  },
};
