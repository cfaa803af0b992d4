import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { ColdBatch, type ColdErrorKind, type ColdIterator, type ColdStore, ColdStoreError } from './store.ts';

/** One place that outlives stores, such as a directory. */
export interface Place {
  /** A new store on this place, not open. */
  create(): Promise<ColdStore>;
  /** The directory; undefined when there is none, and the tests about files are skipped. */
  readonly path: string | undefined;
}

export interface Implementation {
  readonly name: string;
  /** A fresh place, gone when the test ends. */
  place(t: TestContext): Promise<Place>;
  /** A place that cannot be written. */
  unwritablePlace?(t: TestContext): Promise<Place>;
}

/** Registers the tests that every {@link ColdStore} passes. */
export function testColdStore(implementation: Implementation): void {
  const check = (name: string, body: (place: Place, t: TestContext) => Promise<void>) =>
    test(`${implementation.name}: ${name}`, async (t) => body(await implementation.place(t), t));
  const checkOpen = (name: string, body: (store: ColdStore) => Promise<void>) =>
    check(name, async (place) => {
      const store = await opened(place);
      try {
        await body(store);
      } finally {
        await store.close();
      }
    });

  checkOpen('reads what was written, in the order of the keys asked', async (store) => {
    await put(store, { aa: '1', bb: '2', cc: '' });
    const values = await store.getMany([b('cc'), b('none'), b('aa'), b('aa')]);
    assert.deepEqual(values.map(text), ['', undefined, '1', '1']);
    assert.deepEqual(await store.getMany([]), []);
  });

  checkOpen('a batch takes effect in its order, overwrites and deletes', async (store) => {
    await put(store, { aa: '1', bb: '1' });
    const batch = new ColdBatch();
    batch.put(b('aa'), b('2'));
    batch.delete(b('aa'));
    batch.delete(b('bb'));
    batch.put(b('bb'), b('3'));
    batch.delete(b('never'));
    await store.write(batch);
    await store.write(new ColdBatch());
    assert.deepEqual((await store.getMany([b('aa'), b('bb'), b('never')])).map(text), [undefined, '3', undefined]);
  });

  checkOpen('a batch and its buffers may be reused as soon as write returned', async (store) => {
    const batch = new ColdBatch();
    const key = b('k0');
    const value = b('v0');
    const writes: Promise<void>[] = [];
    for (let i = 0; i < 10; i++) {
      key[1] = 0x30 + i;
      value[1] = 0x30 + i;
      batch.clear();
      batch.put(key, value);
      writes.push(store.write(batch, { sync: i === 9 }));
    }
    key.fill(0);
    value.fill(0);
    batch.clear();
    await Promise.all(writes);
    const found = await store.getMany(Array.from({ length: 10 }, (_, i) => b(`k${i}`)));
    assert.deepEqual(
      found.map(text),
      Array.from({ length: 10 }, (_, i) => `v${i}`),
    );
  });

  checkOpen('writes of one key in flight together end with the last', async (store) => {
    const batch = new ColdBatch();
    const writes: Promise<void>[] = [];
    for (let i = 0; i < 200; i++) {
      batch.clear();
      batch.put(b('same'), b(String(i)));
      writes.push(store.write(batch));
    }
    await Promise.all(writes);
    assert.equal(text((await store.getMany([b('same')]))[0]), '199');
  });

  checkOpen('binary keys sort as unsigned bytes, a prefix first', async (store) => {
    const keys = ['0000', '0001', '00ff', '7f00', '7fff', '8000', '800000', '8000ff', 'fe', 'ff00', 'ffff', 'ffffff']
      .map((hex) => Buffer.from(hex.padEnd(4, '0'), 'hex'))
      .sort(Buffer.compare);
    const batch = new ColdBatch();
    for (const key of [...keys].reverse()) batch.put(key, key);
    await store.write(batch);
    const found = await collect(store.iterate(everything));
    assert.deepEqual(found.keys, keys);
    assert.deepEqual(found.values, keys);
    const part = await collect(
      store.iterate({ gte: Buffer.from('7fff', 'hex'), lt: Buffer.from('8000ff', 'hex') }, { values: false }),
    );
    assert.deepEqual(
      part.keys.map((key) => key.toString('hex')),
      ['7fff', '8000', '800000'],
    );
    assert.equal(part.values.length, 0);
    const none = await collect(store.iterate({ gte: Buffer.from('9000', 'hex'), lt: Buffer.from('9000', 'hex') }));
    assert.equal(none.keys.length, 0);
  });

  checkOpen('values of 0 bytes to 3 MB come back whole, alone and by iteration', async (store) => {
    const sizes = [0, 1, 4096, 100_000, 1 << 20, 3 << 20];
    const batch = new ColdBatch();
    for (const [at, size] of sizes.entries()) batch.put(b(`v${at}`), pattern(size, at));
    await store.write(batch);
    const values = await store.getMany(sizes.map((_, at) => b(`v${at}`)));
    for (const [at, size] of sizes.entries()) assert.ok(values[at]?.equals(pattern(size, at)), `${size} bytes`);
    const found = await collect(store.iterate(everything));
    for (const [at, size] of sizes.entries()) assert.ok(found.values[at]?.equals(pattern(size, at)), `${size} bytes`);
  });

  checkOpen('iterates thousands of records in chunks, with a limit when told', async (store) => {
    await fill(store, 5000);
    const found = await collect(store.iterate(everything));
    assert.deepEqual(
      found.keys.map(String),
      Array.from({ length: 5000 }, (_, i) => name(i)),
    );
    assert.ok(found.chunks <= 60, `${found.chunks} chunks`);
    for (const limit of [1, 2, 999, 1000, 1001, 2500]) {
      const part = await collect(store.iterate(everything, { limit }));
      assert.equal(part.keys.length, limit);
      assert.equal(part.values.length, limit);
    }
  });

  checkOpen('an iterator sees the store as it was at its start', async (store) => {
    await fill(store, 3000);
    const iterator = store.iterate(everything);
    const batch = new ColdBatch();
    for (let i = 0; i < 3000; i += 2) batch.delete(b(name(i)));
    for (let i = 1; i < 3000; i += 2) batch.put(b(name(i)), b('changed'));
    batch.put(b('key-later'), b('new'));
    await store.write(batch);
    const found = await collect(iterator);
    assert.equal(found.keys.length, 3000);
    assert.ok(found.values.every((value) => value.length === 100));
    assert.equal((await collect(store.iterate(everything))).keys.length, 1501);
  });

  checkOpen('many reads in flight together with writes and iterators', async (store) => {
    await fill(store, 2000);
    const work: Promise<unknown>[] = [];
    for (let round = 0; round < 40; round++) {
      const keys = Array.from({ length: 32 }, (_, i) => b(name((round * 37 + i * 11) % 2000)));
      work.push(store.getMany(keys).then((values) => assert.ok(values.every((value) => value?.length === 100))));
      work.push(fill(store, 50, round * 40));
      if (round % 10 === 0) work.push(collect(store.iterate(everything)).then((f) => assert.ok(f.keys.length >= 2000)));
    }
    await Promise.all(work);
  });

  checkOpen('deleteRange removes its range only, small and large, and reads go on meanwhile', async (store) => {
    for (const count of [10, 5000]) {
      await fill(store, count);
      await put(store, { 'kex-before': 'x', 'kez-after': 'y' });
      const clearing = store.deleteRange({ gte: b('key-'), lt: b('key.') });
      assert.deepEqual((await store.getMany([b('kex-before')])).map(text), ['x']);
      await clearing;
      assert.deepEqual((await collect(store.iterate(everything))).keys.map(String), ['kex-before', 'kez-after']);
      assert.deepEqual(await store.getMany([b(name(5))]), [undefined]);
    }
    await fill(store, 3);
    assert.equal((await collect(store.iterate(everything))).keys.length, 5);
    await store.deleteRange({ gte: b('zz'), lt: b('zzz') });
  });

  check('reopening keeps what was written, flushed or not', async (place) => {
    const first = await opened(place);
    await fill(first, 100);
    await first.flush();
    await put(first, { later: 'unflushed' });
    await first.deleteRange({ gte: b(name(0)), lt: b(name(10)) });
    assert.ok((await first.estimateBytes()) >= 0);
    await first.close();
    await first.close();
    const second = await opened(place);
    assert.equal((await collect(second.iterate(everything))).keys.length, 91);
    assert.equal(text((await second.getMany([b('later')]))[0]), 'unflushed');
    await second.close();
  });

  check('a second open of the same place is refused, and the first goes on', async (place) => {
    const first = await opened(place);
    const second = await place.create();
    await rejects(second.open(), 'io', /lock/);
    await rejects(second.getMany([b('aa')]), 'closed');
    await put(first, { aa: '1' });
    assert.equal(text((await first.getMany([b('aa')]))[0]), '1');
    await second.close();
    await first.close();
  });

  check('after close, and before open, everything is refused with closed', async (place) => {
    const store = await place.create();
    await rejects(store.getMany([b('aa')]), 'closed');
    await store.open();
    const batch = new ColdBatch();
    batch.put(b('aa'), b('1'));
    const iterator = store.iterate(everything);
    await store.close();
    await rejects(iterator.nextChunk(), 'closed');
    await iterator.close();
    await rejects(store.getMany([b('aa')]), 'closed');
    await rejects(store.write(batch), 'closed');
    await rejects(store.flush(), 'closed');
    await rejects(store.estimateBytes(), 'closed');
    await rejects(store.deleteRange(everything), 'closed');
    assert.throws(() => store.iterate(everything), isColdError('closed'));
    assert.throws(() => store.property('rocksdb.stats'), isColdError('closed'));
  });

  check('close with requests in flight finishes them or refuses them', async (place) => {
    const store = await opened(place);
    await fill(store, 2000);
    const iterator = store.iterate(everything);
    await iterator.nextChunk();
    const work: Promise<unknown>[] = [iterator.nextChunk()];
    for (let round = 0; round < 30; round++) {
      work.push(store.getMany(Array.from({ length: 32 }, (_, i) => b(name(i * 3)))));
      work.push(fill(store, 20));
    }
    work.push(store.deleteRange({ gte: b(name(0)), lt: b(name(1500)) }));
    const closing = store.close();
    const results = await Promise.allSettled(work);
    await closing;
    for (const result of results) {
      if (result.status === 'rejected') assert.ok(isColdError('closed')(result.reason), String(result.reason));
    }
  });

  check('damage on disk is refused or noticed, and does not kill the process', async (place, t) => {
    if (place.path === undefined) return t.skip('no files');
    const store = await opened(place);
    await fill(store, 3000);
    await store.close();
    // Opening again moves the log into a table.
    await (await opened(place)).close();
    await damageTables(place.path);
    const damaged = await opened(place);
    const reads = Array.from({ length: 30 }, (_, i) => damaged.getMany([b(name(i * 100)), b(name(i * 100 + 1))]));
    const results = await Promise.allSettled(reads);
    const failed = results.filter((result) => result.status === 'rejected');
    assert.ok(failed.length > 0, 'no read failed');
    for (const result of failed) assert.ok(isColdError('corrupt')(result.reason), String(result.reason));
    await put(damaged, { fine: 'yes' });
    assert.equal(text((await damaged.getMany([b('fine')]))[0]), 'yes');
    await damaged.close();
  });

  test(`${implementation.name}: a place that cannot be written is refused in one line`, async (t) => {
    if (implementation.unwritablePlace === undefined) return t.skip('no files');
    const place = await implementation.unwritablePlace(t);
    const store = await place.create();
    await assert.rejects(store.open(), (error: unknown) => {
      assert.ok(isColdError('io')(error), String(error));
      assert.ok(error instanceof Error && error.message.includes(String(place.path)) && !error.message.includes('\n'));
      return true;
    });
    await store.close();
  });
}

