import assert from 'node:assert/strict';
import { test } from 'node:test';
import { QUEUE_MAIN, QUEUE_SMALL } from './hot-queues.ts';
import { createPolicyMemory, Placer } from './placer.ts';
import { EVICT, keepIn } from './policy.ts';
import { S3FifoRules } from './s3-fifo.ts';

function open() {
  const placer = new Placer(createPolicyMemory(2 ** 20));
  return { placer, rules: new S3FifoRules(placer) };
}

test('SMALL is taken from while it holds a tenth of the objects or more', () => {
  const { rules } = open();
  assert.equal(rules.queueToTake(100, 0), QUEUE_SMALL);
  assert.equal(rules.queueToTake(10, 90), QUEUE_SMALL);
  assert.equal(rules.queueToTake(9, 91), QUEUE_MAIN);
  assert.equal(rules.queueToTake(1, 0), QUEUE_SMALL);
  assert.equal(rules.queueToTake(0, 1), QUEUE_MAIN);
});

test('judgements follow the paper', () => {
  const { rules } = open();
  assert.deepEqual(
    [0, 1, 2, 3].map((frequency) => rules.judge(QUEUE_SMALL, frequency)),
    [EVICT, EVICT, keepIn(QUEUE_MAIN, 0), keepIn(QUEUE_MAIN, 0)],
  );
  assert.deepEqual(
    [0, 1, 2, 3].map((frequency) => rules.judge(QUEUE_MAIN, frequency)),
    [EVICT, keepIn(QUEUE_MAIN, 0), keepIn(QUEUE_MAIN, 1), keepIn(QUEUE_MAIN, 2)],
  );
});

test('who was evicted from SMALL lately returns to MAIN, once', () => {
  const { placer, rules } = open();
  rules.queueToTake(10, 90);
  assert.equal(placer.placement(5, 6 << 16), QUEUE_SMALL);
  rules.forget(QUEUE_SMALL, 5, 6 << 16);
  assert.equal(placer.placement(5, 6 << 16), QUEUE_MAIN);
  assert.equal(placer.placement(5, 6 << 16), QUEUE_SMALL);
});

test('eviction from MAIN leaves no ghost', () => {
  const { placer, rules } = open();
  rules.queueToTake(10, 90);
  rules.forget(QUEUE_MAIN, 5, 6 << 16);
  assert.equal(placer.placement(5, 6 << 16), QUEUE_SMALL);
});

test('as many ghosts count as MAIN is meant to hold', () => {
  const { placer, rules } = open();
  rules.queueToTake(1, 9);
  for (let key = 1; key <= 10; key++) rules.forget(QUEUE_SMALL, key << 20, key << 16);
  assert.equal(placer.placement(1 << 20, 1 << 16), QUEUE_SMALL);
  assert.equal(placer.placement(2 << 20, 2 << 16), QUEUE_MAIN);
});
