import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MAX_THREADS } from './limits.ts';
import { VersionClock, versionMs } from './versions.ts';

const stamp = (clock: VersionClock) => (BigInt(clock.high) << 32n) | BigInt(clock.low);

test('stamps carry the time, grow, and never repeat, also when they outrun the clock', () => {
  const clock = new VersionClock(5);
  let last = 0n;
  for (const now of [1_700_000_000_000, 1_700_000_000_000, 1_700_000_000_001, 1_700_000_000_000, 1_900_000_000_000]) {
    clock.setTime(now);
    for (let i = 0; i < 20_000; i++) {
      clock.next();
      assert.ok(stamp(clock) > last);
      last = stamp(clock);
    }
  }
  assert.ok(versionMs(clock.low, clock.high) - 1_900_000_000_000 <= 3);
});

test('no two threads make the same stamp in the same millisecond', () => {
  const seen = new Set<bigint>();
  for (let thread = 0; thread < MAX_THREADS; thread++) {
    const clock = new VersionClock(thread);
    clock.setTime(1_700_000_000_000);
    for (let i = 0; i < 100; i++) {
      clock.next();
      seen.add(stamp(clock));
    }
  }
  assert.equal(seen.size, MAX_THREADS * 100);
});
