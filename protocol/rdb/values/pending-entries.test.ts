import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BadRdb } from '../errors.ts';
import { PendingEntries } from './pending-entries.ts';

test('every entry finds one owner, in whatever order', () => {
  const entries = new PendingEntries();
  const count = 1000;
  for (const step of [1, 7, 999]) {
    entries.clear();
    for (let i = 0; i < count; i++) entries.add(BigInt(i >> 3), BigInt(i & 7), 1_000_000 + i, BigInt(i));
    for (let i = 0; i < count; i++) {
      assert.ok(!entries.allOwned);
      const wanted = (i * step) % count;
      const at = entries.own(BigInt(wanted >> 3), BigInt(wanted & 7));
      assert.deepEqual([entries.deliveredAtMs(at), entries.deliveryCount(at)], [1_000_000 + wanted, BigInt(wanted)]);
    }
    assert.ok(entries.allOwned);
    assert.throws(() => entries.own(5n, 5n), BadRdb);
    assert.throws(() => entries.own(5n, 8n), BadRdb);
    assert.throws(() => entries.own(2n ** 64n - 1n, 0n), BadRdb);
  }
});

test('ids must ascend', () => {
  const entries = new PendingEntries();
  entries.add(2n, 5n, 0, 1n);
  for (const [ms, seq] of [
    [2n, 5n],
    [2n, 4n],
    [1n, 9n],
  ] as const)
    assert.throws(() => entries.add(ms, seq, 0, 1n), BadRdb);
  entries.add(2n, 2n ** 64n - 1n, 0, 1n);
  entries.add(2n ** 64n - 1n, 0n, 0, 1n);
  assert.equal(entries.count, 3);
});
