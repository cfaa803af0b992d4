import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ColdEvictor } from '../../tiers/mover/cold-evictor.ts';
import { InProcessTiers } from './in-process.ts';

const KEYS = 2000;

async function withCold(ttlMs = -1): Promise<{ tiers: InProcessTiers; evictor: ColdEvictor }> {
  const tiers = await InProcessTiers.open();
  for (let n = 0; n < KEYS; n++) tiers.set(`k${n}`, `v${n}`, n % 2 === 0 && ttlMs > 0 ? tiers.nowMs + ttlMs : -1);
  await tiers.demoteAll();
  return { tiers, evictor: new ColdEvictor(tiers.store, tiers.cold, tiers.writer, tiers.figures) };
}

test('keys that were used again stay longest, hot ones stay in any case, and records go with their keys', async () => {
  const { tiers, evictor } = await withCold();
  // Read back from disk, some seconds after they were written.
  tiers.nowMs += 5000;
  const used = Array.from({ length: 200 }, (_, n) => `k${n * 10}`);
  for (const key of used) await tiers.fetchDirectly(key);
  await tiers.demoteAll();
  for (let n = 1; n < 50; n++) await tiers.get(`k${n * 10 + 1}`);
  const gone: string[] = [];
  tiers.store.onGone = (cause, _slotAt, key, start, length) => {
    assert.equal(cause, 'evicted');
    gone.push(Buffer.from(key.buffer, key.byteOffset + start, length).toString());
  };
  const records = tiers.disk.records.size;
  assert.equal(await evictor.evict('all', (deleted) => deleted >= 1000), true);
  assert.equal(tiers.size(), KEYS - gone.length);
  assert.equal(tiers.disk.records.size, records - gone.length);
  assert.ok(gone.length >= 1000 && gone.length < 1600, `${gone.length} keys`);
  assert.deepEqual(
    gone.filter((key) => used.includes(key)),
    [],
  );
  for (let n = 1; n < 50; n++) assert.match(tiers.where(`k${n * 10 + 1}`), /^hot/);
  // In the end they go as well, and then there is nothing left that may.
  assert.equal(await evictor.evict('all', () => false), false);
  assert.equal(tiers.size(), 49);
  assert.equal(tiers.figures.evictedKeys, KEYS - 49);
  assert.equal(tiers.verify().tombstones, 0);
  assert.equal((await tiers.restart()).size(), 49);
});

test('volatile policies take keys that expire, and no others', async () => {
  const { tiers, evictor } = await withCold(1_000_000);
  assert.equal(await evictor.evict('volatile', () => false), false);
  assert.equal(tiers.size(), KEYS / 2);
  assert.equal(tiers.where('k1'), 'cold');
  assert.equal(tiers.where('k2'), 'none');
  assert.equal(tiers.verify().expires, 0);
});

test('a key that is written or read while its record is looked for stays', async () => {
  const { tiers, evictor } = await withCold();
  tiers.cold.beforeWrite.hold();
  const evicted = evictor.evict('all', (deleted) => deleted >= 1);
  await tiers.cold.beforeWrite.held();
  const kept = Array.from({ length: KEYS }, (_, n) => `k${n}`).filter((key) => tiers.where(key) === 'cold');
  for (const key of kept) tiers.set(key, 'new');
  tiers.cold.beforeWrite.release();
  await evicted;
  await tiers.checkpoint.run();
  const after = await tiers.restart();
  assert.equal(after.size(), kept.length);
  for (const key of kept) assert.equal(await after.get(key), 'new');
});
