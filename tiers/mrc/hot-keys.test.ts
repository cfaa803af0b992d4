import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '../policy/random.ts';
import { HotKeys } from './hot-keys.ts';

/** A key's lanes from its number. */
const note = (hot: HotKeys, key: number, uses: number, nowMs: number) =>
  hot.note(0, key % 16384, Math.imul(key, 0x9e3779b1), Math.imul(key, 0x85ebca6b), uses, nowMs);
const keyOf = (check: number) =>
  Array.from({ length: 20_000 }, (_, n) => n).find((n) => Math.imul(n, 0x85ebca6b) === check);

test('the most used of 20,000 Zipf keys come first, with their rates, through 256 counters', () => {
  const random = new SeededRandom(4);
  const hot = new HotKeys(256, 60_000);
  const objects = 20_000;
  const harmonic = Array.from({ length: objects }, (_, n) => 1 / (n + 1)).reduce((a, b) => a + b, 0);
  const perMs = 10;
  // Inverse of the continuous distribution: rank = objects^u.
  for (let ms = 0; ms < 30_000; ms++) {
    for (let i = 0; i < perMs; i++) note(hot, Math.floor(objects ** random.fraction()) - 1, 1, ms);
  }
  const top = hot.top(5, 30_000);
  assert.deepEqual(
    top.map(({ check }) => keyOf(check)),
    [0, 1, 2, 3, 4],
  );
  const first = top[0];
  // Rank 1 of the continuous distribution holds ln 2 / ln objects of all.
  const share = Math.log(2) / Math.log(objects);
  assert.ok(harmonic > 0 && first !== undefined);
  assert.ok(Math.abs(first.perSecond / (share * perMs * 1000) - 1) < 0.1, `${first.perSecond}`);
  assert.ok(first.error < first.uses / 2);
});

test('a key that was hot is forgotten, also over so long a time that weights are divided', () => {
  const hot = new HotKeys(8, 1000);
  for (let i = 0; i < 100; i++) note(hot, 1, 10, 0);
  note(hot, 2, 10, 10_000);
  assert.equal(keyOf(hot.top(1, 10_000)[0]?.check ?? -1), 2);
  // 2^600: beyond what a weight may be.
  for (let second = 10; second <= 700; second++) note(hot, 3, 5, second * 1000);
  const [first] = hot.top(1, 700_000);
  assert.equal(keyOf(first?.check ?? -1), 3);
  assert.ok(Number.isFinite(first?.uses) && Math.abs((first?.perSecond ?? 0) - 5) < 2, `${first?.perSecond}`);
  hot.clear();
  assert.deepEqual(hot.top(10, 700_000), []);
});

test('more keys than counters: the smallest counter is taken over, with its count as error', () => {
  const hot = new HotKeys(2, 1e9);
  note(hot, 1, 10, 0);
  note(hot, 2, 3, 0);
  note(hot, 3, 1, 0);
  const [first, second] = hot.top(10, 0);
  assert.deepEqual([first?.uses, second?.uses, second?.error], [10, 4, 3]);
  assert.equal(keyOf(second?.check ?? -1), 3);
});
