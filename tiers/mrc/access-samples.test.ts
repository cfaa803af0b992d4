import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  ACCESS_COLD,
  ACCESS_HOT,
  AccessRecorder,
  type AccessSample,
  AccessSamples,
  createAccessSamples,
  SAMPLE_ALL,
} from './access-samples.ts';

function consumerOf(threshold: number) {
  const seen: AccessSample[] = [];
  return { seen, threshold: () => threshold, accept: (sample: AccessSample) => void seen.push({ ...sample }) };
}

test('nothing is sampled while nobody wants it', () => {
  const memory = createAccessSamples(1);
  new AccessSamples(memory).drain();
  assert.equal(new AccessRecorder(memory, 0).wants(0), false);
});

test('accesses of all threads arrive whole', () => {
  const memory = createAccessSamples(2);
  const samples = new AccessSamples(memory);
  const all = consumerOf(SAMPLE_ALL);
  samples.add(all);
  new AccessRecorder(memory, 0).record(999, 16383, -5, -7, ACCESS_HOT, 4_000_000_000);
  new AccessRecorder(memory, 1).record(0, 1, 5, 7, ACCESS_COLD, 0);
  samples.drain();
  assert.deepEqual(all.seen, [
    { table: 999, slot: 16383, position: -5, check: -7, kind: ACCESS_HOT, bytes: 4_000_000_000 },
    { table: 0, slot: 1, position: 5, check: 7, kind: ACCESS_COLD, bytes: 0 },
  ]);
  samples.drain();
  assert.deepEqual([all.seen.length, samples.read, samples.lost], [2, 2, 0]);
});

test('the greediest consumer decides what is recorded, each gets its share of it', () => {
  const memory = createAccessSamples(1);
  const samples = new AccessSamples(memory);
  const recorder = new AccessRecorder(memory, 0);
  const few = consumerOf(100);
  const many = consumerOf(200);
  samples.add(few);
  samples.add(many);
  for (const check of [99, 100, 199, 200, 0x7f000063, 0xff0000c7 | 0]) {
    if (recorder.wants(check)) recorder.record(0, 0, 0, check, ACCESS_HOT, 1);
  }
  samples.drain();
  assert.deepEqual(
    few.seen.map(({ check }) => check),
    [99, 0x7f000063],
  );
  assert.deepEqual(
    many.seen.map(({ check }) => check),
    [99, 100, 199, 0x7f000063, 0xff0000c7 | 0],
  );
});

test('a full ring loses the newest and counts them; it goes on when it was read, past any number of rounds', () => {
  const memory = createAccessSamples(1);
  const samples = new AccessSamples(memory);
  const recorder = new AccessRecorder(memory, 0);
  const all = consumerOf(SAMPLE_ALL);
  samples.add(all);
  let next = 0;
  for (let round = 0; round < 5; round++) {
    for (let i = 0; i < 6000; i++) recorder.record(0, 0, next++, 0, ACCESS_HOT, 1);
    samples.drain();
  }
  assert.deepEqual([all.seen.length, samples.lost], [30_000, 0]);
  assert.ok(all.seen.every(({ position }, i) => position === i));
  for (let i = 0; i < 10_000; i++) recorder.record(0, 0, i, 0, ACCESS_HOT, 1);
  samples.drain();
  assert.deepEqual([all.seen.length, samples.lost], [38_192, 10_000 - 8192]);
  assert.equal(all.seen.at(-1)?.position, 8191);
});
