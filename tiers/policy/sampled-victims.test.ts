import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { SLOTS } from '../base/limits.ts';
import { SampledVictims } from './sampled-victims.ts';

const SEED = 4711;

test('keeps the nearest expiry of those offered, the first of equals', (t) => {
  t.diagnostic(`seed ${SEED}`);
  const victims = new SampledVictims(1);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 1, maxLength: 20 }), (expiries) => {
      victims.begin();
      expiries.forEach((expiryMs, i) => {
        victims.offerExpiring(i, i * 2, expiryMs);
      });
      const wanted = expiries.indexOf(Math.min(...expiries));
      assert.deepEqual([victims.offered, victims.slot, victims.position], [expiries.length, wanted, wanted * 2]);
    }),
    { seed: SEED },
  );
});

test('keeps each key offered with the same probability', () => {
  const victims = new SampledVictims(2);
  const kept = new Array<number>(5).fill(0);
  for (let round = 0; round < 10_000; round++) {
    victims.begin();
    for (let i = 0; i < kept.length; i++) victims.offer(i, 0);
    kept[victims.slot] = (kept[victims.slot] ?? 0) + 1;
  }
  for (const count of kept) assert.ok(Math.abs(count - 2000) < 200, kept.join(' '));
});

test('slots and positions cover their ranges', () => {
  const victims = new SampledVictims(3);
  let low = 0;
  let high = 0;
  for (let i = 0; i < 10_000; i++) {
    const slot = victims.nextSlot();
    assert.ok(Number.isInteger(slot) && slot >= 0 && slot < SLOTS);
    if (slot < SLOTS / 2) low++;
    if (victims.nextPosition() >= 2 ** 31) high++;
  }
  assert.ok(Math.abs(low - 5000) < 300, `${low}`);
  assert.ok(Math.abs(high - 5000) < 300, `${high}`);
});