const everything = { gte: Buffer.alloc(2), lt: Buffer.alloc(8, 255) };

async function opened(place: Place): Promise<ColdStore> {
  const store = await place.create();
  await store.open();
  return store;
}

async function put(store: ColdStore, records: Record<string, string>): Promise<void> {
  const batch = new ColdBatch();
  for (const [key, value] of Object.entries(records)) batch.put(b(key), b(value));
  await store.write(batch);
}

/** Records key-000000 ... with 100 bytes each. */
async function fill(store: ColdStore, count: number, from = 0): Promise<void> {
  const batch = new ColdBatch();
  for (let i = from; i < from + count; i++) batch.put(b(name(i)), pattern(100, i));
  await store.write(batch);
}

async function collect(iterator: ColdIterator): Promise<{ keys: Buffer[]; values: Buffer[]; chunks: number }> {
  const all = { keys: [] as Buffer[], values: [] as Buffer[], chunks: 0 };
  try {
    for (let chunk = await iterator.nextChunk(); chunk !== undefined; chunk = await iterator.nextChunk()) {
      assert.ok(chunk.keys.length > 0, 'empty chunk');
      all.keys.push(...chunk.keys);
      all.values.push(...chunk.values);
      all.chunks += 1;
    }
    assert.equal(await iterator.nextChunk(), undefined);
  } finally {
    await iterator.close();
  }
  return all;
}

