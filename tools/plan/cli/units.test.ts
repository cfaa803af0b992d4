import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PlanError } from '../plan-error.ts';
import { parseAddress, parseBytes, parseCount, parseDurationUs, parseNumber, parseShare, parseSizes } from './units.ts';

const GB = 2 ** 30;

function refuses(parse: () => unknown, words: RegExp): void {
  assert.throws(parse, (error) => error instanceof PlanError && words.test(error.message));
}

test('sizes are written as in redis.conf, with fractions and terabytes', () => {
  const cases: [string, number][] = [
    ['0', 0],
    ['512', 512],
    ['1k', 1000],
    ['1KB', 1024],
    ['500mb', 500 * 2 ** 20],
    ['1.5gb', 1.5 * GB],
    ['2tb', 2 ** 41],
  ];
  for (const [word, bytes] of cases) assert.equal(parseBytes(word, '--ram'), bytes);
  for (const word of ['', 'gb', '1 gb', '-1', '1xb', '0x10', '1e9', '99999999tb', 'NaN'])
    refuses(() => parseBytes(word, '--ram'), /^--ram: `.*` is not a size/);
});

test('ranges double, or have as many sizes as they say; lists mix both', () => {
  assert.deepEqual(
    parseSizes('1gb..16gb', '--ram'),
    [1, 2, 4, 8, 16].map((size) => size * GB),
  );
  assert.deepEqual(
    parseSizes('1gb..6gb', '--ram'),
    [1, 2, 4, 6].map((size) => size * GB),
  );
  assert.deepEqual(
    parseSizes('0,10gb..40gb', '--nvme'),
    [0, 10, 20, 40].map((size) => size * GB),
  );
  assert.deepEqual(parseSizes('4gb,1gb,4gb', '--ram'), [GB, 4 * GB]);
  assert.deepEqual(parseSizes('1gb..4gb:3', '--ram'), [GB, 2 * GB, 4 * GB]);
  assert.equal(parseSizes('1gb..16gb:64', '--ram').length, 64);
  refuses(() => parseSizes('0..1gb', '--nvme'), /begins at 0; write 0,1gb/);
  refuses(() => parseSizes('2gb..1gb', '--ram'), /ends where it begins or before/);
  refuses(() => parseSizes('1gb..', '--ram'), /`` is not a size/);
  refuses(() => parseSizes('1gb..2gb:1', '--ram'), /from 2 to 64/);
  refuses(() => parseSizes(Array.from({ length: 65 }, (_, index) => index).join(','), '--ram'), /65 sizes, at most 64/);
});

test('durations, shares, counts, numbers', () => {
  assert.deepEqual(
    ['250us', '2ms', '1.5s'].map((word) => parseDurationUs(word, '--p99')),
    [250, 2000, 1.5e6],
  );
  for (const word of ['2', 'ms', '0ms', '-1ms', '2 minutes']) refuses(() => parseDurationUs(word, '--p99'), /--p99/);
  assert.deepEqual(
    ['0.95', '95%', '1', '.5'].map((word) => parseShare(word, '--hit-ratio')),
    [0.95, 0.95, 1, 0.5],
  );
  for (const word of ['95', '-0.1', 'high', '101%']) refuses(() => parseShare(word, '--hit-ratio'), /is not a share/);
  assert.deepEqual(
    ['12', '1m', '2.5k'].map((word) => parseCount(word, 'keys')),
    [12, 1e6, 2500],
  );
  refuses(() => parseCount('0', 'keys'), /1 or more/);
  assert.equal(parseNumber('0', '--seed', true), 0);
  refuses(() => parseNumber('0', '--rate'), /above 0/);
});

test('addresses', () => {
  assert.deepEqual(parseAddress('localhost:6379', '--server'), { host: 'localhost', port: 6379 });
  assert.deepEqual(parseAddress('[::1]:7000', '--server'), { host: '::1', port: 7000 });
  assert.deepEqual(parseAddress('7000', '--server'), { host: '127.0.0.1', port: 7000 });
  for (const word of ['localhost', 'a:b', 'host:0', 'host:70000', '::1:7000'])
    refuses(() => parseAddress(word, '--server'), /is not an address/);
});
