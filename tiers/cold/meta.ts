import { FIRST_KEYSPACE, hashBytes, MAX_KEYSPACE, metaKey } from './record.ts';
import { ColdBatch, type ColdStore, ColdStoreError } from './store.ts';

export const DIRECTORY_FORMAT = 1;

/** What a data directory has to know about itself. Written as one record, whole, whenever it changes. */
export interface DataDirectory {
  readonly formatVersion: number;
  /** Seed of the key hash, three u32. The order of all records depends on it, so it never changes. */
  readonly hashSeed: readonly [number, number, number];
  /** The next id to give to a table; ids are never used twice, so that records of a flushed table cannot return. */
  readonly nextKeyspaceId: number;
  /** Which table each database has: [database, keyspaceId], ascending. */
  readonly databases: readonly (readonly [database: number, keyspaceId: number])[];
  /** Tables that were flushed and whose records are not all deleted yet. */
  readonly pendingClears: readonly number[];
}

const directoryKey = metaKey('directory');
const textHeaderBytes = 9;

/** The record of a new directory. `random` fills the bytes it is given (crypto.getRandomValues does). */
export function newDataDirectory(random: (target: Uint32Array) => unknown): DataDirectory {
  const [a = 0, b = 0, c = 0] = fill(new Uint32Array(3), random);
  return {
    formatVersion: DIRECTORY_FORMAT,
    hashSeed: [a, b, c],
    nextKeyspaceId: FIRST_KEYSPACE,
    databases: [],
    pendingClears: [],
  };
}

/** undefined in a new directory. Rejects with `corrupt` for a damaged record and `io` for one that a later version wrote. */
export async function readDataDirectory(store: ColdStore): Promise<DataDirectory | undefined> {
  const [record] = await store.getMany([directoryKey]);
  return record === undefined ? undefined : decodeDataDirectory(record);
}

/** On the device when it resolves. */
export async function writeDataDirectory(store: ColdStore, directory: DataDirectory): Promise<void> {
  const batch = new ColdBatch();
  batch.put(directoryKey, encodeDataDirectory(directory));
  await store.write(batch, { sync: true });
}

/** `checksum of the JSON, 8 hex digits | line feed | JSON`. */
export function encodeDataDirectory(directory: DataDirectory): Buffer {
  const json = Buffer.from(JSON.stringify(directory));
  return Buffer.concat([Buffer.from(`${checksumText(json)}\n`), json]);
}

/** Throws {@link ColdStoreError}, see {@link readDataDirectory}. */
export function decodeDataDirectory(record: Buffer): DataDirectory {
  const json = record.subarray(textHeaderBytes);
  if (record.subarray(0, textHeaderBytes).toString('latin1') !== `${checksumText(json)}\n`) {
    throw new ColdStoreError('corrupt', 'the data directory record is damaged: checksum differs');
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(json.toString());
  } catch (error) {
    throw new ColdStoreError('corrupt', 'the data directory record is damaged: not JSON', error);
  }
  if (hasFormat(parsed) && parsed.formatVersion > DIRECTORY_FORMAT) {
    throw new ColdStoreError(
      'io',
      `the data directory has format ${parsed.formatVersion}; this version reads up to ${DIRECTORY_FORMAT}`,
    );
  }
  if (!isDataDirectory(parsed))
    throw new ColdStoreError('corrupt', 'the data directory record is damaged: fields missing');
  return parsed;
}

function hasFormat(value: unknown): value is { formatVersion: number } {
  return (
    typeof value === 'object' && value !== null && 'formatVersion' in value && typeof value.formatVersion === 'number'
  );
}

function isDataDirectory(value: unknown): value is DataDirectory {
  if (!hasFormat(value) || value.formatVersion !== DIRECTORY_FORMAT) return false;
  if (!('hashSeed' in value && 'nextKeyspaceId' in value && 'databases' in value && 'pendingClears' in value))
    return false;
  const { hashSeed, nextKeyspaceId, databases, pendingClears } = value;
  if (!isKeyspaceId(nextKeyspaceId)) return false;
  if (!Array.isArray(hashSeed) || hashSeed.length !== 3 || !hashSeed.every(isU32)) return false;
  if (!Array.isArray(pendingClears) || !pendingClears.every((id) => isKeyspaceId(id) && id < nextKeyspaceId))
    return false;
  return (
    Array.isArray(databases) &&
    databases.every(
      (pair: unknown) =>
        Array.isArray(pair) && pair.length === 2 && isU32(pair[0]) && isKeyspaceId(pair[1]) && pair[1] < nextKeyspaceId,
    )
  );
}

function isU32(value: unknown): value is number {
  return typeof value === 'number' && value >>> 0 === value;
}

function isKeyspaceId(value: unknown): value is number {
  return isU32(value) && value >= FIRST_KEYSPACE && value <= MAX_KEYSPACE;
}

function checksumText(bytes: Buffer): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return hashBytes(view, 0, bytes.length, 0).toString(16).padStart(8, '0');
}

function fill(target: Uint32Array, random: (target: Uint32Array) => unknown): Uint32Array {
  random(target);
  return target;
}
