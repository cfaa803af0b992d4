import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FaultyStore } from '../../tiers/cold/faulty-store.ts';
import { InProcessTiers } from './in-process.ts';

test('a key that is deleted while a checkpoint writes it does not return', async () => {
  const tiers = await InProcessTiers.open();
  tiers.set('k', 'v1');
  tiers.cold.beforeWrite.hold();
  const written = tiers.checkpoint.run();
  // The directory's own record goes first.
  await tiers.cold.beforeWrite.held();
  tiers.cold.beforeWrite.releaseOne();
  await tiers.cold.beforeWrite.held();
  assert.equal(tiers.delete('k'), true);
  tiers.cold.beforeWrite.release();
  await written;
  await tiers.checkpoint.run();
  assert.equal((await tiers.restart()).size(), 0);
  assert.equal(tiers.verify().tombstones, 0);
});

test('a value that is overwritten while its demotion is written stays hot, and the newer one is what a restart finds', async () => {
  const tiers = await InProcessTiers.open();
  await tiers.checkpoint.run();
  tiers.set('k', 'v1');
  tiers.cold.beforeWrite.hold();
  const demoted = tiers.demoteAll();
  await tiers.cold.beforeWrite.held();
  tiers.set('k', 'v2');
  tiers.pressure.setMax(0);
  tiers.cold.beforeWrite.release();
  await demoted;
  assert.equal(tiers.where('k'), 'hot dirty');
  assert.equal(tiers.hot('k'), 'v2');
  await tiers.checkpoint.run();
  assert.equal(await (await tiers.restart()).get('k'), 'v2');
  tiers.verify();
});

test('a key that is deleted while its demotion is written is gone, also after a restart', async () => {
  const tiers = await InProcessTiers.open();
  await tiers.checkpoint.run();
  tiers.set('k', 'v1');
  tiers.cold.beforeWrite.hold();
  const demoted = tiers.demoteAll();
  await tiers.cold.beforeWrite.held();
  tiers.delete('k');
  tiers.cold.beforeWrite.release();
  await demoted;
  assert.equal(tiers.where('k'), 'none');
  await tiers.checkpoint.run();
  assert.equal((await tiers.restart()).size(), 0);
  assert.equal(tiers.verify().tombstones, 0);
});

test('a copy that waits for its turn does not overwrite what a checkpoint writes before it', async () => {
  const tiers = await InProcessTiers.open();
  await tiers.checkpoint.run();
  tiers.set('k', 'old');
  tiers.set('gone', 'old');
  tiers.cold.beforeWrite.hold();
  tiers.set('other', 'x');
  const first = tiers.checkpoint.run();
  await tiers.cold.beforeWrite.held();
  // A second checkpoint is in line behind the first, and the demotion's copy of the old value behind both.
  const second = tiers.checkpoint.run();
  const demoted = tiers.demoteAll();
  tiers.set('k', 'new');
  tiers.delete('gone');
  tiers.cold.beforeWrite.release();
  await Promise.all([first, second, demoted]);
  tiers.pressure.setMax(0);
  await tiers.checkpoint.run();
  const after = await tiers.restart();
  assert.equal(await after.get('k'), 'new');
  assert.equal(await after.get('gone'), undefined);
});

test('a checkpoint writes what waits to be demoted, too', async () => {
  const tiers = await InProcessTiers.open();
  await tiers.checkpoint.run();
  for (let n = 0; n < 50; n++) tiers.set(`k${n}`, `v${n}`);
  tiers.cold.beforeWrite.hold();
  const demoted = tiers.demoteAll();
  const written = tiers.checkpoint.run();
  await tiers.cold.beforeWrite.held();
  for (let n = 0; n < 50; n++) assert.match(tiers.where(`k${n}`), /^(hot dirty|cold)$/);
  tiers.cold.beforeWrite.release();
  await written;
  const after = await tiers.restart();
  for (let n = 0; n < 50; n++) assert.equal(await after.get(`k${n}`), `v${n}`);
  await demoted;
  tiers.verify();
});

test('copies that freeClean makes in passing are written at once, not when memory is short again', async () => {
  const tiers = await InProcessTiers.open();
  await tiers.checkpoint.run();
  for (let n = 0; n < 50; n++) tiers.set(`k${n}`, `v${n}`);
  tiers.pressure.setMax(1);
  tiers.store.exclusive.enter();
  tiers.mover.freeClean();
  tiers.store.exclusive.leave();
  tiers.pressure.setMax(2 ** 30);
  tiers.set('k1', 'newer');
  await tiers.checkpoint.run();
  await tiers.mover.free();
  const after = await tiers.restart();
  for (let n = 0; n < 50; n++) assert.equal(await after.get(`k${n}`), n === 1 ? 'newer' : `v${n}`);
  tiers.verify();
});

