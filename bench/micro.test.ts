import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type MicroBenchmark, measure } from './micro/harness.ts';
import { microBenchmarks } from './micro/registry.ts';

for (const benchmark of microBenchmarks) {
  test(`${benchmark.name} (smoke size)`, () => {
    assert.ok(measure(benchmark, 'smoke').nsPerOp > 0);
  });
}

test('a benchmark with a wrong result fails', () => {
  let closed = false;
  const liar: MicroBenchmark = {
    name: 'liar',
    sizes: { smoke: 3, full: 3 },
    setup: () => ({
      run: (n) => n,
      check: (result, n) => result === n + 1,
      close: () => {
        closed = true;
      },
    }),
  };
  assert.throws(() => measure(liar, 'smoke'), /liar: 3 operations gave 3/);
  assert.ok(closed);
});

test('names are unique', () => {
  assert.equal(new Set(microBenchmarks.map(({ name }) => name)).size, microBenchmarks.length);
});
