import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GhostTable } from './ghost-table.ts';
import { QUEUE_MAIN, QUEUE_SMALL } from './hot-queues.ts';
import { EVICT, NOT_ADMITTED } from './policy.ts';
import { S3FifoPolicy } from './s3-fifo.ts';

function policyOf(admissionShare?: number): S3FifoPolicy {
  return new S3FifoPolicy(new GhostTable(4096), admissionShare);
}

test('SMALL is taken from while it holds a tenth of the objects or more', () => {
  const policy = policyOf();
  assert.equal(policy.queueToTake(100, 0), QUEUE_SMALL);
  assert.equal(policy.queueToTake(10, 90), QUEUE_SMALL);
  assert.equal(policy.queueToTake(9, 91), QUEUE_MAIN);
  assert.equal(policy.queueToTake(1, 0), QUEUE_SMALL);
  assert.equal(policy.queueToTake(0, 1), QUEUE_MAIN);
});

test('judgements follow the paper', () => {
  const policy = policyOf();
  assert.deepEqual(
    [0, 1, 2, 3].map((frequency) => policy.judge(QUEUE_SMALL, frequency)),
    [EVICT, EVICT, 0, 0],
  );
  assert.deepEqual(
    [0, 1, 2, 3].map((frequency) => policy.judge(QUEUE_MAIN, frequency)),
    [EVICT, 0, 1, 2],
  );
});

test('who was evicted from SMALL lately returns to MAIN, once', () => {
  const policy = policyOf();
  policy.queueToTake(10, 90);
  assert.equal(policy.placement(5, 6 << 16), QUEUE_SMALL);
  policy.forget(QUEUE_SMALL, 5, 6 << 16);
  assert.equal(policy.placement(5, 6 << 16), QUEUE_MAIN);
  assert.equal(policy.placement(5, 6 << 16), QUEUE_SMALL);
});

test('eviction from MAIN leaves no ghost', () => {
  const policy = policyOf();
  policy.queueToTake(10, 90);
  policy.forget(QUEUE_MAIN, 5, 6 << 16);
  assert.equal(policy.placement(5, 6 << 16), QUEUE_SMALL);
});

test('as many ghosts count as MAIN is meant to hold', () => {
  const policy = policyOf();
  policy.queueToTake(1, 9);
  for (let key = 1; key <= 10; key++) policy.forget(QUEUE_SMALL, key << 20, key << 16);
  assert.equal(policy.placement(1 << 20, 1 << 16), QUEUE_SMALL);
  assert.equal(policy.placement(2 << 20, 2 << 16), QUEUE_MAIN);
});

test('with an admission share of 0 the second read is admitted', () => {
  const policy = policyOf(0);
  policy.queueToTake(10, 90);
  assert.equal(policy.placement(5, 6 << 16), NOT_ADMITTED);
  assert.equal(policy.placement(5, 6 << 16), QUEUE_MAIN);
});

test('an admission share is kept', () => {
  const policy = policyOf(0.25);
  policy.queueToTake(10, 90);
  let admitted = 0;
  for (let key = 1; key <= 10_000; key++) {
    if (policy.placement(Math.imul(key, 0x9e3779b9), key << 16) !== NOT_ADMITTED) admitted++;
  }
  assert.ok(Math.abs(admitted - 2500) < 200, `${admitted} of 10000`);
});
