import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '../policy/random.ts';
import { createReadTimes, ReadTimes, summarizeReadTimes } from './read-times.ts';

test('without a read everything is zero', () => {
  const { count, sumUsec, p50Usec, p999Usec, maxUsec, below } = summarizeReadTimes(createReadTimes(2));
  assert.deepEqual([count, sumUsec, p50Usec, p999Usec, maxUsec], [0, 0, 0, 0, 0]);
  assert.ok(below.every(([, seen]) => seen === 0));
});

test('percentiles are those of a sorted list, at most a sixteenth too high, over all threads', () => {
  const random = new SeededRandom(7);
  const memory = createReadTimes(3);
  const rows = [0, 1, 2].map((thread) => new ReadTimes(memory, thread));
  const list: number[] = [];
  for (let i = 0; i < 20_000; i++) {
    const usec = Math.max(1, Math.floor(2 ** (random.fraction() * 20)));
    list.push(usec);
    rows[i % 3]?.record(usec / 1000);
  }
  list.sort((a, b) => a - b);
  const summary = summarizeReadTimes(memory);
  for (const [share, found] of [
    [0.5, summary.p50Usec],
    [0.99, summary.p99Usec],
    [0.999, summary.p999Usec],
  ] as const) {
    const exact = list[Math.ceil(share * list.length) - 1] ?? 0;
    assert.ok(found >= exact && found <= exact * (1 + 1 / 16), `${share}: ${found} for ${exact}`);
  }
  assert.equal(summary.count, list.length);
  assert.equal(summary.maxUsec, list.at(-1));
  assert.equal(
    summary.sumUsec,
    list.reduce((sum, usec) => sum + usec, 0),
  );
  for (const [usec, count] of summary.below) assert.equal(count, list.filter((one) => one < usec).length, `< ${usec}`);
});

test('the shortest and the longest durations have a place; a reset empties one row only', () => {
  const memory = createReadTimes(2);
  const [a, b] = [new ReadTimes(memory, 0), new ReadTimes(memory, 1)];
  a.record(0);
  a.record(1e9);
  b.record(0.5);
  const summary = summarizeReadTimes(memory);
  assert.deepEqual([summary.count, summary.maxUsec], [3, 2 ** 26 - 1]);
  assert.deepEqual(summary.below.at(-1), [2 ** 26, 3]);
  a.reset();
  assert.deepEqual([summarizeReadTimes(memory).count, summarizeReadTimes(memory).p50Usec], [1, 500]);
});
