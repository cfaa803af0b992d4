import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { COUNT_UNINDEXED } from '../../tiers/index/slot-tables.ts';
import { Random } from '../support/random.ts';
import { InProcessTiers } from './in-process.ts';

/** The index fills while clients are served: one interleaving at a time, in one process, then at random. */

/** Ahead of the real clock, by which the tier thread reads: however long a test takes, nothing expires but by the test's own clock. */
const NOW_MS = Date.now() + 3_600_000;
const SEED = Number(process.env.STRATAKV_FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 31));

/** A restart with these keys on disk and nothing indexed. */
async function restarted(keys: Readonly<Record<string, string>>): Promise<InProcessTiers> {
  const tiers = await InProcessTiers.open({ nowMs: NOW_MS });
  for (const [key, value] of Object.entries(keys)) tiers.set(key, value);
  await tiers.checkpoint.run();
  return tiers.restart({ unloaded: true });
}

/** Fills the index and checks that everything fits together. */
async function load(tiers: InProcessTiers): Promise<void> {
  await tiers.loader.run();
  assert.equal(tiers.store.tables.total(0, COUNT_UNINDEXED), 0);
  tiers.verify();
}

/** Removes what is due, in both tiers. */
async function expireAll(tiers: InProcessTiers): Promise<void> {
  do {
    tiers.sweep.run(tiers.nowMs, 1000);
    await tiers.expiry.run(tiers.nowMs);
  } while (tiers.expiry.backlog > 0);
}

test('a key of a slot that is not indexed is read from disk', async () => {
  const tiers = await restarted({ a: '1', b: '2' });
  assert.equal(tiers.where('a'), 'unknown');
  assert.equal(await tiers.get('a'), '1');
  assert.equal(tiers.where('a'), 'hot');
  assert.equal(await tiers.get('nowhere'), undefined);
  assert.equal(tiers.where('nowhere'), 'none');
  await load(tiers);
  assert.equal(tiers.size(), 2);
  assert.equal(tiers.where('b'), 'cold');
  assert.equal(tiers.where('a'), 'hot');
});

test('what is overwritten or deleted before its slot is indexed stays so', async () => {
  let tiers = await restarted({ kept: '0', overwritten: '1', deleted: '2' });
  await tiers.known('overwritten');
  tiers.set('overwritten', 'new');
  await tiers.known('deleted');
  assert.equal(tiers.delete('deleted'), true);
  await tiers.known('fresh');
  tiers.set('fresh', 'value');
  await load(tiers);
  assert.equal(tiers.size(), 3);
  assert.equal(await tiers.get('deleted'), undefined);
  await tiers.checkpoint.run();
  tiers = await tiers.restart();
  assert.equal(tiers.size(), 3);
  assert.equal(await tiers.get('overwritten'), 'new');
  assert.equal(await tiers.get('deleted'), undefined);
  assert.equal(await tiers.get('fresh'), 'value');
});

test('a key that is deleted, on disk too, while its record is on its way into the index does not come back', async () => {
  const tiers = await restarted({ a: '1', b: '2' });
  tiers.cold.afterChunk.hold();
  const loading = tiers.loader.run();
  await tiers.cold.afterChunk.held();
  // The records have been read.
  await tiers.known('a');
  tiers.delete('a');
  await tiers.checkpoint.run();
  tiers.cold.afterChunk.release();
  await loading;
  tiers.verify();
  assert.equal(tiers.where('a'), 'none');
  assert.equal(tiers.size(), 1);
});

test('a value that was read before its key was deleted and forgotten is not linked', async () => {
  const tiers = await restarted({ a: '1' });
  const before = tiers.place('a');
  tiers.cold.afterRead.hold();
  const reading = tiers.fetch('a');
  await tiers.cold.afterRead.held();
  // Another thread reads it meanwhile, deletes it, and the deletion reaches the disk.
  assert.equal(tiers.readNow(before), true);
  tiers.delete('a');
  await tiers.checkpoint.run();
  tiers.cold.afterRead.release();
  await reading;
  await tiers.known('a');
  assert.equal(tiers.where('a'), 'none');
  await load(tiers);
  assert.equal(tiers.size(), 0);
});

test('an expired record is not there, before and after its slot is indexed', async () => {
  let tiers = await InProcessTiers.open({ nowMs: NOW_MS });
  tiers.set('a', '1', tiers.nowMs + 1000);
  tiers.set('b', '2', tiers.nowMs + 1_000_000);
  await tiers.checkpoint.run();
  tiers = await tiers.restart({ unloaded: true, nowMs: tiers.nowMs + 5000 });
  assert.equal(await tiers.get('a'), undefined);
  assert.equal(await tiers.get('b'), '2');
  await load(tiers);
  assert.equal(tiers.size(), 1);
});

