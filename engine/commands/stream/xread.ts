import type { Request } from '../../../protocol/resp/request.ts';
import { WAITS_GROUP, WAITS_STREAM } from '../../blocking/waiting.ts';
import { VALUE_STREAM } from '../../keyspace/key-ref.ts';
import type { Stream } from '../../types/stream/stream.ts';
import { StreamId } from '../../types/stream/stream-id.ts';
import { int64Argument } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { CommandError, errors } from '../errors.ts';
import type { ArgumentSpec, CommandSpec, DeferredReply, KeySpec } from '../spec.ts';
import { deliverHistory, deliverNew } from './deliver.ts';
import { noGroup, openGroup } from './groups.ts';
import { greatestId, readId } from './ids.ts';

const unbalanced = new CommandError(
  "ERR Unbalanced XREAD list of streams: for each stream key an ID or '$' must be specified.",
);
const groupInRead = new CommandError('ERR The GROUP option is only supported by XREADGROUP. You called XREAD instead.');
const noackInRead = new CommandError('ERR The NOACK option is only supported by XREADGROUP. You called XREAD instead.');
const missingGroup = new CommandError('ERR Missing GROUP option for XREADGROUP');
const dollarInGroup = new CommandError(
  'ERR The $ ID is meaningless in the context of XREADGROUP: you want to read the history of this consumer by specifying a proper ID, or use the > ID to get new messages. The $ ID would just return an empty result set.',
);
const newInRead = new CommandError(
  'ERR The > ID can be specified only when calling XREADGROUP using the GROUP <group> <consumer> option.',
);
const badTimeout = new CommandError('ERR timeout is not an integer or out of range');
/** Redis says the name as it was sent. */
const blockInScript = (request: Request): CommandError =>
  new CommandError(`ERR ${request.latin1(0)} command is not allowed with BLOCK option from scripts`);
const streamGone = new CommandError('UNBLOCKED the stream key no longer exists');
const groupGone = new CommandError('NOGROUP the consumer group this client was blocked on no longer exists');
const negativeTimeout = new CommandError('ERR timeout is negative');

/** What XREAD and XREADGROUP were asked. One per thread, filled anew by every call. */
class ReadOptions {
  /** Argument of the first key; the ids follow the last one. */
  keysAt = 0;
  streams = 0;
  /** Entries per stream. */
  count = Number.POSITIVE_INFINITY;
  /** Arguments of group and consumer, 0 in XREAD. */
  groupIndex = 0;
  consumerIndex = 0;
  noack = false;
  blocks = false;
  timeoutMs = 0;

  parse({ inScript, request }: CommandContext, inGroup: boolean): void {
    this.keysAt = 0;
    this.streams = 0;
    this.count = Number.POSITIVE_INFINITY;
    this.groupIndex = 0;
    this.noack = false;
    this.blocks = false;
    for (let i = 1; i < request.count && this.keysAt === 0; i++) {
      const more = request.count - 1 - i;
      if (more > 0 && request.is(i, 'block')) {
        if (inScript) throw blockInScript(request);
        const timeout = int64Argument(request, ++i, badTimeout);
        if (timeout < 0n) throw negativeTimeout;
        this.blocks = true;
        this.timeoutMs = Number(timeout);
      } else if (more > 0 && request.is(i, 'count')) {
        const count = Number(int64Argument(request, ++i));
        this.count = count <= 0 ? Number.POSITIVE_INFINITY : count;
      } else if (more > 0 && request.is(i, 'streams')) {
        if (more % 2 !== 0) throw unbalanced;
        this.keysAt = i + 1;
        this.streams = more / 2;
      } else if (more > 1 && request.is(i, 'group')) {
        if (!inGroup) throw groupInRead;
        this.groupIndex = i + 1;
        this.consumerIndex = i + 2;
        i += 2;
      } else if (request.is(i, 'noack')) {
        if (!inGroup) throw noackInRead;
        this.noack = true;
      } else throw errors.syntax;
    }
    if (this.keysAt === 0) throw errors.syntax;
    if (inGroup && this.groupIndex === 0) throw missingGroup;
  }
}

