import { eventClass } from '../../events/events.ts';
import { type KeyRef, VALUE_STREAM } from '../../keyspace/key-ref.ts';
import { MAX_LISTPACK_BYTES, type Stream } from '../../types/stream/stream.ts';
import { StreamId } from '../../types/stream/stream-id.ts';
import { TRIM_NONE, Trim } from '../../types/stream/trim.ts';
import type { CommandContext } from '../context.ts';
import { CommandError, wrongArity } from '../errors.ts';
import { keyAt } from '../key-specs.ts';
import type { CommandSpec } from '../spec.ts';
import { NEW_ID, readId } from './ids.ts';
import { TrimOptions, trimArguments } from './trim-options.ts';

const zeroId = new CommandError('ERR The ID specified in XADD must be greater than 0-0');
const exhausted = new CommandError('ERR The stream has exhausted the last possible ID, unable to add more items');
const idTooSmall = new CommandError('ERR The ID specified in XADD is equal or smaller than the target stream top item');
const tooLarge = new CommandError('ERR Elements are too large to be stored');

const trim = new Trim();
const trimOptions = new TrimOptions();
/** The id of the call: as it was given, then as it is to be. */
const id = new StreamId();
const noStream = new StreamId();

interface AddOptions {
  create: boolean;
  idGiven: boolean;
  /** Argument of the id; fields follow. */
  idIndex: number;
}

const options: AddOptions = { create: true, idGiven: false, idIndex: 0 };

function parse(context: CommandContext): void {
  const { request } = context;
  options.create = true;
  options.idGiven = false;
  trimOptions.begin(trim);
  let i = 2;
  for (; i < request.count; i++) {
    if (request.is(i, '*')) break;
    const last = trimOptions.read(context, i, trim);
    if (last >= 0) i = last;
    else if (request.is(i, 'nomkstream')) options.create = false;
    else {
      readId(request, i, id, NEW_ID);
      options.idGiven = true;
      break;
    }
  }
  trimOptions.end(context, trim);
  options.idIndex = i;
  const texts = request.count - i - 1;
  if (texts < 2 || texts % 2 === 1) throw wrongArity('xadd');
  if (options.idGiven && !id.autoSequence && id.isZero) throw zeroId;
}

/** Makes `id` the new entry's. */
function chooseId(lastId: StreamId, nowMs: number): void {
  if (lastId.isMax) throw exhausted;
  if (!options.idGiven) {
    id.setMs(nowMs);
    if (id.compareTo(lastId) > 0) return;
    id.assign(lastId).increment();
    return;
  }
  if (id.autoSequence && id.sameMs(lastId)) {
    const { ms } = lastId;
    id.assign(lastId).increment();
    if (id.ms !== ms) throw idTooSmall;
  }
  if (id.compareTo(lastId) <= 0) throw idTooSmall;
}

function openForWriting({ keyspace }: CommandContext, key: KeyRef): Stream | undefined {
  keyspace.requireType(key, VALUE_STREAM);
  return key.exists ? keyspace.streams.open(key) : undefined;
}

function xadd(context: CommandContext): void {
  const { keys, keyspace, nowMs, reply, request, server } = context;
  parse(context);
  const key = keys.at(0);
  const existing = openForWriting(context, key);
  if (existing === undefined && !options.create) {
    reply.nil();
    return;
  }
  chooseId(existing === undefined ? noStream : existing.lastId, nowMs);
  const { collections, draft } = keyspace.streams;
  draft.describe(request, options.idIndex + 1, (request.count - options.idIndex - 1) >> 1);
  if (draft.textBytes > MAX_LISTPACK_BYTES) throw tooLarge;
  collections.reserve(draft.beginBytes);
  const trims = trim.strategy !== TRIM_NONE;
  if (trims && existing !== undefined) trim.look(existing, existing.length + 1);
  const stream = existing ?? keyspace.streams.create(key);
  stream.append(draft, id, server.collectionLimits);
  draft.release();
  const trimmed = trims ? trim.apply(stream) : 0;
  collections.changed(key);
  keyspace.events.notify(eventClass.stream, 'xadd', key);
  if (trimmed > 0) keyspace.events.notify(eventClass.stream, 'xtrim', key);
  id.reply(reply);
}

export const xaddCommand: CommandSpec = {
  name: 'xadd',
  summary: 'Append an entry to a stream, which may be trimmed at once',
  since: '5.0.0',
  group: 'stream',
  complexity: 'O(1) to add an entry, O(N) to trim N entries',
  arity: -5,
  flags: ['write', 'denyoom', 'fast'],
  categories: ['stream'],
  keySpecs: [keyAt(1, ['RW', 'update'], 'UPDATE instead of INSERT because of the optional trimming feature')],
  tips: ['nondeterministic_output'],
  history: [
    ['6.2.0', 'Added the `NOMKSTREAM` option, `MINID` trimming strategy and the `LIMIT` option.'],
    ['7.0.0', 'Added support for the `<ms>-*` explicit ID form.'],
  ],
  arguments: [
    { name: 'key', type: 'key', keySpecIndex: 0 },
    { name: 'nomkstream', type: 'pure-token', token: 'NOMKSTREAM', since: '6.2.0', optional: true },
    { name: 'trim', type: 'block', optional: true, arguments: trimArguments },
    {
      name: 'id_or_auto',
      type: 'oneof',
      arguments: [
        { name: 'auto_id', type: 'pure-token', token: '*' },
        { name: 'id', type: 'string' },
      ],
    },
    {
      name: 'field_value',
      type: 'block',
      multiple: true,
      arguments: [
        { name: 'field', type: 'string' },
        { name: 'value', type: 'string' },
      ],
    },
  ],
  tiers: 'value',
  execute: xadd,
};
