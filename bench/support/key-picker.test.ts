import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createKeyPicker, FastRandom, spreadMultiplier, ZipfRanks } from './key-picker.ts';

test('Zipf ranks follow their distribution', () => {
  const n = 10_000;
  const samples = 400_000;
  const ranks = new ZipfRanks(n, 0.99, new FastRandom(7));
  const counts = new Uint32Array(n);
  for (let i = 0; i < samples; i++) {
    const rank = ranks.next();
    counts[rank] = (counts[rank] ?? 0) + 1;
  }
  const share = (from: number, to: number) =>
    counts.subarray(from, to).reduce((sum, count) => sum + count, 0) / samples;
  const expected = (from: number, to: number) => {
    let sum = 0;
    for (let rank = from; rank < to; rank++) sum += ranks.probability(rank);
    return sum;
  };
  // Gray's method is exact for the first two ranks and approximates the rest.
  for (const [from, to] of [
    [0, 1],
    [1, 2],
    [0, 10],
    [10, 100],
    [100, 1000],
    [1000, n],
  ] as const) {
    const got = share(from, to);
    const want = expected(from, to);
    assert.ok(Math.abs(got - want) < 0.1 * want, `ranks ${from} to ${to}: ${got}, expected ${want}`);
  }
});

test('ranks are spread over all keys by a bijection', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5000 }), (n) => {
      const multiplier = spreadMultiplier(n);
      const seen = new Set<number>();
      for (let rank = 0; rank < n; rank++) seen.add((rank * multiplier) % n);
      assert.equal(seen.size, n);
    }),
  );
});

test('sequential visits every key once, uniform reaches all of them', () => {
  const sequential = createKeyPicker('sequential', 5, 0, 1);
  assert.deepEqual(
    Array.from({ length: 6 }, () => sequential.next()),
    [0, 1, 2, 3, 4, 0],
  );
  const uniform = createKeyPicker('uniform', 100, 0, 3);
  const counts = new Array<number>(100).fill(0);
  for (let i = 0; i < 100_000; i++) {
    const key = uniform.next();
    counts[key] = (counts[key] ?? 0) + 1;
  }
  assert.ok(
    counts.every((count) => count > 800 && count < 1200),
    counts.join(' '),
  );
});
