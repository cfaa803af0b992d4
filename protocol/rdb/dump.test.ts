import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LiveRedis, redisMissing } from '../testing/live-redis.ts';
import { Crc64, crc64 } from './crc64.ts';
import { decodeStringDump, encodeStringDump } from './dump.ts';
import { BadRdb } from './errors.ts';
import { writeLength } from './lengths.ts';
import { lzfCompress, lzfDecompress } from './lzf.ts';
import { RdbReader } from './reader.ts';

test('crc64 of the known vector, whole and in pieces', () => {
  assert.equal(crc64(Buffer.from('123456789')), 0xe9c6d914c4b8d9can);
  const bytes = Buffer.from(Array.from({ length: 1000 }, (_, i) => (i * 31) & 0xff));
  for (const cut of [0, 1, 7, 8, 500, 999]) {
    const crc = new Crc64();
    crc.update(bytes, 0, cut);
    crc.update(bytes, cut);
    assert.equal(crc.value(), crc64(bytes));
  }
});

test('golden dumps', () => {
  const hex = (text: string): string => encodeStringDump(Buffer.from(text)).toString('hex', 0, 20);
  assert.match(hex('10'), /^00c00a0a00/); // string, int8 10, version 10
  assert.match(hex('-300'), /^00c1d4fe0a00/); // int16
  assert.match(hex('100000'), /^00c2a08601000a00/); // int32
  assert.match(hex('bar'), /^00036261720a00/); // raw, length 3
  assert.match(hex('010'), /^00033031300a00/); // no integer: leading zero
});

/** Text that compresses more or less, of lengths around every boundary. */
const value = fc.oneof(
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  fc.bigInt({ min: -(2n ** 33n), max: 2n ** 33n }).map((n) => Buffer.from(String(n))),
  fc.integer({ min: -40000, max: 40000 }).map((n) => Buffer.from(String(n))),
  fc
    .array(fc.constantFrom('ab', 'abc', 'aaaa', 'xyz', 'k', '0'), { maxLength: 400 })
    .map((parts) => Buffer.from(parts.join(''))),
  fc
    .tuple(
      fc.uint8Array({ minLength: 1, maxLength: 60 }),
      fc.integer({ min: 1, max: 600 }),
      fc.uint8Array({ maxLength: 30 }),
    )
    .map(([unit, times, tail]) => Buffer.concat([Buffer.alloc(unit.length * times, unit), tail])),
  fc.integer({ min: 0, max: 70000 }).map((length) => Buffer.alloc(length, 'z')),
);

test('strings come back from their dump', () => {
  fc.assert(
    fc.property(value, fc.boolean(), (bytes, compress) => {
      const result = decodeStringDump(encodeStringDump(bytes, compress));
      assert.ok(result.ok && result.value.equals(bytes));
    }),
    { numRuns: 500 },
  );
});

test('dumps equal those of redis-server, byte for byte', { skip: redisMissing }, async (t) => {
  const redis = await LiveRedis.start();
  t.after(() => redis.stop());
  const seed = Date.now() & 0x7fffffff;
  const values = fc.sample(value, { seed, numRuns: 1500 });
  const replies = await redis.call(
    values.flatMap((bytes) => [
      ['SET', 'k', bytes],
      ['DUMP', 'k'],
    ]),
  );
  values.forEach((bytes, i) => {
    const theirs = replies[i * 2 + 1];
    assert.equal(encodeStringDump(bytes).toString('hex'), theirs?.toString('hex'), `value ${i}, seed ${seed}`);
  });
  const restored = await redis.call(
    values.flatMap((bytes) => [
      ['RESTORE', 'r', '0', encodeStringDump(bytes, false), 'REPLACE'],
      ['GET', 'r'],
    ]),
  );
  values.forEach((bytes, i) => {
    assert.ok(restored[i * 2 + 1]?.equals(bytes));
  });
});

/** Puts a right checksum behind a body, so that the body itself is what is judged. */
function sealed(body: Uint8Array, version = 10): Buffer {
  const payload = Buffer.concat([body, Buffer.from([version & 0xff, version >> 8]), Buffer.alloc(8)]);
  payload.writeBigUInt64LE(crc64(payload, 0, payload.length - 8), payload.length - 8);
  return payload;
}

