import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IdentitySet } from './identity-set.ts';

test('identities are told apart by both halves, also when there are many', () => {
  const set = new IdentitySet();
  for (let n = 1; n < 20_000; n++) {
    assert.equal(set.has(n, 0), false);
    assert.equal(set.add(n, 0), true);
    assert.equal(set.add(0, n), true);
    // As a time stamp has them: the upper bit set, and neighbours.
    assert.equal(set.add(0x8000_0000 + (n >> 4), n), true);
    assert.equal(set.add(n, 0), false);
  }
  for (let n = 1; n < 20_000; n++) {
    assert.ok(set.has(n, 0) && set.has(0, n) && set.has(0x8000_0000 + (n >> 4), n));
    assert.equal(set.has(n, 50_000 + n), false);
  }
});
