import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BUDGET_BYTES, OutputBudget } from './output-budget.ts';

const MB = 2 ** 20;

test('large replies beyond the budget wait for those before them, in order', () => {
  const budget = new OutputBudget(() => 0);
  const clients = Array.from({ length: 40 }, (_, n) => ({ n }));
  const served: number[] = [];
  const ask = (client: { n: number }): void => {
    if (!budget.mayBegin()) {
      budget.whenRoom(() => ask(client));
      return;
    }
    served.push(client.n);
    budget.count(client, MB);
  };
  for (const client of clients) ask(client);
  assert.equal(served.length, BUDGET_BYTES / MB);
  for (let n = 0; n < 10; n++) budget.count(clients[n] ?? {}, 0);
  assert.equal(served.length, BUDGET_BYTES / MB, 'those who wait are not called from within');
  assert.equal(budget.mayBegin(), false, 'newcomers do not overtake');
  budget.look();
  assert.equal(served.length, BUDGET_BYTES / MB + 10);
  for (const client of clients) budget.count(client, 0);
  budget.look();
  assert.deepEqual(
    served,
    clients.map(({ n }) => n),
  );
  assert.equal(budget.mayBegin(), true);
});

test('clients that do not read hold nobody up for long', () => {
  let nowMs = 0;
  const budget = new OutputBudget(() => nowMs);
  for (let n = 0; n < BUDGET_BYTES / MB; n++) budget.count({ n }, MB);
  let served = false;
  budget.whenRoom(() => {
    served = true;
  });
  budget.look();
  assert.equal(served, false);
  nowMs = 10_000;
  budget.look();
  assert.equal(served, true);
});
