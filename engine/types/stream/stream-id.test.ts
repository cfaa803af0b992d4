import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ReplyWriter } from '../../../protocol/resp/writer.ts';
import { differenceElementBytes, integerElementBytes, textElementBytes } from './listpack-size.ts';
import { type IdSyntax, StreamId } from './stream-id.ts';

const PLAIN: IdSyntax = { edges: false, autoSequence: false, missingIsLast: false };
const MAX = 2n ** 64n - 1n;
const half = fc.oneof(
  fc.bigInt({ min: 0n, max: MAX }),
  fc.bigInt({ min: 0n, max: 300n }),
  fc.constantFrom(MAX, 2n ** 32n, 2n ** 53n),
);

function parsed(text: string, syntax = PLAIN): StreamId | undefined {
  const bytes = Buffer.from(text, 'latin1');
  const id = new StreamId();
  return id.parse(bytes, 0, bytes.length, syntax) ? id : undefined;
}

test('ids are read, ordered, written and stepped as pairs of u64', () => {
  const writer = new ReplyWriter();
  fc.assert(
    fc.property(half, half, half, half, (ms, seq, otherMs, otherSeq) => {
      const id = parsed(`${ms}-${seq}`);
      const other = StreamId.of(otherMs, otherSeq);
      assert.ok(id !== undefined && id.ms === ms && id.seq === seq);
      const [a, b] = [(ms << 64n) | seq, (otherMs << 64n) | otherSeq];
      assert.equal(Math.sign(id.compareTo(other)), a === b ? 0 : a < b ? -1 : 1);
      writer.reset();
      id.reply(writer);
      const text = `${ms}-${seq}`;
      assert.equal(writer.buffer.toString('latin1', 0, writer.length), `$${text.length}\r\n${text}\r\n`);
      assert.equal(id.increment(), a !== (1n << 128n) - 1n);
      assert.equal((id.ms << 64n) | id.seq, BigInt.asUintN(128, a + 1n));
      id.decrement();
      assert.equal((id.ms << 64n) | id.seq, a);
    }),
    { numRuns: 500 },
  );
});

test('what is no id, and what only some commands take', () => {
  for (const text of [
    '',
    '-',
    '+',
    'x',
    '1-',
    '1-x',
    '-1',
    '1-1-1',
    '1-*',
    '*',
    '18446744073709551616',
    '1.5',
    '1'.repeat(128),
  ]) {
    assert.equal(parsed(text), undefined, text);
  }
  assert.equal(String(parsed('7')), '7-0');
  assert.equal(String(parsed('7', { ...PLAIN, missingIsLast: true })), `7-${MAX}`);
  assert.equal(String(parsed('+', { ...PLAIN, edges: true })), `${MAX}-${MAX}`);
  assert.equal(parsed('7-*', { ...PLAIN, autoSequence: true })?.autoSequence, true);
  assert.equal(String(parsed('7-1\0junk')), '7-1');
});

test('bytes of listpack elements, as redis 7.0.15 counts them', () => {
  const bytesOf = (text: string): number => textElementBytes(Buffer.from(text), 0, text.length);
  const sizes: readonly (readonly [string, number])[] = [
    ['', 2],
    ['a', 3],
    ['0', 2],
    ['127', 2],
    ['128', 3],
    ['-1', 3],
    ['-4097', 4],
    ['32768', 5],
    ['8388608', 6],
    ['2147483648', 10],
    ['-9223372036854775808', 10],
    ['9223372036854775808', 21],
    ['007', 5],
    ['-0', 4],
    ['x'.repeat(63), 65],
    ['x'.repeat(64), 67],
    ['x'.repeat(126), 130],
    ['x'.repeat(4096), 4103],
  ];
  for (const [text, bytes] of sizes) assert.equal(bytesOf(text), bytes, text);
  assert.equal(integerElementBytes(100), 2);
  const [a, b] = [StreamId.of(5, 1), StreamId.of(3, 2)];
  assert.equal(differenceElementBytes(a.view, 0, b.view, 0), 2);
  assert.equal(differenceElementBytes(a.view, 8, b.view, 8), 3);
  assert.equal(differenceElementBytes(StreamId.of(2n ** 63n, 0).view, 0, b.view, 0), 10);
});
