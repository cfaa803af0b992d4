import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { readDevice } from '../../model/files.ts';
import { alignedBuffer } from './device-file.ts';
import { probeDevice } from './probe.ts';
import { assumedDevice } from './profile.ts';

function inFolder(body: (folder: string) => Promise<void>): () => Promise<void> {
  return async () => {
    const folder = mkdtempSync(join(tmpdir(), 'stratakv-probe-'));
    try {
      await body(folder);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  };
}

test(
  'a short probe tells reads at all depths and the speed of writing, and leaves nothing behind',
  inFolder(async (folder) => {
    const shares: number[] = [];
    const options = { bytes: 16 * 2 ** 20, seconds: 1.5, onProgress: (share: number) => shares.push(share) };
    const { profile } = await probeDevice(folder, options);
    assert.deepEqual(
      profile.reads.map(({ depth }) => depth),
      [1, 2, 4, 8, 16, 32, 64],
    );
    for (const { iops, meanUs, p50Us, p99Us } of profile.reads) {
      assert.ok(iops > 0 && meanUs > 0);
      assert.ok(p50Us <= p99Us);
    }
    assert.ok(profile.writeBytesPerSecond > 0);
    assert.deepEqual(
      shares,
      shares.toSorted((a, b) => a - b),
    );
    assert.equal(shares.at(-1), 1);
    assert.deepEqual(readdirSync(folder), []);
    assert.deepEqual(readDevice(JSON.stringify(profile), 'device.json'), profile);
  }),
);

test(
  'a probe that is interrupted leaves nothing behind',
  inFolder(async (folder) => {
    const abort = new AbortController();
    const options = { bytes: 16 * 2 ** 20, seconds: 600, signal: abort.signal, onProgress: () => abort.abort() };
    await assert.rejects(probeDevice(folder, options), /^PlanError: interrupted/);
    assert.deepEqual(readdirSync(folder), []);
  }),
);

test('no folder and no room are one line each, and what is assumed reads as a profile', async () => {
  await assert.rejects(probeDevice('/nowhere/at/all'), /^PlanError: \/nowhere\/at\/all is no folder$/);
  await inFolder(async (folder) => {
    await assert.rejects(probeDevice(folder, { bytes: 1000 }), /a probe needs some 20/);
  })();
  assert.deepEqual(readDevice(JSON.stringify(assumedDevice), 'device.json'), assumedDevice);
});

test('an aligned buffer has the bytes that were asked for', () => {
  assert.equal(alignedBuffer(10_000).length, 10_000);
});
