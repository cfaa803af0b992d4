import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cumulativeRows, LatencyHistogram, mergeHistograms, percentileNs } from './latency-histogram.ts';

function of(...usecs: number[]) {
  const histogram = new LatencyHistogram();
  for (const usec of usecs) histogram.record(usec * 1000, 1);
  return histogram.snapshot();
}

test('percentiles are the ends of the buckets of redis 7.0.15', () => {
  // What INFO latencystats printed for single calls of 1, 16, 56 and 1305 us.
  for (const [usec, shown] of [
    [1, '1.003'],
    [16, '16.063'],
    [56, '56.063'],
    [1305, '1310.719'],
  ] as const) {
    assert.equal((percentileNs(of(usec), 50) / 1000).toFixed(3), shown);
  }
  const many = of(...Array.from({ length: 100 }, (_, i) => i + 1));
  assert.equal(Math.floor(percentileNs(many, 50) / 1000), 50);
  assert.equal(Math.floor(percentileNs(many, 100) / 1000), 100);
  assert.equal(percentileNs(many, 0), percentileNs(many, 1));
});

test('rows of LATENCY HISTOGRAM: cumulative, at powers of two, where the number grows', () => {
  // Two calls of 6 us: redis 7.0.15 answered 8 -> 2.
  assert.deepEqual(cumulativeRows(of(6, 6)), [[8, 2]]);
  assert.deepEqual(cumulativeRows(of(0.2, 3, 30, 31, 500, 900)), [
    [1, 1],
    [4, 2],
    [33, 4],
    [528, 5],
    [1056, 6],
  ]);
  assert.deepEqual(cumulativeRows([]), []);
  assert.deepEqual(
    cumulativeRows(of(5e9)).map(([, calls]) => calls),
    [1],
  );
});

test('histograms of threads add up, and are empty after a reset', () => {
  const merged = mergeHistograms(of(1, 6), of(6, 3));
  assert.deepEqual(cumulativeRows(merged), [
    [1, 1],
    [4, 2],
    [8, 4],
  ]);
  const histogram = new LatencyHistogram();
  histogram.record(1000, 16);
  histogram.reset();
  assert.deepEqual(histogram.snapshot(), []);
});
