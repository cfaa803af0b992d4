import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compareBytes, Slice } from '../../../tiers/tree/slice.ts';
import { readScore, SCORE_BYTES, ScoreKey } from './score-key.ts';

const score = fc.double({ noNaN: true });
const member = fc.string({ maxLength: 40 });

/** A key of its own: the builder's is overwritten by the next one. */
function keyOf(value: number, name: string): Slice {
  const key = new ScoreKey().of(value, Slice.of(Buffer.from(name, 'latin1')));
  return Slice.of(key.copy());
}

function order(a: Slice, b: Slice): number {
  return Math.sign(compareBytes(a.view, a.at, a.length, b.view, b.at, b.length));
}

test('keys sort by score, then by member', () => {
  fc.assert(
    fc.property(score, member, score, member, (a, x, b, y) => {
      const wanted =
        a === b ? Math.sign(Buffer.compare(Buffer.from(x, 'latin1'), Buffer.from(y, 'latin1'))) : a < b ? -1 : 1;
      assert.equal(order(keyOf(a, x), keyOf(b, y)), wanted);
    }),
  );
});

test('a key tells its score; of -0 and 0 it tells 0', () => {
  fc.assert(
    fc.property(score, member, (value, name) => {
      const key = keyOf(value, name);
      assert.ok(Object.is(readScore(key.view, key.at), value + 0));
      assert.equal(key.copy().subarray(SCORE_BYTES).toString('latin1'), Buffer.from(name, 'latin1').toString('latin1'));
    }),
  );
});

test('bounds stand before and after all members with a score', () => {
  fc.assert(
    fc.property(score, score, member, (value, other, name) => {
      const key = keyOf(other, name);
      const bounds = new ScoreKey();
      assert.equal(order(bounds.bound(value, false), key) <= 0, value <= other);
      assert.equal(order(bounds.bound(value, true), key) <= 0, value < other);
      assert.equal(order(bounds.after(other, Slice.of(Buffer.from(name, 'latin1'))), key), 1);
    }),
  );
});
