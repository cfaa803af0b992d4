import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WritePace } from './write-pace.ts';

const SPAN = 4 * 2 ** 20;
const VALUE = 600;

/** Writes as fast as the pace allows for `ms`, while the mover frees `freedPerMs`; answers bytes written per ms, and the least that was left. */
function writeFor(ms: number, freedPerMs: (at: number) => number): { written: number[]; least: number } {
  const pace = new WritePace(1);
  let left = SPAN - 1;
  let allocated = 0;
  let least = left;
  const written: number[] = [];
  for (let at = 0; at < ms; at++) {
    left = Math.min(SPAN - 1, left + freedPerMs(at));
    pace.tick(left, SPAN, allocated, at);
    const before = allocated;
    while (pace.allows(allocated)) {
      allocated += VALUE;
      left -= VALUE;
    }
    written.push(allocated - before);
    least = Math.min(least, left);
  }
  return { written, least };
}

const mean = (numbers: readonly number[]): number => numbers.reduce((sum, one) => sum + one, 0) / numbers.length;

test('writers come to the speed at which memory becomes free', () => {
  const { written, least } = writeFor(2000, () => 10_000);
  const speed = mean(written.slice(1000));
  assert.ok(Math.abs(speed - 10_000) < 500, `${speed} bytes per ms`);
  assert.ok(least > 0, `${least} bytes were left`);
});

test('a disk that stops for 100 ms slows them, and does not stop them', () => {
  const { written, least } = writeFor(2000, (at) => (at >= 1000 && at < 1100 ? 0 : 10_000));
  const meanwhile = mean(written.slice(1000, 1100));
  assert.ok(meanwhile > 5000 && meanwhile < 10_000, `${meanwhile} bytes per ms while it stood`);
  for (let at = 1000; at < 1100; at += 10) {
    assert.ok(mean(written.slice(at, at + 10)) > 3000, `about ${mean(written.slice(at, at + 10))} per ms from ${at}`);
  }
  assert.ok(least > 0, `${least} bytes were left`);
});

test('nothing is left: nobody writes', () => {
  const pace = new WritePace(1);
  pace.tick(0, SPAN, 0, 0);
  pace.tick(-5, SPAN, 0, 50);
  assert.equal(pace.allows(0), false);
  pace.tick(SPAN / 2, SPAN, 0, 100);
  pace.tick(SPAN / 2, SPAN, 0, 101);
  assert.equal(pace.allows(0), true);
});
