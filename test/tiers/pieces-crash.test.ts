import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { FaultyStore } from '../../tiers/cold/faulty-store.ts';
import { KEY_SLOT, PIECE_SLOT } from '../../tiers/cold/record.ts';
import { ColdStoreError } from '../../tiers/cold/store.ts';
import { Random } from '../support/random.ts';
import { InProcessTiers } from './in-process.ts';
import { type Hash, hdel, hgetall, hset } from './in-process-hashes.ts';

/** Collections in pieces, one interleaving at a time: crashes between any two batches, failed writes, changes while they are written. */

const SEED = Number(process.env.STRATAKV_FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 31));

function piecesOnDisk(tiers: InProcessTiers): number {
  return tiers.disk.keys().filter((key) => Buffer.from(key, 'latin1').readUInt16BE(KEY_SLOT) === PIECE_SLOT).length;
}

const equal = (a: Hash, b: Hash): boolean =>
  a.size === b.size && [...a].every(([field, value]) => b.get(field) === value);

const pairsOf = (from: number, to: number, text: string): [string, string][] =>
  Array.from({ length: to - from }, (_, n) => [`field:${from + n}`, `${text}:${from + n}`]);

test('a crash between the batches of a large collection leaves the moment before', async () => {
  let tiers = await InProcessTiers.open();
  await hset(tiers, 'k', pairsOf(0, 40_000, 'old'));
  await tiers.checkpoint.run();
  await hset(tiers, 'k', pairsOf(0, 40_000, 'new'));
  tiers.cold.beforeWrite.hold();
  const run = tiers.checkpoint.run();
  run.catch(() => {});
  // The empty batch, and the first step of several.
  await tiers.cold.beforeWrite.held();
  const before = piecesOnDisk(tiers);
  tiers.cold.beforeWrite.releaseOne();
  await tiers.cold.beforeWrite.held();
  tiers.cold.beforeWrite.releaseOne();
  await tiers.cold.beforeWrite.held();
  assert.ok(piecesOnDisk(tiers) > before, 'a step was written');
  tiers = await tiers.restart();
  assert.equal(piecesOnDisk(tiers), before, 'what no record names is gone');
  assert.ok(equal(await hgetall(tiers, 'k'), new Map(pairsOf(0, 40_000, 'old'))));
  tiers.verify();
});

test('a change while a large collection is written is not mixed into the record', async () => {
  let tiers = await InProcessTiers.open();
  await hset(tiers, 'k', pairsOf(0, 40_000, 'v'));
  tiers.cold.beforeWrite.hold();
  const run = tiers.checkpoint.run();
  const states: Hash[] = [new Map(pairsOf(0, 40_000, 'v'))];
  let released = 0;
  const settled = run.then(() => {
    released = -1;
  });
  for (let n = 0; released >= 0; n++) {
    // One change between any two batches, spread over the whole collection.
    await hset(tiers, 'k', [[`field:${(n * 7919) % 40_000}`, `changed:${n}`]]);
    await hdel(tiers, 'k', [`field:${(n * 104_729 + 1) % 40_000}`]);
    states.push(await hgetall(tiers, 'k'));
    tiers.cold.beforeWrite.releaseOne();
    released++;
    await Promise.race([tiers.cold.beforeWrite.held(), settled]);
  }
  tiers.cold.beforeWrite.release();
  tiers = await tiers.restart();
  const found = await hgetall(tiers, 'k');
  assert.ok(
    states.some((state) => equal(state, found)),
    'the collection is as it was at some moment',
  );
  tiers.verify();
});

test('of two records of one collection, as a crash in the middle of RENAME leaves them, the newer counts', async () => {
  let tiers = await InProcessTiers.open();
  const content = pairsOf(0, 3000, 'v');
  await hset(tiers, 'from', content);
  await tiers.checkpoint.run();
  const records = new Map(tiers.disk.records);
  await tiers.rename('from', 'to');
  await tiers.checkpoint.run();
  for (const [key, value] of records) if (!tiers.disk.records.has(key)) tiers.disk.put(key, value);
  tiers = await tiers.restart();
  assert.equal(tiers.where('from'), 'none');
  assert.equal(tiers.size(), 1);
  assert.ok(equal(await hgetall(tiers, 'to'), new Map(content)));
  await tiers.checkpoint.run();
  tiers.verify();
  tiers.delete('to');
  await tiers.checkpoint.run();
  await tiers.checkpoint.run();
  assert.equal(piecesOnDisk(tiers), 0);
});

test('the pieces of a cold collection go when its key is deleted, overwritten, or flushed', async () => {
  const tiers = await InProcessTiers.open();
  for (const key of ['deleted', 'overwritten', 'both', 'moved']) await hset(tiers, key, pairsOf(0, 2000, key));
  await tiers.checkpoint.run();
  await tiers.demoteAll();
  for (const key of ['deleted', 'overwritten', 'both', 'moved']) assert.equal(tiers.where(key), 'cold');
  const before = piecesOnDisk(tiers);
  tiers.delete('deleted');
  tiers.set('overwritten', 'text');
  tiers.delete('both');
  await hset(tiers, 'both', pairsOf(0, 3, 'new'));
  await tiers.rename('moved', 'elsewhere');
  await tiers.checkpoint.run();
  await tiers.checkpoint.run();
  assert.ok(piecesOnDisk(tiers) < before * 0.4 && piecesOnDisk(tiers) > before * 0.2);
  assert.ok(equal(await hgetall(tiers, 'elsewhere'), new Map(pairsOf(0, 2000, 'moved'))));
  assert.ok(equal(await hgetall(tiers, 'both'), new Map(pairsOf(0, 3, 'new'))));
  tiers.verify();
});