test('payloads that are not in order', () => {
  const good = encodeStringDump(Buffer.from('value'));
  const failure = (payload: Uint8Array): string => {
    const result = decodeStringDump(payload);
    return result.ok ? 'none' : result.failure;
  };
  assert.equal(failure(good), 'none');
  for (let at = 0; at < good.length; at++) {
    const bad = Buffer.from(good);
    bad[at] = (bad[at] ?? 0) ^ 0x10;
    assert.notEqual(failure(bad), 'none', `byte ${at}`);
    assert.notEqual(failure(good.subarray(0, at)), 'none', `cut at ${at}`);
  }
  const unchecked = Buffer.concat([good.subarray(0, -8), Buffer.alloc(8)]);
  assert.equal(failure(unchecked), 'none');
  assert.equal(failure(sealed(Buffer.from([0, 1, 97]), 11)), 'none');
  assert.equal(failure(sealed(Buffer.from([0, 1, 97]), 12)), 'version');
  assert.equal(failure(sealed(Buffer.from([1, 0]))), 'empty');
  assert.equal(failure(sealed(Buffer.from([1, 1, 0]))), 'unsupported type');
  assert.equal(failure(sealed(Buffer.from([6, 0]))), 'unsupported type');
  assert.equal(failure(sealed(Buffer.from([22, 0]))), 'unsupported type');
  assert.equal(failure(sealed(Buffer.from([0, 2, 97]))), 'truncated');
  assert.equal(failure(sealed(Buffer.from([0, 1, 97, 98]))), 'trailing bytes');
  // KeyDB's: an AUX field behind the value.
  assert.equal(failure(sealed(Buffer.from([0, 1, 97, 0xfa, 1, 98, 0xc0, 7]), 9)), 'none');
  assert.equal(failure(sealed(Buffer.from([0, 1, 97, 0xfa, 1, 98, 0xc0]), 9)), 'truncated');
  assert.equal(failure(sealed(Buffer.from([0, 0xc4]))), 'malformed');
  assert.equal(failure(sealed(Buffer.from([0, 0x82]))), 'malformed');
  // A gigabyte declared in ten bytes, raw and compressed.
  assert.equal(failure(sealed(Buffer.from([0, 0x80, 0x40, 0, 0, 0, 1]))), 'truncated');
  assert.equal(failure(sealed(Buffer.from([0, 0x81, 0xff, 0, 0, 0, 0, 0, 0, 0, 1]))), 'truncated');
  assert.equal(failure(sealed(Buffer.from([0, 0xc3, 2, 0x80, 0x40, 0, 0, 0, 0, 97]))), 'malformed');
});

test('any bytes with a right checksum end in a value or a failure', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), fc.constantFrom([], [0], [0, 0xc3]), (body, head) => {
      decodeStringDump(sealed(Buffer.concat([Buffer.from(head), body])));
    }),
    { numRuns: 3000 },
  );
});

test('LZF decompression of any bytes stays inside its buffers', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), fc.integer({ min: 0, max: 400 }), (input, size) => {
      lzfDecompress(input, new Uint8Array(size));
    }),
    { numRuns: 3000 },
  );
});

test('LZF refuses outputs that are too small, and says so', () => {
  const input = Buffer.alloc(1000, 'abcdefgh');
  const needed = lzfCompress(input, Buffer.alloc(1000));
  assert.ok(needed > 0 && needed < 60);
  for (let size = 0; size < needed; size++) {
    const guarded = Buffer.alloc(size + 8, 0x55);
    assert.equal(lzfCompress(input, guarded.subarray(0, size)), 0);
    assert.ok(guarded.subarray(size).equals(Buffer.alloc(8, 0x55)));
  }
});

test('lengths of each width', () => {
  const bytes = Buffer.alloc(9);
  const view = new DataView(bytes.buffer, bytes.byteOffset, 9);
  for (const [length, width] of [
    [0, 1],
    [63, 1],
    [64, 2],
    [16383, 2],
    [16384, 5],
    [2 ** 32 - 1, 5],
    [2 ** 32, 9],
  ] as const) {
    assert.equal(writeLength(view, 0, length), width);
    assert.equal(new RdbReader(bytes, 0, width).length(), length);
    assert.throws(() => new RdbReader(bytes, 0, width - 1).length(), BadRdb);
  }
});
