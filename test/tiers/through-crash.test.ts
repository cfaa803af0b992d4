import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FaultyStore } from '../../tiers/cold/faulty-store.ts';
import { type ColdStore, ColdStoreError } from '../../tiers/cold/store.ts';
import { Random } from '../support/random.ts';
import { InProcessTiers } from './in-process.ts';
import { hdel, hgetall, hset } from './in-process-hashes.ts';

/**
 * Write-through in one thread, one interleaving at a time: random changes while commits are being written, a death at any moment, and then the whole
 * keyspace must be as it was at one moment, no earlier than the last commit that was done had begun.
 */

const SEED = Number(process.env.STRATAKV_FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 31));
const RUNS = Number(process.env.STRATAKV_CRASH_RUNS ?? 12);
const DATABASES = 2;
const STRINGS = ['a', 'b', 'c', 'd', 'e', 'f'];
const HASHES = ['h1', 'h2'];
const FIELDS = 1500;

/** By database: what every key holds; a string, or the text of a hash. */
type Moment = readonly ReadonlyMap<string, string>[];

const options = { through: true, databases: DATABASES } as const;

async function momentOf(tiers: InProcessTiers): Promise<Moment> {
  const databases: Map<string, string>[] = [];
  for (let db = 0; db < DATABASES; db++) {
    tiers.db = db;
    const found = new Map<string, string>();
    for (const key of STRINGS) {
      const value = await tiers.get(key);
      if (value !== undefined) found.set(key, value);
    }
    for (const key of HASHES) {
      const hash = await hgetall(tiers, key);
      if (hash.size > 0) found.set(key, JSON.stringify([...hash].sort()));
    }
    assert.equal(tiers.size(db), found.size);
    databases.push(found);
  }
  return databases;
}

const equal = (a: Moment, b: Moment): boolean =>
  a.every((database, db) => {
    const other = b[db];
    return other?.size === database.size && [...database].every(([key, value]) => other.get(key) === value);
  });

/** One change, of one key or of several at once. */
async function change(tiers: InProcessTiers, random: Random, n: number): Promise<void> {
  tiers.db = random.integer(0, DATABASES - 1);
  const key = random.pick(STRINGS);
  const hash = random.pick(HASHES);
  const dice = random.integer(0, 99);
  if (dice < 35) tiers.set(key, `${key}:${n}:`.padEnd(random.integer(1, 3000), 'x'));
  else if (dice < 50) tiers.delete(key);
  else if (dice < 65) {
    const to = random.pick(STRINGS);
    if (to !== key && tiers.where(key) !== 'none') await tiers.rename(key, to);
  } else if (dice < 80) {
    const from = random.integer(0, FIELDS - 1);
    const fields = random.integer(1, random.chance(0.2) ? FIELDS : 20);
    await hset(
      tiers,
      hash,
      Array.from({ length: fields }, (_, at) => [`field:${(from + at) % FIELDS}`, `${n}:${'y'.repeat(20)}`]),
    );
  } else if (dice < 88) {
    await hdel(
      tiers,
      hash,
      Array.from({ length: random.integer(1, 50) }, () => `field:${random.integer(0, FIELDS - 1)}`),
    );
  } else if (dice < 91) {
    const [from = '', to = ''] = random.chance(0.5) ? HASHES : [...HASHES].reverse();
    if (tiers.where(from) !== 'none') await tiers.rename(from, to);
  } else if (dice < 94) tiers.swap(0, 1);
  else if (dice < 96) tiers.flush(random.integer(0, DATABASES - 1));
  // What leaves RAM while its last change is not on disk must not leave.
  else if (dice < 98) void tiers.mover.free();
  else tiers.pressure.setMax(random.pick([0, 1]));
}

test(`write-through: after a death the keyspace is as it was at one moment (${RUNS} runs, seed ${SEED})`, async () => {
  const random = new Random(SEED);
  let faulty: FaultyStore | undefined;
  // Made anew at each start: what was to fail fails before the death.
  const wrap = (store: ColdStore) => {
    faulty = new FaultyStore(store, { seed: SEED });
    return faulty;
  };
  const failing = { ...options, wrap };
  let tiers = await InProcessTiers.open(failing);
  let n = 0;
  let commitsDone = 0;
  let late = 0;
  for (let run = 0; run < RUNS; run++) {
    const { commits, cold } = tiers;
    assert.ok(commits !== undefined);
    const moments: Moment[] = [await momentOf(tiers)];
    // Of `moments`: the first that may be found.
    let durable = 0;
    cold.beforeWrite.hold();
    const reliable = random.chance(0.5);
    const steps = random.integer(1, 25);
    for (let step = 0; step < steps; step++) {
      if (!reliable && random.chance(0.1)) faulty?.failNext('write', random.pick(['full', 'io']));
      if (random.chance(0.4)) {
        const at = moments.length - 1;
        commits.run().then(
          () => {
            durable = Math.max(durable, at);
            commitsDone++;
          },
          () => {},
        );
      }
      // What reads need is let through; a commit that is being written may thus end before the change, or after it.
      const letting = setInterval(() => cold.beforeWrite.releaseOne(), 0);
      await change(tiers, random, n++);
      clearInterval(letting);
      moments.push(await momentOf(tiers));
      if (random.chance(0.6)) cold.beforeWrite.releaseOne();
      if (random.chance(0.5)) await new Promise((resolve) => setImmediate(resolve));
    }
    tiers.verify();
    commits.close();
    tiers = await tiers.restart(failing);
    const found = await momentOf(tiers);
    const which = moments.findLastIndex((moment) => equal(moment, found));
    if (which > durable) late++;
    assert.ok(
      which >= durable,
      `run ${run}: moment ${which} of ${moments.length}, but ${durable} was done; ${JSON.stringify(found.map((m) => [...m].map(([k, v]) => [k, v.slice(0, 30)])))}`,
    );
    tiers.verify();
  }
  assert.ok(commitsDone > 0, `commits were done: ${commitsDone}`);
  assert.ok(late > 0 || RUNS < 20, 'some deaths came after a write that nobody knew of yet');
});

test('a commit that fails is made up for by the next, and nothing of it is lost or done', async () => {
  let faulty: FaultyStore | undefined;
  const wrap = (store: ColdStore) => {
    faulty = new FaultyStore(store, { seed: SEED });
    return faulty;
  };
  let tiers = await InProcessTiers.open({ ...options, wrap });
  await hset(
    tiers,
    'h1',
    Array.from({ length: 3000 }, (_, n) => [`field:${n}`, 'old']),
  );
  tiers.set('a', 'old');
  await tiers.commits?.run();
  await hset(tiers, 'h1', [['field:7', 'new']]);
  tiers.set('a', 'new');
  tiers.set('b', 'new');
  faulty?.failNext('write', 'full');
  await assert.rejects(tiers.commits?.run() ?? Promise.resolve(), ColdStoreError);
  tiers.verify();
  assert.equal(tiers.where('a'), 'hot dirty');
  await tiers.commits?.run();
  assert.equal(tiers.where('a'), 'hot');
  tiers.commits?.close();
  tiers = await tiers.restart(options);
  assert.equal(await tiers.get('a'), 'new');
  assert.equal(await tiers.get('b'), 'new');
  assert.equal((await hgetall(tiers, 'h1')).get('field:7'), 'new');
  assert.equal((await hgetall(tiers, 'h1')).get('field:8'), 'old');
  tiers.verify();
});
