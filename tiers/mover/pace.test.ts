import assert from 'node:assert/strict';
import { performance } from 'node:perf_hooks';
import { test } from 'node:test';
import { Pace } from './pace.ts';

test('work is not done before its share of the time has passed', async () => {
  const pace = new Pace();
  const from = performance.now();
  pace.start(60);
  for (let step = 1; step <= 6; step++) {
    await pace.rest(step / 6);
    assert.ok(performance.now() - from >= step * 10 - 2, `step ${step}`);
  }
});

test('work that is late goes on at once, but the event loop has its chance', async () => {
  const pace = new Pace();
  pace.start(0);
  let turns = 0;
  const count = () => {
    turns++;
    timer = setImmediate(count);
  };
  let timer = setImmediate(count);
  for (let step = 0; step < 10; step++) await pace.rest(1);
  clearImmediate(timer);
  assert.ok(turns >= 9, `${turns} turns of the event loop`);
});

test('who is in a hurry ends a rest, and there are no more', async () => {
  const pace = new Pace();
  pace.start(3_600_000);
  const rest = pace.rest(0.5);
  setImmediate(() => pace.hurry());
  await rest;
  await pace.rest(1);
  // A start without time to spread over has forgotten the hurry, and the one before it.
  pace.start(3_600_000);
  const again = pace.rest(0.5);
  pace.hurry();
  await again;
});
