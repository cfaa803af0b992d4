import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ReplyWriter } from './writer.ts';

function written(resp: 2 | 3, write: (writer: ReplyWriter) => void): string {
  const writer = new ReplyWriter();
  writer.resp = resp;
  write(writer);
  return writer.buffer.toString('latin1', 0, writer.length);
}

const hello = Buffer.from('xhellox');
const GOLDEN: [string, (writer: ReplyWriter) => void, resp2: string, resp3?: string][] = [
  ['ok', (w) => w.ok(), '+OK\r\n'],
  ['simple', (w) => w.simple('PONG'), '+PONG\r\n'],
  ['error', (w) => w.error('ERR bad\r\nthing \xff'), '-ERR bad  thing \xff\r\n'],
  ['error that ends with a line break', (w) => w.error('ERR bad\n thing\r\n\n'), '-ERR bad  thing\r\n'],
  ['integer', (w) => w.integer(7), ':7\r\n'],
  ['integer of 2 digits', (w) => w.integer(42), ':42\r\n'],
  ['negative integer', (w) => w.integer(-1), ':-1\r\n'],
  ['long integer', (w) => w.integer(1234567890123), ':1234567890123\r\n'],
  ['bigint', (w) => w.integer(-(2n ** 63n)), ':-9223372036854775808\r\n'],
  ['bulk', (w) => w.bulk(hello, 1, 5), '$5\r\nhello\r\n'],
  ['empty bulk', (w) => w.bulk(hello, 1, 0), '$0\r\n\r\n'],
  ['text', (w) => w.text('h\u00e9'), '$3\r\nh\xc3\xa9\r\n'],
  ['nil', (w) => w.nil(), '$-1\r\n', '_\r\n'],
  ['nilArray', (w) => w.nilArray(), '*-1\r\n', '_\r\n'],
  ['array', (w) => w.array(2), '*2\r\n'],
  ['long array', (w) => w.array(123), '*123\r\n'],
  ['map', (w) => w.map(2), '*4\r\n', '%2\r\n'],
  ['set', (w) => w.set(3), '*3\r\n', '~3\r\n'],
  ['push', (w) => w.push(3), '*3\r\n', '>3\r\n'],
  ['double', (w) => w.double(3.1), '$18\r\n3.1000000000000001\r\n', ',3.1000000000000001\r\n'],
  ['infinity', (w) => w.double(Number.NEGATIVE_INFINITY), '$4\r\n-inf\r\n', ',-inf\r\n'],
  ['boolean', (w) => w.boolean(true), ':1\r\n', '#t\r\n'],
  ['false', (w) => w.boolean(false), ':0\r\n', '#f\r\n'],
  ['verbatim', (w) => w.verbatim('txt', 'abc'), '$3\r\nabc\r\n', '=7\r\ntxt:abc\r\n'],
  ['bigNumber', (w) => w.bigNumber('123'), '$3\r\n123\r\n', '(123\r\n'],
  ['raw', (w) => w.raw(Buffer.from('+QUEUED\r\n')), '+QUEUED\r\n'],
];

test('golden bytes of every reply in RESP2 and RESP3', () => {
  for (const [name, write, resp2, resp3 = resp2] of GOLDEN) {
    assert.equal(written(2, write), resp2, name);
    assert.equal(written(3, write), resp3, `${name}, RESP3`);
  }
  assert.equal(
    written(3, (w) => w.attribute(1)),
    '|1\r\n',
  );
  assert.throws(() => written(2, (w) => w.attribute(1)));
});

test('aggregates whose length is known late, nested', () => {
  const write = (w: ReplyWriter): void => {
    w.simple('before');
    const outer = w.mark();
    w.integer(1);
    const inner = w.mark();
    for (let i = 0; i < 120; i++) w.integer(i);
    w.patchArray(inner, 120);
    const empty = w.mark();
    w.patchSet(empty, 0);
    const map = w.mark();
    w.ok();
    w.ok();
    w.patchMap(map, 1);
    w.patchArray(outer, 4);
  };
  const integers = Array.from({ length: 120 }, (_, i) => `:${i}\r\n`).join('');
  assert.equal(written(2, write), `+before\r\n*4\r\n:1\r\n*120\r\n${integers}*0\r\n*2\r\n+OK\r\n+OK\r\n`);
  assert.equal(written(3, write), `+before\r\n*4\r\n:1\r\n*120\r\n${integers}~0\r\n%1\r\n+OK\r\n+OK\r\n`);
});

test('a text whose content is known late', () => {
  const write = (w: ReplyWriter): void => {
    w.array(2);
    const mark = w.mark();
    for (let i = 0; i < 120; i++) w.integer(i);
    w.patchArray(mark, 120);
    w.patchText(mark, '4294967296');
    w.patchText(w.mark(), '0');
  };
  const integers = Array.from({ length: 120 }, (_, i) => `:${i}\r\n`).join('');
  assert.equal(written(2, write), `*2\r\n$10\r\n4294967296\r\n*120\r\n${integers}$1\r\n0\r\n`);
});

test('integers as BigInt and JS print them', () => {
  const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
  fc.assert(
    fc.property(fc.oneof(fc.integer(), fc.maxSafeInteger(), fc.nat(1000), int64), (value) => {
      assert.equal(
        written(2, (w) => w.integer(value)),
        `:${value}\r\n`,
      );
    }),
    { numRuns: 2000 },
  );
  for (let power = 0; power <= 15; power++) {
    for (const value of [10 ** power - 1, 10 ** power, 10 ** power + 1]) {
      assert.equal(
        written(2, (w) => w.integer(value)),
        `:${value}\r\n`,
      );
    }
  }
});

test('values of every length come out of shared memory as they are', () => {
  const memory = new SharedArrayBuffer(20000);
  const bytes = new Uint8Array(memory, 3);
  const view = new DataView(memory, 3);
  for (let i = 0; i < bytes.length; i++) bytes[i] = (i * 7) ^ (i >> 8);
  const writer = new ReplyWriter();
  for (const length of [...Array(1030).keys(), 5000, 19000]) {
    const offset = length === 19000 ? bytes.length - 19000 : (length * 13) % 700;
    writer.reset();
    writer.bulkFrom(view, bytes, offset, length);
    const expected = Buffer.concat([
      Buffer.from(`$${length}\r\n`),
      bytes.slice(offset, offset + length),
      Buffer.from('\r\n'),
    ]);
    assert.ok(writer.buffer.subarray(0, writer.length).equals(expected), `bulkFrom ${length}`);
    writer.reset();
    writer.bulk(bytes, offset, length);
    assert.ok(writer.buffer.subarray(0, writer.length).equals(expected), `bulk ${length}`);
  }
});

test('a huge reply grows the buffer, and reset gives it back', () => {
  const writer = new ReplyWriter();
  const value = Buffer.alloc(10_000_000, 'v');
  for (let i = 0; i < 20_000; i++) writer.integer(i);
  writer.bulk(value, 0, value.length);
  assert.ok(writer.buffer.length >= writer.length);
  assert.equal(writer.view.byteLength, writer.buffer.length);
  writer.reset();
  assert.equal(writer.length, 0);
  assert.ok(writer.buffer.length <= 64 * 1024);
});
