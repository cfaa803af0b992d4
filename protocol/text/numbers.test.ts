import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatDouble, formatInt64, parseDouble, parseInt64, parseUint64 } from './numbers.ts';

const within = (text: string): [Buffer, number, number] => [Buffer.from(`1${text}1`, 'latin1'), 1, text.length];
const int64 = (text: string): number | bigint | undefined => parseInt64(...within(text));
const uint64 = (text: string): number | bigint | undefined => parseUint64(...within(text));
const double = (text: string): number | undefined => parseDouble(...within(text));

test('64-bit integers agree with BigInt', () => {
  const wide = fc.bigInt({ min: -(2n ** 65n), max: 2n ** 65n });
  fc.assert(
    fc.property(fc.oneof(wide, fc.maxSafeInteger().map(BigInt), fc.integer().map(BigInt)), (value) => {
      const fits = value >= -(2n ** 63n) && value < 2n ** 63n;
      const safe = value <= BigInt(Number.MAX_SAFE_INTEGER) && value >= BigInt(Number.MIN_SAFE_INTEGER);
      const expected = safe ? Number(value) : value;
      assert.equal(int64(String(value)), fits ? expected : undefined);
      if (fits) assert.equal(formatInt64(expected), String(value));
      if (value >= 0n) assert.equal(uint64(String(value)), value < 2n ** 64n ? expected : undefined);
    }),
    { numRuns: 3000 },
  );
});

test('what string2ll refuses', () => {
  for (const text of [
    '',
    '-',
    '+1',
    ' 1',
    '1 ',
    '01',
    '-0',
    '-01',
    '1.0',
    'a',
    '1a',
    '9223372036854775808',
    '0x1',
    '--1',
  ]) {
    assert.equal(int64(text), undefined, text);
  }
  for (const text of ['9223372036854775807', '-9223372036854775808', '9007199254740993']) {
    assert.equal(int64(text), BigInt(text));
  }
  assert.equal(int64('9007199254740991'), 9007199254740991);
  assert.equal(int64('0'), 0);
});

test('unsigned integers follow strtoull where string2ll does not', () => {
  assert.equal(uint64(' +007'), 7);
  assert.equal(uint64('-1'), undefined);
  assert.equal(uint64(' -1'), 2n ** 64n - 1n);
  assert.equal(uint64('18446744073709551615'), 2n ** 64n - 1n);
  assert.equal(uint64('18446744073709551616'), undefined);
  assert.equal(uint64(''), undefined);
  assert.equal(uint64('12 '), undefined);
});

test('doubles agree with JS where the syntaxes meet', () => {
  const decimal = fc
    .tuple(fc.constantFrom('', '-'), fc.stringMatching(/^[0-9]{1,25}(\.[0-9]{0,25})?(e[+-]?[0-9]{1,2})?$/))
    .map(([sign, rest]) => sign + rest);
  fc.assert(
    fc.property(fc.oneof(decimal, fc.double({ noNaN: true, noDefaultInfinity: true }).map(String)), (text) => {
      assert.ok(Object.is(double(text), Number(text)), text);
    }),
    { numRuns: 4000 },
  );
});

test('the corners of string2d', () => {
  const cases: [string, number | undefined][] = [
    ['inf', Infinity],
    ['+Inf', Infinity],
    ['-INFINITY', -Infinity],
    ['infi', undefined],
    ['nan', undefined],
    ['nan(1)', undefined],
    ['', undefined],
    [' 1', undefined],
    ['1 ', undefined],
    ['.', undefined],
    ['-', undefined],
    ['.5', 0.5],
    ['5.', 5],
    ['+5', 5],
    ['-0', -0],
    ['1e', undefined],
    ['1e+', undefined],
    ['1e400', undefined],
    ['1e-400', undefined],
    ['5e-324', 5e-324],
    ['0e-99999999999', 0],
    ['0x', undefined],
    ['0x.p1', undefined],
    ['0x10', 16],
    ['-0x1.8p1', -3],
    ['0x1p-1074', 5e-324],
    ['0x1p-1076', undefined],
    ['0x1.fffffffffffffp1023', Number.MAX_VALUE],
    ['0x1.fffffffffffff8p1023', undefined],
    ['0x1p1024', undefined],
    ['1,5', undefined],
    ['1_0', undefined],
    ['1.2.3', undefined],
  ];
  for (const [text, value] of cases) assert.ok(Object.is(double(text), value), `${text}: ${double(text)}`);
});

test('doubles print as %.17g', () => {
  const cases: [number, string][] = [
    [0, '0'],
    [-0, '-0'],
    [3, '3'],
    [0.1, '0.10000000000000001'],
    [-1.5, '-1.5'],
    [1e16, '10000000000000000'],
    [1e17, '1e+17'],
    [123456789012345680, '1.2345678901234568e+17'],
    [0.0001, '0.0001'],
    [0.00001, '1.0000000000000001e-05'],
    [5e-324, '4.9406564584124654e-324'],
    [1e300, '1.0000000000000001e+300'],
    [1.7976931348623157e308, '1.7976931348623157e+308'],
    [2 ** 70, '1.1805916207174113e+21'],
    // Ties at the 18th digit go to the even one.
    [39506172483937 / 32, '1234567890123.0312'],
    [39506172483939 / 32, '1234567890123.0938'],
    [Infinity, 'inf'],
    [-Infinity, '-inf'],
  ];
  for (const [value, text] of cases) assert.equal(formatDouble(value), text);
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
      const text = formatDouble(value);
      assert.ok(Object.is(double(text), value), text);
    }),
    { numRuns: 3000 },
  );
});
