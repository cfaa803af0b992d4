import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { moveBytes } from './bytes.ts';

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
