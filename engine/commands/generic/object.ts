import {
  type KeyRef,
  VALUE_CRON,
  VALUE_HASH,
  VALUE_LIST,
  VALUE_SET,
  VALUE_STREAM,
  VALUE_STRING,
  VALUE_ZSET,
} from '../../keyspace/key-ref.ts';
import type { Keyspace } from '../../keyspace/keyspace.ts';
import type { CommandContext } from '../context.ts';
import { CommandError } from '../errors.ts';
import { containerOnly, helpSubcommand } from '../help.ts';
import { keyAt } from '../key-specs.ts';
import type { CommandSpec } from '../spec.ts';

const adjusting =
  'Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.';
const notLfu = new CommandError(
  `ERR An LFU maxmemory policy is not selected, access frequency not tracked. ${adjusting}`,
);
const isLfu = new CommandError(`ERR An LFU maxmemory policy is selected, idle time not tracked. ${adjusting}`);

function lfuSelected({ server }: CommandContext): boolean {
  return server.config.values['maxmemory-policy'].includes('lfu');
}

/** The key was looked up before the policy was: it counts all the same. */
function refuse({ keys }: CommandContext, error: CommandError): never {
  keys.countLookup(0);
  throw error;
}

/** What OBJECT ENCODING says of an existing key whose value is in RAM. */
export function encodingName(keyspace: Keyspace, key: KeyRef): string {
  if (key.type === VALUE_STRING) return keyspace.strings.encoding(key);
  if (key.type === VALUE_HASH) return keyspace.hashes.encodingName(key);
  if (key.type === VALUE_LIST) return keyspace.lists.encodingName();
  if (key.type === VALUE_SET) return keyspace.sets.encodingName(key);
  if (key.type === VALUE_ZSET) return keyspace.sortedSets.encodingName(key);
  if (key.type === VALUE_STREAM) return keyspace.streams.encodingName(key);
  return key.type === VALUE_CRON ? 'raw' : 'unknown';
}

const encoding: CommandSpec = {
  name: 'encoding',
  summary: 'Name the representation of a value',
  since: '2.2.3',
  group: 'generic',
  complexity: 'O(1)',
  arity: 3,
  flags: ['readonly'],
  categories: ['keyspace'],
  keySpecs: [keyAt(2, ['RO'])],
  tips: ['nondeterministic_output'],
  arguments: [{ name: 'key', type: 'key', keySpecIndex: 0 }],
  tiers: 'value',
  lookups: 'peek',
  execute({ keys, keyspace, reply }) {
    const key = keys.at(0);
    if (key.exists) reply.text(encodingName(keyspace, key));
    else reply.nil();
  },
};

const freq: CommandSpec = {
  name: 'freq',
  summary: 'Tell how often a key is used, as a logarithmic counter',
  since: '4.0.0',
  group: 'generic',
  complexity: 'O(1)',
  arity: 3,
  flags: ['readonly'],
  categories: ['keyspace'],
  keySpecs: [keyAt(2, ['RO'])],
  tips: ['nondeterministic_output'],
  arguments: [{ name: 'key', type: 'key', keySpecIndex: 0 }],
  tiers: 'value',
  lookups: 'peek',
  execute(context) {
    const key = context.keys.at(0);
    if (!key.exists) return context.reply.nil();
    if (!lfuSelected(context)) refuse(context, notLfu);
    context.reply.integer(context.keyspace.frequency(key));
  },
};

const idletime: CommandSpec = {
  name: 'idletime',
  summary: 'Tell for how many seconds a key was not used',
  since: '2.2.3',
  group: 'generic',
  complexity: 'O(1)',
  arity: 3,
  flags: ['readonly'],
  categories: ['keyspace'],
  keySpecs: [keyAt(2, ['RO'])],
  tips: ['nondeterministic_output'],
  arguments: [{ name: 'key', type: 'key', keySpecIndex: 0 }],
  tiers: 'value',
  lookups: 'peek',
  execute(context) {
    const key = context.keys.at(0);
    if (!key.exists) return context.reply.nil();
    if (lfuSelected(context)) refuse(context, isLfu);
    context.reply.integer(context.keyspace.idleSeconds(key));
  },
};

/** What redis 7.0.15 says of its shared small integers (OBJ_SHARED_REFCOUNT, OBJ_SHARED_INTEGERS). */
const SHARED_REFCOUNT = 2 ** 31 - 1;
const SHARED_INTEGERS = 10_000;

/** Here nothing is shared; Redis shares small integers unless a bound on memory needs the access clock of each key. */
function wouldBeShared({ keys, keyspace, server }: CommandContext): boolean {
  const key = keys.at(0);
  if (key.type !== VALUE_STRING || keyspace.strings.encoding(key) !== 'int' || keyspace.strings.copied(key))
    return false;
  const { maxmemory, 'maxmemory-policy': policy } = server.config.values;
  if (maxmemory > 0 && (policy.endsWith('-lru') || policy.endsWith('-lfu'))) return false;
  const value = keyspace.strings.integer(key);
  return typeof value === 'number' && value >= 0 && value < SHARED_INTEGERS;
}

const refcount: CommandSpec = {
  name: 'refcount',
  summary: 'Tell how many references a value has',
  since: '2.2.3',
  group: 'generic',
  complexity: 'O(1)',
  arity: 3,
  flags: ['readonly'],
  categories: ['keyspace'],
  keySpecs: [keyAt(2, ['RO'])],
  tips: ['nondeterministic_output'],
  arguments: [{ name: 'key', type: 'key', keySpecIndex: 0 }],
  tiers: 'value',
  lookups: 'peek',
  execute(context) {
    const { keys, reply } = context;
    if (!keys.at(0).exists) reply.nil();
    else reply.integer(wouldBeShared(context) ? SHARED_REFCOUNT : 1);
  },
};

/** KeyDB: seconds since the last write. */
const lastmodified: CommandSpec = {
  ...idletime,
  name: 'lastmodified',
  summary: 'Tell how many seconds ago a key was last written',
  since: '6.0.0',
  execute({ keys, keyspace, reply, nowMs }) {
    const key = keys.at(0);
    if (!key.exists) return reply.nil();
    reply.integer(Math.max(0, Math.floor((nowMs - keyspace.lastModifiedMs(key)) / 1000)));
  },
};

export const object: CommandSpec = {
  name: 'object',
  summary: 'Container of commands that look inside a stored value',
  since: '2.2.3',
  group: 'generic',
  complexity: 'Depends on the subcommand',
  arity: -2,
  flags: [],
  categories: [],
  keySpecs: [],
  tiers: 'none',
  execute: containerOnly,
  subcommands: [
    encoding,
    freq,
    helpSubcommand('object', '6.2.0', { group: 'generic', flags: ['loading', 'stale'], categories: ['keyspace'] }, [
      ['ENCODING <key>', 'Name the representation of the value.'],
      ['FREQ <key>', 'Tell how often the key is used, on a logarithmic scale. Needs an LFU policy.'],
      ['IDLETIME <key>', 'Tell for how many seconds the key was not used. Needs a policy that is not LFU.'],
      ['LASTMODIFIED <key>', 'Tell how many seconds ago the key was last written.'],
      ['REFCOUNT <key>', 'Tell how many references the value has.'],
    ]),
    idletime,
    lastmodified,
    refcount,
  ],
};
