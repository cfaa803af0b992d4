import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ReadBudget } from './read-budget.ts';

test('as many records as fit, by the largest of late', () => {
  const budget = new ReadBudget();
  const first = budget.room();
  assert.ok(first > 16, `${first} before anything is known`);
  budget.begin(1);
  budget.end([Buffer.alloc(2 ** 20)], 1);
  assert.equal(budget.room(), 8);
  budget.begin(8);
  assert.equal(budget.room(), 0);
  budget.end([], 8);
  assert.equal(budget.room(4 * 2 ** 20), 4, 'what waits to be taken counts');
  assert.equal(budget.room(20 * 2 ** 20), 0);
  budget.begin(200);
  budget.end(
    Array.from({ length: 200 }, () => Buffer.alloc(512)),
    200,
  );
  assert.ok(budget.room() > 10_000, `${budget.room()} small ones`);
});

test('one record, however large, can always be read', () => {
  const budget = new ReadBudget();
  budget.begin(1);
  budget.end([Buffer.alloc(40 * 2 ** 20)], 1);
  assert.equal(budget.room(), 1);
  budget.begin(1);
  assert.equal(budget.room(), 0);
});
