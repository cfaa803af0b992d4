import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SLOTS } from '../base/limits.ts';
import { type HashSeed, KeyHasher } from './hash.ts';

const seed: HashSeed = { a: 1, b: 2, c: 3 };

function lanes(hasher: KeyHasher, key: Buffer, padding = 0): readonly number[] {
  const padded = Buffer.concat([Buffer.alloc(padding, 0xff), key, Buffer.alloc(9, 0xee)]);
  hasher.hash(new DataView(padded.buffer, padded.byteOffset, padded.length), padding, key.length);
  return [hasher.slot, hasher.position, hasher.check];
}

test('golden hashes: records on disk are found by them', () => {
  const hasher = new KeyHasher(seed);
  assert.deepEqual(
    ['', 'a', 'abcd', 'key:000000000001'].map((key) => lanes(hasher, Buffer.from(key))),
    [
      [12179, -1436902000, 2142416922],
      [12940, -491327827, -1134008494],
      [15749, -327359485, 721394365],
      [5274, 1692634666, -706232447],
    ],
  );
});

test('the hash depends on the key bytes and the seed alone', () => {
  const one = new KeyHasher(seed);
  for (let length = 0; length < 40; length++) {
    const key = Buffer.alloc(length, 'strata');
    const expected = lanes(one, key);
    for (let padding = 0; padding < 5; padding++) assert.deepEqual(lanes(new KeyHasher(seed), key, padding), expected);
    assert.notDeepEqual(lanes(one, Buffer.concat([key, Buffer.from([0])])), expected);
    for (const other of [
      { ...seed, a: 9 },
      { ...seed, b: 9 },
      { ...seed, c: 9 },
    ]) {
      assert.notDeepEqual(lanes(new KeyHasher(other), key), expected);
    }
  }
});

/** Chi-square of counts that should be equal, as standard deviations from its mean. */
function deviations(counts: readonly number[]): number {
  const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  const chi = counts.reduce((sum, count) => sum + (count - mean) ** 2 / mean, 0);
  return (chi - (counts.length - 1)) / Math.sqrt(2 * (counts.length - 1));
}

test('keys that differ in a few digits spread evenly over slots, and evenly within a slot', () => {
  const hasher = new KeyHasher(seed);
  const slots = new Array<number>(SLOTS).fill(0);
  const tops = new Array<number>(4096).fill(0);
  const checks = new Array<number>(4096).fill(0);
  for (let n = 0; n < 400_000; n++) {
    const [slot = 0, position = 0, check = 0] = lanes(hasher, Buffer.from(`key:${String(n).padStart(12, '0')}`));
    slots[slot] = (slots[slot] ?? 0) + 1;
    tops[position >>> 20] = (tops[position >>> 20] ?? 0) + 1;
    checks[check >>> 20] = (checks[check >>> 20] ?? 0) + 1;
  }
  for (const counts of [slots, tops, checks]) assert.ok(Math.abs(deviations(counts)) < 5, String(deviations(counts)));
});

test('every bit of a key flips about half of the bits of every lane', () => {
  const hasher = new KeyHasher(seed);
  const flips = [0, 0];
  let trials = 0;
  for (let n = 0; n < 200; n++) {
    const key = Buffer.from(`user:${n}:name`);
    const [, position = 0, check = 0] = lanes(hasher, key);
    for (let bit = 0; bit < key.length * 8; bit += 3) {
      const changed = Buffer.from(key);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const [, otherPosition = 0, otherCheck = 0] = lanes(hasher, changed);
      trials++;
      [position ^ otherPosition, check ^ otherCheck].forEach((difference, lane) => {
        for (let rest = difference; rest !== 0; rest &= rest - 1) flips[lane] = (flips[lane] ?? 0) + 1;
      });
    }
  }
  for (const count of flips) assert.ok(Math.abs(count / trials / 32 - 0.5) < 0.01);
});
