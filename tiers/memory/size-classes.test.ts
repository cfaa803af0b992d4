import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GRANULE_BYTES, MAX_SLAB_BLOCK_BYTES, PAGE_BYTES } from '../base/limits.ts';
import { batchBlocks, CLASS_COUNT, CLASS_SIZES, classBytes, classOf, slabCapacity, slabPages } from './size-classes.ts';

test('every size goes to the smallest class that holds it', () => {
  for (let bytes = 1; bytes <= MAX_SLAB_BLOCK_BYTES; bytes++) {
    const sizeClass = classOf(bytes);
    assert.ok(classBytes(sizeClass) >= bytes);
    assert.ok(sizeClass === 0 || classBytes(sizeClass - 1) < bytes);
  }
  assert.equal(classOf(MAX_SLAB_BLOCK_BYTES), CLASS_COUNT - 1);
});

test('sizes are granules, grow by at most 12.5 % above 128 bytes, and waste at most 12.5 % of a slab', () => {
  CLASS_SIZES.forEach((bytes, sizeClass) => {
    assert.equal(bytes % GRANULE_BYTES, 0);
    if (bytes > 128) assert.ok(bytes <= classBytes(sizeClass - 1) * 1.125);
    const slabBytes = slabPages(sizeClass) * PAGE_BYTES;
    assert.ok(slabBytes - slabCapacity(sizeClass) * bytes <= slabBytes / 8, `tail of a slab of ${bytes}`);
    // The slab's page entry counts free and cut blocks in 16 bits each; two pages at least hold its words.
    assert.ok(slabCapacity(sizeClass) < 2 ** 16 && slabPages(sizeClass) >= 2);
    assert.ok(batchBlocks(sizeClass) * 2 <= 128 && batchBlocks(sizeClass) >= 2);
  });
});
