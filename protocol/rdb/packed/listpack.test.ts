import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { BadRdb } from '../errors.ts';
import { ByteSpan } from '../span.ts';
import { backlenBytes } from './listpack-layout.ts';
import { ListpackReader } from './listpack-reader.ts';
import { ListpackWriter } from './listpack-writer.ts';

function listpack(texts: readonly Uint8Array[]): Buffer {
  const writer = new ListpackWriter();
  writer.begin();
  for (const text of texts) writer.append(text, 0, text.length);
  const { bytes, length } = writer.finish();
  assert.equal(length, writer.byteLength);
  return Buffer.from(bytes.subarray(0, length));
}

function textsOf(bytes: Buffer): Buffer[] {
  const reader = new ListpackReader();
  reader.open(ByteSpan.of(bytes));
  const span = new ByteSpan();
  const texts: Buffer[] = [];
  while (reader.next(span)) texts.push(span.copy());
  assert.equal(reader.passed, texts.length);
  return texts;
}

test('golden elements', () => {
  const element = (text: string): string =>
    listpack([Buffer.from(text)])
      .toString('hex')
      .slice(12, -2);
  assert.equal(element('0'), '0001');
  assert.equal(element('127'), '7f01');
  assert.equal(element('128'), 'c08002');
  assert.equal(element('-1'), 'dfff02');
  assert.equal(element('-4096'), 'd00002');
  assert.equal(element('4096'), 'f1001003');
  assert.equal(element('-32769'), 'f2ff7fff04');
  assert.equal(element('8388608'), 'f30000800005');
  assert.equal(element('-2147483649'), 'f4ffffff7fffffffff09');
  assert.equal(element('9223372036854775807'), 'f4ffffffffffffff7f09');
  assert.equal(element('9223372036854775808'), '933932323333373230333638353437373538303814');
  assert.equal(element(''), '8001');
  assert.equal(element('01'), '82303103');
  assert.equal(element('x'.repeat(63)), `bf${'78'.repeat(63)}40`);
  assert.equal(element('x'.repeat(64)), `e040${'78'.repeat(64)}42`);
  assert.equal(element('x'.repeat(200)), `e0c8${'78'.repeat(200)}01ca`);
  assert.equal(element('x'.repeat(4096)), `f000100000${'78'.repeat(4096)}2085`);
  assert.equal(listpack([Buffer.from('a'), Buffer.from('5')]).toString('hex'), '0c00000002008161020501ff');
  assert.equal(listpack([]).toString('hex'), '070000000000ff');
});

const text = fc.oneof(
  fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)),
  fc.bigInt({ min: -(2n ** 64n), max: 2n ** 64n }).map((n) => Buffer.from(String(n))),
  fc.integer({ min: -70000, max: 70000 }).map((n) => Buffer.from(String(n))),
  fc.constantFrom(63, 64, 125, 126, 127, 128, 4095, 4096, 16377, 16378, 16379, 16380).map((n) => Buffer.alloc(n, 'y')),
);

test('what is written is read', () => {
  fc.assert(
    fc.property(fc.array(text, { maxLength: 50 }), (texts) => {
      assert.deepEqual(textsOf(listpack(texts)), texts);
    }),
  );
});

test('more elements than the header can count', () => {
  const texts = Array.from({ length: 70000 }, (_, i) => Buffer.from(String(i)));
  const bytes = listpack(texts);
  assert.equal(bytes.readUInt16LE(4), 0xffff);
  assert.equal(textsOf(bytes).length, texts.length);
});

test('backlens of every width', () => {
  for (const size of [127, 128, 16382, 16383, 2097150, 2097151]) {
    const value = Buffer.alloc(size - (size < 4098 ? 2 : 5), 'z');
    const bytes = listpack([value, Buffer.from('after')]);
    const [first, second] = textsOf(bytes);
    assert.ok(first?.equals(value) && String(second) === 'after', String(size));
  }
  assert.deepEqual([127, 128, 16383, 2097151, 268435455].map(backlenBytes), [1, 2, 3, 4, 5]);
});

test('any change of one bit gives other elements or BadRdb', () => {
  const texts = ['a', '5', '-3000', '70000', '5000000', '-9e9', 'x'.repeat(100), '123456789012345'].map((s) =>
    Buffer.from(s),
  );
  const bytes = listpack(texts);
  for (let at = 0; at < bytes.length; at++) {
    for (let bit = 0; bit < 8; bit++) {
      const bad = Buffer.from(bytes);
      bad[at] = (bad[at] ?? 0) ^ (1 << bit);
      try {
        assert.notDeepEqual(textsOf(bad), texts);
      } catch (error) {
        assert.ok(error instanceof BadRdb, `byte ${at}, bit ${bit}: ${error}`);
      }
    }
    assert.throws(() => textsOf(bytes.subarray(0, at)), BadRdb);
  }
});

test('any bytes end in elements or BadRdb', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), fc.integer({ min: 0, max: 5 }), (body, count) => {
      const bytes = Buffer.concat([Buffer.alloc(6), body, Buffer.from([0xff])]);
      bytes.writeUInt32LE(bytes.length, 0);
      bytes.writeUInt16LE(count === 5 ? 0xffff : count, 4);
      // Bytes behind the listpack, to see that they are not looked at.
      const memory = Buffer.concat([bytes, Buffer.alloc(300, 0x01)]);
      const span = new ByteSpan();
      const element = new ByteSpan();
      span.point(memory, 0, bytes.length);
      const reader = new ListpackReader();
      try {
        reader.open(span);
        while (reader.next(element)) assert.ok(element.bytes !== memory || element.at + element.length < bytes.length);
      } catch (error) {
        assert.ok(error instanceof BadRdb, String(error));
      }
    }),
    { numRuns: 5000 },
  );
});
