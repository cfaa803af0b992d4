import { GRANULES_PER_PAGE_SHIFT, PAGE_BYTES } from '../base/limits.ts';
import type { Allocator } from './allocator.ts';
import type { Handle } from './handle.ts';
import { AT_CLASSES, CLASS_LOCK, CLASS_PARTIAL, CLASS_STRIDE } from './layout.ts';
import { lockWord, unlockWord } from './mutex.ts';
import { isClosed, PAGE_SLAB, setClosed } from './page-heap.ts';
import type { SharedMemory } from './shared-memory.ts';
import { CLASS_COUNT, slabCapacity, slabPages } from './size-classes.ts';

/** A slab that is fuller than this is worth no move. */
const FULL_SHARE = 0.75;

interface Slab {
  readonly slab: number;
  readonly free: number;
}

/**
 * Slabs that are to become empty. A closed slab is in no list: nobody gets a block of it, and when the last of its blocks is freed it goes back
 * to the page heap. Who knows what the blocks are moves them; what cannot be moved keeps its slab, which is opened again. One thread only.
 */
export class Evacuation {
  private readonly allocator: Allocator;
  private readonly control: DataView;
  private readonly words: Int32Array;
  private closed: [slab: number, sizeClass: number][] = [];

  constructor(memory: SharedMemory, allocator: Allocator) {
    this.allocator = allocator;
    this.control = new DataView(memory.control);
    this.words = new Int32Array(memory.control);
  }

  /**
   * Closes the emptiest slabs of each class, as many as the others have room for what lives there. Answers the bytes that there are to be won. A
   * class is locked while its list is walked: some 10 ns for each slab that has room.
   */
  close(): number {
    let bytes = 0;
    for (let sizeClass = 0; sizeClass < CLASS_COUNT; sizeClass++) {
      const classAt = this.lock(sizeClass);
      try {
        for (const { slab } of this.victims(sizeClass, classAt)) {
          this.allocator.unlinkPartial(slab, classAt);
          setClosed(this.allocator.pages, slab, true);
          this.closed.push([slab, sizeClass]);
          bytes += slabPages(sizeClass) * PAGE_BYTES;
        }
      } finally {
        this.unlock(classAt);
      }
    }
    return bytes;
  }

  /** Gives slabs that did not become empty back to their lists; answers the bytes of those that did. */
  open(): number {
    const { pages } = this.allocator;
    let bytes = 0;
    for (const [slab, sizeClass] of this.closed) {
      const classAt = this.lock(sizeClass);
      // A slab that was released is not closed any more, whoever has its pages now.
      const same = pages.word(slab, 0) === (PAGE_SLAB | (sizeClass << 8)) && pages.word(slab, 1) === slab;
      if (same && isClosed(pages, slab)) {
        setClosed(pages, slab, false);
        if (pages.word(slab + 1, 3) >>> 16 > 0) this.allocator.linkPartial(slab, classAt);
      } else bytes += slabPages(sizeClass) * PAGE_BYTES;
      this.unlock(classAt);
    }
    this.closed = [];
    return bytes;
  }

  /** Whether a block (or what was one) lies in a closed slab. */
  concerns(handle: Handle): boolean {
    const { pages } = this.allocator;
    const page = handle >>> GRANULES_PER_PAGE_SHIFT;
    return (pages.word(page, 0) & 0xff) === PAGE_SLAB && isClosed(pages, pages.word(page, 1));
  }

  private victims(sizeClass: number, classAt: number): readonly Slab[] {
    const { pages } = this.allocator;
    const capacity = slabCapacity(sizeClass);
    const partial: Slab[] = [];
    let room = 0;
    for (let slab = this.control.getUint32(classAt + CLASS_PARTIAL, true); slab !== 0; slab = pages.word(slab, 2)) {
      const free = pages.word(slab + 1, 3) >>> 16;
      if (free < capacity) partial.push({ slab, free });
      room += free;
    }
    partial.sort((one, other) => other.free - one.free);
    let moved = 0;
    let count = 0;
    for (const { free } of partial) {
      const live = capacity - free;
      // The room of a closed slab is none.
      if (live > capacity * FULL_SHARE || moved + live > room - free) break;
      room -= free;
      moved += live;
      count++;
    }
    return partial.slice(0, count);
  }

  private lock(sizeClass: number): number {
    const classAt = AT_CLASSES + sizeClass * CLASS_STRIDE;
    lockWord(this.words, (classAt + CLASS_LOCK) >> 2);
    return classAt;
  }

  private unlock(classAt: number): void {
    unlockWord(this.words, (classAt + CLASS_LOCK) >> 2);
  }
}
