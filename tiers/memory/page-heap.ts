import { assert } from '../base/assert.ts';
import { PAGES_PER_SEGMENT } from '../base/limits.ts';
import {
  AT_BINS,
  AT_COMMITTED_PAGES,
  AT_FRONTIER,
  AT_HEAP_LOCK,
  AT_LIMIT_PAGES,
  AT_SEGMENTS,
  BIN_COUNT,
  PAGE_ENTRY_BYTES,
} from './layout.ts';
import { lockWord, unlockWord } from './mutex.ts';
import type { SharedMemory } from './shared-memory.ts';

/**
 * Runs of pages: the bottom of the allocator. A page table entry has four words:
 *
 *   page state     word 0            word 1             word 2           word 3
 *   untouched      0                 -                  -                -
 *   free, first    FREE              length             next in bin      previous in bin
 *   free, last     FREE              length             -                -     (boundary tag; one-page runs: as first)
 *   large block    LARGE             length             -                -     (first page only)
 *   slab, first    SLAB | class<<8   first page         next partial     previous partial
 *   slab, second   SLAB | class<<8   first page         free list head   free blocks<<16 | carved blocks
 *   slab, third    SLAB | class<<8   first page         1 when closed    -     (see evacuation.ts)
 *   slab, others   SLAB | class<<8   first page         -                -
 *
 * Page 0 is never handed out, so page number 0 means none. Runs never cross segments. Everything here is protected by the page
 * heap lock, except slab words 2 and 3, which the slab's class lock protects.
 */
export const PAGE_UNTOUCHED = 0;
export const PAGE_FREE = 1;
export const PAGE_LARGE = 2;
export const PAGE_SLAB = 3;

/** Whether nobody is to get a block of a slab: it is being emptied. */
export function isClosed(pages: PageHeap, slab: number): boolean {
  return pages.word(slab + 2, 2) === 1;
}

/** Needs the lock of the slab's class. */
export function setClosed(pages: PageHeap, slab: number, closed: boolean): void {
  pages.setWord(slab + 2, 2, closed ? 1 : 0);
}

/** Runs of 1..63 pages have a bin each; longer ones four bins per doubling. */
function binOf(pages: number): number {
  if (pages < 64) return pages;
  const log = 31 - Math.clz32(pages);
  return 64 + (log - 6) * 4 + ((pages >>> (log - 2)) & 3);
}

/** How many runs of a bin of mixed lengths are looked at before the next bin, where every run fits, is taken. */
const BIN_SEARCH = 32;

export class PageHeap {
  private readonly control: DataView;
  private readonly words: Int32Array;
  private readonly table: DataView;
  private readonly pageCount: number;

  constructor(memory: SharedMemory) {
    this.control = new DataView(memory.control);
    this.words = new Int32Array(memory.control);
    this.table = new DataView(memory.pageTable);
    this.pageCount = this.control.getUint32(AT_SEGMENTS, true) * PAGES_PER_SEGMENT;
    assert(binOf(PAGES_PER_SEGMENT) < BIN_COUNT, 'bins reach a whole segment');
  }

  word(page: number, index: number): number {
    return this.table.getUint32(page * PAGE_ENTRY_BYTES + index * 4, true);
  }

  setWord(page: number, index: number, value: number): void {
    this.table.setUint32(page * PAGE_ENTRY_BYTES + index * 4, value, true);
  }

  /** Pages in use: slabs and large blocks. */
  committedPages(): number {
    return Atomics.load(this.words, AT_COMMITTED_PAGES >> 2);
  }

  limitPages(): number {
    return Atomics.load(this.words, AT_LIMIT_PAGES >> 2);
  }

  /**
   * Takes a run of `pages` pages; 0 when the limit would be passed or no run is long enough. The caller marks the pages.
   * `beyondLimit` pages more than the limit may be used (reserve of the thread that frees memory).
   */
  take(pages: number, beyondLimit = 0): number {
    lockWord(this.words, AT_HEAP_LOCK >> 2);
    try {
      const committed = this.control.getUint32(AT_COMMITTED_PAGES, true);
      if (committed + pages > this.limitPages() + beyondLimit) return 0;
      const first = this.takeFree(pages) || this.takeFrontier(pages);
      if (first !== 0) Atomics.store(this.words, AT_COMMITTED_PAGES >> 2, committed + pages);
      return first;
    } finally {
      unlockWord(this.words, AT_HEAP_LOCK >> 2);
    }
  }

