import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseReport } from './redis-benchmark.ts';
import { ReplyReader } from './reply-reader.ts';
import { replaceSection, table } from './report.ts';
import { drift, median } from './stats.ts';

test('a section is replaced between its markers, and appended without them', () => {
  const page = replaceSection('# Page\n', 'a', 'first');
  assert.equal(page, '# Page\n\n<!-- a:begin -->\nfirst\n<!-- a:end -->\n');
  const both = replaceSection(page, 'b', 'other');
  assert.equal(replaceSection(both, 'a', 'second'), both.replace('first', 'second'));
});

test('tables align figures right', () => {
  assert.equal(table(['', 'op/s'], [['GET', '1']]), '|  | op/s |\n| --- | ---: |\n| GET | 1 |');
});

test('median and drift', () => {
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([4, 1, 2, 3]), 2.5);
  assert.ok(Number.isNaN(median([])));
  assert.equal(drift([1, 1, 5, 5, 5, 5, 3, 3]), 2);
});

test('a redis-benchmark report is read, progress lines and all', () => {
  const report = [
    'GET: rps=0.0 (overall: nan) avg_msec=nan (overall: nan)\r====== GET ======',
    'Latency by percentile distribution:',
    '50.000% <= 0.519 milliseconds (cumulative count 130042)',
    '99.805% <= 4.567 milliseconds (cumulative count 249513)',
    '99.902% <= 5.223 milliseconds (cumulative count 249758)',
    '',
    'Summary:',
    '  throughput summary: 47474.37 requests per second',
    '  latency summary (msec):',
    '          avg       min       p50       p95       p99       max',
    '        0.587     0.168     0.519     0.879     2.391    12.551',
  ].join('\n');
  const { opsPerSecond, p50Us, p99Us, p999Us } = parseReport(report);
  assert.equal(opsPerSecond, 47474.37);
  assert.deepEqual([p50Us, p99Us, p999Us].map(Math.round), [519, 2391, 5223]);
  assert.throws(() => parseReport('Could not connect'), /not a redis-benchmark report/);
});

test('replies are read the same however they are cut', () => {
  const stream = Buffer.from('+OK\r\n$5\r\nhe\r\nl\r\n$-1\r\n-ERR no\r\n:42\r\n$0\r\n\r\n+PONG\r\n');
  const expected = ['+OK', '$he\r\nl', 'nil', '-ERR no', '+42', '$', '+PONG'];
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: stream.length }), { maxLength: 12 }), (cuts) => {
      const seen: string[] = [];
      const reader = new ReplyReader({
        onBulk: (bytes, start, length) => seen.push(`$${bytes.toString('latin1', start, start + length)}`),
        onNil: () => seen.push('nil'),
        onStatus: (text) => seen.push(`+${text()}`),
        onError: (text) => seen.push(`-${text}`),
      });
      const edges = [0, ...cuts.toSorted((a, b) => a - b), stream.length];
      for (let i = 1; i < edges.length; i++) {
        const piece = Buffer.from(stream.subarray(edges[i - 1], edges[i]));
        reader.feed(piece, piece.length);
      }
      assert.deepEqual(seen, expected);
    }),
  );
});
