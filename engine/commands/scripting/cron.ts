import { runOf } from '../../jobs/job-run.ts';
import { int64Argument, integerArgument, parseInteger } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { CommandError, errors } from '../errors.ts';
import { keyAt } from '../key-specs.ts';
import type { CommandSpec } from '../spec.ts';

const badInterval = new CommandError('ERR interval must be positive');
const missingExpiry = new CommandError('ERR missing expire time');
const tooManyKeys = new CommandError('ERR Missing arguments or numkeys is too big');
const serversOwn = new CommandError('ERR KEYDB.CRONRUN is for the server itself');

const TIME_ARGUMENT = 3;
const MAX_KEYS = 2 ** 31 - 1;

/** KEYDB.CRON name single|repeat [start] interval script [numkeys key... arg...] (KeyDB 6.3, cron.cpp). */
function setJob(context: CommandContext): void {
  const { request, keys, keyspace, reply, nowMs } = context;
  const single = request.is(2, 'single');
  if (!single && !request.is(2, 'repeat')) throw errors.syntax;
  const first = int64Argument(request, TIME_ARGUMENT, missingExpiry);
  const second = parseInteger(request, TIME_ARGUMENT + 1);
  const interval = second === undefined ? first : BigInt(second);
  const startMs = second === undefined ? nowMs : Number(first);
  if (interval <= 0n) throw badInterval;
  const scriptAt = TIME_ARGUMENT + (second === undefined ? 1 : 2);
  // With `start` and no script: what looked like an interval is one, and the script is missing.
  if (scriptAt >= request.count) throw errors.syntax;
  const numKeysAt = scriptAt + 1;
  const keyCount = numKeysAt < request.count ? integerArgument(request, numKeysAt, 0, MAX_KEYS) : 0;
  if (numKeysAt + 1 + keyCount > Math.max(request.count, numKeysAt + 1)) throw tooManyKeys;
  const intervalMs = Number(interval);
  const parts: Buffer[] = [];
  for (let n = numKeysAt + 1; n < request.count; n++) parts.push(request.slice(n));
  keyspace.jobs.set(keys.at(0), {
    single,
    startMs,
    intervalMs,
    dueMs: startMs + intervalMs,
    script: request.slice(scriptAt),
    keys: parts.slice(0, keyCount),
    args: parts.slice(keyCount),
  });
  reply.ok();
}

/** Jobs: scripts that the server runs by itself, once or again and again. */
export const cronCommands: readonly CommandSpec[] = [
  {
    name: 'keydb.cron',
    summary: 'Make a key a job, which runs a script at times',
    since: '5.2.0',
    group: 'scripting',
    complexity: 'O(N), N being the length of the script and its arguments',
    arity: -5,
    flags: ['write', 'denyoom'],
    // What a job does it does with all rights.
    categories: ['scripting', 'dangerous'],
    keySpecs: [keyAt(1, ['OW', 'update'])],
    arguments: [
      { name: 'name', type: 'key', keySpecIndex: 0 },
      {
        name: 'mode',
        type: 'oneof',
        arguments: [
          { name: 'single', type: 'pure-token', token: 'SINGLE' },
          { name: 'repeat', type: 'pure-token', token: 'REPEAT' },
        ],
      },
      { name: 'start', type: 'unix-time', optional: true },
      { name: 'interval', type: 'integer' },
      { name: 'script', type: 'string' },
      {
        name: 'arguments',
        type: 'block',
        optional: true,
        arguments: [
          { name: 'numkeys', type: 'integer' },
          { name: 'key', type: 'string', optional: true, multiple: true },
          { name: 'arg', type: 'string', optional: true, multiple: true },
        ],
      },
    ],
    tiers: 'index',
    execute: setJob,
  },
  {
    name: 'keydb.cronrun',
    summary: 'How the server runs a job; clients cannot',
    since: '5.2.0',
    group: 'scripting',
    complexity: 'Depends on the script that is executed.',
    arity: -4,
    flags: ['noscript', 'skip_monitor', 'may_replicate', 'no_mandatory_keys', 'no_multi', 'admin'],
    categories: ['scripting'],
    keySpecs: [],
    systemCommand: true,
    arguments: [
      { name: 'script', type: 'string' },
      { name: 'numkeys', type: 'integer' },
      { name: 'key', type: 'string', optional: true, multiple: true },
      { name: 'arg', type: 'string', optional: true, multiple: true },
      { name: 'name', type: 'string' },
    ],
    tiers: 'value',
    lookups: 'silent',
    declareKeys: (context) => runOf(context)?.declareKeys(context),
    execute(context) {
      const run = runOf(context);
      if (run === undefined) throw serversOwn;
      run.execute(context);
    },
  },
];
