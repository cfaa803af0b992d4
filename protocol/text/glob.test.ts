import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LiveRedis, redisMissing } from '../testing/live-redis.ts';
import { globMatch } from './glob.ts';

const match = (pattern: string, text: string, ignoreCase = false): boolean =>
  globMatch(Buffer.from(pattern, 'latin1'), Buffer.from(text, 'latin1'), ignoreCase);

test('patterns of each kind', () => {
  const cases: [string, string, boolean][] = [
    ['*', 'anything', true],
    ['*', '', false],
    ['', '', true],
    ['', 'a', false],
    ['h?llo', 'hello', true],
    ['h?llo', 'hllo', false],
    ['h*llo', 'heeello', true],
    ['h*', 'h', true],
    ['a**', 'a', true],
    ['h[ae]llo', 'hallo', true],
    ['h[ae]llo', 'hillo', false],
    ['h[^e]llo', 'hallo', true],
    ['h[^e]llo', 'hello', false],
    ['h[a-b]llo', 'hbllo', true],
    ['h[b-a]llo', 'hallo', true],
    ['[\\]]', ']', true],
    ['[a-', '-', true],
    ['[abc', 'b', true],
    ['[abc', 'bx', false],
    ['[', 'a', false],
    ['[^', 'a', true],
    ['[]', 'a', false],
    ['a\\*b', 'a*b', true],
    ['a\\*b', 'axb', false],
    ['\\', '\\', true],
    ['*a*b*c', 'xxaxxbxxc', true],
    ['*a*b*c', 'xxaxxbxx', false],
    ['[\x80-\xff]', '\xa0', true],
    ['[\x00-\xff]', 'a', false],
  ];
  for (const [pattern, text, expected] of cases) assert.equal(match(pattern, text), expected, `${pattern} ${text}`);
  assert.ok(match('HeLLo[A-C]', 'hEllOb', true));
});

test('patterns that are exponential when tried naively', () => {
  // Of CPU, since others may have the cores: it takes milliseconds, or longer than anybody waits.
  const begin = process.cpuUsage();
  assert.equal(match(`${'a*'.repeat(5000)}b`, 'a'.repeat(10000)), false);
  assert.ok(process.cpuUsage(begin).user < 10_000_000);
});

test('agrees with redis-server', { skip: redisMissing }, async (t) => {
  const redis = await LiveRedis.start();
  t.after(() => redis.stop());
  const seed = Date.now() & 0x7fffffff;
  const symbol = fc.constantFrom('a', 'b', 'c', 'A', '*', '*', '?', '[', ']', '^', '-', '\\', '\xe0', '0');
  const pattern = fc.array(symbol, { minLength: 1, maxLength: 9 }).map((parts) => parts.join(''));
  const text = fc.array(fc.constantFrom('a', 'b', 'c', 'A', ']', '-', '\\', '\xe0', '0'), {
    minLength: 1,
    maxLength: 6,
  });
  const cases = fc.sample(
    fc.tuple(
      pattern,
      text.map((parts) => parts.join('')),
    ),
    { seed, numRuns: 4000 },
  );
  const requests = cases.flatMap(([glob, key]) => [
    ['FLUSHALL'],
    ['SET', Buffer.from(key, 'latin1'), ''],
    ['EVAL', "return #redis.call('KEYS', ARGV[1])", '0', Buffer.from(glob, 'latin1')],
  ]);
  const replies = await redis.call(requests);
  cases.forEach(([glob, key], i) => {
    assert.equal(`:${match(glob, key) ? 1 : 0}`, String(replies[i * 3 + 2]), `${glob} ${key}, seed ${seed}`);
  });
});
