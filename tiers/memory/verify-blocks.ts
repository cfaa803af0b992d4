import { assert } from '../base/assert.ts';
import {
  GRANULE_BYTES,
  GRANULES_PER_PAGE_SHIFT,
  MAX_SLAB_BLOCK_BYTES,
  PAGE_BYTES,
  PAGES_PER_SEGMENT,
} from '../base/limits.ts';
import { type Allocator, usedBytes } from './allocator.ts';
import { asHandle, type Handle } from './handle.ts';
import { AT_CLASSES, AT_FRONTIER, CLASS_PARTIAL, CLASS_SLABS, CLASS_STRIDE, KINDS } from './layout.ts';
import { isClosed, PAGE_FREE, PAGE_LARGE, PAGE_SLAB } from './page-heap.ts';
import type { SharedMemory } from './shared-memory.ts';
import { CLASS_COUNT, classBytes, slabCapacity, slabPages } from './size-classes.ts';

/**
 * Proves that every byte of the arena is exactly one of: part of a live block, part of a free block, never used. Whoever knows the live
 * blocks claims them, then `finish` accounts for the rest. All other threads must be outside of any command, and have their
 * caches flushed: a block in a thread's private list is nobody's otherwise.
 */
export class BlockLedger {
  readonly liveBytes = new Float64Array(KINDS);
  blocks = 0;
  private readonly allocator: Allocator;
  private readonly control: DataView;
  private readonly frontier: number;
  /** One bit per granule that a live or free block covers. */
  private readonly covered: Uint32Array;
  /** Live blocks per page of the arena, counted at the slab's (or large block's) first page. */
  private readonly livePerRun: Uint32Array;

  constructor(memory: SharedMemory, allocator: Allocator) {
    this.allocator = allocator;
    this.control = new DataView(memory.control);
    this.frontier = this.control.getUint32(AT_FRONTIER, true) || 1;
    this.covered = new Uint32Array((this.frontier << GRANULES_PER_PAGE_SHIFT) >>> 5);
    this.livePerRun = new Uint32Array(this.frontier);
  }

  /** A live block; fails when it overlaps another. Answers its size in bytes. */
  claim(handle: Handle, kind: number): number {
    const page = handle >>> GRANULES_PER_PAGE_SHIFT;
    assert(page > 0 && page < this.frontier, `block ${handle} lies below the frontier`);
    const bytes = this.allocator.capacity(handle);
    const { pages } = this.allocator;
    if (bytes <= MAX_SLAB_BLOCK_BYTES) {
      const slab = pages.word(page, 1);
      const offset = (handle - ((slab << GRANULES_PER_PAGE_SHIFT) >>> 0)) * GRANULE_BYTES;
      assert(offset % bytes === 0, `block ${handle} begins where its slab (page ${slab}) was cut`);
      this.livePerRun[slab] = (this.livePerRun[slab] ?? 0) + 1;
    } else {
      assert((handle & ((1 << GRANULES_PER_PAGE_SHIFT) - 1)) === 0, `large block ${handle} begins a page`);
      this.livePerRun[page] = 1;
    }
    this.cover(handle, bytes);
    this.liveBytes[kind] = (this.liveBytes[kind] ?? 0) + bytes;
    this.blocks++;
    return bytes;
  }

