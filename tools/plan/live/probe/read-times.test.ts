import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bucketEndUs, summarise, TIME_BUCKETS, timeBucket } from './read-times.ts';

test('a bucket ends above its times, at most a thirty-second of them', () => {
  for (let us = 0.5; us < 2e7; us *= 1.003) {
    const end = bucketEndUs(timeBucket(us));
    assert.ok(end > us, `${us} us in a bucket that ends at ${end}`);
    assert.ok(end <= Math.max(us + 1, us * (1 + 1 / 31)), `${us} us in a bucket that ends at ${end}`);
  }
  assert.ok(timeBucket(1e12) < TIME_BUCKETS);
});

test('reports of threads add up', () => {
  const counts = new Uint32Array(TIME_BUCKETS);
  counts[timeBucket(10)] = 98;
  counts[timeBucket(1000)] = 2;
  const report = { count: 100, sumMs: 2.98, perSecond: 500, counts };
  assert.deepEqual(summarise(2, [report, report]), { depth: 2, iops: 1000, meanUs: 29.8, p50Us: 11, p99Us: 1008 });
  assert.equal(summarise(1, [{ ...report, count: 0, counts: new Uint32Array(TIME_BUCKETS) }]), undefined);
});
