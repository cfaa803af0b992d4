import { assert } from '../base/assert.ts';
import {
  GRANULES_PER_PAGE_SHIFT,
  MAX_BLOCK_BYTES,
  MAX_SLAB_BLOCK_BYTES,
  MAX_THREADS,
  PAGE_BYTES,
  PAGE_SHIFT,
} from '../base/limits.ts';
import { Arena } from './arena.ts';
import { asHandle, type Handle, NULL_HANDLE } from './handle.ts';
import { invariants } from './invariants.ts';
import {
  AT_CLASSES,
  AT_THREADS,
  CLASS_LOCK,
  CLASS_PARTIAL,
  CLASS_SLABS,
  CLASS_STRIDE,
  THREAD_STRIDE,
  THREAD_TOTAL,
  THREAD_USED,
} from './layout.ts';
import { lockWord, unlockWord } from './mutex.ts';
import { isClosed, PAGE_LARGE, PAGE_SLAB, PageHeap, setClosed } from './page-heap.ts';
import type { SharedMemory } from './shared-memory.ts';
import { batchBlocks, CLASS_COUNT, classBytes, classOf, slabCapacity, slabPages } from './size-classes.ts';

/** What commands under way may have beyond the limit, over and above the block asked for: 4 MiB. */
const BEYOND_LIMIT_PAGES = 1024;

/**
 * One thread's allocator. Small blocks come from slabs cut into size classes: the thread keeps a private list of free blocks per
 * class (no lock, no atomic) and trades batches with the class's shared list of slabs (class lock); empty slabs go back to the
 * page heap. Larger blocks are page runs. A free block's first word is the handle of the next one in its list.
 *
 * Accounting: bytes in use are the sizes of live blocks, counted per kind by each thread in its own cache lines; their sum over
 * threads is exact whenever no thread is inside a call. A block may be freed by another thread than the one that allocated it,
 * so a single thread's count may be negative.
 */
export class Allocator {
  readonly arena: Arena;
  readonly pages: PageHeap;
  readonly thread: number;
  /** Bytes that this thread has ever allocated: those who watch the total look again when it has grown enough. */
  allocatedBytes = 0;
  readonly reservePages: number;
  /** Bytes of the last block that could not be had. */
  refusedBytes = 0;
  /** Pages that the allocation under way may use beyond the limit besides. */
  private beyondPages = 0;
  private readonly control: DataView;
  private readonly words: Int32Array;
  private readonly threadAt: number;
  /** Private free lists: head handle and length per class. */
  private readonly heads = new Uint32Array(CLASS_COUNT);
  private readonly counts = new Uint32Array(CLASS_COUNT);
  private readonly batches = Uint32Array.from({ length: CLASS_COUNT }, (_, sizeClass) => batchBlocks(sizeClass));
  private readonly sizes = Uint32Array.from({ length: CLASS_COUNT }, (_, sizeClass) => classBytes(sizeClass));

  /** `thread` (0 .. MAX_THREADS - 1) is this thread's own number; `reservePages` may be used beyond the limit. */
  constructor(memory: SharedMemory, thread: number, reservePages = 0) {
    assert(thread >= 0 && thread < MAX_THREADS, `thread ${thread}`);
    this.thread = thread;
    this.reservePages = reservePages;
    this.arena = new Arena(memory);
    this.pages = new PageHeap(memory);
    this.control = new DataView(memory.control);
    this.words = new Int32Array(memory.control);
    this.threadAt = AT_THREADS + thread * THREAD_STRIDE;
  }

  /** A block of at least `bytes` bytes with undefined content, or NULL_HANDLE when the arena is at its limit. */
  allocate(bytes: number, kind: number): Handle {
    if (bytes > MAX_SLAB_BLOCK_BYTES) return this.allocateLarge(bytes, kind);
    const sizeClass = classOf(bytes);
    const head = this.heads[sizeClass] ?? 0;
    if (head === 0) return this.refill(sizeClass, kind);
    const handle = asHandle(head);
    this.heads[sizeClass] = this.arena.view(handle).getUint32(this.arena.offset(handle), true);
    this.counts[sizeClass] = (this.counts[sizeClass] ?? 0) - 1;
    this.account(kind, this.sizes[sizeClass] ?? 0);
    if (invariants.on) this.scribble(handle, this.sizes[sizeClass] ?? 0, 0xaa);
    return handle;
  }

  /**
   * The same, a little beyond the arena's limit if need be: for commands that have begun to change something. Who asks has made
   * sure before that there is room for about what it is going to need.
   */
  allocateBeyondLimit(bytes: number, kind: number): Handle {
    const handle = this.allocate(bytes, kind);
    if (handle !== NULL_HANDLE) return handle;
    this.beyondPages = BEYOND_LIMIT_PAGES + Math.ceil(bytes / PAGE_BYTES);
    const beyond = this.allocate(bytes, kind);
    this.beyondPages = 0;
    return beyond;
  }

