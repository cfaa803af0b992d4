import { RdbDump } from '../../../protocol/rdb/dump.ts';
import { BadRdb } from '../../../protocol/rdb/errors.ts';
import { RdbOutput } from '../../../protocol/rdb/output.ts';
import type { Request } from '../../../protocol/resp/request.ts';
import { assert } from '../../../tiers/base/assert.ts';
import { eventClass } from '../../events/events.ts';
import { NEW_FREQUENCY } from '../../keyspace/frequency.ts';
import { VALUE_CRON, VALUE_STRING } from '../../keyspace/key-ref.ts';
import type { ValueCodec } from '../../types/codec.ts';
import {
  applyMemberExpiry,
  readMemberExpiry,
  saveMemberExpiry,
  type TimedMember,
  timedBytes,
} from '../../types/collection/member-expiry-codec.ts';
import { EXPIRY_NONE } from '../../types/string/string-values.ts';
import { int64Argument } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { CommandError, errors } from '../errors.ts';
import { keyAt } from '../key-specs.ts';
import type { CommandSpec } from '../spec.ts';

const badChecksum = new CommandError('ERR DUMP payload version or checksum are wrong');
const badFormat = new CommandError('ERR Bad data format');
const badTtl = new CommandError('ERR Invalid TTL value, must be >= 0');
const badIdleTime = new CommandError('ERR Invalid IDLETIME value, must be >= 0');
const badFrequency = new CommandError('ERR Invalid FREQ value, must be >= 0 and <= 255');

export const dump: CommandSpec = {
  name: 'dump',
  summary: "Serialize a key's value",
  since: '2.6.0',
  group: 'generic',
  complexity: 'O(N), N being the length of the value',
  arity: 2,
  flags: ['readonly'],
  categories: ['keyspace'],
  keySpecs: [keyAt(1, ['RO', 'access'])],
  tips: ['nondeterministic_output'],
  arguments: [{ name: 'key', type: 'key', keySpecIndex: 0 }],
  tiers: 'value',
  execute({ keys, keyspace, reply, server }) {
    const key = keys.at(0);
    if (!key.exists) return reply.nil();
    const output = new RdbOutput({ compress: server.config.values.rdbcompression });
    const isCollection = key.type !== VALUE_STRING && key.type !== VALUE_CRON;
    if (isCollection) keyspace.collections.requireResident(key);
    keyspace.codecs.of(key.type).save(key, output, server.collectionLimits);
    if (isCollection) saveMemberExpiry(keyspace.collections.memberExpiry, key, output);
    const payload = output.dump();
    reply.bulk(payload, 0, payload.length);
  },
};

interface RestoreOptions {
  replace: boolean;
  absoluteTtl: boolean;
  /** -1: not given. */
  idleSeconds: number;
  frequency: number;
}

function parseOptions({ request }: CommandContext): RestoreOptions {
  const options: RestoreOptions = { replace: false, absoluteTtl: false, idleSeconds: -1, frequency: -1 };
  for (let i = 4; i < request.count; i++) {
    const hasValue = i + 1 < request.count;
    if (request.is(i, 'replace')) options.replace = true;
    else if (request.is(i, 'absttl')) options.absoluteTtl = true;
    else if (request.is(i, 'idletime') && hasValue && options.frequency < 0) {
      const value = Number(int64Argument(request, ++i));
      if (value < 0) throw badIdleTime;
      options.idleSeconds = value;
    } else if (request.is(i, 'freq') && hasValue && options.idleSeconds < 0) {
      const value = Number(int64Argument(request, ++i));
      if (value < 0 || value > 255) throw badFrequency;
      options.frequency = value;
    } else throw errors.syntax;
  }
  return options;
}

/** What RESTORE says about a payload that is not in order. */
function inWords(error: unknown): unknown {
  if (!(error instanceof BadRdb)) return error;
  return error.reason === 'version' || error.reason === 'checksum' ? badChecksum : badFormat;
}

