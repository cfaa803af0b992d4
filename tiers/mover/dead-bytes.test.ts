import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DeadBytes } from './dead-bytes.ts';

const at = (bytes: number, bytesWritten: number, more: { bytesRewritten?: number; deletions?: number } = {}) => ({
  bytes,
  bytesWritten,
  bytesRewritten: 0,
  deletions: 0,
  keys: 100,
  ...more,
});

test('what is deleted and overwritten is dead until more has vanished than was written', () => {
  const estimate = new DeadBytes();
  assert.equal(estimate.sample(at(1000, 0)), 1000);
  // Fifty of a hundred keys, at ten bytes each.
  assert.equal(estimate.sample(at(1000, 0, { deletions: 50 })), 500);
  assert.equal(estimate.sample(at(1300, 300, { deletions: 50, bytesRewritten: 200 })), 600);
  assert.equal(estimate.dead, 700);
  // A compaction: 400 were written, and 300 fewer are there.
  assert.equal(estimate.sample(at(1000, 700, { deletions: 50, bytesRewritten: 200 })), 1000);
  assert.equal(estimate.dead, 0);
});

test('filler is dead from the beginning', () => {
  const estimate = new DeadBytes();
  estimate.sample(at(1000, 0));
  estimate.wrote(500);
  assert.equal(estimate.sample(at(1500, 0)), 1000);
  assert.equal(estimate.sample(at(1000, 0)), 1000);
  assert.equal(estimate.dead, 0);
});
