import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '../policy/random.ts';
import { Distances } from './distances.ts';
import { KeySet } from './key-set.ts';
import { Recency } from './recency.ts';

test('Recency tells what a list in order of use tells, over many rounds of places', () => {
  const random = new SeededRandom(5);
  const recency = new Recency(20);
  /** The last used first. */
  let list: { entry: number; bytes: number }[] = [];
  for (let i = 0; i < 5000; i++) {
    const entry = Math.floor(random.fraction() * 20);
    const at = list.findIndex((one) => one.entry === entry);
    if (at >= 0) {
      assert.equal(recency.keysSince(entry), at);
      assert.equal(
        recency.bytesSince(entry),
        list.slice(0, at).reduce((sum, one) => sum + one.bytes, 0),
      );
    }
    if (at >= 0) list = list.toSpliced(at, 1);
    if (at >= 0 && random.fraction() < 0.2) recency.remove(entry);
    else {
      const bytes = 1 + Math.floor(random.fraction() * 1000);
      recency.use(entry, bytes);
      list.unshift({ entry, bytes });
    }
    assert.equal(recency.keys, list.length);
  }
});

test('KeySet finds what was added and gives out the largest marks first', () => {
  const random = new SeededRandom(6);
  const set = new KeySet(64);
  const known = new Map<string, { entry: number; mark: number }>();
  for (let i = 0; i < 5000; i++) {
    const a = Math.floor(random.fraction() * 40) - 20;
    const b = Math.floor(random.fraction() * 4);
    const key = `${a} ${b}`;
    const found = known.get(key);
    assert.equal(set.find(a, b), found?.entry ?? -1, `step ${i}`);
    if (found === undefined && set.size < set.capacity) {
      const mark = Math.floor(random.fraction() * 1000);
      known.set(key, { entry: set.add(a, b, mark), mark });
    } else if (set.size > 0) {
      const largest = Math.max(...[...known.values()].map(({ mark }) => mark));
      assert.equal(set.largestMark, largest);
      const entry = set.removeLargest();
      const gone = [...known].find(([, one]) => one.entry === entry);
      assert.equal(gone?.[1].mark, largest);
      known.delete(gone?.[0] ?? '');
    }
    assert.equal(set.size, known.size);
  }
  set.clear();
  assert.deepEqual([set.size, set.largestMark, set.find(0, 0)], [0, -1, -1]);
});

test('distances up to 127 are exact, greater ones to 1/64', () => {
  const distances = new Distances();
  for (const distance of [0, 1, 127, 128, 1000, 2 ** 20, 2 ** 31 + 5, 2 ** 40 - 1, 2 ** 50]) distances.add(distance, 1);
  assert.deepEqual(
    [0, 1, 2, 127, 128].map((limit) => distances.below(limit)),
    [0, 1, 2, 2, 3],
  );
  for (const [limit, count] of [
    [130, 4],
    [1020, 5],
    [2 ** 20 * 1.02, 6],
    [2 ** 31 * 1.02, 7],
    [2 ** 40, 8],
  ] as const) {
    assert.equal(Math.round(distances.below(limit)), count, `below ${limit}`);
  }
  distances.scale(0.5);
  assert.equal(distances.below(2), 1);
  distances.clear();
  assert.equal(distances.below(2 ** 45), 0);
});
