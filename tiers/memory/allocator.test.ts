import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isMainThread, workerData } from 'node:worker_threads';
import { Random } from '../../test/support/random.ts';
import { MAX_BLOCK_BYTES, MAX_SLAB_BLOCK_BYTES, PAGE_BYTES } from '../base/limits.ts';
import { testMemory } from '../testing/memory.ts';
import { runThreads } from '../testing/threads.ts';
import { Allocator, usedBytes } from './allocator.ts';
import { asHandle, type Handle, NULL_HANDLE } from './handle.ts';
import { lockWord, unlockWord } from './mutex.ts';
import type { SharedMemory } from './shared-memory.ts';
import { CLASS_SIZES } from './size-classes.ts';
import { BlockLedger } from './verify-blocks.ts';

interface Start {
  readonly memory: SharedMemory;
  readonly thread: number;
  readonly seed: number;
  /** Blocks that threads hand each other: per cell a lock word, a handle and a size. */
  readonly cells: SharedArrayBuffer;
}

const CELLS = 2000;
const OPERATIONS = 60_000;
const KIND = 3;

/** Fills a block's ends with its handle, which is checked before it is freed: nobody else wrote to it. */
function mark(allocator: Allocator, handle: Handle, bytes: number): void {
  const view = allocator.arena.view(handle);
  const at = allocator.arena.offset(handle);
  view.setUint32(at, handle, true);
  view.setUint32(at + bytes - 4, ~handle, true);
}

function checkMark(allocator: Allocator, handle: Handle, bytes: number): void {
  const view = allocator.arena.view(handle);
  const at = allocator.arena.offset(handle);
  assert.equal(view.getUint32(at, true), handle);
  assert.equal(view.getUint32(at + bytes - 4, true), ~handle >>> 0);
}

/** Replaces the blocks of random cells: most are freed by another thread than the one that allocated them. */
function exchange({ memory, thread, seed, cells }: Start): void {
  const allocator = new Allocator(memory, thread);
  const words = new Int32Array(cells);
  const random = new Random(seed + thread);
  for (let i = 0; i < OPERATIONS; i++) {
    const bytes = random.chance(0.97) ? random.integer(8, 3000) : random.integer(8, 200_000);
    const fresh = allocator.allocate(bytes, KIND);
    if (fresh !== NULL_HANDLE) mark(allocator, fresh, bytes);
    const cell = random.integer(0, CELLS - 1) * 3;
    lockWord(words, cell);
    const old = asHandle((words[cell + 1] ?? 0) >>> 0);
    const oldBytes = words[cell + 2] ?? 0;
    words[cell + 1] = fresh;
    words[cell + 2] = bytes;
    unlockWord(words, cell);
    if (old === NULL_HANDLE) continue;
    checkMark(allocator, old, oldBytes);
    allocator.free(old, KIND);
  }
  allocator.flushCaches();
}

