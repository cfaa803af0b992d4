import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LEAST_SMALL, MOST_SMALL, MOVING_SHARE } from './adaptive.ts';
import { QUEUE_MAIN, QUEUE_SMALL } from './hot-queues.ts';
import { LivePolicy } from './live-policy.ts';
import type { TierPolicyName } from './names.ts';
import { createPolicyMemory, Placer } from './placer.ts';
import { EVICT, keepIn } from './policy.ts';

function open(name: TierPolicyName) {
  const memory = createPolicyMemory(2 ** 20);
  // As a front-end sees it.
  return { policy: new LivePolicy(memory, name), placer: new Placer(memory) };
}

test('an empty cache is filled by way of MAIN, and SMALL by what comes last', () => {
  const { policy, placer } = open('adaptive');
  assert.deepEqual([placer.newcomers, placer.placement(1, 2)], [QUEUE_MAIN, QUEUE_MAIN]);
  placer.noteUsed(949, 1000);
  assert.equal(placer.newcomers, QUEUE_MAIN);
  placer.noteUsed(951, 1000);
  assert.equal(placer.newcomers, QUEUE_SMALL);
  policy.noteUsed(600, 1000);
  assert.equal(placer.newcomers, QUEUE_SMALL, 'it was full, and is not empty');
  policy.noteUsed(400, 1000);
  assert.equal(placer.newcomers, QUEUE_MAIN, 'it was flushed');
  policy.queueToTake(1, 9);
  assert.equal(placer.newcomers, QUEUE_SMALL, 'something has to go');
  policy.noteUsed(10_000, 0);
  assert.equal(placer.newcomers, QUEUE_MAIN, 'without a bound it is never full');
});

test('adaptive: SMALL grows with its own young ghosts, shrinks with those of MAIN, between bounds', () => {
  const { policy, placer } = open('adaptive');
  const settle = () => {
    policy.queueToTake(80, 920);
    return policy.smallShare ?? Number.NaN;
  };
  const returns = (queue: number, key: number) => {
    policy.forget(queue, key << 20, key << 16);
    return placer.placement(key << 20, key << 16);
  };
  assert.equal(settle(), LEAST_SMALL);
  assert.equal(returns(QUEUE_MAIN, 1), QUEUE_SMALL);
  assert.equal(settle(), LEAST_SMALL);
  for (let key = 1; key <= 10; key++) assert.equal(returns(QUEUE_SMALL, key), QUEUE_MAIN);
  assert.ok(Math.abs(settle() - LEAST_SMALL - 0.08) < 1e-9);
  assert.ok(settle() > MOVING_SHARE);
  assert.equal(policy.judge(QUEUE_MAIN, 3, 0, 0), keepIn(QUEUE_MAIN, 0), 'where popularity moves, hits do not add up');
  assert.equal(returns(QUEUE_MAIN, 1), QUEUE_MAIN);
  for (let key = 1; key <= 1000; key++) returns(QUEUE_SMALL, key);
  assert.equal(settle(), MOST_SMALL);
  for (let key = 1; key <= 1000; key++) returns(QUEUE_MAIN, key);
  assert.equal(settle(), LEAST_SMALL);
  assert.equal(policy.judge(QUEUE_MAIN, 3, 0, 0), keepIn(QUEUE_MAIN, 2));
});

test('adaptive: a ghost that is not young says nothing about SMALL', () => {
  const { policy, placer } = open('adaptive');
  policy.queueToTake(80, 920);
  for (let key = 1; key <= 100; key++) policy.forget(QUEUE_SMALL, key << 20, key << 16);
  assert.equal(placer.placement(1 << 20, 1 << 16), QUEUE_MAIN);
  policy.queueToTake(80, 920);
  assert.equal(policy.smallShare, LEAST_SMALL);
});

test('sieve: survivors stay behind the hand, which begins anew with the oldest of them', () => {
  const { policy, placer } = open('sieve');
  assert.equal(policy.queueToTake(5, 0), QUEUE_SMALL);
  assert.equal(policy.judge(QUEUE_SMALL, 3, 0, 0), keepIn(QUEUE_MAIN, 0));
  assert.equal(policy.judge(QUEUE_SMALL, 0, 0, 0), EVICT);
  assert.equal(placer.placement(1, 2), QUEUE_SMALL);
  assert.equal(policy.queueToTake(0, 3), QUEUE_MAIN);
  assert.equal(placer.placement(1, 2), QUEUE_MAIN);
  assert.equal(policy.judge(QUEUE_MAIN, 1, 0, 0), keepIn(QUEUE_SMALL, 0));
});

test('lru: a hit buys another round', () => {
  const { policy, placer } = open('lru');
  assert.equal(placer.placement(1, 2), QUEUE_MAIN);
  assert.deepEqual(
    [policy.judge(QUEUE_MAIN, 2, 0, 0), policy.judge(QUEUE_MAIN, 0, 0, 0)],
    [keepIn(QUEUE_MAIN, 0), EVICT],
  );
});

for (const name of ['w-tinylfu', 'lfu'] as const) {
  test(`${name}: a candidate has to be used more often than who would have to go`, () => {
    const { policy } = open(name);
    policy.queueToTake(0, 100);
    assert.equal(policy.judge(QUEUE_MAIN, 3, 1, 1), keepIn(QUEUE_MAIN, 0));
    assert.equal(policy.judge(QUEUE_MAIN, 0, 1, 1), EVICT);
    policy.queueToTake(10, 100);
    assert.equal(policy.judge(QUEUE_SMALL, 2, 2, 2), EVICT, 'three uses do not beat three');
    assert.equal(policy.judge(QUEUE_SMALL, 0, 2, 2), keepIn(QUEUE_MAIN, 0), 'the fourth does');
  });
}

test('rules are exchanged while objects stay where they are', () => {
  const { policy, placer } = open('adaptive');
  for (const name of ['sieve', 'lru', 'w-tinylfu', 'lfu', 's3-fifo', 'adaptive'] as const) {
    policy.choose(name);
    assert.equal(policy.name, name);
    // Never an empty queue while the other holds something.
    for (const [small, main] of [
      [0, 10],
      [10, 0],
    ] as const) {
      assert.equal(policy.queueToTake(small, main), small > 0 ? QUEUE_SMALL : QUEUE_MAIN);
    }
    const queue = placer.placement(1, 2);
    assert.ok(queue === QUEUE_SMALL || queue === QUEUE_MAIN);
  }
});
