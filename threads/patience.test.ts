import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Patience } from './patience.ts';

test('what comes now and then never waits', () => {
  const patience = new Patience();
  for (let ms = 0; ms < 1000; ms += 5) assert.equal(patience.holds(ms, false, true), false);
});

test('what comes closely waits, and not for long', () => {
  const patience = new Patience();
  let since = 0;
  let done = 0;
  for (let ms = 0; ms < 100; ms += 0.1) {
    if (patience.holds(ms, false, true)) continue;
    assert.ok(ms - since < 1, `waited from ${since} to ${ms}`);
    since = ms;
    done++;
  }
  assert.ok(done < 300, `${done} times`);
});

test('when nothing more comes the timer ends it', () => {
  const patience = new Patience();
  assert.equal(patience.holds(10, false, false), false);
  assert.equal(patience.holds(10.1, false, false), true);
  assert.equal(patience.holds(10.2, true, false), true, 'a timer of before');
  assert.equal(patience.holds(11.2, true, false), false);
});

test('waiting in vain becomes rare', () => {
  const patience = new Patience();
  let held = 0;
  for (let n = 0; n < 10_000; n++) {
    const ms = n * 2;
    patience.holds(ms, false, false);
    if (!patience.holds(ms + 0.1, false, false)) continue;
    held++;
    assert.equal(patience.holds(ms + 1.1, true, false), false);
  }
  assert.ok(held > 0 && held < 20, `${held} times`);
});