if (isMainThread) {
  test('three threads allocate, and free what others allocated: no block is lost, doubled or overlapping', async (context) => {
    for (const limit of [64, 8]) {
      const seed = Math.floor(Math.random() * 2 ** 31);
      context.diagnostic(`seed ${seed}`);
      const memory = testMemory(limit * 2 ** 20);
      const cells = new SharedArrayBuffer(CELLS * 12);
      await runThreads(
        new URL(import.meta.url),
        [0, 1, 2].map((thread): Start => ({ memory, thread, seed, cells })),
      );
      const words = new Int32Array(cells);
      const allocator = new Allocator(memory, 3);
      const ledger = new BlockLedger(memory, allocator);
      for (let cell = 0; cell < CELLS * 3; cell += 3) {
        const handle = asHandle((words[cell + 1] ?? 0) >>> 0);
        if (handle !== NULL_HANDLE) ledger.claim(handle, KIND);
      }
      ledger.finish();
      for (let cell = 0; cell < CELLS * 3; cell += 3) {
        const handle = asHandle((words[cell + 1] ?? 0) >>> 0);
        if (handle !== NULL_HANDLE) allocator.free(handle, KIND);
      }
      allocator.flushCaches();
      new BlockLedger(memory, allocator).finish();
      assert.equal(usedBytes(new DataView(memory.control)), 0);
      // An empty slab per class may stay.
      assert.ok(allocator.pages.committedPages() <= CLASS_SIZES.length * 64);
    }
  });

  test('blocks hold what was asked for, and are accounted by kind at their size', () => {
    const memory = testMemory(2 ** 26);
    const control = new DataView(memory.control);
    const allocator = new Allocator(memory, 0);
    for (const bytes of [1, 16, 17, 129, 5000, MAX_SLAB_BLOCK_BYTES, MAX_SLAB_BLOCK_BYTES + 1, 1_000_000]) {
      const handle = allocator.allocate(bytes, KIND);
      const size = Allocator.blockBytes(bytes);
      assert.ok(size >= bytes && (size <= MAX_SLAB_BLOCK_BYTES || size - bytes < PAGE_BYTES));
      assert.equal(allocator.capacity(handle), size);
      assert.equal(usedBytes(control, KIND), size);
      allocator.reclassify(handle, KIND, KIND + 1);
      assert.equal(usedBytes(control, KIND), 0);
      assert.equal(usedBytes(control, KIND + 1), size);
      allocator.free(handle, KIND + 1);
      assert.equal(usedBytes(control), 0);
    }
    assert.equal(allocator.allocate(MAX_BLOCK_BYTES + 1, KIND), NULL_HANDLE);
  });

  test('a full arena answers no handle, and recovers when blocks come back', () => {
    const memory = testMemory(2 ** 20);
    const allocator = new Allocator(memory, 0);
    const blocks: Handle[] = [];
    for (let handle = allocator.allocate(100, KIND); handle !== NULL_HANDLE; handle = allocator.allocate(100, KIND))
      blocks.push(handle);
    assert.ok(blocks.length * 112 > 2 ** 20 * 0.9);
    assert.equal(allocator.allocate(50_000, KIND), NULL_HANDLE);
    for (const handle of blocks) allocator.free(handle, KIND);
    allocator.flushCaches();
    const large = allocator.allocate(900_000, KIND);
    assert.notEqual(large, NULL_HANDLE);
    allocator.free(large, KIND);
  });

  test('a double free and a handle within a block are refused where they show', () => {
    const allocator = new Allocator(testMemory(2 ** 22), 0);
    const large = allocator.allocate(100_000, KIND);
    allocator.free(large, KIND);
    assert.throws(() => allocator.free(large, KIND), /is a block/);
  });

  test('the ledger finds lost, doubled and overlapping blocks, and wrong accounts', () => {
    const memory = testMemory(2 ** 22);
    const allocator = new Allocator(memory, 0);
    const handle = allocator.allocate(100, KIND);
    const large = allocator.allocate(50_000, KIND);
    allocator.flushCaches();
    const ledger = () => new BlockLedger(memory, allocator);
    const claims = (...blocks: Handle[]) => {
      const fresh = ledger();
      for (const block of blocks) fresh.claim(block, KIND);
      fresh.finish();
    };
    claims(handle, large);
    assert.throws(() => claims(large), /lost/);
    assert.throws(() => claims(handle), /lost/);
    assert.throws(() => claims(handle, handle, large), /overlaps/);
    assert.throws(() => ledger().claim(asHandle(handle + 1), KIND), /begins where/);
    assert.throws(() => ledger().claim(asHandle(large + 1), KIND), /begins a page/);
    allocator.free(handle, KIND);
    assert.throws(() => claims(large), /lost/, 'a cached block is nobody’s');
    allocator.flushCaches();
    claims(large);
    assert.throws(() => claims(large, handle), /overlaps/);
    allocator.reclassify(large, KIND, KIND + 1);
    assert.throws(() => claims(large), /accounted/);
  });
} else exchange(workerData as Start);