test('an object that becomes clean while its demotion waits, and is then changed, is found by the mover again', async () => {
  const tiers = await InProcessTiers.open();
  await tiers.checkpoint.run();
  tiers.set('k', 'v1');
  tiers.cold.beforeWrite.hold();
  const written = tiers.checkpoint.run();
  await tiers.cold.beforeWrite.held();
  const demoted = tiers.demoteAll();
  tiers.cold.beforeWrite.releaseOne();
  // The checkpoint's record is settled, the demotion's is not.
  await tiers.cold.beforeWrite.held();
  tiers.pressure.setMax(0);
  tiers.set('k', 'v2');
  tiers.cold.beforeWrite.release();
  await Promise.all([written, demoted]);
  assert.equal(tiers.hot('k'), 'v2');
  await tiers.demoteAll();
  await tiers.demoteAll();
  assert.equal(tiers.where('k'), 'cold');
  assert.equal(await tiers.get('k'), 'v2');
  tiers.verify();
});

test('a read in flight while the record is rewritten does not bring the old value back', async () => {
  const tiers = await InProcessTiers.open();
  tiers.set('k', 'old');
  await tiers.demoteAll();
  assert.equal(tiers.where('k'), 'cold');
  tiers.cold.afterRead.hold();
  const fetched = tiers.fetch('k');
  await tiers.cold.afterRead.held();
  tiers.set('k', 'new');
  await tiers.demoteAll();
  tiers.cold.afterRead.release();
  await fetched;
  assert.equal(await tiers.get('k'), 'new');
  tiers.verify();
});

test('a read that begins again while the newer record is still being written does not bring the old value back', async () => {
  const tiers = await InProcessTiers.open();
  tiers.set('k', 'old');
  await tiers.demoteAll();
  tiers.cold.afterRead.hold();
  const fetched = tiers.fetch('k');
  await tiers.cold.afterRead.held();
  tiers.set('k', 'new');
  tiers.cold.beforeWrite.hold();
  const demoted = tiers.demoteAll();
  await tiers.cold.beforeWrite.held();
  tiers.cold.afterRead.releaseOne();
  // The demotion ends while the second answer, if there is one, is under way.
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  tiers.cold.beforeWrite.release();
  await demoted;
  tiers.cold.afterRead.release();
  await fetched;
  assert.equal(await tiers.get('k'), 'new');
  tiers.verify();
});

test('a value read for a database that was flushed meanwhile does not enter the table that now serves another', async () => {
  const tiers = await InProcessTiers.open({ databases: 1 });
  tiers.set('k', 'flushed');
  await tiers.demoteAll();
  tiers.cold.afterRead.hold();
  const fetched = tiers.fetch('k');
  await tiers.cold.afterRead.held();
  await tiers.flushAround('k');
  tiers.cold.afterRead.release();
  await fetched;
  assert.equal(await tiers.get('k'), 'of now');
});

test('a flush while a batch is in flight: nothing of it returns', async () => {
  const tiers = await InProcessTiers.open();
  await tiers.checkpoint.run();
  for (let n = 0; n < 20; n++) tiers.set(`k${n}`, 'v');
  tiers.cold.beforeWrite.hold();
  const demoted = tiers.demoteAll();
  await tiers.cold.beforeWrite.held();
  tiers.flush(0);
  tiers.set('after', 'v');
  tiers.cold.beforeWrite.release();
  await demoted;
  tiers.pressure.setMax(0);
  await tiers.checkpoint.run();
  assert.equal(tiers.size(), 1);
  const after = await tiers.restart();
  assert.equal(after.size(), 1);
  assert.equal(await after.get('after'), 'v');
  // What the flush left on disk is known, to be deleted.
  assert.equal(after.directory.pending.size, 1);
});

test('what a flushed database still holds in RAM is not written to disk: its records may have been cleared there already', async () => {
  const tiers = await InProcessTiers.open();
  await tiers.checkpoint.run();
  for (let n = 0; n < 20; n++) tiers.set(`k${n}`, 'v');
  tiers.flush(0);
  tiers.set('after', 'v');
  await tiers.demoteAll();
  assert.equal(tiers.figures.demotions, 1);
  assert.equal(tiers.where('after'), 'cold');
  tiers.verify();
});

test('a key that expires while its demotion is written is gone, also for a restart', async () => {
  const tiers = await InProcessTiers.open();
  tiers.set('k', 'v', tiers.nowMs + 1000);
  tiers.cold.beforeWrite.hold();
  const demoted = tiers.demoteAll();
  await tiers.cold.beforeWrite.held();
  tiers.nowMs += 2000;
  tiers.sweep.run(tiers.nowMs, 1000);
  assert.equal(tiers.size(), 0);
  tiers.cold.beforeWrite.release();
  await demoted;
  assert.equal(tiers.size(), 0);
  const after = await tiers.restart();
  after.nowMs = tiers.nowMs;
  assert.equal(after.where('k'), 'none');
  await tiers.checkpoint.run();
  assert.equal(tiers.verify().keys, 0);
});