  /** Whether any thread could have a block of so many bytes now, with no reserve and no block of its own free list; by the next moment it may be gone. */
  fits(bytes: number): boolean {
    const small = bytes <= MAX_SLAB_BLOCK_BYTES;
    const sizeClass = small ? classOf(bytes) : 0;
    if (small && Atomics.load(this.words, (AT_CLASSES + sizeClass * CLASS_STRIDE + CLASS_PARTIAL) >> 2) !== 0)
      return true;
    const length = small ? slabPages(sizeClass) : Math.ceil(bytes / PAGE_BYTES);
    const run = this.pages.take(length);
    if (run !== 0) this.pages.give(run, length);
    return run !== 0;
  }

  /** Whether about `bytes` more fit below the limit. */
  hasRoom(bytes: number): boolean {
    return this.pages.committedPages() + Math.ceil(bytes / PAGE_BYTES) <= this.pages.limitPages();
  }

  /** Frees a block; `kind` is the one it was allocated with. */
  free(handle: Handle, kind: number): void {
    const page = handle >>> GRANULES_PER_PAGE_SHIFT;
    const state = this.pages.word(page, 0);
    if (state === PAGE_LARGE) {
      const length = this.pages.word(page, 1);
      this.account(kind, -length * PAGE_BYTES);
      this.pages.setWord(page, 0, 0);
      this.pages.give(page, length);
      return;
    }
    assert((state & 0xff) === PAGE_SLAB, `handle ${handle} is a block`);
    const sizeClass = state >>> 8;
    const bytes = this.sizes[sizeClass] ?? 0;
    if (invariants.on) this.scribble(handle, bytes, 0xdd);
    this.arena.view(handle).setUint32(this.arena.offset(handle), this.heads[sizeClass] ?? 0, true);
    this.heads[sizeClass] = handle;
    const count = (this.counts[sizeClass] ?? 0) + 1;
    this.counts[sizeClass] = count;
    this.account(kind, -bytes);
    const batch = this.batches[sizeClass] ?? 1;
    if (count >= batch * 2) this.returnBlocks(sizeClass, batch);
  }

  /** Bytes that the block can hold. */
  capacity(handle: Handle): number {
    const page = handle >>> GRANULES_PER_PAGE_SHIFT;
    const state = this.pages.word(page, 0);
    if (state === PAGE_LARGE) return this.pages.word(page, 1) * PAGE_BYTES;
    assert((state & 0xff) === PAGE_SLAB, `handle ${handle} is a block`);
    return this.sizes[state >>> 8] ?? 0;
  }

  /** Bytes of what may or may not be a block's handle, 0 when it cannot be one: for those who look without a lock. */
  probe(handle: Handle): number {
    const page = handle >>> GRANULES_PER_PAGE_SHIFT;
    const state = this.pages.word(page, 0);
    if (state === PAGE_LARGE) return this.pages.word(page, 1) * PAGE_BYTES;
    return (state & 0xff) === PAGE_SLAB ? (this.sizes[state >>> 8] ?? 0) : 0;
  }

  /** Counts a live block under another kind from now on. */
  reclassify(handle: Handle, from: number, to: number): void {
    const bytes = this.capacity(handle);
    this.account(from, -bytes);
    this.account(to, bytes);
  }

  /** Bytes that a block for `bytes` bytes takes. */
  static blockBytes(bytes: number): number {
    return bytes > MAX_SLAB_BLOCK_BYTES ? Math.ceil(bytes / PAGE_BYTES) * PAGE_BYTES : classBytes(classOf(bytes));
  }

  /** As `free`, but to the shared lists, so that this thread does not get the block again at once. */
  freeShared(handle: Handle, kind: number): void {
    const page = handle >>> GRANULES_PER_PAGE_SHIFT;
    const sizeClass = this.pages.word(page, 0) >>> 8;
    this.free(handle, kind);
    // It is the first of the private list, unless that was just emptied in part.
    if (this.heads[sizeClass] === handle) this.returnBlocks(sizeClass, 1);
  }

  /** Gives all privately cached free blocks back to the shared lists. */
  flushCaches(): void {
    for (let sizeClass = 0; sizeClass < CLASS_COUNT; sizeClass++) {
      const count = this.counts[sizeClass] ?? 0;
      if (count > 0) this.returnBlocks(sizeClass, count);
    }
  }

