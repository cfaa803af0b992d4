import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { distinctNumbers, visitNumbers } from './sample.ts';

test('distinct numbers ascend, lie below the limit, and are as many as asked for', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 200_000 }), fc.double({ min: 0, max: 1, noNaN: true }), (limit, share) => {
      const count = Math.floor(share * limit);
      const numbers = distinctNumbers(count, limit);
      assert.equal(numbers.length, count);
      let last = -1;
      for (const number of numbers) {
        assert.ok(number > last && number < limit);
        last = number;
      }
    }),
    { numRuns: 50 },
  );
});

test('every number is chosen about as often as every other', () => {
  for (const [count, limit] of [
    [3, 1000],
    [7, 10],
  ] as const) {
    const chosen = new Array<number>(limit).fill(0);
    const rounds = (limit / count) * 1000;
    for (let round = 0; round < rounds; round++) {
      for (const number of distinctNumbers(count, limit)) chosen[number] = (chosen[number] ?? 0) + 1;
    }
    // Each about 1000 times; eight standard deviations off is no chance.
    for (const times of chosen) assert.ok(Math.abs(times - 1000) < 260, `${times} times`);
  }
});

test('entries are visited by their numbers, near and far', () => {
  let at = -1;
  const entries = {
    count: 5000,
    first: () => entries.seek(0),
    next: () => entries.seek(at + 1),
    seek: (number: number) => {
      at = number;
      return true;
    },
  };
  const seen: number[] = [];
  const numbers = Uint32Array.of(0, 1, 2, 10, 26, 43, 2000, 2001, 4999);
  visitNumbers(entries, numbers, () => seen.push(at));
  assert.deepEqual(seen, [...numbers]);
});
