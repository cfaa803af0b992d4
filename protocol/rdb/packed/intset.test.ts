import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { BadRdb } from '../errors.ts';
import { ByteSpan } from '../span.ts';
import { IntsetWriter, readIntset } from './intset.ts';

function intset(integers: readonly bigint[]): Buffer {
  const writer = new IntsetWriter(integers.length);
  for (const integer of integers) writer.add(integer);
  return writer.finish();
}

function membersOf(bytes: Buffer): string[] {
  const span = new ByteSpan();
  const members: string[] = [];
  readIntset(ByteSpan.of(bytes), span, () => members.push(span.copy().toString()));
  return members;
}

test('golden intsets, the width being that of the widest member', () => {
  assert.equal(intset([3n, -1n]).toString('hex'), '0200000002000000ffff0300');
  assert.equal(intset([32768n]).toString('hex'), '040000000100000000800000');
  assert.equal(intset([-(2n ** 63n), 0n]).toString('hex'), '080000000200000000000000000000800000000000000000');
});

test('what is written is read, in order', () => {
  for (const bits of [8, 16, 17, 32, 33, 64]) {
    const limit = 2n ** BigInt(bits - 1);
    const members = fc.uniqueArray(fc.bigInt({ min: -limit, max: limit - 1n }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(members, (integers) => {
        const ascending = [...integers].sort((a, b) => (a < b ? -1 : 1));
        assert.deepEqual(membersOf(intset(integers)), ascending.map(String));
      }),
    );
  }
});

test('intsets that are not in order', () => {
  const bad = (hex: string): void => {
    assert.throws(() => membersOf(Buffer.from(hex, 'hex')), BadRdb, hex);
  };
  bad('');
  bad('0200000000000000');
  bad('02000000010000');
  bad('02000000ffffffff0000');
  bad('0300000001000000000000');
  bad('02000000020000000300');
  bad('0200000001000000030000');
  bad('020000000200000003000300');
  bad('020000000200000003000200');
  bad('04000000020000000000000100000080');
});
