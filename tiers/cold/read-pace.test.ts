import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ReadPace } from './read-pace.ts';

/** Reads that take so long each, one per turn; how many of them were allowed. */
function allowed(pace: ReadPace, reads: number, tookMs: number, fromMs: number): number {
  let count = 0;
  for (let n = 0; n < reads; n++) {
    const at = fromMs + n;
    if (!pace.allows(at)) continue;
    pace.note(at, at + tookMs);
    pace.endTurn();
    count++;
  }
  return count;
}

test('short reads go on for ever', () => {
  assert.equal(allowed(new ReadPace(), 1000, 0.02, 0), 1000);
});

test('a slow device is left to others, and tried now and then until it is fast again', () => {
  const pace = new ReadPace();
  assert.ok(allowed(pace, 1000, 5, 0) < 60);
  assert.ok(allowed(pace, 1000, 5, 10_000) <= 25);
  allowed(pace, 10_000, 0.01, 20_000);
  assert.equal(allowed(pace, 1000, 0.01, 40_000), 1000);
});

test('one turn reads for a bounded time', () => {
  const pace = new ReadPace();
  let count = 0;
  for (; count < 1000 && pace.allows(count); count++) pace.note(count, count + 0.1);
  assert.ok(count <= 21, `${count} reads of 0.1 ms in one turn`);
  pace.endTurn();
  assert.ok(pace.allows(1001));
});

test('a device that stalls stops a thread once, and again only after others have read quickly', () => {
  const pace = new ReadPace();
  allowed(pace, 100, 0.02, 0);
  assert.equal(allowed(pace, 10_000, 50, 1000), 1);
  for (let at = 20_000; at < 21_000; at += 50) {
    pace.noteElsewhere(50, at);
    assert.equal(pace.allows(at), false);
  }
  pace.noteElsewhere(0.1, 22_000);
  assert.equal(allowed(pace, 1000, 0.02, 22_001), 1000);
});

test('where some reads are quick and some stall, the stalls become rare', () => {
  const pace = new ReadPace();
  let stalls = 0;
  for (let at = 0; at < 60_000; at += 60) {
    pace.noteElsewhere(0.1, at);
    stalls += allowed(pace, 1, 50, at);
  }
  assert.ok(stalls < 20, `${stalls} stalls in a minute`);
});

test('a thread that lost its processor once goes on', () => {
  const pace = new ReadPace();
  allowed(pace, 100, 0.02, 0);
  pace.note(200, 230);
  pace.endTurn();
  pace.noteElsewhere(0.2, 260);
  assert.ok(pace.allows(261));
});
