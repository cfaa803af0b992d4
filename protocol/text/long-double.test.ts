import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LiveRedis, redisMissing } from '../testing/live-redis.ts';
import { addLongDouble, formatLongDouble, type LongDouble, parseLongDouble } from './long-double.ts';

function parse(text: string): LongDouble | undefined {
  const bytes = Buffer.from(`1${text}1`, 'latin1');
  return parseLongDouble(bytes, 1, text.length);
}

/** What INCRBYFLOAT answers: the sum's text or its error. */
function sum(a: string, b: string): string {
  const x = parse(a);
  const y = parse(b);
  if (x === undefined || y === undefined) return '-ERR value is not a valid float';
  const total = addLongDouble(x, y);
  if (total === undefined || total.infinite) return '-ERR increment would produce NaN or Infinity';
  return formatLongDouble(total);
}

test('known sums', () => {
  const cases: [string, string, string][] = [
    ['10.5', '0.1', '10.6'],
    ['5.0e3', '2.0e2', '5200'],
    ['3.0', '1.1', '4.1'],
    ['1', '-1', '0'],
    ['-0', '-0', '0'],
    ['0', '0.00000000000000001', '0.00000000000000001'],
    ['0x10', '0x.8p0', '16.5'],
    ['1e4932', '1e4932', '-ERR increment would produce NaN or Infinity'],
    ['1e4933', '1', '-ERR value is not a valid float'],
    ['1e-5000', '1', '-ERR value is not a valid float'],
    ['inf', '-inf', '-ERR increment would produce NaN or Infinity'],
    ['nan', '1', '-ERR value is not a valid float'],
    [' 1', '1', '-ERR value is not a valid float'],
  ];
  for (const [a, b, expected] of cases) assert.equal(sum(a, b), expected, `${a} + ${b}`);
});

test('integers below 2^63 add exactly', () => {
  const integer = fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n });
  fc.assert(fc.property(integer, integer, (a, b) => assert.equal(sum(String(a), String(b)), String(a + b))));
});

const numberText = fc.oneof(
  { weight: 4, arbitrary: fc.stringMatching(/^[+-]?[0-9]{1,22}(\.[0-9]{0,22})?$/) },
  { weight: 3, arbitrary: fc.stringMatching(/^-?[0-9]{0,5}(\.[0-9]{1,22})?(e[+-]?[0-9]{1,2})?$/) },
  { weight: 1, arbitrary: fc.stringMatching(/^-?[0-9](\.[0-9]{0,30})?e[+-]?[34][0-9]{3}$/) },
  { weight: 1, arbitrary: fc.stringMatching(/^-?0x[0-9a-f]{1,20}(\.[0-9a-f]{0,20})?(p-?[0-9]{1,2})?$/) },
  { weight: 1, arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true }).map(String) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('inf', '-inf', 'nan', '1e', '.', '', '0x', '3.6e-4951', '1e-4952', '-1e-4951'),
  },
);

test('INCRBYFLOAT equals redis-server byte for byte', { skip: redisMissing }, async (t) => {
  const redis = await LiveRedis.start();
  t.after(() => redis.stop());
  const seed = Date.now() & 0x7fffffff;
  const pairs = fc.sample(fc.tuple(numberText, numberText), { seed, numRuns: 4000 });
  const requests = pairs.flatMap(([a, b]) => [
    ['SET', 'k', a],
    ['INCRBYFLOAT', 'k', b],
  ]);
  const replies = await redis.call(requests);
  pairs.forEach(([a, b], i) => {
    assert.equal(sum(a, b), String(replies[i * 2 + 1]), `${a} + ${b}, seed ${seed}`);
  });
});
