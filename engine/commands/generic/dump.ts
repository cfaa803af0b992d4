import { decodeStringDump, encodeStringDump } from '../../../protocol/rdb/dump.ts';
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
    const value = keyspace.strings.copy(key, 0, keyspace.strings.length(key));
    const payload = encodeStringDump(value, server.config.values.rdbcompression);
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

function decode(payload: Buffer): Buffer {
  const decoded = decodeStringDump(payload);
  if (decoded.ok) return decoded.value;
  throw decoded.failure === 'version' || decoded.failure === 'checksum' ? badChecksum : badFormat;
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
    const ttl = Number(int64Argument(request, 2));
    if (ttl < 0) throw badTtl;
    const value = decode(request.slice(3));
    const expireAt = ttl === 0 ? EXPIRY_NONE : options.absoluteTtl ? ttl : nowMs + ttl;
    if (expireAt !== EXPIRY_NONE && expireAt <= nowMs) {
      keyspace.delete(key);
      reply.ok();
      return;
    }
    keyspace.strings.set(key, value, 0, value.length, expireAt);
    if (options.idleSeconds >= 0) keyspace.setIdleSeconds(key, options.idleSeconds);
    if (options.frequency >= 0) keyspace.setFrequency(key, options.frequency);
    reply.ok();
  },
};
