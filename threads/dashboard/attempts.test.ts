import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Asked } from './asked.ts';
import { Attempts, network } from './attempts.ts';
import { LIFETIME_MS, Sessions } from './sessions.ts';

test('after five wrong passwords an address waits, twice as long each time, up to a minute; others do not', () => {
  let now = 0;
  const attempts = new Attempts(() => now);
  for (let i = 0; i < 5; i++) {
    now += 1000;
    assert.equal(attempts.waitMs('10.0.0.1'), 0);
    attempts.failed('10.0.0.1');
  }
  const waits: number[] = [];
  for (let i = 0; i < 8; i++) {
    const waitMs = attempts.waitMs('10.0.0.1');
    waits.push(waitMs);
    assert.equal(attempts.waitMs('10.0.0.2'), 0);
    now += waitMs;
    assert.equal(attempts.waitMs('10.0.0.1'), 0);
    attempts.failed('10.0.0.1');
  }
  assert.deepEqual(waits, [1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]);
  now += 60_000;
  attempts.succeeded('10.0.0.1');
  attempts.failed('10.0.0.1');
  assert.equal(attempts.waitMs('10.0.0.1'), 0, 'who logged in begins anew');
});

test('an address is forgiven after a quarter of an hour, and all together may try so often a second', () => {
  let now = 0;
  const attempts = new Attempts(() => now);
  for (let i = 0; i < 10; i++) attempts.failed('::1');
  assert.ok(attempts.waitMs('::1') > 0);
  now += 15 * 60_000 + 60_001;
  assert.equal(attempts.waitMs('::1'), 0);
  attempts.failed('::1');
  assert.equal(attempts.waitMs('::1'), 0);
  now += 2000;
  const tries = Array.from({ length: 30 }, (_, n) => attempts.waitMs(`10.0.0.${n}`));
  assert.equal(tries.filter((waitMs) => waitMs === 0).length, 20);
  now += 1000;
  assert.equal(attempts.waitMs('10.0.0.29'), 0);
});

test('one customer of IPv6 is one address', () => {
  assert.equal(network('::ffff:10.1.2.3'), '10.1.2.3');
  assert.equal(network('2001:db8:0:1:1:2:3:4'), network('2001:0DB8:0000:0001:ffff::9%eth0'));
  assert.notEqual(network('2001:db8:0:1::1'), network('2001:db8:0:2::1'));
  assert.equal(network('::1'), '0:0:0:0');
});

test('sessions end by time, by idleness, by their number, and by logging out', () => {
  let now = 0;
  const sessions = new Sessions<string>(() => now);
  const first = sessions.begin('a');
  assert.match(first, /^[A-Za-z0-9_-]{43}$/);
  assert.equal(sessions.find(first), 'a');
  assert.equal(sessions.find('x'.repeat(43)), undefined);
  now += 29 * 60_000;
  assert.equal(sessions.find(first), 'a');
  now += 30 * 60_000;
  assert.equal(sessions.find(first), undefined, 'idle for half an hour');
  const long = sessions.begin('b');
  for (let used = 0; used < LIFETIME_MS - 60_000; used += 20 * 60_000) {
    now += 20 * 60_000;
    sessions.find(long);
  }
  assert.equal(sessions.find(long), undefined, 'older than twelve hours');
  const many = Array.from({ length: 65 }, (_, n) => sessions.begin(String(n)));
  assert.equal(sessions.size, 64);
  assert.equal(sessions.find(many[0] ?? ''), undefined);
  assert.equal(sessions.find(many[64] ?? ''), '64');
  sessions.end(many[64] ?? '');
  assert.equal(sessions.find(many[64] ?? ''), undefined);
});

test('a question is not asked again while nobody has answered', async () => {
  let now = 0;
  const answers: ((value: number) => void)[] = [];
  const problems: unknown[] = [];
  const ask = () => new Promise<number>((resolve) => answers.push(resolve));
  const asked = new Asked(
    ask,
    () => now,
    (problem) => problems.push(problem),
  );
  const first = asked.again();
  void asked.again();
  assert.equal(answers.length, 1);
  now = 500;
  assert.equal(asked.silentMs, 500);
  answers[0]?.(7);
  await first;
  assert.deepEqual([asked.last, asked.silentMs], [7, 0]);
  void asked.again();
  assert.equal(answers.length, 2);
  assert.deepEqual(problems, []);
});