  /** Number of free blocks in this thread's private lists, and their bytes. */
  cachedBytes(): number {
    let bytes = 0;
    for (let sizeClass = 0; sizeClass < CLASS_COUNT; sizeClass++)
      bytes += (this.counts[sizeClass] ?? 0) * classBytes(sizeClass);
    return bytes;
  }

  private account(kind: number, delta: number): void {
    if (delta > 0) this.allocatedBytes += delta;
    const at = this.threadAt + THREAD_USED + kind * 8;
    this.control.setFloat64(at, this.control.getFloat64(at, true) + delta, true);
    const totalAt = this.threadAt + THREAD_TOTAL;
    this.control.setFloat64(totalAt, this.control.getFloat64(totalAt, true) + delta, true);
  }

  private allocateLarge(bytes: number, kind: number): Handle {
    this.refusedBytes = bytes;
    if (bytes > MAX_BLOCK_BYTES) return NULL_HANDLE;
    const length = Math.ceil(bytes / PAGE_BYTES);
    const page = this.pages.take(length, this.reservePages + this.beyondPages);
    if (page === 0) return NULL_HANDLE;
    this.pages.setWord(page, 1, length);
    this.pages.setWord(page, 0, PAGE_LARGE);
    this.account(kind, length * PAGE_BYTES);
    return asHandle((page << GRANULES_PER_PAGE_SHIFT) >>> 0);
  }

  /** Takes one block for the caller and a batch for the private list from the class's slabs. */
  private refill(sizeClass: number, kind: number): Handle {
    const classAt = AT_CLASSES + sizeClass * CLASS_STRIDE;
    lockWord(this.words, (classAt + CLASS_LOCK) >> 2);
    let taken = 0;
    let result = 0;
    try {
      const wanted = this.batches[sizeClass] ?? 1;
      while (taken < wanted) {
        let slab = this.control.getUint32(classAt + CLASS_PARTIAL, true);
        if (slab === 0) {
          if (taken > 0) break;
          slab = this.newSlab(sizeClass, classAt);
          if (slab === 0) break;
        }
        taken += this.takeFromSlab(slab, sizeClass, classAt, wanted - taken);
      }
      if (taken > 0) {
        result = this.heads[sizeClass] ?? 0;
        const handle = asHandle(result);
        this.heads[sizeClass] = this.arena.view(handle).getUint32(this.arena.offset(handle), true);
        this.counts[sizeClass] = (this.counts[sizeClass] ?? 0) + taken - 1;
      }
    } finally {
      unlockWord(this.words, (classAt + CLASS_LOCK) >> 2);
    }
    if (result === 0) {
      this.refusedBytes = this.sizes[sizeClass] ?? 0;
      return NULL_HANDLE;
    }
    this.account(kind, this.sizes[sizeClass] ?? 0);
    if (invariants.on) this.scribble(asHandle(result), this.sizes[sizeClass] ?? 0, 0xaa);
    return asHandle(result);
  }

  /** Moves up to `wanted` blocks of a slab to the private list; needs the class lock. Blocks never used before are cut off last. */
  private takeFromSlab(slab: number, sizeClass: number, classAt: number, wanted: number): number {
    const { pages } = this;
    const capacity = slabCapacity(sizeClass);
    const granules = classBytes(sizeClass) >>> 4;
    const firstGranule = (slab << GRANULES_PER_PAGE_SHIFT) >>> 0;
    let list = pages.word(slab + 1, 2);
    let free = pages.word(slab + 1, 3) >>> 16;
    let carved = pages.word(slab + 1, 3) & 0xffff;
    let taken = 0;
    while (taken < wanted && free > 0) {
      let block: Handle;
      if (list !== 0) {
        block = asHandle(list);
        list = this.arena.view(block).getUint32(this.arena.offset(block), true);
      } else {
        block = asHandle((firstGranule + carved * granules) >>> 0);
        carved++;
      }
      this.arena.view(block).setUint32(this.arena.offset(block), this.heads[sizeClass] ?? 0, true);
      this.heads[sizeClass] = block;
      free--;
      taken++;
    }
    assert(carved <= capacity, 'no more blocks than fit a slab');
    pages.setWord(slab + 1, 2, list);
    pages.setWord(slab + 1, 3, ((free << 16) | carved) >>> 0);
    if (free === 0) this.unlinkPartial(slab, classAt);
    return taken;
  }

