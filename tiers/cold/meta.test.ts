import assert from 'node:assert/strict';
import { webcrypto } from 'node:crypto';
import test from 'node:test';
import { MemoryStore } from './memory-store.ts';
import {
  type DataDirectory,
  decodeDataDirectory,
  encodeDataDirectory,
  newDataDirectory,
  readDataDirectory,
  writeDataDirectory,
} from './meta.ts';
import { ColdStoreError } from './store.ts';

const sample: DataDirectory = {
  formatVersion: 1,
  hashSeed: [1, 2, 0xffffffff],
  nextKeyspaceId: 5,
  databases: [
    [0, 4],
    [3, 2],
  ],
  pendingClears: [1, 3],
};

const kind = (wanted: string) => (error: unknown) => error instanceof ColdStoreError && error.kind === wanted;

test('a new directory has none; what is written is read', async () => {
  const store = new MemoryStore();
  await store.open();
  assert.equal(await readDataDirectory(store), undefined);
  await writeDataDirectory(store, sample);
  assert.deepEqual(await readDataDirectory(store), sample);
  const fresh = newDataDirectory((target) => webcrypto.getRandomValues(target));
  await writeDataDirectory(store, fresh);
  assert.deepEqual(await readDataDirectory(store), fresh);
  await store.close();
});

test('damage and later formats are told apart', () => {
  const record = encodeDataDirectory(sample);
  for (let at = 0; at < record.length; at++) {
    const damaged = Buffer.from(record);
    damaged[at] = (damaged[at] ?? 0) ^ 4;
    assert.throws(() => decodeDataDirectory(damaged), kind('corrupt'));
    assert.throws(() => decodeDataDirectory(record.subarray(0, at)), kind('corrupt'));
  }
  assert.throws(() => decodeDataDirectory(encodeDataDirectory({ ...sample, formatVersion: 2 })), kind('io'));
  assert.throws(() => decodeDataDirectory(encodeDataDirectory({ ...sample, pendingClears: [5] })), kind('corrupt'));
  assert.throws(() => decodeDataDirectory(encodeDataDirectory({ ...sample, databases: [[0, 0]] })), kind('corrupt'));
});