const options = new ReadOptions();

/** Where the keys stand: a group or consumer may be called STREAMS, so they are where the options end. */
function declareKeys(context: CommandContext, inGroup: boolean): void {
  const { keys, session } = context;
  try {
    options.parse(context, inGroup);
  } catch (error) {
    if (error instanceof CommandError) return;
    throw error;
  }
  for (let i = 0; i < options.streams; i++) keys.add(options.keysAt + i, session.db);
}

/** The id after which entries are wanted, for stream `n` of XREAD. */
function readAfter({ request }: CommandContext, stream: Stream | undefined, index: number, id: StreamId): void {
  if (request.is(index, '$')) {
    if (stream === undefined) id.fill(0);
    else id.assign(stream.lastId);
    return;
  }
  if (request.is(index, '>')) throw newInRead;
  readId(request, index, id);
}

const after = new StreamId();

function xread(context: CommandContext): DeferredReply | undefined {
  const { keys, keyspace, reply, waiting } = context;
  options.parse(context, false);
  const { keysAt, streams } = options;
  for (let n = 0; n < streams; n++) {
    if (!waiting.concerns(n)) continue;
    const key = keys.at(n);
    keyspace.requireType(key, VALUE_STREAM);
    readAfter(context, key.exists ? keyspace.streams.open(key) : undefined, keysAt + streams + n, after);
  }
  const mark = reply.mark();
  let served = 0;
  for (let n = 0; n < streams; n++) {
    if (!waiting.concerns(n)) continue;
    const key = keys.at(n);
    if (!key.exists) continue;
    const stream = keyspace.streams.open(key);
    readAfter(context, stream, keysAt + streams + n, after);
    // No entry is behind the last id; deleted ones and XSETID may leave none before it either.
    if (stream.length === 0 || after.compareTo(stream.lastId) >= 0) continue;
    after.increment();
    stream.walk.begin(after, greatestId);
    if (!stream.walk.next()) continue;
    beginStream(context, keysAt + n);
    const entries = reply.mark();
    let found = 0;
    do {
      stream.walk.entry.reply(reply);
      found++;
    } while (found < options.count && stream.walk.next());
    reply.patchArray(entries, found);
    served++;
  }
  if (served === 0 && options.blocks && context.mayBlock) {
    reply.length = mark;
    return waitForEntries(context);
  }
  endStreams(context, mark, served);
  return undefined;
}

/** `$` is what it is now, also when there are more entries by then. */
function waitForEntries(context: CommandContext): DeferredReply {
  const { keys, keyspace, request, waiting } = context;
  const { keysAt, streams, timeoutMs } = options;
  const rewrite = (argIndex: number): Buffer | undefined => {
    const n = argIndex - keysAt - streams;
    if (n < 0 || !request.is(argIndex, '$')) return undefined;
    const key = keys.at(n);
    readAfter(context, key.exists ? keyspace.streams.open(key) : undefined, argIndex, after);
    return Buffer.from(after.toString());
  };
  return waiting.wait({ sort: WAITS_STREAM, timeoutMs, keys: streams, rewrite });
}

function xreadgroup(context: CommandContext): DeferredReply | undefined {
  const { keys, reply, request, waiting } = context;
  options.parse(context, true);
  const { keysAt, streams, groupIndex } = options;
  for (let n = 0; n < streams; n++) {
    const idIndex = keysAt + streams + n;
    if (waiting.serving) {
      if (waiting.concerns(n)) requireGroup(context, n);
      continue;
    }
    keys.countLookup(n);
    if (openGroup(context, keys.at(n), groupIndex) === undefined) {
      throw noGroup(context, keysAt + n, groupIndex, 'read');
    }
    if (request.is(idIndex, '$')) throw dollarInGroup;
    if (!request.is(idIndex, '>')) readId(request, idIndex, after);
  }
  const mark = reply.mark();
  let served = 0;
  for (let n = 0; n < streams; n++) {
    if (!waiting.concerns(n)) continue;
    const idIndex = keysAt + streams + n;
    const stream = openGroup(context, keys.at(n), groupIndex);
    if (stream === undefined) continue;
    // To Redis the greatest id means the same.
    if (request.is(idIndex, '>')) after.fill(0xff);
    else readId(request, idIndex, after);
    if (!after.isMax) {
      beginStream(context, keysAt + n);
      deliverHistory(context, n, stream, after, options);
      served++;
      continue;
    }
    const before = reply.mark();
    beginStream(context, keysAt + n);
    if (deliverNew(context, n, stream, options)) served++;
    else reply.length = before;
  }
  if (served === 0 && options.blocks && context.mayBlock) {
    reply.length = mark;
    return waiting.wait({ sort: WAITS_GROUP, timeoutMs: options.timeoutMs, keys: streams, groupIndex });
  }
  endStreams(context, mark, served);
  return undefined;
}

