import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseStats, readEngineFigures } from './engine-figures.ts';
import { MemoryStore } from './memory-store.ts';
import { ColdStoreError } from './store.ts';

const stats = `
** DB Stats **
Uptime(secs): 2.4 total, 2.4 interval
Cumulative compaction: 0.50 GB write, 13.96 MB/s write, 0.25 GB read, 6.81 MB/s read, 3.0 seconds
Interval compaction: 9.03 GB write, 14.15 MB/s write, 9.02 GB read, 6.90 MB/s read, 3.0 seconds
Cumulative writes: 400 writes, 80K keys, 400 commit groups, 1.0 writes per commit group, ingest: 2.00 GB, 16.46 MB/s
Cumulative WAL: 400 writes, 0 syncs, 400.00 writes per sync, written: 1.50 GB, 16.46 MB/s
Cumulative stall: 01:02:3.081 H:M:S, 3.4 percent
`;

test('the cumulative lines of rocksdb.stats are read, those of the interval are not', () => {
  assert.deepEqual(parseStats(stats), {
    ingestBytes: 2 * 2 ** 30,
    logBytes: 1.5 * 2 ** 30,
    compactionWriteBytes: 0.5 * 2 ** 30,
    compactionReadBytes: 0.25 * 2 ** 30,
    stallMs: 3_723_081,
  });
});

test('an engine that tells nothing, or is closed, is no error', async () => {
  assert.equal(parseStats('').stallMs, 0);
  const store = new MemoryStore();
  await store.open();
  assert.equal(readEngineFigures(store).memtableBytes, 0);
  await store.close();
  assert.throws(() => store.property('rocksdb.stats'), ColdStoreError);
  assert.equal(readEngineFigures(store).level0Files, 0);
});
