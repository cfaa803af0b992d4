import type { Allocator } from '../memory/allocator.ts';
import { asHandle, type Handle, NULL_HANDLE } from '../memory/handle.ts';
import { AT_GRAVE_COUNT, AT_GRAVE_LOCK, AT_GRAVES } from '../memory/layout.ts';
import { lockWord, unlockWord } from '../memory/mutex.ts';
import { OBJECT_QUEUE, objectType } from '../memory/object.ts';
import type { SharedMemory } from '../memory/shared-memory.ts';
import { freeSome } from './walk.ts';

/**
 * TREE objects that no entry refers to any more and that take long to free: a list through the field that held their place in the queues,
 * protected by its own lock, which nobody waits under. Any thread may bury, any may clear away.
 */
export class Graveyard {
  /** Objects that this thread has freed since somebody set it to 0. */
  freed = 0;
  private readonly allocator: Allocator;
  private readonly words: Int32Array;

  constructor(memory: SharedMemory, allocator: Allocator) {
    this.allocator = allocator;
    this.words = new Int32Array(memory.control);
  }

  get empty(): boolean {
    return Atomics.load(this.words, AT_GRAVES >> 2) === 0;
  }

  /** Objects that wait, over all threads. */
  get size(): number {
    return Atomics.load(this.words, AT_GRAVE_COUNT >> 2);
  }

  bury(handle: Handle): void {
    Atomics.add(this.words, AT_GRAVE_COUNT >> 2, 1);
    this.push(handle);
  }

  private push(handle: Handle): void {
    const { arena } = this.allocator;
    lockWord(this.words, AT_GRAVE_LOCK >> 2);
    arena.view(handle).setUint32(arena.offset(handle) + OBJECT_QUEUE, (this.words[AT_GRAVES >> 2] ?? 0) >>> 0, true);
    Atomics.store(this.words, AT_GRAVES >> 2, handle | 0);
    unlockWord(this.words, AT_GRAVE_LOCK >> 2);
  }

  /** Frees about `blocks` blocks; true when nothing is left that is not in another thread's hands. */
  clear(blocks: number): boolean {
    const { allocator } = this;
    let left = blocks;
    for (let handle = this.take(); handle !== NULL_HANDLE; handle = this.take()) {
      const view = allocator.arena.view(handle);
      const at = allocator.arena.offset(handle);
      const portion = Math.min(left, PORTION_BLOCKS);
      left -= portion;
      if (freeSome(allocator, view, at, portion)) {
        allocator.free(handle, objectType(view, at));
        this.freed++;
        Atomics.sub(this.words, AT_GRAVE_COUNT >> 2, 1);
      } else this.push(handle);
      if (left <= 0) return this.empty;
    }
    return true;
  }

  /** Calls `visit` for every object that waits; nobody else may be at work. */
  visit(visit: (handle: Handle) => void): void {
    const { arena } = this.allocator;
    let handle = asHandle((this.words[AT_GRAVES >> 2] ?? 0) >>> 0);
    while (handle !== NULL_HANDLE) {
      visit(handle);
      handle = asHandle(arena.view(handle).getUint32(arena.offset(handle) + OBJECT_QUEUE, true));
    }
  }

  private take(): Handle {
    const { arena } = this.allocator;
    lockWord(this.words, AT_GRAVE_LOCK >> 2);
    const handle = asHandle((this.words[AT_GRAVES >> 2] ?? 0) >>> 0);
    if (handle !== NULL_HANDLE) {
      Atomics.store(this.words, AT_GRAVES >> 2, arena.view(handle).getInt32(arena.offset(handle) + OBJECT_QUEUE, true));
    }
    unlockWord(this.words, AT_GRAVE_LOCK >> 2);
    return handle;
  }
}

/** Blocks of one object before the next one's turn. */
const PORTION_BLOCKS = 256;
