import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { copyBytes, moveBytes } from './bytes.ts';

describe('moveBytes', () => {
  it('moves as copyWithin does, whatever overlaps', () => {
    const place = fc.integer({ min: 0, max: 300 });
    const length = fc.oneof(fc.integer({ min: 0, max: 100 }), fc.integer({ min: 1000, max: 7000 }));
    fc.assert(
      fc.property(place, place, length, (to, from, count) => {
        const bytes = new Uint8Array(new SharedArrayBuffer(8192));
        for (let i = 0; i < bytes.length; i++) bytes[i] = (i * 7919) >> 3;
        const expected = Uint8Array.from(bytes).copyWithin(to, from, from + count);
        moveBytes(new DataView(bytes.buffer), bytes, to, from, count);
        assert.deepEqual(Uint8Array.from(bytes), expected);
      }),
    );
  });
});

describe('copyBytes', () => {
  it('copies whatever lies alike within a word or not', () => {
    const place = fc.integer({ min: 0, max: 40 });
    fc.assert(
      fc.property(place, place, fc.integer({ min: 0, max: 3000 }), (to, from, count) => {
        const source = new Uint8Array(new SharedArrayBuffer(4096), 8 + (from & 3));
        for (let i = 0; i < source.length; i++) source[i] = (i * 7919) >> 3;
        const target = Buffer.alloc(4096);
        const view = new DataView(source.buffer, source.byteOffset, source.length);
        copyBytes(viewOf(target), target, to, view, source, from, count);
        const expected = Buffer.alloc(4096);
        expected.set(source.slice(from, from + count), to);
        assert.deepEqual(target, expected);
      }),
    );
  });
});

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
