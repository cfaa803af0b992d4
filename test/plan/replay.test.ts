import assert from 'node:assert/strict';
import { test } from 'node:test';
import { replay } from '../../tools/plan/live/replay.ts';
import { OP_DELETE, OP_READ, OP_WRITE } from '../../tools/plan/plan.ts';
import { freePort } from '../support/ports.ts';
import { TieredServer } from '../tiers/tiered-server.ts';

const address = (port: number, password?: string) => ({ host: '127.0.0.1', port, password });

/** A trace of [operation, key, bytes]. */
function traceOf(requests: readonly (readonly [number, number, number])[], keyBytes: readonly number[]) {
  return {
    length: requests.length,
    ops: Uint8Array.from(requests, ([op]) => op),
    keys: Uint32Array.from(requests, ([, key]) => key),
    valueBytes: Uint32Array.from(requests, ([, , bytes]) => bytes),
    keyCount: keyBytes.length,
    keyBytes: Uint16Array.from(keyBytes),
  };
}

test('a replay fills the cache as clients do, in order, and asks nothing twice', { timeout: 60_000 }, async () => {
  const tiered = await TieredServer.start(['--server-threads', '1', '--maxmemory', '64mb', '--requirepass', 'secret']);
  try {
    await tiered.call('AUTH', 'secret');
    const R = OP_READ;
    const trace = traceOf(
      [
        // Key 0 is asked for again while its first read is under way: one miss.
        [R, 0, 100],
        [R, 0, 100],
        [R, 0, 100],
        [OP_WRITE, 1, 10_000],
        [R, 1, 10_000],
        [OP_DELETE, 1, 0],
        [R, 1, 7],
        [R, 2, 0],
        [OP_WRITE, 2, 3_000_000],
        [R, 2, 3_000_000],
        [OP_DELETE, 0, 0],
      ],
      [5, 300, 0],
    );
    const shares: number[] = [];
    const looks: number[] = [];
    const result = await replay(trace, {
      address: address(tiered.server.port, 'secret'),
      database: 2,
      lookEvery: 4,
      onProgress: (share) => shares.push(share),
      onLook: async (request) => {
        looks.push(request);
      },
    });
    assert.deepEqual(
      { ...result, seconds: 0 },
      {
        reads: 7,
        hits: 4,
        misses: 3,
        echoes: 0,
        writes: 2,
        deletes: 2,
        refused: 0,
        refusal: undefined,
        seconds: 0,
      },
    );
    assert.deepEqual([looks, shares.at(-1)], [[0, 4, 8], 1]);
    assert.deepEqual(
      [await tiered.figure('ram_hits'), await tiered.figure('nvme_hits'), await tiered.figure('misses')],
      [4, 0, 3],
    );
    await tiered.call('SELECT', '2');
    assert.deepEqual(
      (await tiered.scanAll()).map((key) => key.length).toSorted((a, b) => a - b),
      [1, 300],
    );
    assert.equal(await tiered.call('STRLEN', '2'), '3000000');
    assert.equal(await tiered.call('STRLEN', '1'.padStart(300, '0')), '7');
    await assert.rejects(
      replay(trace, { address: address(tiered.server.port, 'wrong') }),
      /^PlanError: 127\.0\.0\.1:\d+: WRONGPASS/,
    );
    await assert.rejects(replay(trace, { address: address(tiered.server.port) }), /^PlanError: .* NOAUTH/);
    await assert.rejects(
      replay(trace, { address: address(tiered.server.port, 'secret'), signal: AbortSignal.abort() }),
      /^PlanError: interrupted/,
    );
  } finally {
    assert.equal(await tiered.stop(), 0);
  }
  await assert.rejects(
    replay(traceOf([], []), { address: address(await freePort()) }),
    /^PlanError: cannot reach 127\.0\.0\.1:\d+: .*ECONNREFUSED/,
  );
});
