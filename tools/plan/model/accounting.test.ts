import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SLOTS } from '../../../tiers/base/limits.ts';
import { ENTRY_EXPIRES, ENTRY_TAG_MASK, STATE_COLD } from '../../../tiers/index/layout.ts';
import { SlotIndex } from '../../../tiers/index/slot-index.ts';
import { SlotTables } from '../../../tiers/index/slot-tables.ts';
import { Allocator, usedBytes } from '../../../tiers/memory/allocator.ts';
import { SeededRandom } from '../../../tiers/policy/random.ts';
import { testMemory } from '../../../tiers/testing/memory.ts';
import { diskRoomBytes, objectRamBytes, ramRoomBytes, recordBytes } from './accounting.ts';
import { indexRamBytes, sampledIndexBytes } from './index-bytes.ts';

const SEED = 17;

test('a string costs its block: 24 bytes of header, 8 for an expiry, name and value, rounded up to a size class', () => {
  assert.equal(objectRamBytes(8, 16, false), 48);
  assert.equal(objectRamBytes(8, 17, false), 64);
  assert.equal(objectRamBytes(8, 17, true), 64);
  assert.equal(objectRamBytes(8, 512, false), 576);
  // From 4096 bytes on every value has room for an expiry; above 32 KiB blocks are whole pages.
  assert.equal(objectRamBytes(10, 4096, false), objectRamBytes(10, 4096, true));
  assert.equal(objectRamBytes(10, 40_000, false), 40_960);
});

test('a record has 14 bytes before the name, and 16, or 24 with an expiry, before the value', () => {
  assert.equal(recordBytes(6, 1000, false), 1036);
  assert.equal(recordBytes(6, 1000, true), 1044);
});

test('RAM fills up to between the marks of eviction, and so does the disk', () => {
  const mib = 2 ** 20;
  // 1/32 below maxmemory, and an eighth of that lower.
  assert.equal(ramRoomBytes(320 * mib), (310 - 10 / 16) * mib);
  assert.equal(diskRoomBytes(3200), 2900);
});

/** Index bytes of so many cold keys, of which a part expires, in the server's own index. */
function measured(keys: number, expiring: number): { readonly bytes: number; readonly entries: number } {
  const memory = testMemory(64 * 2 ** 20);
  const allocator = new Allocator(memory, 0);
  const index = new SlotIndex(new SlotTables(memory, 0), allocator);
  const random = new SeededRandom(SEED);
  let entries = 0;
  for (let n = 0; n < keys; n++) {
    const slotAt = SlotTables.at(0, random.below(SLOTS));
    const position = random.bits();
    const expires = random.fraction() < expiring;
    const word1 = (position & ENTRY_TAG_MASK) | STATE_COLD | (expires ? ENTRY_EXPIRES : 0);
    assert.ok(index.insert(slotAt, position, random.bits(), word1, expires ? 1_800_000_000_000 : -1));
    entries += expires ? 2 : 1;
  }
  return { bytes: usedBytes(new DataView(memory.control)), entries };
}

test('the index costs what the server allocates for as many entries, within 1 %', (t) => {
  for (const [keys, expiring] of [
    [3000, 0],
    [60_000, 0],
    [200_000, 0],
    [200_000, 0.5],
    [1_000_000, 0],
    [2_000_000, 0],
  ] as const) {
    const { bytes, entries } = measured(keys, expiring);
    const predicted = indexRamBytes(entries);
    const off = predicted / bytes - 1;
    t.diagnostic(
      `seed ${SEED}, ${keys} keys, ${expiring} expiring: ${(bytes / keys).toFixed(2)} bytes a key, predicted ${(off * 100).toFixed(2)} % more`,
    );
    assert.ok(Math.abs(off) < 0.01, `${predicted} predicted, ${bytes} allocated`);
  }
});

test('the index of a sample is the sample of the index, and large slots go on as small ones', () => {
  const sampled = sampledIndexBytes(0.01, 30_000);
  for (const entries of [0, 100, 2917, 30_000]) {
    const exact = indexRamBytes(entries * 100) * 0.01;
    assert.ok(Math.abs(sampled(entries) - exact) <= exact * 0.02 + 1, `${entries} entries`);
  }
  const perKey = indexRamBytes(2 ** 30) / 2 ** 30;
  assert.ok(perKey > 9 && perKey < 13, `${perKey} bytes a key`);
});
