import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { type Implementation, type Place, testColdStore } from './conformance.ts';
import { FaultyStore } from './faulty-store.ts';
import { MemoryDisk, MemoryStore } from './memory-store.ts';
import { type Binding, bindingsFor, loadStore, openColdStore } from './open-store.ts';
import { defaultEngineOptions } from './options.ts';
import { flagsRunNxt } from './processor.ts';
import { ColdBatch, ColdStoreError } from './store.ts';

async function directory(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'strata-cold-'));
  t.after(() => rm(path, { recursive: true, force: true }));
  return path;
}

function engine(binding: Binding): Implementation {
  const at = (path: string): Place => ({ path, create: () => loadStore(binding, path, defaultEngineOptions) });
  return {
    name: binding,
    place: async (t) => at(join(await directory(t), 'flash')),
    unwritablePlace: async (t) => {
      // A file in place of a directory: refused for root too, unlike permissions.
      const path = join(await directory(t), 'file');
      await writeFile(path, '');
      return at(path);
    },
  };
}

testColdStore({
  name: 'memory',
  place: async () => {
    const disk = new MemoryDisk();
    return { path: undefined, create: async () => new MemoryStore(disk) };
  },
});

testColdStore({
  name: 'faulty without faults',
  place: async () => {
    const disk = new MemoryDisk();
    const plan = { seed: 1, faults: { write: { maxDelayMs: 1 }, getMany: { maxDelayMs: 1 } } };
    return { path: undefined, create: async () => new FaultyStore(new MemoryStore(disk), plan) };
  },
});

const haveRocksdb = bindingsFor().includes('rocksdb');
const haveNxt = bindingsFor().includes('nxt') && (await isInstalled('@nxtedition/rocksdb/binding.js'));
if (haveRocksdb) testColdStore(engine('rocksdb'));
if (haveNxt) testColdStore(engine('nxt'));

async function isInstalled(specifier: string): Promise<boolean> {
  try {
    await import(specifier);
    return true;
  } catch {
    return false;
  }
}

test('the binding is chosen by Node version and processor', () => {
  assert.deepEqual(bindingsFor('20.11.0', true), ['nxt', 'rocksdb']);
  assert.deepEqual(bindingsFor('21.7.3', false), ['rocksdb']);
  assert.deepEqual(bindingsFor('22.0.0', true), ['nxt']);
  assert.deepEqual(bindingsFor('24.21.0', false), ['nxt']);
});

test('a processor without AVX2 does not run the binary of @nxtedition/rocksdb', () => {
  const haswell = 'flags\t\t: fpu movbe popcnt avx f16c abm bmi1 avx2 bmi2 fma\n';
  assert.equal(flagsRunNxt(haswell), true);
  assert.equal(flagsRunNxt(haswell.replace(' avx2', '')), false);
  assert.equal(flagsRunNxt(''), false);
});

const haveBoth = haveRocksdb && haveNxt;

test('RocksDB 6.17 refuses a directory of 9.7; 9.7 takes one of 6.17', { skip: !haveBoth }, async (t) => {
  const path = await directory(t);
  const batch = new ColdBatch();
  batch.put(Buffer.from('key'), Buffer.from('value'));
  const old = await openColdStore(path, { binding: 'rocksdb' });
  assert.equal(old.engine.name, 'rocksdb');
  await old.write(batch);
  await old.close();
  const recent = await openColdStore(path, { binding: 'nxt' });
  assert.deepEqual(await recent.getMany([Buffer.from('key')]), [Buffer.from('value')]);
  await recent.close();
  await assert.rejects(
    openColdStore(path, { binding: 'rocksdb' }),
    /was written by RocksDB 9\.7\.4, which .* cannot read: use package @nxtedition\/rocksdb/,
  );
});

test('faults come by plan, by hand, and when the disk is full; same seed, same faults', async () => {
  const run = async (seed: number) => {
    const store = new FaultyStore(new MemoryStore(), { seed, faults: { write: { errorRate: 0.3, kind: 'io' } } });
    await store.open();
    const outcome: boolean[] = [];
    const batch = new ColdBatch();
    batch.put(Buffer.from('key'), Buffer.from('value'));
    for (let i = 0; i < 50; i++) {
      outcome.push(
        await store.write(batch).then(
          () => true,
          () => false,
        ),
      );
    }
    assert.equal(outcome.filter((ok) => !ok).length, store.injected);
    await store.close();
    return outcome;
  };
  const first = await run(42);
  assert.deepEqual(await run(42), first);
  assert.notDeepEqual(await run(43), first);

  const store = new FaultyStore(new MemoryStore(), { seed: 1, capacityBytes: 20 });
  await store.open();
  const batch = new ColdBatch();
  batch.put(Buffer.from('key'), Buffer.alloc(10));
  await store.write(batch);
  const isFull = (error: unknown) => error instanceof ColdStoreError && error.kind === 'full';
  await assert.rejects(store.write(batch), isFull);
  store.failNext('getMany', 'corrupt');
  await assert.rejects(store.getMany([Buffer.from('key')]), /injected corrupt/);
  assert.deepEqual(await store.getMany([Buffer.from('key')]), [Buffer.alloc(10)]);
  store.setFull(false);
  await store.write(batch);
  await store.close();
});
