import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { PlanError } from '../plan-error.ts';
import { type GenerateOptions, generateTrace } from './generate.ts';
import { readTrace } from './read-trace.ts';

const folder = mkdtempSync(join(tmpdir(), 'stratakv-generate-'));
after(() => rmSync(folder, { recursive: true }));
const options: GenerateOptions = { requests: 300_000, keys: 5000, skew: 0.99, seed: 42, format: 'oracle' };
const nobody = (): void => undefined;

test('both formats hold the same requests, and each record names the next one of its key', async () => {
  const [oracle, csv] = [join(folder, 'a.bin'), join(folder, 'a.csv')];
  const told: number[] = [];
  await generateTrace({ ...options, out: oracle }, (written) => told.push(written));
  await generateTrace({ ...options, format: 'csv', out: csv }, nobody);
  assert.deepEqual(told, [2 ** 18, 300_000]);
  const [a, b] = [await readTrace({ path: oracle }, nobody), await readTrace({ path: csv }, nobody)];
  assert.deepEqual(a.keys, b.keys);
  assert.deepEqual(a.valueBytes, b.valueBytes);
  assert.deepEqual(a.timesMs, b.timesMs);
  assert.equal(a.totals.seconds, 29);
  assert.ok(a.keyCount > 4900 && a.keyCount <= 5000, `${a.keyCount} keys`);
  const bytes = readFileSync(oracle);
  const next = new Map<bigint, bigint>();
  for (let i = options.requests - 1; i >= 0; i--) {
    const id = bytes.readBigUInt64LE(i * 24 + 4);
    assert.equal(bytes.readBigInt64LE(i * 24 + 16), next.get(id) ?? -1n);
    next.set(id, BigInt(i));
  }
});

test('a seed gives the same bytes everywhere', async () => {
  const out = join(folder, 'b.csv');
  await generateTrace({ ...options, requests: 20_000, format: 'csv', out }, nobody);
  const digest = createHash('sha256').update(readFileSync(out)).digest('hex');
  assert.equal(digest.slice(0, 16), '9ab05a88b9d0f352');
});

test('a generator that is stopped leaves no file', async () => {
  const stop = new AbortController();
  const out = join(folder, 'c.bin');
  const before = readdirSync(folder);
  const reason = new Error('stopped');
  const running = generateTrace({ ...options, out, signal: stop.signal }, () => stop.abort(reason));
  await assert.rejects(running, reason);
  assert.ok(!existsSync(out));
  assert.deepEqual(readdirSync(folder), before);
});

test('what makes no trace is refused', async () => {
  for (const wrong of [{ requests: 0 }, { keys: 0 }, { skew: 9 }, {}, { out: join(folder, 'no', 'such', 'folder') }])
    await assert.rejects(generateTrace({ ...options, ...wrong }, nobody), PlanError);
});
