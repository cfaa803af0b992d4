import assert from 'node:assert/strict';
import { test } from 'node:test';
import { leftInWords, Progress } from './progress.ts';

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

test('what is left follows from the speed of the stage under way', () => {
  let nowMs = 0;
  const seen: (number | undefined)[] = [];
  const view = { show: (_share: number, _stage: string, leftMs?: number) => void seen.push(leftMs), end() {} };
  const stages = [
    { name: 'reading', weight: 1 },
    { name: 'predicting', weight: 3 },
  ];
  const progress = new Progress(stages, view, () => nowMs);
  const reading = progress.stage('reading');
  nowMs = 4000;
  reading(0.5);
  nowMs = 8000;
  // The second stage is slower than the weights say: that counts from when it is seen.
  const predicting = progress.stage('predicting');
  nowMs = 48_000;
  predicting(0.5);
  assert.deepEqual(seen, [undefined, 28_000, undefined, 40_000]);
});

test('times that are left, in words', () => {
  assert.deepEqual([undefined, 0, 9100, 540_000].map(leftInWords), ['…', '0 s', '10 s', '9 min']);
});