/** Throws unless the payload is in order in all its parts. */
function check(request: Request): void {
  try {
    RdbDump.open(request.slice(3));
  } catch (error) {
    throw inWords(error);
  }
}

/** A job runs with all rights: who may not make one by KEYDB.CRON may not by a payload either. */
function requireJobRights({ request, server, session }: CommandContext): void {
  const entry = server.table.byName('keydb.cron');
  assert(entry !== undefined, 'there is a command that makes jobs');
  const denial = server.acl.refuse(session, entry, request, 'toplevel');
  if (denial !== undefined) throw denial;
}

/** Makes the key what the payload says; throws with nothing changed. */
function place(context: CommandContext, expireAt: number): void {
  const { keys, keyspace, request, server } = context;
  const key = keys.at(0);
  let codec: ValueCodec | undefined;
  let timed: readonly TimedMember[] = [];
  try {
    const dump = RdbDump.load(request.slice(3), (kind, type) => {
      if (kind === 'cron') requireJobRights(context);
      codec = keyspace.codecs.ofKind(kind);
      return codec.begin(type, server.collectionLimits);
    });
    if (codec?.aux === undefined) timed = readMemberExpiry(dump);
    else dump.visitAux((name, value) => codec?.aux?.(name.copy(), value.copy()));
    if (timed.length > 0) keyspace.collections.reserve(timedBytes(timed));
    codec?.place(key, expireAt);
  } catch (error) {
    codec?.discard();
    throw inWords(error);
  }
  if (timed.length > 0) applyMemberExpiry(keyspace.collections.memberExpiry, key, timed);
}

export const restore: CommandSpec = {
  name: 'restore',
  summary: 'Create a key from a serialized value',
  since: '2.6.0',
  group: 'generic',
  complexity: 'O(N), N being the length of the value',
  arity: -4,
  flags: ['write', 'denyoom'],
  categories: ['keyspace', 'dangerous'],
  keySpecs: [keyAt(1, ['OW', 'update'])],
  history: [
    ['3.0.0', 'Option REPLACE'],
    ['5.0.0', 'Option ABSTTL'],
    ['5.0.0', 'Options IDLETIME and FREQ'],
  ],
  arguments: [
    { name: 'key', type: 'key', keySpecIndex: 0 },
    { name: 'ttl', type: 'integer' },
    { name: 'serialized-value', type: 'string' },
    { name: 'replace', type: 'pure-token', token: 'REPLACE', since: '3.0.0', optional: true },
    { name: 'absttl', type: 'pure-token', token: 'ABSTTL', since: '5.0.0', optional: true },
    { name: 'seconds', type: 'integer', token: 'IDLETIME', since: '5.0.0', optional: true },
    { name: 'frequency', type: 'integer', token: 'FREQ', since: '5.0.0', optional: true },
  ],
  tiers: 'index',
  execute(context) {
    const { keys, keyspace, reply, request, nowMs } = context;
    const options = parseOptions(context);
    const key = keys.at(0);
    if (key.exists && !options.replace) throw errors.busyKey;
    const ttl = int64Argument(request, 2);
    if (ttl < 0n) throw badTtl;
    // A time that overflows lies in the past, as in redis 7.0.
    const expireAt = Number(options.absoluteTtl ? ttl : BigInt.asIntN(64, ttl + BigInt(nowMs)));
    const replaced = key.exists;
    if (ttl !== 0n && expireAt <= nowMs) {
      check(request);
      if (keyspace.delete(key)) keyspace.events.notify(eventClass.generic, 'del', key);
      reply.ok();
      return;
    }
    place(context, ttl === 0n ? EXPIRY_NONE : expireAt);
    if (replaced) keyspace.events.notify(eventClass.newKey, 'new', key);
    keyspace.events.notify(eventClass.generic, 'restore', key);
    if (options.idleSeconds >= 0) keyspace.setIdleSeconds(key, options.idleSeconds);
    keyspace.setFrequency(key, options.frequency >= 0 ? options.frequency : NEW_FREQUENCY);
    reply.ok();
  },
};
