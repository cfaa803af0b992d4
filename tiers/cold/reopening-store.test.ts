import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FaultyStore } from './faulty-store.ts';
import { MemoryDisk, MemoryStore } from './memory-store.ts';
import { ReopeningStore } from './reopening-store.ts';
import { ColdBatch, ColdStoreError } from './store.ts';

const key = Buffer.from('a key');

function put(value: string): ColdBatch {
  const batch = new ColdBatch();
  batch.put(key, Buffer.from(value));
  return batch;
}

test('a store that refused a write is opened anew before the next one, once a second at most', async () => {
  const disk = new MemoryDisk();
  const opened: FaultyStore[] = [];
  let room = true;
  let openable = true;
  let nowMs = 0;
  const open = async (): Promise<FaultyStore> => {
    if (!openable) throw new ColdStoreError('io', 'not now');
    const store = new FaultyStore(new MemoryStore(disk), { seed: 1 });
    await store.open();
    opened.push(store);
    return store;
  };
  const problems: (string | undefined)[] = [];
  const store = new ReopeningStore(await open(), {
    open,
    mayOpen: async () => room,
    onReopened: (problem) => problems.push(problem?.message),
    nowMs: () => nowMs,
  });
  const read = async () => (await store.getMany([key]))[0]?.toString();
  await store.write(put('1'));
  opened[0]?.failNext('write', 'full');
  room = false;
  await assert.rejects(store.write(put('2')), { kind: 'full' });
  // Without room it stays as it is, and can be read.
  await assert.rejects(store.write(put('2')), { kind: 'full' });
  assert.equal(opened.length, 1);
  assert.equal(await read(), '1');
  room = true;
  await assert.rejects(store.write(put('2')), { kind: 'full' }, 'it was tried a moment ago');
  nowMs = 1000;
  await store.write(put('2'));
  assert.equal(opened.length, 2);
  assert.equal(await read(), '2');

  // An opening that fails: reads and writes are rejected until one succeeds.
  opened[1]?.failNext('write');
  await assert.rejects(store.write(put('3')), { kind: 'io' });
  openable = false;
  nowMs = 2000;
  await assert.rejects(store.write(put('3')), /not now/);
  await assert.rejects(read(), /not now/);
  openable = true;
  nowMs = 3000;
  assert.equal(await read(), '2');
  await store.write(put('3'));
  assert.equal(await read(), '3');
  assert.deepEqual(problems, [undefined, 'not now', undefined]);
  await store.close();
  assert.equal(disk.locked, false);
});

test('a store that fails once more when it is closed is opened anew all the same', async () => {
  const disk = new MemoryDisk();
  let opened = 0;
  class Complaining extends FaultyStore {
    override async close(): Promise<void> {
      await super.close();
      throw new ColdStoreError('io', 'Seen error. Skip writing buffer.');
    }
  }
  const open = async (): Promise<FaultyStore> => {
    opened++;
    const inner = new MemoryStore(disk);
    const store = opened === 1 ? new Complaining(inner, { seed: 1 }) : new FaultyStore(inner, { seed: 1 });
    await store.open();
    if (opened === 1) store.failNext('write', 'full');
    return store;
  };
  let nowMs = 0;
  const store = new ReopeningStore(await open(), { open, mayOpen: async () => true, nowMs: () => nowMs });
  await assert.rejects(store.write(put('1')), { kind: 'full' });
  nowMs = 1000;
  await store.write(put('1'));
  assert.equal(opened, 2);
  assert.equal((await store.getMany([key]))[0]?.toString(), '1');
  await store.close();
});
