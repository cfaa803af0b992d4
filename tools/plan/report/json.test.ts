import assert from 'node:assert/strict';
import { test } from 'node:test';
import { examplePlan } from './fixture.ts';
import { planJson } from './json.ts';

test('the fields stand in their documented order, and each is there', () => {
  const plan = JSON.parse(planJson(examplePlan()));
  assert.deepEqual(Object.keys(plan), [
    'version',
    'made',
    'source',
    'facts',
    'assumptions',
    'device',
    'prices',
    'target',
    'curves',
    'cells',
    'answer',
    'notes',
  ]);
  assert.deepEqual(plan.target, { hitRatio: 0.95, ramHitRatio: null, meanUs: null, p99Us: 20_000, driveYears: null });
  const fields = Object.keys(plan.cells[0]);
  assert.equal(plan.cells[0].driveYears, null);
  for (const cell of plan.cells) assert.deepEqual(Object.keys(cell), fields);
  assert.deepEqual(
    plan.answer.cell,
    plan.cells.find((cell: { broken: string[] }) => cell.broken.length === 0),
  );
  assert.deepEqual(Object.keys(plan.answer), ['kind', 'cell', 'binding', 'why']);
});

test('nothing of the plan is lost: every field of it has its place', () => {
  const plan = examplePlan();
  const printed = JSON.parse(planJson(plan), (_name, value) => (value === null ? undefined : value));
  assert.deepEqual(printed, JSON.parse(JSON.stringify(plan)));
});
