import { encodeStringDump } from '../../../protocol/rdb/dump.ts';
import { globMatch } from '../../../protocol/text/glob.ts';
import { parseMemory } from '../../config/kinds.ts';
import { type KeyRef, VALUE_STRING } from '../../keyspace/key-ref.ts';
import type { Keyspace } from '../../keyspace/keyspace.ts';
import type { CommandContext } from '../context.ts';
import { CommandError, errors } from '../errors.ts';
import { encodingName } from '../generic/object.ts';
import { subcommandSyntax, writeHelp } from '../help.ts';
import type { CommandSpec, DeferredReply } from '../spec.ts';
import { valueDigest } from './debug-digest.ts';
import { writeProtocolSample } from './debug-protocol.ts';

const badReload = new CommandError('ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options.');
const badThreshold = new CommandError('ERR argument must be a memory value bigger than 1 and smaller than 4gb');

/** One subcommand: how many arguments it takes (DEBUG and its own name included), where its keys stand, what it does. */
interface DebugAction {
  readonly counts: readonly [least: number, most: number];
  readonly keysFrom?: number;
  readonly help: readonly [syntax: string, ...explanation: string[]];
  readonly run: (context: CommandContext) => ReturnType<CommandSpec['execute']>;
}

const accept = ({ reply }: CommandContext): void => reply.ok();

/** The whole server stands still, as Redis's does. */
function sleep({ request, reply, server }: CommandContext): void {
  const seconds = Number.parseFloat(request.latin1(2)) || 0;
  server.exclusively(() => {
    if (seconds > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, seconds * 1000);
  });
  reply.ok();
}

/** Bytes of the payload of DUMP without its type byte and footer; of a collection, which may be large, those that it takes in RAM. */
function serializedBytes(keyspace: Keyspace, key: KeyRef): number {
  if (key.type !== VALUE_STRING) return keyspace.memoryUsage(key);
  return encodeStringDump(keyspace.strings.copy(key, 0, keyspace.strings.length(key))).length - 11;
}

function describeObject({ keys, keyspace, reply, nowMs }: CommandContext): void {
  const key = keys.at(0);
  if (!key.exists) throw errors.noSuchKey;
  const idle = keyspace.idleSeconds(key);
  const clock = (Math.floor(nowMs / 1000) - idle) & 0xffffff;
  reply.simple(
    `Value at:0x${(key.handle * 16).toString(16)} refcount:1 encoding:${encodingName(keyspace, key)} serializedlength:${serializedBytes(keyspace, key)} lru:${clock} lru_seconds_idle:${idle}`,
  );
}

async function reload({ request, server }: CommandContext): DeferredReply {
  for (let i = 2; i < request.count; i++) {
    if (!request.is(i, 'merge') && !request.is(i, 'noflush') && !request.is(i, 'nosave')) throw badReload;
  }
  await server.tiers({ kind: 'reload' });
  return ({ reply }) => reply.ok();
}

async function setActiveExpire({ request, server }: CommandContext): DeferredReply {
  await server.broadcast({ kind: 'active-expire', enabled: Number.parseInt(request.latin1(2), 10) > 0 });
  return ({ reply }) => reply.ok();
}

function digestValues({ keys, keyspace, reply }: CommandContext): void {
  reply.array(keys.count);
  for (let i = 0; i < keys.count; i++) reply.simple(valueDigest(keyspace, keys.at(i)));
}

function packedThreshold({ request, reply }: CommandContext): void {
  const bytes = parseMemory(request.latin1(2));
  if (bytes === undefined || Number(bytes) > 2 ** 32) throw badThreshold;
  reply.ok();
}

