import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CommandError, errors } from '../../engine/commands/errors.ts';
import { ColdReads } from '../../threads/front-end/cold-reads.ts';
import { createReadTimes, ReadTimes } from '../../tiers/cold/read-times.ts';
import { InProcessTiers } from './in-process.ts';

const LIMIT_BYTES = 8 * 2 ** 20;
const value = 'x'.repeat(500);
/** Of an object with that value. */
const BLOCK_BYTES = 560;

/** Tiers whose arena has no block left, though used bytes are below their bound; the first `cold` keys are cold. */
async function fullTiers(cold: number): Promise<{ readonly tiers: InProcessTiers; readonly keys: number }> {
  const tiers = await InProcessTiers.open({ limitBytes: LIMIT_BYTES });
  for (let n = 0; n < cold; n++) tiers.set(`key:${n}`, value);
  await tiers.demoteAll();
  tiers.store.allocator.flushCaches();
  tiers.pressure.setMax(LIMIT_BYTES);
  let keys = cold;
  while (fits(tiers, `key:${keys}`)) keys++;
  await tiers.checkpoint.run();
  assert.ok(tiers.pressure.usedBytes() < tiers.pressure.max);
  return { tiers, keys };
}

function fits(tiers: InProcessTiers, key: string): boolean {
  try {
    tiers.set(key, value);
    return true;
  } catch (error) {
    assert.equal(error, errors.oom);
    return false;
  }
}

test('a block that nobody has left costs a few keys, not the hot tier', async () => {
  const { tiers, keys } = await fullTiers(0);
  assert.equal(await tiers.mover.freeFor(BLOCK_BYTES), true);
  assert.ok(tiers.client.allocator.fits(BLOCK_BYTES), 'the block is where other threads find it');
  const evicted = tiers.figures.cleanEvictions;
  assert.ok(evicted > 0 && evicted < keys / 16, `${evicted} of ${keys} keys left`);
  tiers.verify();
});

test('requests for blocks take turns, and those that find one cost nothing', async () => {
  const { tiers, keys } = await fullTiers(0);
  const answers = await Promise.all(Array.from({ length: 50 }, () => tiers.mover.freeFor(BLOCK_BYTES)));
  assert.deepEqual(new Set(answers), new Set([true]));
  assert.ok(tiers.figures.cleanEvictions < keys / 16, `${tiers.figures.cleanEvictions} of ${keys} keys left`);
  tiers.verify();
});

/** A front-end's way to cold keys over these tiers. */
function coldReadsOf(tiers: InProcessTiers) {
  let requests = 0;
  /** Keys whose slot another key left meanwhile: rare, and left to the store's owner. */
  const asked: string[] = [];
  const { client, direct, mover, pressure } = tiers;
  const reads = new ColdReads({
    port: {
      fetch: (_, key) => asked.push(key.toString()),
      whenFetched: (wake) => {
        const key = asked.at(-1);
        assert.ok(key !== undefined);
        void tiers.fetch(key).then(() => wake());
      },
      readRecords: () => assert.fail('no pieces'),
      freeFor: (bytes) => {
        requests++;
        return mover.freeFor(bytes);
      },
    },
    promoter: direct,
    times: new ReadTimes(createReadTimes(1), 0),
    room: () => pressure.usedBytes() < pressure.max,
    refusedBytes: () => client.allocator.refusedBytes,
    lock: () => ({
      enter: () => client.exclusive.enter(),
      leave: () => client.exclusive.leave(),
      run: (body) => client.exclusive.run(body),
    }),
  });
  return {
    asked,
    requests: () => requests,
    /** @param now tries on the spot first, as front-ends do: what that has read is kept */
    fetch(key: string, now: boolean): Promise<CommandError | undefined> {
      const { place, generation, name } = tiers.place(key);
      if (now && reads.readNow(place, generation, name, 0, name.length, tiers.nowMs)) return Promise.resolve(undefined);
      reads.fetch(place, generation, name);
      return new Promise((resolve) => reads.whenFetched(resolve));
    },
  };
}

test('what is read when memory is full waits for memory, and is read once', async () => {
  const wanted = 200;
  const { tiers } = await fullTiers(wanted);
  const { direct } = tiers;
  const { asked, fetch, requests } = coldReadsOf(tiers);
  const failures = await Promise.all(Array.from({ length: wanted }, (_, n) => fetch(`key:${n}`, n % 2 === 0)));
  assert.deepEqual(new Set(failures), new Set([undefined]));
  assert.equal(direct.reads, wanted);
  assert.equal(direct.promotions + asked.length, wanted);
  assert.ok(asked.length < wanted / 8, `${asked.length} keys were read again`);
  assert.ok(requests() > 0 && requests() < wanted / 2, `${requests()} times memory was asked for`);
  tiers.verify();
});

test('large values that are read at once do not go beyond the bound together, though the arena has room', async () => {
  const wanted = 60;
  const large = 'y'.repeat(200_000);
  const other = 'z'.repeat(20_000);
  const max = LIMIT_BYTES;
  const tiers = await InProcessTiers.open({ limitBytes: max * 4 });
  for (let n = 0; n < wanted; n++) {
    tiers.set(`key:${n}`, large);
    await tiers.demoteAll();
  }
  for (let n = 0; tiers.pressure.usedBytes() < max; n++) tiers.set(`other:${n}`, other);
  await tiers.checkpoint.run();
  tiers.pressure.setMax(max);
  const { asked, fetch } = coldReadsOf(tiers);
  let most = 0;
  const failures = await Promise.all(
    Array.from({ length: wanted }, async (_, n) => {
      const failure = await fetch(`key:${n}`, false);
      most = Math.max(most, tiers.pressure.usedBytes());
      return failure;
    }),
  );
  assert.deepEqual(new Set(failures), new Set([undefined]));
  // The owner of the store makes hot what it is asked for, and frees memory after that.
  assert.ok(asked.length < wanted / 4, `${asked.length} keys were read again`);
  assert.ok(
    most < max + (asked.length + 2) * large.length,
    `${most} bytes used of ${max}, ${asked.length} by the owner`,
  );
  tiers.verify();
});

test('what waits for memory is not taken for the record that replaced it', async () => {
  const { tiers } = await fullTiers(1);
  const { direct } = tiers;
  const before = tiers.place('key:0');
  const recordKey = direct.recordKey(before.place, before.name);
  assert.equal(tiers.readNow(before), false);
  assert.equal(await tiers.mover.freeFor(BLOCK_BYTES), true);
  tiers.set('key:0', 'rewritten');
  await tiers.demoteAll();
  const after = tiers.place('key:0');
  assert.equal(direct.takeUnlinked(recordKey, after.generation), undefined);
  assert.equal(direct.takeUnlinked(recordKey, before.generation)?.includes(value), true);
  assert.equal(direct.takeUnlinked(recordKey, before.generation), undefined);
});