/** Who waits for entries of a group is told when there can be none any more. */
function requireGroup(context: CommandContext, n: number): void {
  const key = context.keys.at(n);
  if (!key.exists || key.type !== VALUE_STREAM) throw streamGone;
  if (openGroup(context, key, options.groupIndex) === undefined) throw groupGone;
}

/** RESP3 has a map from names to entries, RESP2 an array of pairs. */
function beginStream({ reply, request }: CommandContext, keyIndex: number): void {
  if (reply.resp === 2) reply.array(2);
  reply.bulk(request.bytes, request.start(keyIndex), request.length(keyIndex));
}

function endStreams({ reply }: CommandContext, mark: number, served: number): void {
  if (served === 0) reply.nilArray();
  else if (reply.resp === 2) reply.patchArray(mark, served);
  else reply.patchMap(mark, served);
}

function keysBehindStreams(startFrom: number): readonly KeySpec[] {
  return [
    { flags: ['RO', 'access'], begin: { keyword: 'STREAMS', startFrom }, find: { lastKey: -1, step: 1, limit: 2 } },
  ];
}

const count: ArgumentSpec = { name: 'count', type: 'integer', token: 'COUNT', optional: true };
const block: ArgumentSpec = { name: 'milliseconds', type: 'integer', token: 'BLOCK', optional: true };
const streams: ArgumentSpec = {
  name: 'streams',
  type: 'block',
  token: 'STREAMS',
  arguments: [
    { name: 'key', type: 'key', keySpecIndex: 0, multiple: true },
    { name: 'id', type: 'string', multiple: true },
  ],
};

export const readCommands: readonly CommandSpec[] = [
  {
    name: 'xread',
    summary: 'Read the entries of several streams that follow given ids, or wait for some',
    since: '5.0.0',
    group: 'stream',
    complexity: 'O(N) for each stream where N is the number of entries returned',
    arity: -4,
    flags: ['blocking', 'readonly'],
    categories: ['stream'],
    keySpecs: keysBehindStreams(1),
    arguments: [count, block, streams],
    tiers: 'value',
    declareKeys: (context) => declareKeys(context, false),
    blocking: { onTimeout: (reply) => reply.nilArray() },
    execute: xread,
  },
  {
    name: 'xreadgroup',
    summary: 'Read new entries of several streams as a consumer of a group, or those it has not acknowledged',
    since: '5.0.0',
    group: 'stream',
    complexity: 'O(M) for each stream where M is the number of entries returned',
    arity: -7,
    flags: ['blocking', 'write'],
    categories: ['stream'],
    keySpecs: keysBehindStreams(4),
    arguments: [
      {
        name: 'group_consumer',
        type: 'block',
        token: 'GROUP',
        arguments: [
          { name: 'group', type: 'string' },
          { name: 'consumer', type: 'string' },
        ],
      },
      count,
      block,
      { name: 'noack', type: 'pure-token', token: 'NOACK', optional: true },
      streams,
    ],
    tiers: 'value',
    declareKeys: (context) => declareKeys(context, true),
    // Entries that a client did not live to see are pending: XCLAIM finds them.
    blocking: { onTimeout: (reply) => reply.nilArray() },
    execute: xreadgroup,
  },
];
