import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '../../../tiers/policy/random.ts';
import { PlanError } from '../plan-error.ts';
import { describeWorkload, type WorkloadDescription } from './description.ts';
import { parseSizes, sizeAt } from './sizes.ts';
import { Zipf } from './zipf.ts';

const plain: WorkloadDescription = {
  keys: 1000,
  keyBytes: 20,
  sizes: { kind: 'fixed', bytes: 300 },
  skew: 0.99,
  writes: 0.2,
  deletes: 0.05,
  ttlSeconds: 60,
  requestsPerSecond: 1000,
  requests: 200_000,
};

function near(actual: number, expected: number, share: number, what: string): void {
  assert.ok(Math.abs(actual - expected) <= expected * share, `${what}: ${actual}, expected ${expected}`);
}

test('Zipf draws ranks as often as their weights say', () => {
  for (const [ranks, skew] of [
    [1, 1],
    [10, 0],
    [50, 0.6],
    [1000, 0.99],
    [1000, 1],
    [300, 1.5],
  ] as const) {
    const zipf = new Zipf(ranks, skew);
    const random = new SeededRandom(7);
    const drawn = new Float64Array(ranks);
    const draws = 100_000;
    for (let done = 0; done < draws; ) {
      const rank = zipf.rankFor(random.fraction());
      if (rank < 0) continue;
      drawn[rank] = (drawn[rank] ?? 0) + 1;
      done++;
    }
    for (const rank of [0, 1, 5, 40]) {
      if (rank >= ranks) continue;
      const expected = (draws * zipf.weightOf(rank)) / zipf.weightOfFirst(ranks);
      const deviations = Math.abs((drawn[rank] ?? 0) - expected) / Math.sqrt(expected);
      assert.ok(deviations < 5, `rank ${rank} of ${ranks} with skew ${skew}: ${drawn[rank]}, expected ${expected}`);
    }
  }
});

test('sums of Zipf weights are near the exact ones', () => {
  for (const skew of [0, 0.5, 1, 1.3]) {
    const zipf = new Zipf(1e6, skew);
    let exact = 0;
    for (let rank = 0; rank < 1e6; rank++) exact += zipf.weightOf(rank);
    near(zipf.weightOfFirst(1e6), exact, 1e-9, `skew ${skew}`);
  }
});

test('a small workload is drawn whole', () => {
  const trace = describeWorkload(plain);
  const { totals } = trace;
  assert.deepEqual([trace.rate, trace.length, totals.requests, totals.seconds], [1, 200_000, 200_000, 200]);
  const ops = [0, 0, 0];
  const perKey = new Float64Array(trace.keyCount);
  for (let i = 0; i < trace.length; i++) {
    ops[trace.ops[i] ?? 0] = (ops[trace.ops[i] ?? 0] ?? 0) + 1;
    perKey[trace.keys[i] ?? 0] = (perKey[trace.keys[i] ?? 0] ?? 0) + 1;
    assert.ok((trace.timesMs[i] ?? 0) >= (trace.timesMs[i - 1] ?? 0));
  }
  near(ops[0] ?? 0, totals.reads, 0.01, 'reads');
  near(ops[1] ?? 0, totals.writes, 0.03, 'writes');
  near(ops[2] ?? 0, totals.deletes, 0.05, 'deletes');
  const zipf = new Zipf(1000, 0.99);
  near(Math.max(...perKey), 200_000 / zipf.weightOfFirst(1000), 0.03, 'requests of the most popular key');
});

test('of a large workload a sample is drawn, in proportion', () => {
  const trace = describeWorkload({ ...plain, keys: 50_000_000, requests: 500_000_000, maxKeys: 20_000 });
  assert.ok(trace.keyCount <= 20_000 && trace.keyCount > 12_000, `${trace.keyCount} keys`);
  near(trace.length, 500_000_000 * trace.rate, 0.1, 'requests in the sample');
  assert.ok(trace.marks.every((mark) => mark < trace.rate * 2 ** 24));
  near(trace.timesMs.at(-1) ?? 0, 500_000_000, 0.01, 'the last time');
});

test('keys are replaced as often as the turnover says', () => {
  for (const turnoverAtOnce of [false, true]) {
    const trace = describeWorkload({ ...plain, skew: 0, turnover: 3, turnoverAtOnce });
    near(trace.keyCount, turnoverAtOnce ? 3000 : 4000, 0.05, 'keys');
  }
});

test('sizes follow their distribution', () => {
  const quantiles = (text: string): number[] => [0.1, 0.5, 0.9].map((share) => sizeAt(parseSizes(text), share));
  assert.deepEqual(quantiles('512'), [512, 512, 512]);
  assert.deepEqual(quantiles('uniform:100-200'), [110, 150, 190]);
  assert.deepEqual(quantiles('log-normal:300,1'), [83, 300, 1081]);
  assert.deepEqual(quantiles('percentiles:50=200,100=3200'), [200, 200, 1838]);
  for (const wrong of [
    '',
    'x',
    '-1',
    'uniform:5-1',
    'log-normal:300',
    'log-normal:1,x',
    'percentiles:50',
    'pareto:1',
    '1e99',
  ])
    assert.throws(() => parseSizes(wrong), PlanError, wrong);
});

test('descriptions of nothing are refused', () => {
  for (const wrong of [{ keys: 0 }, { skew: -1 }, { writes: 2 }, { requestsPerSecond: 0 }, { requests: 0.5 }])
    assert.throws(() => describeWorkload({ ...plain, ...wrong }), PlanError);
});
