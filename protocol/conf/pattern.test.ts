import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isPattern, matches } from './pattern.ts';

test('globs', () => {
  assert.ok(matches('max*', 'maxmemory', true));
  assert.ok(matches('MAX[a-m]emor?', 'maxmemory', true));
  assert.ok(!matches('MAX*', 'maxmemory', false));
  assert.ok(!matches('max', 'maxmemory', true));
  assert.ok(matches('a[^b]c', 'axc', false));
  assert.ok(!matches('a[^b]c', 'abc', false));
  assert.ok(matches('a\\*c', 'a*c', false));
  assert.ok(!matches('a.c', 'abc', false));
  assert.ok(isPattern('a?') && isPattern('*') && isPattern('[x]') && !isPattern('max\\memory'));
});
