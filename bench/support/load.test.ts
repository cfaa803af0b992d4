import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { runLoad } from './load.ts';
import { defaultLoad, type LoadOptions, WrittenVersions } from './load-options.ts';
import { LoadProcess } from './load-process.ts';
import { findPeers, peerPlan } from './peers.ts';
import { cpuUs, residentBytes } from './process-stats.ts';
import { ServerProcess } from './server-process.ts';

const redis = findPeers().find(({ name }) => name === 'redis-server');
const skip = redis === undefined ? 'redis-server is not installed (Debian package redis-server)' : false;
const KEYS = 3_000;
const VALUE_BYTES = 100;

describe('load generator against redis-server', { skip }, () => {
  let server: ServerProcess;
  const versions = new WrittenVersions(KEYS);
  const load = (options: Partial<LoadOptions>) =>
    runLoad(
      {
        ...defaultLoad,
        port: server.port,
        keys: KEYS,
        valueBytes: VALUE_BYTES,
        clients: 20,
        verifyEvery: 1,
        ...options,
      },
      versions,
    );

  before(async () => {
    if (redis !== undefined) server = await ServerProcess.start({ plan: peerPlan(redis) });
  });
  after(() => server?.stop());

  test('a sequential load writes every key exactly once', async () => {
    const result = await load({ distribution: 'sequential', readShare: 0, operations: KEYS, pipeline: 7 });
    assert.deepEqual([result.operations, result.sets, result.errors], [KEYS, KEYS, 0]);
    assert.equal(await server.control.send('DBSIZE'), String(KEYS));
    assert.equal(await server.control.send('STRLEN', 'key:000000002999'), String(VALUE_BYTES));
  });

  test('reads and overwrites agree with what was written, at every pipeline', async () => {
    for (const pipeline of [1, 16, 64]) {
      const result = await load({ distribution: 'zipf', readShare: 0.7, operations: 20_000, pipeline });
      assert.deepEqual(
        [result.operations, result.wrong, result.lost, result.misses, result.errors],
        [20_000, 0, 0, 0, 0],
      );
      assert.equal(result.verified, result.gets);
      assert.ok(Math.abs(result.gets / 20_000 - 0.7) < 0.03, `${result.gets} GETs`);
      assert.equal(result.latency.count, 20_000);
    }
  });

  test('replies longer than the read buffer are put together', async () => {
    const large = { valueBytes: 40_000, keys: 50, clients: 2, pipeline: 16 };
    const own = new WrittenVersions(50);
    const options = { ...defaultLoad, port: server.port, ...large, verifyEvery: 1 };
    await runLoad({ ...options, distribution: 'sequential', readShare: 0, operations: 50 }, own);
    const result = await runLoad({ ...options, operations: 500 }, own);
    assert.deepEqual([result.verified, result.wrong], [500, 0]);
    await load({ distribution: 'sequential', readShare: 0, operations: KEYS, pipeline: 16 });
  });

  test('damaged, stale and missing values are found', async () => {
    const key = 'key:000000000001';
    const stale = await server.control.send('GETRANGE', key, '0', '3');
    await server.control.send('SETRANGE', key, '50', 'damage');
    const damaged = await load({ distribution: 'sequential', operations: KEYS });
    assert.deepEqual([damaged.wrong, damaged.lost], [1, 0]);
    // Version 0 is older than anything that was written.
    await server.control.send('SETRANGE', key, '4', '\0\0\0\0');
    assert.equal((await load({ distribution: 'sequential', operations: KEYS })).wrong, 1);
    assert.equal(stale?.length, 4);
    await server.control.send('DEL', key);
    const lost = await load({ distribution: 'sequential', operations: KEYS });
    assert.deepEqual([lost.wrong, lost.lost, lost.misses], [0, 1, 1]);
  });

  test('errors are counted and the first is kept', async () => {
    await server.control.send('CONFIG', 'SET', 'maxmemory', '1');
    const result = await load({ readShare: 0, operations: 100 });
    await server.control.send('CONFIG', 'SET', 'maxmemory', '0');
    assert.equal(result.errors, 100);
    assert.match(result.firstError, /^OOM /);
  });

  test('runs in a process of its own, for a time', async () => {
    const process = new LoadProcess();
    const cpuBefore = cpuUs(server.pid);
    try {
      const result = await process.run({ port: server.port, keys: KEYS, valueBytes: VALUE_BYTES, durationMs: 300 });
      assert.ok(result.seconds > 0.29 && result.seconds < 3, `${result.seconds} s`);
      assert.ok(result.operations > 100, `${result.operations} operations`);
      assert.ok(result.generatorCpuUsPerOp > 0);
      await assert.rejects(process.run({ port: 1, keys: KEYS }), /ECONNREFUSED/);
    } finally {
      await process.close();
    }
    assert.ok(cpuUs(server.pid) > cpuBefore);
    const resident = residentBytes(server.pid);
    assert.ok(resident.now > 1 << 20 && resident.peak >= resident.now);
  });
});