  private newSlab(sizeClass: number, classAt: number): number {
    const length = slabPages(sizeClass);
    const slab = this.pages.take(length, this.reservePages + this.beyondPages);
    if (slab === 0) return 0;
    for (let page = slab; page < slab + length; page++) {
      this.pages.setWord(page, 1, slab);
      this.pages.setWord(page, 0, PAGE_SLAB | (sizeClass << 8));
    }
    this.pages.setWord(slab + 1, 2, 0);
    setClosed(this.pages, slab, false);
    this.pages.setWord(slab + 1, 3, (slabCapacity(sizeClass) << 16) >>> 0);
    this.linkPartial(slab, classAt);
    this.control.setUint32(classAt + CLASS_SLABS, this.control.getUint32(classAt + CLASS_SLABS, true) + 1, true);
    return slab;
  }

  /** Gives `count` blocks of the private list back to their slabs. */
  private returnBlocks(sizeClass: number, count: number): void {
    const classAt = AT_CLASSES + sizeClass * CLASS_STRIDE;
    const capacity = slabCapacity(sizeClass);
    const { pages } = this;
    lockWord(this.words, (classAt + CLASS_LOCK) >> 2);
    try {
      for (let i = 0; i < count; i++) {
        const block = asHandle(this.heads[sizeClass] ?? 0);
        const view = this.arena.view(block);
        const offset = this.arena.offset(block);
        this.heads[sizeClass] = view.getUint32(offset, true);
        const slab = pages.word(block >>> GRANULES_PER_PAGE_SHIFT, 1);
        view.setUint32(offset, pages.word(slab + 1, 2), true);
        pages.setWord(slab + 1, 2, block);
        const state = pages.word(slab + 1, 3);
        const free = (state >>> 16) + 1;
        assert(free <= capacity, `slab ${slab} gets back what it gave`);
        pages.setWord(slab + 1, 3, ((free << 16) | (state & 0xffff)) >>> 0);
        if (isClosed(pages, slab)) {
          if (free === capacity) this.releaseSlab(slab, sizeClass, classAt);
        } else if (free === 1) this.linkPartial(slab, classAt);
        else if (free === capacity) this.releaseEmptySlab(slab, sizeClass, classAt);
      }
      this.counts[sizeClass] = (this.counts[sizeClass] ?? 0) - count;
    } finally {
      unlockWord(this.words, (classAt + CLASS_LOCK) >> 2);
    }
  }

  /** An empty slab goes back to the page heap unless it is the class's only one with room (it would be taken again at once). */
  private releaseEmptySlab(slab: number, sizeClass: number, classAt: number): void {
    const { pages } = this;
    if (this.control.getUint32(classAt + CLASS_PARTIAL, true) === slab && pages.word(slab, 2) === 0) return;
    this.unlinkPartial(slab, classAt);
    this.releaseSlab(slab, sizeClass, classAt);
  }

  /** An empty slab that is in no list goes back to the page heap. Needs the class lock. */
  releaseSlab(slab: number, sizeClass: number, classAt: number): void {
    const { pages } = this;
    const length = slabPages(sizeClass);
    for (let page = slab; page < slab + length; page++) pages.setWord(page, 0, 0);
    this.control.setUint32(classAt + CLASS_SLABS, this.control.getUint32(classAt + CLASS_SLABS, true) - 1, true);
    pages.give(slab, length);
  }

  /** Needs the class lock, as `unlinkPartial`. */
  linkPartial(slab: number, classAt: number): void {
    const next = this.control.getUint32(classAt + CLASS_PARTIAL, true);
    this.pages.setWord(slab, 2, next);
    this.pages.setWord(slab, 3, 0);
    if (next !== 0) this.pages.setWord(next, 3, slab);
    this.control.setUint32(classAt + CLASS_PARTIAL, slab, true);
  }

  unlinkPartial(slab: number, classAt: number): void {
    const next = this.pages.word(slab, 2);
    const previous = this.pages.word(slab, 3);
    if (next !== 0) this.pages.setWord(next, 3, previous);
    if (previous !== 0) this.pages.setWord(previous, 2, next);
    else this.control.setUint32(classAt + CLASS_PARTIAL, next, true);
  }

  private scribble(handle: Handle, bytes: number, value: number): void {
    const offset = this.arena.offset(handle);
    this.arena.bytes(handle).fill(value, offset, offset + bytes);
  }
}

/** Bytes in use over all threads, of one kind or of all. */
export function usedBytes(control: DataView, kind = -1): number {
  let bytes = 0;
  const field = kind >= 0 ? THREAD_USED + kind * 8 : THREAD_TOTAL;
  for (let thread = 0; thread < MAX_THREADS; thread++) {
    bytes += control.getFloat64(AT_THREADS + thread * THREAD_STRIDE + field, true);
  }
  return bytes;
}

/** Bytes that slabs and large blocks hold of the arena, free blocks within slabs included. */
export function committedBytes(pages: PageHeap): number {
  return pages.committedPages() * 2 ** PAGE_SHIFT;
}
