import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { GhostTable, ghostBytesFor } from './ghost-table.ts';
import { SeededRandom } from './random.ts';

const SEED = 20240611;

/** Lanes of `count` made-up keys, two per key. */
function keys(count: number, seed: number): Int32Array {
  const random = new SeededRandom(seed);
  return Int32Array.from({ length: count * 2 }, () => random.bits());
}

function addAll(table: GhostTable, lanes: Int32Array): void {
  for (let i = 0; i < lanes.length; i += 2) table.add(lanes[i] ?? 0, lanes[i + 1] ?? 0);
}

function countTaken(table: GhostTable, lanes: Int32Array): number {
  let taken = 0;
  for (let i = 0; i < lanes.length; i += 2) if (table.take(lanes[i] ?? 0, lanes[i + 1] ?? 0)) taken++;
  return taken;
}

test('agrees with a list of insertions while no bucket overflows', (t) => {
  t.diagnostic(`seed ${SEED}`);
  const operation = fc.record({ key: fc.integer({ min: 1, max: 60 }), add: fc.boolean() });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 50 }), fc.array(operation, { maxLength: 300 }), (window, operations) => {
      // Every key has a fingerprint of its own, and 1024 buckets for 60 keys never fill: what remains is the logic of ages.
      const table = new GhostTable(1024 * 64);
      table.setWindow(window);
      // Capacity 10240 is below the number of stamps, so one insertion is one stamp and ages are exact.
      const addedAt = new Map<number, number>();
      let insertions = 0;
      for (const { key, add } of operations) {
        const position = Math.imul(key, 0x9e3779b9);
        if (add) {
          table.add(position, key << 16);
          addedAt.set(key, insertions++);
        } else {
          const added = addedAt.get(key);
          const expected = added !== undefined && insertions - added <= window;
          assert.equal(table.take(position, key << 16), expected);
          addedAt.delete(key);
        }
      }
    }),
    { seed: SEED, numRuns: 200 },
  );
});

test('a window of the whole capacity loses few ghosts to full buckets', (t) => {
  const table = new GhostTable(ghostBytesFor(64 * 2 ** 20));
  addAll(table, keys(table.capacity * 2, 1));
  const recent = keys(table.capacity, 2);
  addAll(table, recent);
  const lost = 1 - countTaken(table, recent) / table.capacity;
  t.diagnostic(`capacity ${table.capacity}, lost ${(lost * 100).toFixed(3)} %`);
  assert.ok(lost < 0.015, `lost ${lost}`);
});

test('half a window loses almost none', (t) => {
  const table = new GhostTable(ghostBytesFor(64 * 2 ** 20));
  addAll(table, keys(table.capacity * 2, 1));
  const recent = keys(Math.floor(table.capacity / 2), 2);
  addAll(table, recent);
  const lost = 1 - countTaken(table, recent) / (recent.length / 2);
  t.diagnostic(`lost ${(lost * 100).toFixed(4)} %`);
  assert.ok(lost < 0.0005, `lost ${lost}`);
});

test('keys that were never added are rarely taken for ghosts', (t) => {
  const table = new GhostTable(ghostBytesFor(64 * 2 ** 20));
  addAll(table, keys(table.capacity * 2, 1));
  const strangers = 500_000;
  const rate = countTaken(table, keys(strangers, 3)) / strangers;
  t.diagnostic(`false positives ${(rate * 100).toFixed(4)} %`);
  assert.ok(rate < 0.0003, `rate ${rate}`);
});

test('what is older than the window is forgotten, also after the stamps have wrapped', (t) => {
  const table = new GhostTable(ghostBytesFor(16 * 2 ** 20));
  for (let round = 1; round <= 8; round++) {
    const old = keys(table.capacity, round);
    addAll(table, old);
    addAll(table, keys(Math.floor(table.capacity * (1 + round / 2)), 100 + round));
    const rate = countTaken(table, old) / table.capacity;
    t.diagnostic(`${1 + round / 2} capacities later: ${(rate * 100).toFixed(4)} %`);
    assert.ok(rate < 0.0006, `rate ${rate}`);
  }
});

test('a small window in a large table ends where it should, to within a stamp', () => {
  const table = new GhostTable(2 ** 22);
  const unit = Math.ceil(table.capacity / 2 ** 14);
  table.setWindow(1000);
  const late = keys(1000, 5);
  const early = keys(500, 6);
  addAll(table, early);
  addAll(table, keys(2 * unit, 7));
  addAll(table, late);
  assert.equal(countTaken(table, early), 0);
  assert.equal(countTaken(table, late), 1000);
});

test('adding a ghost again makes it young', () => {
  const table = new GhostTable(64);
  table.setWindow(3);
  table.add(1, 7 << 16);
  table.add(2, 8 << 16);
  table.add(1, 7 << 16);
  table.add(3, 9 << 16);
  table.add(4, 10 << 16);
  assert.equal(table.take(1, 7 << 16), true);
  assert.equal(table.take(1, 7 << 16), false);
  assert.equal(table.take(2, 8 << 16), false);
});

test('uses at most its share of maxmemory', () => {
  for (const maxmemory of [2 ** 20, 100 * 2 ** 20, 64 * 2 ** 30]) {
    assert.ok(ghostBytesFor(maxmemory) <= maxmemory * 0.02);
  }
  assert.equal(ghostBytesFor(0), 64);
});
