import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KEY_HEADER_BYTES, KEY_SLOT, PIECE_SLOT } from '../../tiers/cold/record.ts';
import { ColdStoreError } from '../../tiers/cold/store.ts';
import { InProcessTiers } from './in-process.ts';
import { until } from './tiered-server.ts';

const TTL_MS = 1000;

/** Names of the keys whose records are on disk, pieces left out. */
function onDisk(tiers: InProcessTiers): string[] {
  const names: string[] = [];
  for (const key of tiers.disk.records.keys()) {
    const bytes = Buffer.from(key, 'latin1');
    if (bytes.readUInt32BE(0) > 0 && bytes.readUInt16BE(KEY_SLOT) !== PIECE_SLOT)
      names.push(bytes.toString('latin1', KEY_HEADER_BYTES));
  }
  return names.sort();
}

async function withCold(count: number, ttlMs = TTL_MS): Promise<InProcessTiers> {
  const tiers = await InProcessTiers.open();
  for (let n = 0; n < count; n++) tiers.set(`k${n}`, `v${n}`, tiers.nowMs + ttlMs);
  tiers.set('stays', 'v');
  await tiers.demoteAll();
  return tiers;
}

test('the records of cold keys that expire leave the disk, each key is told of and counted once', async () => {
  const tiers = await withCold(2000);
  const gone = new Map<string, number>();
  tiers.store.onGone = (cause, _slotAt, key, start, length) => {
    assert.equal(cause, 'expired');
    const name = Buffer.from(key.buffer, key.byteOffset + start, length).toString();
    gone.set(name, (gone.get(name) ?? 0) + 1);
  };
  await tiers.expire();
  assert.equal(tiers.size(), 2001);
  tiers.nowMs += TTL_MS + 1;
  await tiers.expire();
  assert.equal(tiers.size(), 1);
  assert.deepEqual(onDisk(tiers), ['stays']);
  assert.equal(gone.size, 2000);
  assert.ok([...gone.values()].every((times) => times === 1));
  assert.equal(tiers.figures.expiredKeys, 2000);
  assert.deepEqual([tiers.verify().keys, tiers.verify().expires, tiers.verify().tombstones], [1, 0, 0]);
  assert.ok(tiers.figures.expirySweepBytes > 0 && tiers.figures.expirySweepMs > 0);
});

test('a due key among many that are not is found by itself, not by reading the slot', async () => {
  const tiers = await withCold(30_000, 1_000_000);
  tiers.set('due', 'v', tiers.nowMs + 1);
  await tiers.demoteAll();
  const { slot } = tiers.place('due').place;
  // The slot gets crowded.
  for (let n = 0; n < 400_000; n++) {
    const name = Buffer.from(`x${n}`);
    tiers.client.hasher.hash(new DataView(name.buffer, name.byteOffset, name.length), 0, name.length);
    if (tiers.client.hasher.slot === slot) tiers.set(`x${n}`, 'v');
  }
  await tiers.demoteAll();
  tiers.nowMs += 10;
  await tiers.expire();
  assert.equal(tiers.where('due'), 'none');
  assert.equal(tiers.figures.expirySweepBytes, KEY_HEADER_BYTES + 'due'.length);
});

test('what was written again, made persistent or read while its record was looked for stays', async () => {
  const tiers = await withCold(3);
  tiers.nowMs += TTL_MS + 1;
  tiers.cold.beforeWrite.hold();
  const swept = tiers.expire();
  // The names have been read, the deletions wait for the batch of a checkpoint.
  tiers.set('other', 'v');
  const written = tiers.checkpoint.run();
  await tiers.cold.beforeWrite.held();
  tiers.set('k0', 'new');
  tiers.cold.beforeWrite.release();
  await Promise.all([swept, written]);
  await tiers.checkpoint.run();
  assert.equal(tiers.hot('k0'), 'new');
  const after = await tiers.restart();
  assert.equal(await after.get('k0'), 'new');
  assert.deepEqual(onDisk(after), ['k0', 'other', 'stays']);
  assert.equal(tiers.verify().tombstones, 0);
});

test('a failed write leaves tombstones for the next checkpoint, a failed read leaves the keys for later', async () => {
  const tiers = await withCold(100);
  tiers.nowMs += TTL_MS + 1;
  const { cold } = tiers;
  const write = cold.write.bind(cold);
  cold.write = () => Promise.reject(new ColdStoreError('io', 'no'));
  await tiers.expire();
  assert.equal(tiers.size(), 1);
  assert.equal(tiers.verify().tombstones, 100);
  assert.equal(onDisk(tiers).length, 101);
  cold.write = write;
  await tiers.checkpoint.run();
  assert.deepEqual(onDisk(tiers), ['stays']);

  tiers.set('late', 'v', tiers.nowMs + TTL_MS);
  await tiers.demoteAll();
  tiers.nowMs += TTL_MS + 1;
  const iterate = cold.iterate.bind(cold);
  cold.iterate = () => {
    throw new ColdStoreError('io', 'no');
  };
  await tiers.expire();
  assert.equal(tiers.size(), 2);
  cold.iterate = iterate;
  await until('the sweep tries again', async () => {
    await tiers.expire();
    return tiers.size() === 1;
  });
  assert.deepEqual(onDisk(tiers), ['stays']);
});

test('records that were dead when the server started are deleted, and live ones of their slots are not', async () => {
  const before = await withCold(500);
  before.nowMs += TTL_MS + 1;
  const tiers = await before.restart();
  assert.equal(tiers.size(), 1);
  assert.equal(onDisk(tiers).length, 501);
  tiers.set('k7', 'again');
  assert.ok(tiers.expiry.backlog > 0);
  await tiers.expire();
  assert.equal(tiers.expiry.backlog, 0);
  // Hot again before the sweep came by: its old record is overwritten by the next checkpoint.
  assert.deepEqual(onDisk(tiers), ['k7', 'stays']);
  await tiers.checkpoint.run();
  // The clock steps back: nothing returns.
  const after = await tiers.restart({ nowMs: tiers.nowMs - 10 * TTL_MS });
  assert.equal(after.size(), 2);
  assert.equal(await after.get('k7'), 'again');
  tiers.verify();
});

test('a key whose record is lost expires all the same', async () => {
  const tiers = await withCold(10);
  for (const key of [...tiers.disk.records.keys()]) if (key.endsWith('k3')) tiers.disk.delete(key);
  tiers.nowMs += TTL_MS + 1;
  await tiers.expire();
  assert.equal(tiers.size(), 1);
  assert.equal(tiers.figures.expiredKeys, 10);
  tiers.verify();
});

test('a flushed database is left alone', async () => {
  const tiers = await withCold(10);
  tiers.nowMs += TTL_MS + 1;
  tiers.sweep.run(tiers.nowMs, 1000);
  tiers.flush(0);
  await tiers.expiry.run(tiers.nowMs);
  assert.equal(tiers.figures.expiredKeys, 0);
  assert.equal(tiers.size(), 0);
});
