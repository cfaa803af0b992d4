import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { OpcodeWalk } from './sparse.ts';

/** Opcodes as they come in practice (zeros and values that take turns), and any bytes. */
const opcode = fc.oneof(
  fc.integer({ min: 0, max: 0x3f }).map((code) => [code]),
  fc.tuple(fc.integer({ min: 0x40, max: 0x7f }), fc.integer({ min: 0, max: 255 })),
  fc.integer({ min: 0x80, max: 0xff }).map((code) => [code]),
);
const opcodes = fc.oneof(
  fc.array(opcode, { maxLength: 60 }).map((codes) => codes.flat()),
  fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 60 }),
);

test('find stops where a walk from opcode to opcode does', () => {
  fc.assert(
    fc.property(opcodes, fc.integer({ min: 0, max: 20_000 }), (codes, register) => {
      const view = new DataView(Uint8Array.from(codes).buffer);
      const found = new OpcodeWalk();
      found.begin(view, 0, codes.length);
      const isFound = found.find(register);
      const slow = new OpcodeWalk();
      slow.begin(view, 0, codes.length);
      let there = slow.next();
      while (there && register >= slow.first + slow.run) there = slow.next();
      // The last byte may begin an opcode of two: `next` reads the second as 0, for `find` it is not there.
      if (there && slow.at + slow.size > codes.length) there = false;
      assert.equal(isFound, there);
      if (!there) return;
      const { at, first, run, size, value, before } = found;
      assert.deepEqual(
        [at, first, run, size, value, before],
        [slow.at, slow.first, slow.run, slow.size, slow.value, slow.before],
      );
    }),
  );
});
