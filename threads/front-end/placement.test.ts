import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { placeConnection } from './placement.ts';

test('wherever the kernel sends 64 or more connections, no thread gets more than 1.5 times the mean', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 2, max: 8 }).chain((threads) =>
        fc.record({
          threads: fc.constant(threads),
          accepting: fc.array(fc.integer({ min: 0, max: threads - 1 }), { minLength: 64, maxLength: 400 }),
        }),
      ),
      ({ threads, accepting }) => {
        const clients = new Int32Array(new SharedArrayBuffer(threads * 4));
        for (const self of accepting) Atomics.add(clients, placeConnection(clients, self), 1);
        assert.ok(Math.max(...clients) <= Math.ceil((accepting.length / threads) * 1.5), clients.join('/'));
      },
    ),
  );
});

test('a thread keeps its connections while the others have about as many', () => {
  const clients = new Int32Array(new SharedArrayBuffer(8));
  clients.set([10, 9]);
  assert.equal(placeConnection(clients, 0), 0);
  clients.set([12, 9]);
  assert.equal(placeConnection(clients, 0), 1);
  assert.equal(placeConnection(clients, 1), 1);
});