const actions: Readonly<Record<string, DebugAction>> = {
  'change-repl-id': { counts: [2, 2], help: ['CHANGE-REPL-ID', 'Accepted; there is no replication yet.'], run: accept },
  'digest-value': {
    counts: [3, Number.POSITIVE_INFINITY],
    keysFrom: 2,
    help: ['DIGEST-VALUE <key> [<key> ...]', 'Digest of the values of some keys.'],
    run: digestValues,
  },
  error: {
    counts: [3, 3],
    help: ['ERROR <string>', 'Answer an error with that text.'],
    run: ({ request }) => {
      throw new CommandError(request.latin1(2));
    },
  },
  jmap: { counts: [2, 2], help: ['JMAP', 'Accepted; does nothing.'], run: accept },
  loadaof: {
    counts: [2, 2],
    help: ['LOADAOF', 'The same as RELOAD: there is no append only file yet.'],
    run: reload,
  },
  log: { counts: [3, 3], help: ['LOG <message>', 'Accepted; the message is dropped.'], run: accept },
  object: {
    counts: [3, 3],
    keysFrom: 2,
    help: ['OBJECT <key>', 'Show how the value of a key is stored.'],
    run: describeObject,
  },
  protocol: {
    counts: [3, 3],
    help: ['PROTOCOL <type>', 'Answer a sample of a protocol type.'],
    run: ({ request, reply }) => writeProtocolSample(reply, request.latin1(2).toLowerCase()),
  },
  'quicklist-packed-threshold': {
    counts: [3, 3],
    help: ['QUICKLIST-PACKED-THRESHOLD <size>', 'Accepted; does nothing.'],
    run: packedThreshold,
  },
  reload: {
    counts: [2, Number.POSITIVE_INFINITY],
    help: ['RELOAD [MERGE] [NOFLUSH] [NOSAVE]', 'Write everything to the cold tier and read it back.'],
    run: reload,
  },
  replybuffer: { counts: [4, 4], help: ['REPLYBUFFER <option> <value>', 'Accepted; does nothing.'], run: accept },
  'set-active-expire': {
    counts: [3, 3],
    help: ['SET-ACTIVE-EXPIRE <0|1>', 'Switch the search for expired keys off or on.'],
    run: setActiveExpire,
  },
  'set-disable-deny-scripts': {
    counts: [3, 3],
    help: ['SET-DISABLE-DENY-SCRIPTS <0|1>', 'Whether scripts may call commands that they else may not.'],
    run: ({ request, reply, server }) => {
      server.scripts.store.denyDisabled = request.latin1(2) === '1';
      reply.ok();
    },
  },
  sleep: { counts: [3, 3], help: ['SLEEP <seconds>', 'Stop the whole server for that time.'], run: sleep },
  'stringmatch-len': {
    counts: [4, 4],
    help: ['STRINGMATCH-LEN <pattern> <string>', 'Tell whether a glob pattern matches a string.'],
    run: ({ request, reply }) => reply.integer(globMatch(request.slice(2), request.slice(3)) ? 1 : 0),
  },
};

function actionOf({ request }: CommandContext): DebugAction | undefined {
  const name = request.latin1(1).toLowerCase();
  const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
  if (action === undefined || request.count < action.counts[0] || request.count > action.counts[1]) return undefined;
  return action;
}

export const debug: CommandSpec = {
  name: 'debug',
  summary: 'Container of commands for debugging and tests',
  since: '1.0.0',
  group: 'server',
  complexity: 'Depends on the subcommand',
  arity: -2,
  flags: ['admin', 'noscript', 'loading', 'stale', 'protected'],
  categories: [],
  keySpecs: [],
  systemCommand: true,
  lookups: 'silent',
  tiers: (context) => (actionOf(context)?.keysFrom === undefined ? 'none' : 'value'),
  declareKeys(context) {
    const first = actionOf(context)?.keysFrom ?? context.request.count;
    for (let i = first; i < context.request.count; i++) context.keys.add(i, context.session.db);
  },
  execute(context) {
    const { request } = context;
    if (request.count === 2 && request.is(1, 'help')) {
      return writeHelp(
        context,
        'debug',
        Object.values(actions).map(({ help }) => help),
      );
    }
    const action = actionOf(context);
    if (action === undefined) throw subcommandSyntax('debug', request.latin1(1));
    return action.run(context);
  },
};
