import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { FingerprintSet } from './fingerprints.ts';
import { ByteSpan } from './span.ts';

test('it knows what is in it, as a Set does', () => {
  const text = fc.oneof(
    fc.uint8Array({ maxLength: 9 }),
    fc.constantFrom('', 'a', 'ab', '0', '\0', '\0\0').map(Buffer.from),
  );
  fc.assert(
    fc.property(fc.array(text, { maxLength: 1000 }), (texts) => {
      const set = new FingerprintSet();
      const model = new Set<string>();
      for (const bytes of texts) {
        const key = Buffer.from(bytes).toString('latin1');
        assert.equal(set.has(ByteSpan.of(bytes)), model.has(key));
        assert.equal(set.add(ByteSpan.of(bytes)), !model.has(key));
        model.add(key);
        assert.equal(set.size, model.size);
      }
    }),
  );
});

test('all members of one, two and three bytes are told apart', () => {
  const set = new FingerprintSet();
  for (const length of [1, 2, 3]) {
    for (let value = 0; value < 256 ** Math.min(length, 2); value++) {
      const bytes = Buffer.alloc(length);
      bytes.writeUIntLE(value, 0, Math.min(length, 2));
      assert.ok(set.add(ByteSpan.of(bytes)), `${length} bytes, ${value}`);
    }
  }
});

test('many members that hardly differ', () => {
  const set = new FingerprintSet();
  const span = new ByteSpan();
  const count = 200_000;
  for (const round of [1, 2]) {
    for (let i = 0; i < count; i++) {
      span.setInteger(i * 4096);
      assert.equal(set.add(span), round === 1);
    }
    assert.equal(set.size, count);
  }
  set.clear();
  assert.equal(set.size, 0);
  assert.ok(!set.has(span) && set.add(span));
});

test('members where the same bytes lie at another place, or other bytes around', () => {
  const set = new FingerprintSet();
  const bytes = Buffer.from('xxabcxabc\0yy');
  const span = new ByteSpan();
  span.point(bytes, 2, 3);
  assert.ok(set.add(span));
  span.point(bytes, 6, 3);
  assert.ok(!set.add(span));
  span.point(bytes, 6, 4);
  assert.ok(set.add(span));
});
