import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Deadlines, type Timed } from './deadlines.ts';

interface Item extends Timed {
  readonly name: number;
}

function item(name: number, deadline: number): Item {
  return { name, deadline, heapIndex: -1 };
}

test('what is due comes in order, what was removed does not', { timeout: 300_000 }, async () => {
  const due: number[] = [];
  const done = new Promise<void>((resolve) => {
    const deadlines = new Deadlines<Item>(({ name }) => {
      due.push(name);
      if (deadlines.size === 0) resolve();
    });
    const now = performance.now();
    const items = [30, 5, 20, 10, 25, 15].map((ms, n) => item(n, now + ms));
    for (const one of items) deadlines.add(one);
    for (const n of [2, 4]) {
      const one = items[n];
      if (one !== undefined) deadlines.remove(one);
    }
    const [first] = items;
    if (first !== undefined) {
      deadlines.remove(first);
      deadlines.remove(first);
      deadlines.add(first);
    }
  });
  // Its timer keeps no process alive.
  const alive = setInterval(() => {}, 1000);
  await done;
  clearInterval(alive);
  assert.deepEqual(due, [1, 3, 5, 0]);
});

test('adding and removing in any order keeps the heap', { timeout: 300_000 }, async () => {
  const operations = fc.array(fc.tuple(fc.boolean(), fc.nat(50)), { maxLength: 200 });
  await fc.assert(
    fc.asyncProperty(operations, async (steps) => {
      const due: Item[] = [];
      const deadlines = new Deadlines<Item>((one) => due.push(one));
      const there = new Set<Item>();
      const past = performance.now() - 1000;
      for (const [adds, number] of steps) {
        if (adds) {
          const one = item(there.size, past + number);
          there.add(one);
          deadlines.add(one);
        } else {
          const one = [...there][number % Math.max(1, there.size)];
          if (one === undefined) continue;
          there.delete(one);
          deadlines.remove(one);
        }
        assert.equal(deadlines.size, there.size);
      }
      const expected = there.size;
      while (due.length < expected) await new Promise((resolve) => setTimeout(resolve, 1));
      assert.deepEqual(new Set(due), there);
      const sorted = due.map(({ deadline }) => deadline).sort((a, b) => a - b);
      assert.deepEqual(
        due.map(({ deadline }) => deadline),
        sorted,
      );
    }),
    { numRuns: 50 },
  );
});
