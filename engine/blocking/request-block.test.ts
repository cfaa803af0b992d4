import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Allocator } from '../../tiers/memory/allocator.ts';
import { asHandle } from '../../tiers/memory/handle.ts';
import { KIND_OTHER } from '../../tiers/memory/layout.ts';
import { testMemory } from '../../tiers/testing/memory.ts';
import { blockBytes, RequestBlock, SERVED, WAITING } from './request-block.ts';

test('a request is read back from shared memory as it was', () => {
  const memory = testMemory(4 * 1024 * 1024);
  const mine = new Allocator(memory, 0);
  const theirs = new RequestBlock(new Allocator(memory, 1).arena);
  const args = fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(args, fc.nat(499), fc.nat(5), fc.boolean(), (texts, db, keys, resp3) => {
      const buffers = texts.map((text) => Buffer.from(text));
      const handle = mine.allocate(blockBytes(keys, buffers), KIND_OTHER);
      const groupIndex = texts.length - 1;
      const block = new RequestBlock(mine.arena).open(handle);
      block.write({ db, resp: resp3 ? 3 : 2, noTouch: resp3, groupIndex, keys }, buffers);
      for (let n = 0; n < keys; n++) block.setKey(n, n * 7, asHandle(n + 1));
      theirs.open(handle).load();
      assert.equal(theirs.state, WAITING);
      theirs.state = SERVED;
      assert.equal(block.state, SERVED);
      assert.deepEqual([theirs.db, theirs.resp, theirs.noTouch, theirs.keys], [db, resp3 ? 3 : 2, resp3, keys]);
      for (let n = 0; n < keys; n++) assert.deepEqual([theirs.slot(n), theirs.record(n)], [n * 7, n + 1]);
      assert.equal(theirs.group, groupIndex === 0 ? undefined : buffers[groupIndex]?.latin1Slice());
      assert.equal(theirs.request.count, buffers.length);
      for (const [n, argument] of buffers.entries()) assert.ok(argument.equals(theirs.request.copy(n)));
      mine.free(handle, KIND_OTHER);
    }),
  );
});
