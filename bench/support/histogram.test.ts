import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Histogram } from './histogram.ts';

test('percentiles lie within 1/64 above the exact ones, and never below', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.nat(200), fc.nat(100_000), fc.integer({ min: 0, max: 2 ** 32 - 1 })), {
        minLength: 1,
        maxLength: 500,
      }),
      fc.double({ min: 0, max: 100, noNaN: true }),
      (values, percent) => {
        const histogram = new Histogram();
        for (const value of values) histogram.record(value);
        const sorted = values.toSorted((a, b) => a - b);
        const exact = sorted[Math.max(1, Math.ceil((percent / 100) * sorted.length)) - 1] ?? 0;
        const got = histogram.percentile(percent);
        assert.ok(got >= exact && got <= exact + exact / 64, `${percent} %: ${got} for ${exact}`);
        assert.equal(histogram.summary().maxUs, sorted.at(-1));
        assert.equal(histogram.count, values.length);
      },
    ),
  );
});

test('a weighted sample equals that many single ones', () => {
  const weighted = new Histogram();
  const single = new Histogram();
  weighted.record(1000, 64);
  for (let i = 0; i < 64; i++) single.record(1000);
  assert.deepEqual(weighted.summary(), single.summary());
});

test('an empty histogram answers zeros', () => {
  assert.deepEqual(new Histogram().summary(), { count: 0, meanUs: 0, p50Us: 0, p99Us: 0, p999Us: 0, maxUs: 0 });
});
