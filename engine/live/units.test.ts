import assert from 'node:assert/strict';
import { test } from 'node:test';
import { age, bytes, bytesPerSecond, count, duration, percent, short } from './units.ts';

test('figures as people read them', () => {
  assert.deepEqual([count(1234567.4), count(null), count(0)], ['1,234,567', '-', '0']);
  assert.deepEqual([0, 0.25, 9.96, 12, 999, 999.4, 1000, 12_345, 999_999, 4_560_000, 7e14].map(short), [
    '0',
    '0.3',
    '10.0',
    '12',
    '999',
    '999',
    '1.00k',
    '12.3k',
    '1.00M',
    '4.56M',
    '700T',
  ]);
  assert.deepEqual([0, 1023, 1024, 642_000_000, 2 ** 40, null].map(bytes), [
    '0 B',
    '1023 B',
    '1.00 KiB',
    '612 MiB',
    '1.00 TiB',
    '-',
  ]);
  assert.equal(bytesPerSecond(2048), '2.00 KiB/s');
  assert.deepEqual([0, 1, 0.931, 0.9999, null].map(percent), ['0 %', '100 %', '93.1 %', '100.0 %', '-']);
  assert.deepEqual([0, 1.5, 31.6, 640, 999.9, 1240, 3_000_000, null, undefined].map(duration), [
    '0 us',
    '1.50 us',
    '31.6 us',
    '640 us',
    '1.00 ms',
    '1.24 ms',
    '3.00 s',
    '-',
    '-',
  ]);
  assert.deepEqual([0, 59, 750, 15_120, 273_600].map(age), ['0s', '59s', '12m 30s', '4h 12m', '3d 04h']);
});
