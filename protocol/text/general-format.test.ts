import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatGeneral } from './general-format.ts';

test('numbers as %.14g writes them (expected texts are those of glibc)', () => {
  const expected: readonly (readonly [number, string])[] = [
    [0, '0'],
    [-0, '-0'],
    [1, '1'],
    [-1.5, '-1.5'],
    [0.1, '0.1'],
    [1 / 3, '0.33333333333333'],
    [2 / 3, '0.66666666666667'],
    [1e14, '1e+14'],
    [99999999999999, '99999999999999'],
    [99999999999999.9, '1e+14'],
    [10000000000000.5, '10000000000000'],
    [10000000000001.5, '10000000000002'],
    [0.0001, '0.0001'],
    [0.00012345678901234567, '0.00012345678901235'],
    [0.00001, '1e-05'],
    [1.5e-7, '1.5e-07'],
    [123456789012345680, '1.2345678901235e+17'],
    [1.7976931348623157e308, '1.7976931348623e+308'],
    [5e-324, '4.9406564584125e-324'],
    [Number.POSITIVE_INFINITY, 'inf'],
    [Number.NEGATIVE_INFINITY, '-inf'],
    [Number.NaN, 'nan'],
  ];
  for (const [value, text] of expected) assert.equal(formatGeneral(value, 14), text);
});

test('other precisions', () => {
  assert.equal(formatGeneral(0.5, 1), '0.5');
  assert.equal(formatGeneral(2.5, 1), '2');
  assert.equal(formatGeneral(3.5, 1), '4');
  assert.equal(formatGeneral(25, 1), '2e+01');
  assert.equal(formatGeneral(0.25, 1), '0.2');
  assert.equal(formatGeneral(9.96, 2), '10');
  assert.equal(formatGeneral(99.6, 2), '1e+02');
  assert.equal(formatGeneral(0.1, 17), '0.10000000000000001');
  assert.equal(formatGeneral(1e22, 17), '1e+22');
});
