import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  formatBytes,
  formatCount,
  formatMoney,
  formatSeconds,
  formatShare,
  formatUs,
  formatWhole,
  formatYears,
} from './format.ts';

test('bytes have three digits and the unit that leaves fewest of them before the point', () => {
  const cases: [number, string][] = [
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1 KB'],
    [1536, '1.5 KB'],
    [2 ** 30 - 1, '1 GB'],
    [1.25 * 2 ** 40, '1.25 TB'],
    [2 ** 60, '1024 PB'],
  ];
  for (const [bytes, text] of cases) assert.equal(formatBytes(bytes), text);
});

test('counts, money and whole numbers', () => {
  assert.deepEqual([0, 999, 999.9, 1234, 5.5e6].map(formatCount), ['0', '999', '1k', '1.23k', '5.5M']);
  assert.equal(formatWhole(1_234_567.4), '1 234 567');
  assert.equal(formatMoney(1234.5, 'USD'), '1 235 USD');
  assert.equal(formatMoney(0.1, '$'), '$0.10');
  assert.equal(formatMoney(0, ''), '0');
});

test('times are told in the largest unit of which there are enough', () => {
  assert.deepEqual([0.5, 850, 1500, 2e6].map(formatUs), ['0.5 us', '850 us', '1.5 ms', '2 s']);
  assert.deepEqual([0, 0.25, 90, 600, 7200, 3 * 86_400].map(formatSeconds), [
    '0 s',
    '250 ms',
    '90 s',
    '10 min',
    '2 h',
    '3 days',
  ]);
  assert.deepEqual([undefined, 0.1, 0.5, 12.3, 1000].map(formatYears), ['-', '36 d', '0.5 y', '12 y', '>99 y']);
});

test('shares near the ends keep the digits that tell them from the end', () => {
  assert.deepEqual([0, 1, 0.5, 0.005, 0.9987, 0.99996].map(formatShare), [
    '0 %',
    '100 %',
    '50.0 %',
    '0.50 %',
    '99.87 %',
    '99.996 %',
  ]);
});
