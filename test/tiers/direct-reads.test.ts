import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InProcessTiers } from './in-process.ts';

/** Tiers with one cold key. */
async function withCold(value: string, expireAtMs = -1): Promise<InProcessTiers> {
  const tiers = await InProcessTiers.open();
  tiers.set('k', value, expireAtMs < 0 ? -1 : tiers.nowMs + expireAtMs);
  await tiers.demoteAll();
  assert.equal(tiers.where('k'), 'cold');
  return tiers;
}

test('a direct read makes a key hot, with its expiry, and the disk still has it', async () => {
  const tiers = await withCold('v', 5000);
  assert.equal(await tiers.fetchDirectly('k'), true);
  assert.equal(tiers.where('k'), 'hot');
  assert.equal(tiers.hot('k'), 'v');
  tiers.verify();
  tiers.nowMs += 6000;
  assert.equal(tiers.hot('k'), undefined);
  tiers.verify();
});

test('what was read before the key was rewritten and demoted again is not linked', async () => {
  const tiers = await withCold('old');
  tiers.cold.afterRead.hold();
  const read = tiers.fetchDirectly('k');
  await tiers.cold.afterRead.held();
  tiers.set('k', 'new');
  await tiers.demoteAll();
  assert.equal(tiers.where('k'), 'cold');
  tiers.cold.afterRead.release();
  assert.equal(await read, false);
  assert.equal(tiers.where('k'), 'cold');
  assert.equal(await tiers.fetchDirectly('k'), true);
  assert.equal(tiers.hot('k'), 'new');
  tiers.verify();
});

test('what was read before the key was deleted, buried, and written again is not linked', async () => {
  const tiers = await withCold('old');
  tiers.cold.afterRead.hold();
  const read = tiers.fetchDirectly('k');
  await tiers.cold.afterRead.held();
  tiers.delete('k');
  await tiers.checkpoint.run();
  assert.equal(tiers.verify().tombstones, 0);
  tiers.set('k', 'new');
  await tiers.demoteAll();
  tiers.cold.afterRead.release();
  assert.equal(await read, false);
  assert.equal(await tiers.get('k'), 'new');
  tiers.verify();
});

test('a place that was noted before the key was rewritten does not let a later read in', async () => {
  const tiers = await withCold('old');
  const noted = tiers.place('k');
  tiers.set('k', 'new');
  assert.equal(tiers.readNow(noted), false);
  assert.equal(tiers.hot('k'), 'new');
  await tiers.demoteAll();
  assert.equal(tiers.readNow(noted), false);
  assert.equal(tiers.readNow(tiers.place('k')), true);
  assert.equal(tiers.hot('k'), 'new');
  tiers.verify();
});

test('two threads read the same key: the second finds it hot', async () => {
  const tiers = await withCold('v');
  tiers.cold.afterRead.hold();
  const one = tiers.fetchDirectly('k');
  const other = tiers.fetchDirectly('k');
  const third = tiers.fetch('k');
  await tiers.cold.afterRead.held(3);
  tiers.cold.afterRead.release();
  assert.deepEqual([await one, await other].sort(), [false, true]);
  await third;
  assert.equal(tiers.hot('k'), 'v');
  assert.equal(tiers.verify().keys, 1);
});

test('a value read for a database that was flushed meanwhile does not enter the table that now serves another', async () => {
  const tiers = await InProcessTiers.open({ databases: 1 });
  tiers.set('k', 'flushed');
  await tiers.demoteAll();
  tiers.cold.afterRead.hold();
  const read = tiers.fetchDirectly('k');
  await tiers.cold.afterRead.held();
  await tiers.flushAround('k');
  tiers.cold.afterRead.release();
  assert.equal(await read, false);
  assert.equal(await tiers.get('k'), 'of now');
});

test('a damaged record and a missing one are left to the thread that has words for them', async () => {
  const tiers = await withCold('v');
  const [id] = [...tiers.disk.records.keys()].filter((name) => name.endsWith('k'));
  assert.ok(id !== undefined);
  const record = tiers.disk.records.get(id);
  assert.ok(record !== undefined);
  record[record.length - 1] = 0xff;
  assert.equal(tiers.readNow(tiers.place('k')), false);
  await assert.rejects(tiers.fetch('k'), /IOERR The record of this key on disk is damaged/);
  tiers.disk.delete(id);
  assert.equal(tiers.readNow(tiers.place('k')), false);
  await assert.rejects(tiers.fetch('k'), /IOERR The record of this key is not on disk/);
  tiers.verify();
});
