import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { createFetchRing, FetchRing } from './fetch-ring.ts';

const CHUNKS = 30_000;

/** Length and content follow from the number, so that a torn or misplaced chunk shows. */
function lengthOf(number: number): number {
  return 4 + ((number * 7919) % 3000);
}

function fill(chunk: Uint8Array, number: number): number {
  const length = lengthOf(number);
  chunk.fill(number & 0xff, 0, length);
  new DataView(chunk.buffer, chunk.byteOffset).setUint32(0, number, true);
  return length;
}

if (isMainThread) {
  test('a chunk that does not fit is refused, and fits when others were read', () => {
    const ring = new FetchRing(createFetchRing());
    const chunk = new Uint8Array(100_000);
    assert.equal(ring.write(chunk, 100_000, 1), true);
    assert.equal(ring.write(chunk, 100_000, 2), true);
    assert.equal(ring.write(chunk, 100_000, 3), false);
    assert.equal(ring.read()?.count, 1);
    assert.equal(ring.write(chunk, 100_000, 3), true);
    assert.deepEqual([ring.read()?.count, ring.read()?.count, ring.read()], [2, 3, undefined]);
  });

  test('a reader that sleeps is woken once, and does not fall asleep over a chunk', () => {
    const ring = new FetchRing(createFetchRing());
    assert.equal(ring.sleep(), true);
    ring.write(new Uint8Array(8), 8, 1);
    assert.equal(ring.takeWake(), true);
    assert.equal(ring.takeWake(), false);
    assert.equal(ring.sleep(), false);
    assert.equal(ring.read()?.count, 1);
    assert.equal(ring.sleep(), true);
  });

  test('chunks arrive whole and in order from another thread, and no wake is lost', { timeout: 300_000 }, async () => {
    const memory = createFetchRing();
    const ring = new FetchRing(memory);
    const worker = new Worker(new URL(import.meta.url), { workerData: memory });
    let next = 0;
    const finished = new Promise<void>((resolve, reject) => {
      const drain = (): void => {
        try {
          do {
            for (let chunk = ring.read(); chunk !== undefined; chunk = ring.read()) {
              assert.equal(new DataView(chunk.bytes.buffer).getUint32(0, true), next);
              assert.equal(chunk.bytes.length, lengthOf(next));
              assert.ok(chunk.bytes.subarray(4).every((byte) => byte === (next & 0xff)));
              assert.equal(chunk.count, next);
              next++;
            }
          } while (!ring.sleep());
        } catch (error) {
          reject(error);
        }
        if (next === CHUNKS) resolve();
      };
      worker.on('message', drain);
      worker.on('error', reject);
      drain();
    });
    await finished;
    await worker.terminate();
    assert.equal(next, CHUNKS);
  });
} else {
  const { parentPort } = await import('node:worker_threads');
  const ring = new FetchRing(workerData as SharedArrayBuffer);
  const chunk = new Uint8Array(4096);
  for (let number = 0; number < CHUNKS; number++) {
    const length = fill(chunk, number);
    while (!ring.write(chunk, length, number)) {
      // Full: the reader is awake, or is woken here.
      if (ring.takeWake()) parentPort?.postMessage('look');
    }
    if (ring.takeWake()) parentPort?.postMessage('look');
  }
}
