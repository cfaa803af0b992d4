import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeWorkload } from './description.ts';
import { factsOf } from './facts.ts';
import { LogHistogram } from './histogram.ts';

test('bars reach from one power of the root of two to the next', () => {
  const histogram = new LogHistogram();
  for (const value of [0, 0.5, 1, 2, 3, 1024]) histogram.add(value, 1);
  const { bars } = histogram;
  const barOf = (value: number): number => bars.find(({ from, to }) => value >= from && value < to)?.weight ?? -1;
  assert.ok(Math.abs(bars.reduce((sum, { weight }) => sum + weight, 0) - 1) < 1e-12);
  assert.deepEqual([barOf(0), barOf(1), barOf(2), barOf(3), barOf(1024)], [2 / 6, 1 / 6, 1 / 6, 1 / 6, 1 / 6]);
  for (let power = 0; power < 40; power++) {
    const one = new LogHistogram();
    one.add(2 ** power, 1);
    assert.equal(one.bars[0]?.from, 2 ** power);
  }
});

test('facts of a small workload', () => {
  const facts = factsOf({
    name: 'small',
    rate: 1,
    length: 6,
    keys: Uint32Array.of(0, 1, 0, 2, 1, 0),
    valueBytes: Uint32Array.of(100, 10, 100, 7, 10, 200),
    ops: new Uint8Array(6),
    timesMs: Float64Array.of(0, 1000, 2000, 3000, 4000, 6000),
    ttlSeconds: new Uint32Array(6),
    keyCount: 3,
    marks: new Uint32Array(3),
    keyBytes: Uint16Array.of(5, 5, 5),
    totals: {
      requests: 6,
      reads: 6,
      writes: 0,
      deletes: 0,
      requestedBytes: 457,
      seconds: 6,
      distinctKeys: 3,
      meanKeyBytes: 5,
      meanValueBytes: 72,
    },
  });
  assert.equal(facts.oneHitWonders, 1 / 3);
  const inBar = (bars: typeof facts.valueSizes, value: number): number =>
    bars.find(({ from, to }) => value >= from && value < to)?.weight ?? 0;
  assert.deepEqual(
    [7, 10, 200].map((bytes) => inBar(facts.valueSizes, bytes)),
    [1 / 3, 1 / 3, 1 / 3],
  );
  // Keys come back after 2, 3 and 3 requests, and after 2, 3 and 4 seconds.
  assert.deepEqual(
    [2, 3].map((requests) => inBar(facts.reuseRequests, requests)),
    [1 / 3, 2 / 3],
  );
  assert.deepEqual(
    [2, 3, 4].map((seconds) => inBar(facts.reuseSeconds, seconds)),
    [1 / 3, 1 / 3, 1 / 3],
  );
  const last = facts.workingSet.at(-1);
  assert.deepEqual([last?.at, last?.keysSoFar, last?.bytesSoFar], [6, 3, 200 + 10 + 7 + 15]);
  assert.equal(
    facts.workingSet.reduce((sum, { keysInInterval }) => sum + keysInInterval, 0),
    6,
  );
});

test('facts of a sample are near those of the whole', () => {
  const workload = {
    keys: 60_000,
    keyBytes: 20,
    sizes: { kind: 'log-normal', median: 300, sigma: 1 },
    skew: 0.9,
    writes: 0,
    deletes: 0,
    ttlSeconds: 0,
    requestsPerSecond: 1000,
    requests: 300_000,
  } as const;
  const whole = factsOf(describeWorkload(workload));
  const sampled = factsOf(describeWorkload({ ...workload, maxKeys: 10_000 }));
  assert.ok(sampled.sampledKeys <= 10_000);
  assert.ok(Math.abs(whole.oneHitWonders - sampled.oneHitWonders) < 0.02);
  const near = (a: number, b: number): boolean => Math.abs(a / b - 1) < 0.05;
  for (const place of [10, 30, 59]) {
    const [a, b] = [whole.workingSet[place], sampled.workingSet[place]];
    assert.ok(a !== undefined && b !== undefined && near(a.keysSoFar, b.keysSoFar) && near(a.bytesSoFar, b.bytesSoFar));
  }
});