  /** After all claims: free lists, slabs, page runs and the accounts must make up exactly the rest. */
  finish(): void {
    const { pages } = this.allocator;
    const freePages = pages.verify();
    const slabs = new Uint32Array(CLASS_COUNT);
    const withRoom = new Uint32Array(CLASS_COUNT);
    let free = 0;
    let used = 0;
    for (let page = 1; page < this.frontier; ) {
      const state = pages.word(page, 0);
      let length = pages.word(page, 1);
      if (state === PAGE_FREE) free += length;
      else if (state === PAGE_LARGE) {
        assert(this.livePerRun[page] === 1, `large block at page ${page} is lost`);
        used += length;
      } else {
        assert((state & 0xff) === PAGE_SLAB && length === page, `page ${page} begins a run (state ${state})`);
        const sizeClass = state >>> 8;
        length = slabPages(sizeClass);
        this.checkSlab(page, sizeClass);
        slabs[sizeClass] = (slabs[sizeClass] ?? 0) + 1;
        if (pages.word(page + 1, 3) >>> 16 > 0 && !isClosed(pages, page))
          withRoom[sizeClass] = (withRoom[sizeClass] ?? 0) + 1;
        used += length;
      }
      assert(length > 0, `the run at page ${page} has a length`);
      assert((page % PAGES_PER_SEGMENT) + length <= PAGES_PER_SEGMENT, `the run at page ${page} lies in one segment`);
      page += length;
    }
    assert(free === freePages, `${free} pages are free, bins hold ${freePages}`);
    assert(used === pages.committedPages(), `${used} pages are in use, ${pages.committedPages()} counted`);
    for (let sizeClass = 0; sizeClass < CLASS_COUNT; sizeClass++) {
      const at = AT_CLASSES + sizeClass * CLASS_STRIDE;
      assert(this.control.getUint32(at + CLASS_SLABS, true) === slabs[sizeClass], `slabs of class ${sizeClass}`);
      assert(this.partialSlabs(sizeClass) === withRoom[sizeClass], `slabs with room of class ${sizeClass}`);
    }
    let total = 0;
    for (let kind = 0; kind < KINDS; kind++) {
      const live = this.liveBytes[kind] ?? 0;
      total += live;
      const counted = usedBytes(this.control, kind);
      assert(counted === live, `kind ${kind}: ${counted} bytes accounted, ${live} live`);
    }
    assert(usedBytes(this.control) === total, `${usedBytes(this.control)} bytes accounted, ${total} live`);
    assert(total <= used * PAGE_BYTES, 'live blocks lie in pages in use');
  }

  private checkSlab(slab: number, sizeClass: number): void {
    const { pages, arena } = this.allocator;
    for (let page = slab; page < slab + slabPages(sizeClass); page++) {
      assert(
        pages.word(page, 0) === (PAGE_SLAB | (sizeClass << 8)) && pages.word(page, 1) === slab,
        `page ${page} of slab ${slab}`,
      );
    }
    const state = pages.word(slab + 1, 3);
    const carved = state & 0xffff;
    const capacity = slabCapacity(sizeClass);
    const bytes = classBytes(sizeClass);
    assert(carved <= capacity, `slab ${slab} is cut into ${carved} of ${capacity}`);
    let listed = 0;
    for (let block = pages.word(slab + 1, 2); block !== 0; listed++) {
      const handle = asHandle(block);
      assert(pages.word(handle >>> GRANULES_PER_PAGE_SHIFT, 1) === slab, `free block ${block} lies in slab ${slab}`);
      const number = ((handle - ((slab << GRANULES_PER_PAGE_SHIFT) >>> 0)) * GRANULE_BYTES) / bytes;
      assert(Number.isInteger(number) && number < carved, `free block ${block} was cut from slab ${slab}`);
      this.cover(handle, bytes);
      block = arena.view(handle).getUint32(arena.offset(handle), true);
    }
    const live = this.livePerRun[slab] ?? 0;
    assert(state >>> 16 === capacity - carved + listed, `slab ${slab} counts its free blocks`);
    assert(live + listed === carved, `slab ${slab}: ${carved} blocks cut, ${live} live, ${listed} free: some are lost`);
  }

  private partialSlabs(sizeClass: number): number {
    const { pages } = this.allocator;
    let count = 0;
    let previous = 0;
    let slab = this.control.getUint32(AT_CLASSES + sizeClass * CLASS_STRIDE + CLASS_PARTIAL, true);
    for (; slab !== 0; count++) {
      assert(pages.word(slab, 0) === (PAGE_SLAB | (sizeClass << 8)), `slab ${slab} is of class ${sizeClass}`);
      assert(pages.word(slab, 3) === previous, `slab ${slab} links back`);
      assert(pages.word(slab + 1, 3) >>> 16 > 0, `slab ${slab} has room`);
      previous = slab;
      slab = pages.word(slab, 2);
    }
    return count;
  }

  private cover(handle: Handle, bytes: number): void {
    const { covered } = this;
    for (let granule: number = handle; granule < handle + bytes / GRANULE_BYTES; granule++) {
      const word = granule >>> 5;
      const bit = 1 << (granule & 31);
      const before = covered[word] ?? 0;
      assert((before & bit) === 0, `block ${handle} of ${bytes} bytes overlaps another at granule ${granule}`);
      covered[word] = before | bit;
    }
  }
}
