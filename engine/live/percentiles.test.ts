import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '../../test/support/random.ts';
import { cumulativeRows, LatencyHistogram } from '../server/latency-histogram.ts';
import { addNewCalls, type Buckets, percentilesOf } from './percentiles.ts';

test('what came between two readings is told apart from what was before', () => {
  const buckets: Buckets = new Map();
  addNewCalls(
    buckets,
    [
      [1, 10],
      [8, 30],
    ],
    [
      [1, 10],
      [4, 15],
      [8, 40],
      [64, 41],
    ],
  );
  // A row that was not there before had nobody between its neighbours.
  assert.deepEqual(
    [...buckets],
    [
      [4, 5],
      [8, 5],
      [64, 1],
    ],
  );
});

test('after CONFIG RESETSTAT the later reading counts alone', () => {
  const buckets: Buckets = new Map();
  addNewCalls(buckets, [[1, 100]], [[2, 7]]);
  assert.deepEqual([...buckets], [[2, 7]]);
});

test('without calls there are no percentiles', () => {
  const buckets: Buckets = new Map();
  addNewCalls(buckets, [[1, 100]], [[1, 100]]);
  assert.equal(percentilesOf(buckets), undefined);
});

test('percentiles of LATENCY HISTOGRAM rows are within their bucket, whatever was before', () => {
  for (let seed = 1; seed <= 30; seed++) {
    const random = new Random(seed);
    const histogram = new LatencyHistogram();
    const record = (times: number) => {
      const all: number[] = [];
      for (let i = 0; i < times; i++) {
        const usec = 2 ** (random.next() * 18);
        histogram.record(usec * 1000, 1);
        all.push(usec);
      }
      return all.sort((a, b) => a - b);
    };
    record(random.integer(0, 499));
    const before = cumulativeRows(histogram.snapshot());
    const times = record(random.integer(1, 2000));
    const buckets: Buckets = new Map();
    addNewCalls(buckets, before, cumulativeRows(histogram.snapshot()));
    assert.equal(
      [...buckets.values()].reduce((sum, calls) => sum + calls, 0),
      times.length,
      `seed ${seed}`,
    );
    const found = percentilesOf(buckets);
    for (const [name, share] of [
      ['p50', 0.5],
      ['p99', 0.99],
      ['p999', 0.999],
    ] as const) {
      const exact = times[Math.ceil(share * times.length) - 1] ?? 0;
      const told = found?.[name] ?? 0;
      assert.ok(told <= exact * 2.1 + 1 && told >= exact / 2.1 - 1, `seed ${seed}: ${name} ${told}, exact ${exact}`);
    }
  }
});