test('cold keys expire without their values being read, and SET, DEL and EXISTS of a cold key read nothing', async () => {
  const tiers = await InProcessTiers.open();
  for (let n = 0; n < 40; n++) tiers.set(`k${n}`, 'v', tiers.nowMs + 1000 + n);
  await tiers.demoteAll();
  tiers.set('k0', 'again');
  assert.equal(tiers.delete('k1'), true);
  assert.equal(tiers.where('k2'), 'cold');
  tiers.nowMs += 5000;
  await tiers.expire();
  assert.equal(tiers.size(), 1);
  assert.equal(tiers.figures.coldReads, 0);
  await tiers.checkpoint.run();
  const figures = tiers.verify();
  assert.deepEqual([figures.keys, figures.expires, figures.tombstones], [1, 0, 0]);
});

test('promotion without room waits for the mover', async () => {
  const tiers = await InProcessTiers.open({ limitBytes: 4 * 2 ** 20 });
  const value = 'x'.repeat(1000);
  for (let n = 0; n < 3000; n++) {
    tiers.set(`k${n}`, `${n}:${value}`);
    if (n % 500 === 499) await tiers.demoteAll();
  }
  tiers.pressure.setMax(2 * 2 ** 20);
  for (let n = 0; n < 3000; n++) assert.equal(await tiers.get(`k${n}`), `${n}:${value}`);
  await tiers.mover.free();
  assert.ok(tiers.pressure.usedBytes() <= 2 * 2 ** 20);
  tiers.verify();
});

test('half a SWAPDB is never written: a mapping that is read while it changes would look like a flush', async () => {
  const tiers = await InProcessTiers.open();
  tiers.set('a', 'of 0');
  tiers.db = 1;
  tiers.set('a', 'of 1');
  tiers.db = 0;
  await tiers.checkpoint.run();
  tiers.swap(0, 1);
  await tiers.checkpoint.run();
  const after = await tiers.restart();
  assert.equal(await after.get('a'), 'of 1');
  assert.equal(after.directory.pending.size, 0);
});

test('databases beyond a lowered number keep their records until it is raised again', async () => {
  const tiers = await InProcessTiers.open({ databases: 3 });
  tiers.db = 2;
  tiers.set('k', 'v');
  await tiers.checkpoint.run();
  const lowered = await tiers.restart({ databases: 1 });
  lowered.set('other', 'v');
  await lowered.checkpoint.run();
  assert.equal(lowered.directory.pending.size, 0);
  const raised = await lowered.restart({ databases: 3 });
  raised.db = 2;
  assert.equal(await raised.get('k'), 'v');
});

test('a failed write leaves everything hot, dirty and in the queues; the next one does it', async () => {
  let faulty: FaultyStore | undefined;
  const tiers = await InProcessTiers.open({
    wrap: (store) => {
      faulty = new FaultyStore(store, { seed: 7 });
      return faulty;
    },
  });
  await tiers.checkpoint.run();
  for (let n = 0; n < 30; n++) tiers.set(`k${n}`, `v${n}`);
  faulty?.failNext('write', 'full');
  await tiers.demoteAll();
  assert.equal(tiers.figures.coldWriteErrors, 1);
  for (let n = 0; n < 30; n++) assert.equal(tiers.where(`k${n}`), 'hot dirty');
  tiers.verify();
  faulty?.failNext('write');
  await assert.rejects(tiers.checkpoint.run(), /injected io error/);
  for (let n = 0; n < 30; n++) assert.equal(tiers.hot(`k${n}`), `v${n}`);
  tiers.writer.failedAtMs = 0;
  for (let round = 0; round < 4; round++) await tiers.demoteAll();
  for (let n = 0; n < 30; n++) assert.equal(tiers.where(`k${n}`), 'cold');
  faulty?.failNext('getMany');
  await assert.rejects(tiers.fetch('k1'), /IOERR injected/);
  assert.equal(await tiers.get('k1'), 'v1');
  tiers.verify();
});

test('one damaged record fails its own reader only', async () => {
  const tiers = await InProcessTiers.open();
  await tiers.checkpoint.run();
  for (let n = 0; n < 5; n++) tiers.set(`k${n}`, `v${n}`);
  await tiers.demoteAll();
  for (const [key, value] of tiers.disk.records) if (key.endsWith('k3')) value[value.length - 1] = 0;
  const results = await Promise.allSettled([0, 1, 2, 3, 4].map((n) => tiers.fetch(`k${n}`)));
  assert.deepEqual(
    results.map(({ status }) => status),
    ['fulfilled', 'fulfilled', 'fulfilled', 'rejected', 'fulfilled'],
  );
  await assert.rejects(tiers.fetch('k3'), /IOERR .*damaged/);
  assert.equal(tiers.hot('k4'), 'v4');
  tiers.verify();
});
