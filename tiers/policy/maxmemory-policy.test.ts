import assert from 'node:assert/strict';
import { test } from 'node:test';
import { maxmemoryPolicy, reliefOf } from './maxmemory-policy.ts';

const NAMES = [
  'noeviction',
  'allkeys-lru',
  'allkeys-lfu',
  'allkeys-random',
  'volatile-lru',
  'volatile-lfu',
  'volatile-random',
  'volatile-ttl',
];

test('every name of Redis is known, and no other', () => {
  for (const name of NAMES) assert.ok(maxmemoryPolicy(name), name);
  for (const name of ['', 'allkeys-ttl', 'NOEVICTION', 'constructor', 'toString']) {
    assert.equal(maxmemoryPolicy(name), undefined, name);
  }
});

test('a cold tier with room demotes whatever the name', () => {
  for (const name of NAMES) {
    const policy = maxmemoryPolicy(name);
    assert.ok(policy);
    assert.deepEqual(reliefOf(policy, true), { action: 'demote', scope: 'all', order: 's3fifo' });
  }
});

test('without room the name says what is lost', () => {
  const lost = NAMES.map((name) => {
    const policy = maxmemoryPolicy(name);
    assert.ok(policy);
    const { action, scope, order } = reliefOf(policy, false);
    return `${action} ${scope} ${order}`;
  });
  assert.deepEqual(lost, [
    'refuse all s3fifo',
    'delete all s3fifo',
    'delete all s3fifo',
    'delete all random',
    'delete volatile s3fifo',
    'delete volatile s3fifo',
    'delete volatile random',
    'delete volatile ttl',
  ]);
});
