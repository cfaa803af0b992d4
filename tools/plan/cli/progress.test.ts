import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Progress, remaining } from './progress.ts';

test('stages count by their weights, never go back, and end at all', () => {
  const seen: [number, string][] = [];
  const view = { show: (share: number, stage: string) => void seen.push([share, stage]), end() {} };
  const progress = new Progress(
    [
      { name: 'reading', weight: 6 },
      { name: 'predicting', weight: 2 },
    ],
    view,
  );
  const reading = progress.stage('reading');
  reading(0.5);
  reading(0.25);
  reading(1);
  const predicting = progress.stage('predicting');
  predicting(0.5);
  predicting(7);
  assert.deepEqual(seen, [
    [0, 'reading'],
    [0.375, 'reading'],
    [0.375, 'reading'],
    [0.75, 'reading'],
    [0.75, 'predicting'],
    [0.875, 'predicting'],
    [1, 'predicting'],
  ]);
});

test('what is left follows from what the work so far took', () => {
  assert.equal(remaining(0.01, 60_000), '…');
  assert.equal(remaining(0.5, 10_000), '10 s');
  assert.equal(remaining(0.1, 60_000), '9 min');
});
