import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Random } from '../../test/support/random.ts';
import { PAGE_BYTES, PAGES_PER_SEGMENT } from '../base/limits.ts';
import { testMemory } from '../testing/memory.ts';
import { PageHeap } from './page-heap.ts';

function randomRuns(context: TestContext, limitPages: number, lengthOf: (random: Random) => number): void {
  const seed = Math.floor(Math.random() * 2 ** 31);
  context.diagnostic(`seed ${seed}`);
  const random = new Random(seed);
  const heap = new PageHeap(testMemory(limitPages * PAGE_BYTES));
  const runs: { first: number; length: number }[] = [];
  let used = 0;
  let refused = 0;
  for (let i = 0; i < 4000; i++) {
    if (random.chance(0.55)) {
      const length = lengthOf(random);
      const first = heap.take(length);
      if (first === 0) {
        refused++;
        continue;
      }
      assert.equal(Math.floor(first / PAGES_PER_SEGMENT), Math.floor((first + length - 1) / PAGES_PER_SEGMENT));
      assert.ok(runs.every((run) => run.first + run.length <= first || first + length <= run.first));
      runs.push({ first, length });
      used += length;
    } else {
      const at = random.integer(0, Math.max(0, runs.length - 1));
      const run = runs[at];
      if (run === undefined) continue;
      runs.splice(at, 1);
      heap.give(run.first, run.length);
      used -= run.length;
    }
    assert.equal(heap.committedPages(), used);
    assert.ok(used <= limitPages);
    if (i % 100 === 0) heap.verify();
  }
  assert.ok(refused > 0, 'the limit was met');
  for (const { first, length } of runs) heap.give(first, length);
  assert.equal(heap.committedPages(), 0);
  heap.verify();
}

test('random runs never overlap, and join again when they come back', (context) => {
  randomRuns(context, 4000, (random) => (random.chance(0.8) ? random.integer(1, 64) : random.integer(65, 900)));
});

test('runs stay within their segment', (context) => {
  const third = PAGES_PER_SEGMENT / 3;
  randomRuns(context, PAGES_PER_SEGMENT * 2, (random) => random.integer(1, third));
});

test('what came back in pieces is one run again', () => {
  const heap = new PageHeap(testMemory(100 * PAGE_BYTES));
  const pieces = Array.from({ length: 100 }, () => heap.take(1));
  assert.ok(pieces.every((page) => page > 0));
  assert.equal(heap.take(1), 0);
  for (let i = 0; i < 100; i += 2) heap.give(pieces[i] ?? 0, 1);
  for (let i = 1; i < 100; i += 2) heap.give(pieces[i] ?? 0, 1);
  assert.equal(heap.take(100), pieces[0]);
});

test('the reserve may go beyond the limit', () => {
  const heap = new PageHeap(testMemory(10 * PAGE_BYTES));
  assert.notEqual(heap.take(10), 0);
  assert.equal(heap.take(1), 0);
  assert.notEqual(heap.take(4, 4), 0);
  assert.equal(heap.take(1, 4), 0);
});
