import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  headBytes,
  initialiseObject,
  OBJECT_ACCESS,
  OBJECT_EXPIRY,
  OBJECT_QUEUE,
  OBJECT_VERSION_HIGH,
  OBJECT_VERSION_LOW,
  objectBytes,
  objectExpiry,
  objectFlags,
  objectHasKey,
  objectKeyAt,
  objectKeyLength,
  objectTableHint,
  objectType,
  objectValueAt,
  objectValueLength,
  sameVersion,
} from './object.ts';

/** An object at offset 16 of a small buffer, as its writers lay it out. */
function object(key: string, value: string, withExpiry: boolean): { view: DataView; at: number; bytes: Buffer } {
  const bytes = Buffer.alloc(key.length + value.length + 128);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const at = 16;
  const flags = objectFlags(key.length, value.length, withExpiry, 70);
  initialiseObject(view, at, flags, 0x11, key.length, value.length);
  view.setUint32(at + OBJECT_VERSION_LOW, 0x01020304, true);
  view.setUint32(at + OBJECT_VERSION_HIGH, 0x05060708, true);
  view.setUint32(at + OBJECT_QUEUE, 0x0a0b0c0d, true);
  view.setUint32(at + OBJECT_ACCESS, 0x05123456, true);
  bytes.write(key, objectKeyAt(view, at), 'latin1');
  bytes.write(value, objectValueAt(view, at), 'latin1');
  return { view, at, bytes };
}

const hex = (bytes: Buffer, at: number, length: number) =>
  bytes
    .subarray(at, at + length)
    .toString('hex')
    .replace(/(.{8})(?=.)/g, '$1 ');

test('golden bytes of a small object', () => {
  const { view, at, bytes } = object('key', 'value', false);
  assert.equal(
    hex(bytes, at, 32),
    [
      '03001118', // key length 3 | type 1, encoding 1 | flags: table 70 % 64 = 6
      '05000000', // value length
      '04030201 08070605', // version
      '0d0c0b0a', // queue position
      '56341205', // access clock, LFU counter
      '6b657976 616c7565', // key, value
    ].join(' '),
  );
  assert.equal(objectBytes(view, at), 32);
  assert.equal(objectTableHint(view, at), 6);
  assert.equal(objectType(view, at), 1);
  assert.equal(objectExpiry(view, at), -1);
  assert.ok(sameVersion(view, at, 0x01020304, 0x05060708));
  assert.ok(!sameVersion(view, at, 0x01020304, 0x05060709));
});

test('golden bytes of an object with an expiry', () => {
  const { view, at, bytes } = object('k', 'v', true);
  assert.equal(objectExpiry(view, at), -1);
  view.setFloat64(at + OBJECT_EXPIRY, 1_700_000_000_123, true);
  assert.equal(hex(bytes, at, 4), '01001119');
  assert.equal(hex(bytes, at + 24, 10), '00b08756 febc7842 6b76');
  assert.equal(objectExpiry(view, at), 1_700_000_000_123);
  assert.equal(objectBytes(view, at), 34);
});

test('a key of 65534 bytes is a short one, of 65535 a long one', () => {
  for (const [length, head] of [
    [65_534, 24],
    [65_535, 28],
    [70_000, 28],
  ] as const) {
    const key = 'k'.repeat(length);
    const { view, at } = object(key, 'value', false);
    assert.equal(objectKeyLength(view, at), length);
    assert.equal(objectKeyAt(view, at), at + head);
    assert.equal(objectValueAt(view, at), at + head + length);
    assert.equal(objectValueLength(view, at), 5);
    const asked = Buffer.from(`..${key}`);
    const askedView = new DataView(asked.buffer, asked.byteOffset, asked.length);
    assert.ok(objectHasKey(view, at, askedView, 2, length));
    assert.ok(!objectHasKey(view, at, askedView, 2, length - 1));
    assert.ok(!objectHasKey(view, at, askedView, 1, length));
  }
});

test('an object of another long key is not found under it', () => {
  const { view, at } = object('a'.repeat(70_000), '', false);
  const asked = new DataView(new ArrayBuffer(80_000));
  for (let i = 0; i < 80_000; i++) asked.setUint8(i, 97);
  assert.ok(objectHasKey(view, at, asked, 0, 70_000));
  assert.ok(!objectHasKey(view, at, asked, 0, 70_001));
});

test('large values carry the expiry field from the start', () => {
  assert.equal(headBytes(objectFlags(1, 4095, false, 0)), 24);
  assert.equal(headBytes(objectFlags(1, 4096, false, 0)), 32);
  assert.equal(headBytes(objectFlags(70_000, 4096, false, 63)), 36);
});
