import { createHash } from 'node:crypto';
import { formatDouble } from '../../../protocol/text/numbers.ts';
import { Slice } from '../../../tiers/tree/slice.ts';
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
import type { Collection } from '../../types/collection/collection.ts';
import { StreamId } from '../../types/stream/stream-id.ts';
import { WINDOW } from '../../types/zset/shared-sorted-sets.ts';
import { CommandError } from '../errors.ts';

const DIGEST_BYTES = 20;
const noDigest = new CommandError('ERR There is no digest of values of this type');

/** Redis's numbers of the types, which are not ours. */
const REDIS_STRING = 0;
const REDIS_LIST = 1;
const REDIS_SET = 2;
const REDIS_ZSET = 3;
const REDIS_HASH = 4;
const REDIS_STREAM = 6;
/** Ours: KeyDB cannot tell. */
const KEYDB_CRON = 64;

const slice = new Slice();

function sha1(bytes: Uint8Array): Buffer {
  return createHash('sha1').update(bytes).digest();
}

/** A digest that grows. */
class Digest {
  readonly bytes: Buffer = Buffer.alloc(DIGEST_BYTES);

  /** Takes in bytes whose place does not matter. */
  xor(bytes: Uint8Array): void {
    const other = sha1(bytes);
    for (let i = 0; i < DIGEST_BYTES; i++) this.bytes[i] = (this.bytes[i] ?? 0) ^ (other[i] ?? 0);
  }

  /** Takes in bytes after those before them. */
  mix(bytes: Uint8Array): void {
    this.xor(bytes);
    sha1(this.bytes).copy(this.bytes);
  }

  /** Takes in an element of several parts whose place does not matter. */
  xorParts(...parts: readonly Uint8Array[]): void {
    const element = new Digest();
    for (const part of parts) element.mix(part);
    this.xor(element.bytes);
  }
}

/** Redis's digest of a value (DEBUG DIGEST-VALUE); a missing key has 20 zero bytes. */
export function valueDigest(keyspace: Keyspace, key: KeyRef): string {
  const digest = new Digest();
  if (!key.exists) return digest.bytes.toString('hex');
  addValue(digest, keyspace, key);
  if (keyspace.expireAt(key) !== -1) digest.xor(Buffer.from('!!expire!!'));
  return digest.bytes.toString('hex');
}

function addValue(digest: Digest, keyspace: Keyspace, key: KeyRef): void {
  switch (key.type) {
    case VALUE_STRING:
      digest.mix(typeNumber(REDIS_STRING));
      digest.mix(keyspace.strings.copy(key, 0, keyspace.strings.length(key)));
      break;
    case VALUE_LIST:
      digest.mix(typeNumber(REDIS_LIST));
      forEach(keyspace.lists.open(key), (entry) => digest.mix(entry.key(slice).copy()));
      break;
    case VALUE_SET:
      digest.mix(typeNumber(REDIS_SET));
      forEach(keyspace.sets.open(key), (entry) => digest.xor(entry.key(slice).copy()));
      break;
    case VALUE_HASH:
      digest.mix(typeNumber(REDIS_HASH));
      forEach(keyspace.hashes.open(key), (entry) =>
        digest.xorParts(entry.key(slice).copy(), entry.value(slice).copy()),
      );
      break;
    case VALUE_ZSET:
      digest.mix(typeNumber(REDIS_ZSET));
      addSortedSet(digest, keyspace, key);
      break;
    case VALUE_STREAM:
      digest.mix(typeNumber(REDIS_STREAM));
      addStream(digest, keyspace, key);
      break;
    case VALUE_CRON: {
      const { script, keys, args, single, intervalMs } = keyspace.jobs.read(key);
      digest.mix(typeNumber(KEYDB_CRON));
      for (const part of [script, ...keys, ...args, Buffer.from(`${single} ${intervalMs}`)]) digest.mix(part);
      break;
    }
    default:
      throw noDigest;
  }
}

function addSortedSet(digest: Digest, { sortedSets }: Keyspace, key: KeyRef): void {
  const opened = sortedSets.open(key);
  for (let rank = 0, named = 0; ; rank += named) {
    named = opened.window(rank, WINDOW);
    if (named === 0) return;
    for (let n = 0; n < named; n++) {
      opened.pick(n);
      digest.xorParts(opened.member(slice).copy(), Buffer.from(formatDouble(opened.score)));
    }
  }
}

/** Entries only, as Redis does: neither groups nor what the stream knows of itself. */
function addStream(digest: Digest, { streams }: Keyspace, key: KeyRef): void {
  const { walk } = streams.open(key);
  walk.begin(new StreamId(), new StreamId().fill(0xff));
  while (walk.next()) {
    digest.mix(Buffer.from(`${walk.entry.id.ms}.${walk.entry.id.seq}`));
    walk.entry.visitFields((view, bytes, at, length) => digest.mix(slice.set(view, bytes, at, length).copy()));
  }
}

function forEach(entries: Collection, visit: (entry: Collection) => void): void {
  for (let more = entries.first(); more; more = entries.next()) visit(entries);
}

/** As C writes htonl of the number. */
function typeNumber(type: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(type);
  return bytes;
}