test('a database that is flushed while its index fills is empty, and its new keys are its own', async () => {
  const tiers = await restarted({ a: '1', b: '2', c: '3' });
  tiers.cold.afterChunk.hold();
  const loading = tiers.loader.run();
  await tiers.cold.afterChunk.held();
  tiers.flush(0);
  tiers.set('a', 'of now');
  for (let table = 0; table < tiers.store.tables.tables; table++) tiers.store.clearTable(table);
  tiers.cold.afterChunk.release();
  await loading;
  tiers.verify();
  assert.equal(tiers.size(), 1);
  assert.equal(await tiers.get('a'), 'of now');
  assert.equal(tiers.where('b'), 'none');
});

test('a slot that somebody waits for comes first', async () => {
  const tiers = await restarted(Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`k${n}`, 'v'])));
  const { place } = tiers.place('k7');
  const { tables } = tiers.store;
  const keyspaceId = tables.keyspaceId(place.table);
  tiers.cold.afterChunk.hold();
  const loading = tiers.loader.run();
  await tiers.cold.afterChunk.held();
  const wanted = tiers.loader.want(place.table, keyspaceId, place.slot, place.slot + 1);
  // The stretch at hand ends, then this one comes, whatever lies between.
  tiers.cold.afterChunk.release();
  await wanted;
  assert.equal(tiers.where('k7'), 'cold');
  await loading;
  assert.equal(tiers.size(), 500);
  await tiers.loader.want(place.table, keyspaceId, 0, 100);
});

test('an index that does not fit is said once; keys are read from disk until it does', async () => {
  const tiers = await restarted({ a: '1', b: '2' });
  let room = false;
  tiers.room = () => Promise.resolve(room);
  const loading = tiers.loader.run();
  const { place } = tiers.place('a');
  const keyspaceId = tiers.store.tables.keyspaceId(place.table);
  await assert.rejects(tiers.loader.want(place.table, keyspaceId, 0, 16_384), /does not fit into maxmemory/);
  assert.equal(tiers.logged.length, 1);
  assert.equal(await tiers.get('a'), '1');
  assert.equal(await tiers.get('none'), undefined);
  room = true;
  await loading;
  assert.equal(tiers.size(), 2);
  assert.equal(tiers.logged.length, 1);
  tiers.verify();
});

test('random commands while the index fills step by step, with crashes in between', async (t: TestContext) => {
  t.diagnostic(`seed ${SEED}`);
  const random = new Random(SEED);
  const model = new Map<string, { readonly value: string; readonly expiry: number }>();
  let tiers = await InProcessTiers.open({ nowMs: NOW_MS });
  const key = (): string => `k${random.integer(0, 400)}`;
  for (let round = 0; round < 6; round++) {
    const loading = round === 0 ? Promise.resolve() : tiers.loader.run();
    for (let step = 0; step < 1200; step++) {
      const name = key();
      const dice = random.integer(0, 99);
      const known = model.get(name);
      const alive = known !== undefined && (known.expiry < 0 || known.expiry > tiers.nowMs);
      if (dice < 30) {
        assert.equal(await tiers.get(name), alive ? known.value : undefined, `${name}, round ${round}, step ${step}`);
      } else if (dice < 55) {
        const expiry = random.chance(0.3) ? tiers.nowMs + random.integer(1, 2000) : -1;
        const value = `${round}:${step}`.padEnd(random.integer(1, 300), '.');
        await tiers.known(name);
        tiers.set(name, value, expiry);
        model.set(name, { value, expiry });
      } else if (dice < 75) {
        await tiers.known(name);
        assert.equal(tiers.delete(name), alive, `${name}, round ${round}, step ${step}`);
        model.delete(name);
      } else if (dice < 80) await tiers.demoteAll();
      else if (dice < 84) await tiers.checkpoint.run();
      else if (dice < 90) tiers.nowMs += random.integer(0, 300);
      else if (dice < 94) tiers.sweep.run(tiers.nowMs, 5);
      else if (dice === 99 && random.chance(0.05)) {
        tiers.flush(0);
        for (let table = 0; table < tiers.store.tables.tables; table++) tiers.store.clearTable(table);
        model.clear();
      } else if (random.chance(0.5)) {
        tiers.cold.afterChunk.hold();
        await tiers.get(key());
        tiers.cold.afterChunk.releaseOne();
      } else tiers.cold.afterChunk.releaseOne();
    }
    // A crash while the index still fills, every other time.
    if (round % 2 === 0) {
      tiers.cold.afterChunk.release();
      await loading;
      await expireAll(tiers);
      tiers.verify();
      for (const name of [...model.keys()]) {
        const known = model.get(name);
        if (known !== undefined && known.expiry >= 0 && known.expiry <= tiers.nowMs) model.delete(name);
      }
      assert.equal(tiers.size(), model.size, `size after round ${round}`);
    }
    await tiers.checkpoint.run();
    const next = await tiers.restart({ unloaded: true });
    tiers.cold.afterChunk.release();
    tiers = next;
    tiers.cold.afterChunk.hold();
  }
});
