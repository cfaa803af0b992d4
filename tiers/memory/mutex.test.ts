import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isMainThread, workerData } from 'node:worker_threads';
import { runThreads } from '../testing/threads.ts';
import { lockWord, tryLockWord, unlockWord } from './mutex.ts';

interface Start {
  readonly buffer: SharedArrayBuffer;
  readonly times: number;
  /** Turns of a loop that the lock is held for: more than others spin. */
  readonly hold: number;
}

const THREADS = 4;

if (isMainThread) {
  const count = async (times: number, hold: number): Promise<Int32Array> => {
    const buffer = new SharedArrayBuffer(16);
    await runThreads(
      new URL(import.meta.url),
      Array.from({ length: THREADS }, (): Start => ({ buffer, times, hold })),
    );
    return new Int32Array(buffer);
  };

  test('a plain counter under a lock loses no increment', async () => {
    const words = await count(100_000, 0);
    assert.deepEqual([...words], [0, THREADS * 100_000, 0, 0]);
  });

  test('threads that sleep on the lock are woken', async () => {
    const words = await count(300, 30_000);
    assert.deepEqual([...words], [0, THREADS * 300, 0, 0]);
  });

  test('tryLockWord takes a free lock only', () => {
    const words = new Int32Array(new SharedArrayBuffer(8));
    assert.ok(tryLockWord(words, 1));
    assert.ok(!tryLockWord(words, 1));
    unlockWord(words, 1);
    assert.ok(tryLockWord(words, 1));
  });
} else {
  const { buffer, times, hold } = workerData as Start;
  const words = new Int32Array(buffer);
  for (let i = 0; i < times; i++) {
    lockWord(words, 0);
    const before = words[1] ?? 0;
    // Nobody else is inside: the third word would tell.
    assert.equal(words[2], 0);
    words[2] = 1;
    for (let turn = 0; turn < hold; turn++) Math.imul(turn, turn);
    words[2] = 0;
    words[1] = before + 1;
    unlockWord(words, 0);
  }
}
