import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isMainThread, workerData } from 'node:worker_threads';
import { testMemory } from '../testing/memory.ts';
import { runThreads } from '../testing/threads.ts';
import { ExclusiveLock } from './exclusive.ts';
import type { SharedMemory } from './shared-memory.ts';

interface Start {
  readonly memory: SharedMemory;
  readonly thread: number;
  readonly counters: SharedArrayBuffer;
}

const THREADS = 4;
const BATCHES = 20_000;
/** Word that only exclusive runs change; each thread's own word stands before it. */
const SHARED = THREADS;

if (isMainThread) {
  test('an exclusive run sees every other thread stand still', async () => {
    const memory = testMemory(2 ** 20);
    const counters = new SharedArrayBuffer((THREADS + 1) * 4);
    await runThreads(
      new URL(import.meta.url),
      Array.from({ length: THREADS }, (_, thread): Start => ({ memory, thread, counters })),
    );
    const words = new Int32Array(counters);
    for (let thread = 0; thread < THREADS; thread++) assert.equal(words[thread], BATCHES * 2);
    assert.equal(words[SHARED], THREADS * (BATCHES / 100));
  });

  test('an exclusive run that throws lets others go on', () => {
    const lock = new ExclusiveLock(testMemory(2 ** 20), 0);
    lock.enter();
    assert.throws(() =>
      lock.run(() => {
        throw new Error('body');
      }),
    );
    assert.ok(!lock.wanted);
    lock.leave();
    assert.throws(() => lock.run(() => 0), /within a batch/);
  });
} else {
  const { memory, thread, counters } = workerData as Start;
  const lock = new ExclusiveLock(memory, thread);
  const words = new Int32Array(counters);
  for (let batch = 0; batch < BATCHES; batch++) {
    lock.enter();
    // Odd within a batch: an exclusive run of another thread never sees that.
    words[thread] = (words[thread] ?? 0) + 1;
    words[thread] = (words[thread] ?? 0) + 1;
    if (batch % 100 === 0) {
      lock.run(() => {
        const before = [...words];
        for (let turn = 0; turn < 1000; turn++) Math.imul(turn, turn);
        words[SHARED] = (words[SHARED] ?? 0) + 1;
        before[SHARED] = (before[SHARED] ?? 0) + 1;
        assert.deepEqual([...words], before);
        assert.ok(before.slice(0, THREADS).every((count) => count % 2 === 0));
      });
    }
    lock.leave();
  }
}