/** Turns over a byte in every 4 KiB of the data of each table, and leaves its end (index, footer) alone. */
async function damageTables(path: string): Promise<void> {
  let tables = 0;
  for (const file of await readdir(path)) {
    if (!file.endsWith('.sst')) continue;
    const bytes = await readFile(join(path, file));
    for (let at = 1000; at < bytes.length * 0.7; at += 4096) bytes[at] = (bytes[at] ?? 0) ^ 0xff;
    await writeFile(join(path, file), bytes);
    tables += 1;
  }
  assert.ok(tables > 0, 'no table to damage');
}

function isColdError(kind: ColdErrorKind): (error: unknown) => boolean {
  return (error) => error instanceof ColdStoreError && error.kind === kind;
}

async function rejects(work: Promise<unknown>, kind: ColdErrorKind, message = /./): Promise<void> {
  await assert.rejects(work, (error: unknown) => {
    assert.ok(isColdError(kind)(error) && error instanceof Error && message.test(error.message), String(error));
    return true;
  });
}

function pattern(size: number, seed: number): Buffer {
  const bytes = Buffer.alloc(size);
  for (let at = 0; at < size; at++) bytes[at] = (at * 31 + seed * 7 + (at >> 8)) & 255;
  return bytes;
}

function name(number: number): string {
  return `key-${String(number).padStart(6, '0')}`;
}

function b(content: string): Buffer {
  return Buffer.from(content);
}

function text(value: Buffer | undefined): string | undefined {
  return value?.toString();
}
