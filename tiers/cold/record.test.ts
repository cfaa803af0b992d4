import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import {
  hashBytes,
  KEY_HEADER_BYTES,
  keyspaceRange,
  metaKey,
  RecordReader,
  sealRecord,
  slotRange,
  valueHeaderBytes,
  writeKeyHeader,
  writeValueHeader,
} from './record.ts';

interface Fields {
  keyspaceId: number;
  slot: number;
  position: number;
  check: number;
  key: Uint8Array;
  type: number;
  encoding: number;
  versionHigh: number;
  versionLow: number;
  expiryMs: number;
  payload: Uint8Array;
}

function encode(f: Fields, at = 3): { key: Buffer; value: Buffer } {
  const keyBytes = KEY_HEADER_BYTES + f.key.length;
  const valueBytes = valueHeaderBytes(f.expiryMs >= 0) + f.payload.length;
  const target = Buffer.alloc(at + keyBytes + valueBytes);
  const view = new DataView(target.buffer, target.byteOffset, target.length);
  writeKeyHeader(view, at, f.keyspaceId, f.slot, f.position, f.check);
  target.set(f.key, at + KEY_HEADER_BYTES);
  const valueAt = at + keyBytes;
  const header = writeValueHeader(view, valueAt, f.type, f.encoding, f.versionHigh, f.versionLow, f.expiryMs);
  target.set(f.payload, valueAt + header);
  sealRecord(view, at, keyBytes, valueAt, valueBytes);
  return { key: target.subarray(at, valueAt), value: target.subarray(valueAt) };
}

const sample: Fields = {
  keyspaceId: 7,
  slot: 0x1234,
  position: 0xdeadbeef,
  check: 0x01020304,
  key: Buffer.from('user:1'),
  type: 2,
  encoding: 5,
  versionHigh: 0x11223344,
  versionLow: 0x55667788,
  expiryMs: 1_700_000_000_123,
  payload: Buffer.from('hello'),
};

test('golden bytes of a record', () => {
  const { key, value } = encode(sample);
  // keyspace 7, slot, position, check, "user:1"
  assert.equal(key.toString('hex'), '00000007' + '1234' + 'deadbeef' + '01020304' + '757365723a31');
  // format, type 2 encoding 5, flags, checksum, version, expiry, "hello"
  assert.equal(
    value.toString('hex'),
    '01' + '25' + '0100' + '3f26273d' + '8877665544332211' + '7b68e5cf8b010000' + '68656c6c6f',
  );
  const plain = encode({ ...sample, expiryMs: -1, payload: Buffer.alloc(0), key: Buffer.alloc(0) });
  assert.equal(plain.value.toString('hex'), '01' + '25' + '0000' + '3b309e98' + '8877665544332211');
});

const fields = fc.record({
  keyspaceId: fc.integer({ min: 1, max: 0xfffffffe }),
  slot: fc.integer({ min: 0, max: 16383 }),
  position: fc.integer({ min: 0, max: 0xffffffff }),
  check: fc.integer({ min: 0, max: 0xffffffff }),
  key: fc.uint8Array({ maxLength: 40 }),
  type: fc.integer({ min: 0, max: 15 }),
  encoding: fc.integer({ min: 0, max: 15 }),
  versionHigh: fc.integer({ min: 0, max: 0xffffffff }),
  versionLow: fc.integer({ min: 0, max: 0xffffffff }),
  expiryMs: fc.oneof(fc.constant(-1), fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER })),
  payload: fc.uint8Array({ maxLength: 100 }),
});

test('what is written is read', () => {
  const reader = new RecordReader();
  fc.assert(
    fc.property(fields, (f) => {
      const { key, value } = encode(f);
      assert.equal(reader.read(key, value), undefined);
      const { key: keyBytes, payload, ...numbers } = f;
      const { payloadAt, ...read } = reader;
      assert.deepEqual({ ...read }, numbers);
      assert.deepEqual(Buffer.from(keyBytes), Buffer.from(key.subarray(KEY_HEADER_BYTES)));
      assert.deepEqual(Buffer.from(payload), Buffer.from(value.subarray(payloadAt)));
    }),
  );
});

test('a changed bit, a cut, and a foreign key are found', () => {
  const reader = new RecordReader();
  fc.assert(
    fc.property(fields, fc.nat(), fc.nat(), (f, bit, cut) => {
      const { key, value } = encode(f);
      const damaged = Buffer.from(value);
      const at = bit % (damaged.length * 8);
      damaged[at >> 3] = (damaged[at >> 3] ?? 0) ^ (1 << (at & 7));
      assert.notEqual(reader.read(key, damaged), undefined);
      assert.notEqual(reader.read(key, value.subarray(0, cut % value.length)), undefined);
      const other = Buffer.from(key);
      const keyBit = bit % (other.length * 8);
      other[keyBit >> 3] = (other[keyBit >> 3] ?? 0) ^ (1 << (keyBit & 7));
      assert.notEqual(reader.read(other, value), undefined);
      assert.notEqual(reader.read(key.subarray(0, cut % KEY_HEADER_BYTES), value), undefined);
    }),
  );
});

test('key order is keyspace, slot, hash order, and ranges hold just their records', () => {
  fc.assert(
    fc.property(fields, fields, (f, g) => {
      const one = encode(f).key;
      const other = encode(g).key;
      const order = f.keyspaceId - g.keyspaceId || f.slot - g.slot || f.position - g.position || f.check - g.check;
      if (order !== 0) assert.equal(Math.sign(Buffer.compare(one, other)), Math.sign(order));
      const inside = (range: { gte: Buffer; lt: Buffer }) =>
        Buffer.compare(one, range.gte) >= 0 && Buffer.compare(one, range.lt) < 0;
      assert.equal(inside(keyspaceRange(g.keyspaceId)), f.keyspaceId === g.keyspaceId);
      assert.equal(inside(slotRange(g.keyspaceId, g.slot)), f.keyspaceId === g.keyspaceId && f.slot === g.slot);
      assert.ok(inside(slotRange(f.keyspaceId, f.slot, f.position)));
      assert.ok(Buffer.compare(metaKey('x'), one) < 0);
    }),
  );
});

test('checksum speed, printed', (t) => {
  const bytes = Buffer.alloc(512, 7);
  const view = new DataView(bytes.buffer, bytes.byteOffset, 512);
  let sum = 0;
  const run = (rounds: number) => {
    for (let i = 0; i < rounds; i++) sum ^= hashBytes(view, 0, 512, i);
  };
  run(20_000);
  const begin = process.hrtime.bigint();
  run(100_000);
  t.diagnostic(`hashBytes of 512 bytes: ${Number(process.hrtime.bigint() - begin) / 100_000} ns (${sum})`);
});
