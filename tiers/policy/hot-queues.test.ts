import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isMainThread, workerData } from 'node:worker_threads';
import { Random } from '../../test/support/random.ts';
import { asHandle } from '../memory/handle.ts';
import { lockWord, unlockWord } from '../memory/mutex.ts';
import type { SharedMemory } from '../memory/shared-memory.ts';
import { testMemory } from '../testing/memory.ts';
import { runThreads } from '../testing/threads.ts';
import { HotQueues, QUEUE_MAIN, QUEUE_SMALL } from './hot-queues.ts';

interface Start {
  readonly memory: SharedMemory;
  readonly thread: number;
  /** Per object: its place, 0 when it was taken; then a lock word and a count of the threads that have finished. */
  readonly objects: SharedArrayBuffer;
}

const ADDERS = 2;
const OBJECTS = 40_000;
const LOCK = ADDERS * OBJECTS;
const FINISHED = LOCK + 1;

/** Adds its objects one by one, and frees every third again at once; object n has handle n + 1. */
function add({ memory, thread, objects }: Start): void {
  const queues = new HotQueues(memory, thread);
  const places = new Int32Array(objects);
  for (let n = thread * OBJECTS; n < (thread + 1) * OBJECTS; n++) {
    lockWord(places, LOCK);
    places[n] = queues.add(n & 1, asHandle(n + 1));
    if (n % 3 === 0) {
      queues.remove((places[n] ?? 0) >>> 0);
      places[n] = -1;
    }
    unlockWord(places, LOCK);
  }
  Atomics.add(places, FINISHED, 1);
}

/** The one taker: every object that stands in a queue is taken exactly once. */
function take({ memory, thread, objects }: Start): void {
  const queues = new HotQueues(memory, thread);
  const places = new Int32Array(objects);
  for (;;) {
    const finished = Atomics.load(places, FINISHED) === ADDERS;
    let taken = 0;
    for (const queue of [QUEUE_SMALL, QUEUE_MAIN]) {
      for (let place = queues.take(queue); place !== 0; place = queues.take(queue)) {
        lockWord(places, LOCK);
        const handle = queues.at(place);
        if (handle !== 0) {
          assert.equal((places[handle - 1] ?? 0) >>> 0, place, 'the object knows its place');
          assert.equal(queues.queueOf(place), (handle - 1) & 1, 'it is in the queue that it was added to');
          queues.remove(place);
          places[handle - 1] = 0;
          taken++;
        }
        unlockWord(places, LOCK);
      }
    }
    if (finished && taken === 0) return;
  }
}

if (isMainThread) {
  test('objects come out in the order they went in; removed ones do not, replaced ones by their new handle', () => {
    const queues = new HotQueues(testMemory(2 ** 20), 0);
    const seed = Math.floor(Math.random() * 2 ** 31);
    const random = new Random(seed);
    const model: { place: number; handle: number }[][] = [[], []];
    let handles = 0;
    for (let i = 0; i < 100_000; i++) {
      const queue = random.integer(0, 1);
      const list = model[queue] ?? [];
      const dice = random.integer(0, 9);
      const at = random.integer(0, Math.max(0, list.length - 1));
      const item = list[at];
      if (dice < 5 || item === undefined) {
        const handle = asHandle(++handles);
        list.push({ place: queues.add(queue, handle), handle });
      } else if (dice < 6) {
        queues.remove(item.place);
        list.splice(at, 1);
      } else if (dice < 7) {
        item.handle = ++handles;
        queues.replace(item.place, asHandle(item.handle));
      } else {
        const place = queues.take(queue);
        const first = list.shift();
        assert.equal(place, first?.place, `seed ${seed}`);
        assert.equal(queues.at(place), first?.handle);
        queues.remove(place);
      }
      assert.equal(queues.length(queue), list.length);
    }
    for (const queue of [QUEUE_SMALL, QUEUE_MAIN]) {
      const seen: number[] = [];
      queues.visit(queue, (_, handle, passed) => {
        assert.ok(!passed);
        seen.push(handle);
      });
      assert.deepEqual(
        seen,
        model[queue]?.map(({ handle }) => handle),
      );
    }
  });

  test('a chunk that was emptied, dropped and opened by another thread is no longer written by the first', () => {
    const memory = testMemory(2 ** 20);
    const first = new HotQueues(memory, 0);
    const second = new HotQueues(memory, 1);
    for (let handle = 1; handle <= 1020; handle++) first.add(QUEUE_SMALL, asHandle(handle));
    for (let place = first.take(QUEUE_SMALL); place !== 0; place = first.take(QUEUE_SMALL)) first.remove(place);
    const theirs = second.add(QUEUE_MAIN, asHandle(5000));
    const ours = first.add(QUEUE_SMALL, asHandle(5001));
    assert.notEqual(ours >>> 10, theirs >>> 10);
    assert.equal(first.queueOf(ours), QUEUE_SMALL);
    assert.equal(first.take(QUEUE_SMALL), ours);
  });

  test('many chunks are recycled: a queue through which millions pass stays small', () => {
    const queues = new HotQueues(testMemory(2 ** 20), 0);
    for (let handle = 1; handle <= 3_000_000; handle++) {
      queues.add(QUEUE_SMALL, asHandle(handle));
      if (handle <= 2000) continue;
      const place = queues.take(QUEUE_SMALL);
      queues.remove(place);
    }
    assert.equal(queues.length(QUEUE_SMALL), 2000);
    assert.ok(queues.chunks() <= 4);
  });

  test('a sweep drops chunks that were emptied in the middle, and nothing else', () => {
    const queues = new HotQueues(testMemory(2 ** 20), 0);
    const places: number[] = [];
    for (let handle = 1; handle <= 1020 * 10 + 5; handle++) places.push(queues.add(QUEUE_MAIN, asHandle(handle)));
    assert.equal(queues.sweep(QUEUE_MAIN), 11);
    const kept = new Set([1, 1020 * 3 + 7, 1020 * 10 + 2]);
    places.forEach((place, n) => {
      if (!kept.has(n)) queues.remove(place);
    });
    assert.equal(queues.sweep(QUEUE_MAIN), 3);
    assert.equal(queues.sweep(QUEUE_SMALL), 0);
    const fresh = queues.add(QUEUE_MAIN, asHandle(99_999));
    const taken: number[] = [];
    for (let place = queues.take(QUEUE_MAIN); place !== 0; place = queues.take(QUEUE_MAIN)) {
      taken.push(place);
      queues.remove(place);
    }
    assert.deepEqual(taken, [...[...kept].map((n) => places[n]), fresh]);
    // Keys that come and go: without a sweep now and then the queues would run out of chunks.
    for (let i = 0; i < 3_000_000; i++) {
      queues.remove(queues.add(QUEUE_SMALL, asHandle(1)));
      if (i % 100_000 === 0) queues.sweep(QUEUE_SMALL);
    }
    assert.ok(queues.chunks() < 110);
  });

  test('two threads add and free while one takes', async () => {
    const memory = testMemory(2 ** 22);
    const objects = new SharedArrayBuffer((FINISHED + 1) * 4);
    await runThreads(
      new URL(import.meta.url),
      [0, 1, 2].map((thread): Start => ({ memory, thread, objects })),
    );
    const queues = new HotQueues(memory, 3);
    assert.equal(queues.length(QUEUE_SMALL) + queues.length(QUEUE_MAIN), 0);
    assert.ok(new Int32Array(objects).subarray(0, LOCK).every((place, n) => place === (n % 3 === 0 ? -1 : 0)));
  });
} else {
  const start = workerData as Start;
  if (start.thread < ADDERS) add(start);
  else take(start);
}
