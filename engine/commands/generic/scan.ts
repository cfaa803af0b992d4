import type { Request } from '../../../protocol/resp/request.ts';
import { globMatch } from '../../../protocol/text/glob.ts';
import { valueTypeNames } from '../../keyspace/key-ref.ts';
import type { ScannedKey } from '../../keyspace/keyspace.ts';
import { int64Argument } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { replyWith } from '../deferred.ts';
import { CommandError, errors } from '../errors.ts';
import type { CommandSpec, DeferredReply } from '../spec.ts';

const invalidCursor = new CommandError('ERR invalid cursor');
export const defaultCount = 10;
const uint64Max = 2n ** 64n - 1n;

/** A cursor as C's strtoul reads it: an optional sign, digits, nothing after; an empty one is 0. Throws `ERR invalid cursor`. */
export function parseCursor(text: string): bigint {
  if (text === '') return 0n;
  const match = /^([+-]?)(\d+)$/.exec(text);
  if (match === null) throw invalidCursor;
  const value = BigInt(match[2] ?? '0');
  if (value > uint64Max) throw invalidCursor;
  return match[1] === '-' ? BigInt.asUintN(64, -value) : value;
}

/** A pattern; undefined for `*`, which Redis does not even try (an empty name would not match it). */
export function patternArgument(request: Request, argIndex: number): Buffer | undefined {
  return request.is(argIndex, '*') ? undefined : request.copy(argIndex);
}

interface ScanOptions {
  count: number;
  pattern: Buffer | undefined;
  /** Lower-case name of a type; a name that no type has matches nothing. */
  type: string | undefined;
}

function parseOptions({ request }: CommandContext): ScanOptions {
  const options: ScanOptions = { count: defaultCount, pattern: undefined, type: undefined };
  for (let i = 2; i < request.count; i += 2) {
    const hasValue = i + 1 < request.count;
    if (hasValue && request.is(i, 'count')) {
      options.count = Math.min(Number(int64Argument(request, i + 1)), Number.MAX_SAFE_INTEGER);
      if (options.count < 1) throw errors.syntax;
    } else if (hasValue && request.is(i, 'match')) options.pattern = patternArgument(request, i + 1);
    else if (hasValue && request.is(i, 'type')) options.type = request.latin1(i + 1).toLowerCase();
    else throw errors.syntax;
  }
  return options;
}

export const scan: CommandSpec = {
  name: 'scan',
  summary: 'Walk over all keys in steps',
  since: '2.8.0',
  group: 'generic',
  complexity: 'O(1) per call, O(N) for a whole walk over N keys',
  arity: -2,
  flags: ['readonly'],
  categories: ['keyspace'],
  keySpecs: [],
  tips: ['nondeterministic_output', 'request_policy:special'],
  history: [['6.0.0', 'Option TYPE']],
  arguments: [
    { name: 'cursor', type: 'integer' },
    { name: 'pattern', type: 'pattern', token: 'MATCH', optional: true },
    { name: 'count', type: 'integer', token: 'COUNT', optional: true },
    { name: 'type', type: 'string', token: 'TYPE', since: '6.0.0', optional: true },
  ],
  reach: 'keyspace',
  tiers: 'none',
  execute(context) {
    const cursor = parseCursor(context.request.latin1(1));
    const { count, pattern, type } = parseOptions(context);
    const found: Buffer[] = [];
    const visit = (key: ScannedKey): void => {
      if (pattern !== undefined && !globMatch(pattern, key.key)) return;
      if (type === undefined || valueTypeNames[key.type] === type) found.push(key.key);
    };
    const { coldNames, keyspace, session } = context;
    return replyWith(context, keyspace.scan(session.db, cursor, count, visit, coldNames), ({ reply }, next) => {
      reply.array(2);
      reply.text(next.toString());
      replyKeys(reply, found);
    });
  },
};

function replyKeys(reply: CommandContext['reply'], keys: readonly Buffer[]): void {
  reply.array(keys.length);
  for (const key of keys) reply.bulk(key, 0, key.length);
}

/** Keys visited per step of KEYS: large enough to make batches of cold reads, small enough to let other clients run between. */
const keysStep = 1000;

export const keys: CommandSpec = {
  name: 'keys',
  summary: 'List all keys whose name matches a pattern',
  since: '1.0.0',
  group: 'generic',
  complexity: 'O(N), N being the number of keys in the database',
  arity: 2,
  flags: ['readonly'],
  categories: ['keyspace', 'dangerous'],
  keySpecs: [],
  tips: ['request_policy:all_shards', 'nondeterministic_output_order'],
  arguments: [{ name: 'pattern', type: 'pattern' }],
  reach: 'keyspace',
  tiers: 'none',
  execute(context) {
    const { coldNames, keyspace, session } = context;
    const pattern = context.request.copy(1);
    // A key that moves while the walk goes on may be seen twice.
    const found = new Map<string, Buffer>();
    const visit = ({ key }: ScannedKey): void => {
      if (globMatch(pattern, key)) found.set(key.toString('latin1'), key);
    };
    const { db } = session;
    const step = (from: bigint): bigint | Promise<bigint> => keyspace.scan(db, from, keysStep, visit, coldNames);
    let cursor = 0n;
    do {
      const next = step(cursor);
      if (next instanceof Promise) return walkOn(next, step, found);
      cursor = next;
    } while (cursor !== 0n);
    replyKeys(context.reply, [...found.values()]);
  },
};

async function walkOn(
  first: Promise<bigint>,
  step: (cursor: bigint) => bigint | Promise<bigint>,
  found: ReadonlyMap<string, Buffer>,
): DeferredReply {
  let cursor = await first;
  while (cursor !== 0n) cursor = await step(cursor);
  return ({ reply }) => replyKeys(reply, [...found.values()]);
}

export const randomkey: CommandSpec = {
  name: 'randomkey',
  summary: 'Name a random key',
  since: '1.0.0',
  group: 'generic',
  complexity: 'O(1)',
  arity: 1,
  flags: ['readonly'],
  categories: ['keyspace'],
  keySpecs: [],
  tips: ['request_policy:all_shards', 'nondeterministic_output'],
  reach: 'keyspace',
  tiers: 'none',
  execute(context) {
    const { coldNames, keyspace, session } = context;
    return replyWith(context, keyspace.randomKey(session.db, coldNames), ({ reply }, key) => {
      if (key === undefined) reply.nil();
      else reply.bulk(key, 0, key.length);
    });
  },
};