  /** Gives a run back, joining it with free neighbours. */
  give(first: number, pages: number): void {
    lockWord(this.words, AT_HEAP_LOCK >> 2);
    try {
      const committed = this.control.getUint32(AT_COMMITTED_PAGES, true);
      assert(committed >= pages, 'no more pages come back than were taken');
      Atomics.store(this.words, AT_COMMITTED_PAGES >> 2, committed - pages);
      this.insertJoined(first, pages);
    } finally {
      unlockWord(this.words, AT_HEAP_LOCK >> 2);
    }
  }

  private insertJoined(first: number, pages: number): void {
    let start = first;
    let length = pages;
    const end = first + pages;
    if (end < this.pageCount && end % PAGES_PER_SEGMENT !== 0 && this.word(end, 0) === PAGE_FREE) {
      const after = this.word(end, 1);
      this.unlink(end, after);
      length += after;
    }
    if (start % PAGES_PER_SEGMENT !== 0 && start > 1 && this.word(start - 1, 0) === PAGE_FREE) {
      const before = this.word(start - 1, 1);
      this.unlink(start - before, before);
      start -= before;
      length += before;
    }
    this.link(start, length);
  }

  private takeFree(pages: number): number {
    for (let bin = binOf(pages); bin < BIN_COUNT; bin++) {
      let run = this.control.getUint32(AT_BINS + bin * 4, true);
      for (let seen = 0; run !== 0 && seen < BIN_SEARCH; seen++) {
        const length = this.word(run, 1);
        if (length >= pages) {
          this.unlink(run, length);
          if (length > pages) this.link(run + pages, length - pages);
          return run;
        }
        run = this.word(run, 2);
      }
    }
    return 0;
  }

  /** Pages never used before. What is left of a segment that is too small for the run becomes a free run. */
  private takeFrontier(pages: number): number {
    let frontier = this.control.getUint32(AT_FRONTIER, true) || 1;
    for (;;) {
      const segmentEnd = (Math.floor(frontier / PAGES_PER_SEGMENT) + 1) * PAGES_PER_SEGMENT;
      if (frontier + pages <= segmentEnd && frontier + pages <= this.pageCount) break;
      if (segmentEnd >= this.pageCount) return 0;
      if (segmentEnd > frontier) this.insertJoined(frontier, segmentEnd - frontier);
      frontier = segmentEnd;
      this.control.setUint32(AT_FRONTIER, frontier, true);
    }
    this.control.setUint32(AT_FRONTIER, frontier + pages, true);
    return frontier;
  }

  private link(first: number, pages: number): void {
    const head = AT_BINS + binOf(pages) * 4;
    const next = this.control.getUint32(head, true);
    this.setWord(first + pages - 1, 0, PAGE_FREE);
    this.setWord(first + pages - 1, 1, pages);
    this.setWord(first, 0, PAGE_FREE);
    this.setWord(first, 1, pages);
    this.setWord(first, 2, next);
    this.setWord(first, 3, 0);
    if (next !== 0) this.setWord(next, 3, first);
    this.control.setUint32(head, first, true);
  }

  private unlink(first: number, pages: number): void {
    assert(this.word(first, 0) === PAGE_FREE && this.word(first, 1) === pages, 'a linked run is free');
    const next = this.word(first, 2);
    const previous = this.word(first, 3);
    if (next !== 0) this.setWord(next, 3, previous);
    if (previous !== 0) this.setWord(previous, 2, next);
    else this.control.setUint32(AT_BINS + binOf(pages) * 4, next, true);
    // Marks of the run's ends, so that neither looks free to a neighbour while the run is in use.
    this.setWord(first, 0, PAGE_UNTOUCHED);
    this.setWord(first + pages - 1, 0, PAGE_UNTOUCHED);
  }

  /** Checks the whole structure (invariants mode and tests); nobody else may be allocating. Answers the free pages found. */
  verify(): number {
    let free = 0;
    const frontier = this.control.getUint32(AT_FRONTIER, true) || 1;
    for (let bin = 0; bin < BIN_COUNT; bin++) {
      let previous = 0;
      for (let run = this.control.getUint32(AT_BINS + bin * 4, true); run !== 0; run = this.word(run, 2)) {
        const length = this.word(run, 1);
        assert(this.word(run, 0) === PAGE_FREE && binOf(length) === bin, `run ${run} is in its bin`);
        assert(this.word(run, 3) === previous, `run ${run} links back`);
        assert(
          this.word(run + length - 1, 0) === PAGE_FREE && this.word(run + length - 1, 1) === length,
          'boundary tag',
        );
        assert(run + length <= frontier, 'free runs lie below the frontier');
        free += length;
        previous = run;
      }
    }
    const skipped = 1;
    assert(free + this.committedPages() === frontier - skipped, 'every page is free or in use');
    return free;
  }
}
