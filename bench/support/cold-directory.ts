import { mkdirSync } from 'node:fs';
import { SLOTS } from '../../tiers/base/limits.ts';
import { newDataDirectory, writeDataDirectory } from '../../tiers/cold/meta.ts';
import { openColdStore } from '../../tiers/cold/open-store.ts';
import {
  KEY_HEADER_BYTES,
  sealRecord,
  VALUE_HEADER_BYTES,
  writeKeyHeader,
  writeValueHeader,
} from '../../tiers/cold/record.ts';
import { ColdBatch } from '../../tiers/cold/store.ts';
import { KeyHasher } from '../../tiers/index/hash.ts';

const KEYSPACE = 1;
const TYPE_STRING = 1;
const BATCH = 1000;
const SEED = { a: 0x1234567, b: 0x89abcdef, c: 0x13579bdf };

export const coldKeyName = (n: number): string => `key:${String(n).padStart(12, '0')}`;
const NAME_BYTES = coldKeyName(0).length;

/** Writes a data directory as a server leaves it: `keys` strings of `valueBytes` in database 0. Far quicker than by way of a server. */
export async function buildColdDirectory(
  path: string,
  keys: number,
  valueBytes: number,
  progress: (done: number) => void,
): Promise<void> {
  mkdirSync(path, { recursive: true });
  const store = await openColdStore(path, { writeBufferBytes: 64 << 20 });
  const directory = newDataDirectory(() => {});
  await writeDataDirectory(store, {
    ...directory,
    hashSeed: [SEED.a, SEED.b, SEED.c],
    nextKeyspaceId: KEYSPACE + 1,
    databases: [[0, KEYSPACE]],
  });
  const hasher = new KeyHasher(SEED);
  const name = Buffer.alloc(NAME_BYTES);
  const nameView = new DataView(name.buffer, name.byteOffset, name.length);
  const hash = (n: number): void => {
    name.write(coldKeyName(n), 'latin1');
    hasher.hash(nameView, 0, NAME_BYTES);
  };
  const order = bySlot(keys, (n) => {
    hash(n);
    return hasher.slot;
  });
  const batch = new ColdBatch();
  const recordBytes = KEY_HEADER_BYTES + NAME_BYTES + VALUE_HEADER_BYTES + valueBytes;
  const records = Buffer.alloc(recordBytes * BATCH);
  const view = new DataView(records.buffer, records.byteOffset, records.length);
  let done = 0;
  for (const n of order) {
    hash(n);
    const at = (done % BATCH) * recordBytes;
    const valueAt = at + KEY_HEADER_BYTES + NAME_BYTES;
    writeKeyHeader(view, at, KEYSPACE, hasher.slot, hasher.position >>> 0, hasher.check >>> 0);
    name.copy(records, at + KEY_HEADER_BYTES);
    writeValueHeader(view, valueAt, TYPE_STRING, 0, 0, n, -1);
    for (let i = 0; i + 4 <= valueBytes; i += 4) {
      view.setUint32(valueAt + VALUE_HEADER_BYTES + i, Math.imul(n + i, 0x9e3779b1), true);
    }
    sealRecord(view, at, KEY_HEADER_BYTES + NAME_BYTES, valueAt, VALUE_HEADER_BYTES + valueBytes);
    batch.put(records.subarray(at, valueAt), records.subarray(valueAt, at + recordBytes));
    if (++done % BATCH !== 0 && done < keys) continue;
    await store.write(batch);
    batch.clear();
    if (done % 1_000_000 === 0) progress(done);
  }
  await store.flush();
  await store.close();
}

/** The numbers 0 to count in the order of their slots. */
function bySlot(count: number, slotOf: (n: number) => number): Uint32Array {
  const starts = new Uint32Array(SLOTS + 1);
  for (let n = 0; n < count; n++) {
    const after = slotOf(n) + 1;
    starts[after] = (starts[after] ?? 0) + 1;
  }
  for (let slot = 0; slot < SLOTS; slot++) starts[slot + 1] = (starts[slot + 1] ?? 0) + (starts[slot] ?? 0);
  const order = new Uint32Array(count);
  for (let n = 0; n < count; n++) {
    const slot = slotOf(n);
    const at = starts[slot] ?? 0;
    order[at] = n;
    starts[slot] = at + 1;
  }
  return order;
}