test('a store that cannot be read while a cold collection is doomed loses neither the batch nor the doom', async () => {
  let faulty: FaultyStore | undefined;
  const tiers = await InProcessTiers.open({
    wrap: (store) => {
      faulty = new FaultyStore(store, { seed: 1 });
      return faulty;
    },
  });
  assert.ok(faulty !== undefined);
  await hset(tiers, 'doomed', pairsOf(0, 2000, 'v'));
  await hset(tiers, 'large', pairsOf(0, 2000, 'old'));
  await tiers.checkpoint.run();
  await tiers.demoteAll();
  tiers.delete('doomed');
  await hset(tiers, 'large', pairsOf(500, 1500, 'new'));
  for (let n = 0; n < 40; n++) tiers.set(`k${n}`, `v${n}`);
  const before = piecesOnDisk(tiers);
  // By demotion: the batch is filled already, and its objects are on their way out.
  faulty.failNext('getMany');
  await tiers.demoteAll();
  assert.equal(faulty.injected, 1);
  for (let n = 0; n < 40; n++) assert.equal(tiers.where(`k${n}`), 'hot dirty');
  tiers.verify();
  // By a checkpoint: when it begins, and when it writes.
  faulty.failNext('getMany');
  await assert.rejects(tiers.checkpoint.run(), ColdStoreError);
  faulty.failNext('getMany', 'corrupt');
  faulty.failNext('write');
  await assert.rejects(tiers.checkpoint.run(), ColdStoreError);
  assert.equal(piecesOnDisk(tiers), before);
  tiers.verify();
  // The disk is well again.
  await tiers.checkpoint.run();
  await tiers.checkpoint.run();
  assert.ok(piecesOnDisk(tiers) < before * 0.6, 'the pieces of what was deleted are gone');
  const after = await tiers.restart();
  assert.equal(after.size(), 41);
  for (let n = 0; n < 40; n++) assert.equal(await after.get(`k${n}`), `v${n}`);
  const large = new Map([...pairsOf(0, 2000, 'old'), ...pairsOf(500, 1500, 'new')]);
  assert.ok(equal(await hgetall(after, 'large'), large));
  after.verify();
});

async function torture(context: TestContext, seed: number): Promise<void> {
  context.diagnostic(`seed ${seed}`);
  const random = new Random(seed);
  let faulty: FaultyStore | undefined;
  const open = {
    wrap: (store: ConstructorParameters<typeof FaultyStore>[0]) => {
      faulty = new FaultyStore(store, { seed: random.integer(1, 2 ** 30) });
      return faulty;
    },
  };
  let tiers = await InProcessTiers.open(open);
  const keys = ['a', 'b', 'c'];
  const model = new Map<string, Map<string, string>>();
  /** What each key has been since the last complete checkpoint began. */
  let history = new Map<string, Hash[]>(keys.map((key) => [key, [new Map()]]));
  const note = (key: string): void => {
    history.get(key)?.push(new Map(model.get(key) ?? []));
  };
  const present = (): Map<string, Hash[]> => new Map(keys.map((key) => [key, [new Map(model.get(key) ?? [])]]));
  for (let step = 0; step < 400; step++) {
    const dice = random.integer(0, 99);
    const key = random.pick(keys);
    if (dice < 45) {
      const from = random.integer(0, 4000);
      const pairs = pairsOf(from, from + random.integer(1, 60), `s${step}`);
      await hset(tiers, key, pairs);
      model.set(key, new Map([...(model.get(key) ?? []), ...pairs]));
      note(key);
    } else if (dice < 60) {
      const fields = Array.from({ length: random.integer(1, 200) }, () => `field:${random.integer(0, 4060)}`);
      await hdel(tiers, key, fields);
      for (const field of fields) model.get(key)?.delete(field);
      note(key);
    } else if (dice < 64) {
      tiers.delete(key);
      model.delete(key);
      note(key);
    } else if (dice < 68) {
      const to = random.pick(keys);
      if (to === key || (model.get(key)?.size ?? 0) === 0) continue;
      await tiers.rename(key, to);
      model.set(to, model.get(key) ?? new Map());
      model.delete(key);
      note(key);
      note(to);
    } else if (dice < 78) {
      const began = present();
      if (random.chance(0.3)) faulty?.failNext('write');
      try {
        await tiers.checkpoint.run();
        history = began;
      } catch (error) {
        if (!(error instanceof ColdStoreError)) throw error;
      }
    } else if (dice < 88) {
      if (random.chance(0.2)) faulty?.failNext('write');
      await tiers.demoteAll();
    } else if (dice < 95) {
      assert.ok(equal(await hgetall(tiers, key), model.get(key) ?? new Map()), `${key} at step ${step}`);
    } else {
      tiers.verify();
      tiers = await tiers.restart(open);
      for (const name of keys) {
        const found = await hgetall(tiers, name);
        const known = history.get(name)?.some((state) => equal(state, found)) === true;
        assert.ok(known, `${name} is as it was at some moment since the checkpoint, at step ${step}`);
        model.set(name, new Map(found));
      }
      history = present();
      tiers.verify();
    }
  }
  for (const key of keys) tiers.delete(key);
  // Failures that were ordered for demotions that had nothing to write may still come.
  for (let done = 0; done < 2; ) {
    try {
      await tiers.checkpoint.run();
      done++;
    } catch (error) {
      if (!(error instanceof ColdStoreError)) throw error;
    }
  }
  assert.equal(piecesOnDisk(tiers), 0, 'pieces of deleted collections are gone');
  tiers.verify();
}

for (let n = 0; n < 3; n++) {
  test(`random changes, checkpoints, demotions, failed writes and crashes, ${n}`, (context) =>
    torture(context, SEED + n));
}
