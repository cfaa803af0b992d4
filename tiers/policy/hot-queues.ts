import { assert } from '../base/assert.ts';
import { MAX_THREADS } from '../base/limits.ts';
import { asHandle, type Handle, NULL_HANDLE } from '../memory/handle.ts';
import { lockWord, unlockWord } from '../memory/mutex.ts';
import type { SharedMemory } from '../memory/shared-memory.ts';

/**
 * The hot tier's FIFO queues in shared memory: SMALL, where objects begin, and MAIN. Each is a list of chunks of handles; every
 * thread fills a chunk of its own per queue, so adding takes no lock and no atomic read-modify-write; order is first in, first
 * out to within the chunks that are open at one time. One thread (the mover) takes objects out at the front.
 *
 * An object knows its place (`OBJECT_QUEUE` = chunk << 10 | word), so whoever frees it empties that place: a handle found in a
 * queue is always a live object, seen from under the lock of its slot.
 *
 *   header   0 lock | 4 free chunks | 8 frontier chunk | 12 first chunk SMALL | 16 last SMALL | 20 first MAIN | 24 last MAIN
 *            64: thread x 64 bytes: 2 queues x (added f64, removed f64)
 *   chunk    4096 bytes: next u32 | filled words u32 | taken words u32 | queue u32 | 1020 handles
 *
 * Written by: `filled` and the handles by the chunk's owner; `taken` by the mover; a handle is set to 0 or replaced under the
 * lock of its object's slot; links and the free list under the lock.
 */
export const QUEUE_SMALL = 0;
export const QUEUE_MAIN = 1;
const AT_LOCK = 0;
const AT_FREE = 4;
const AT_FRONTIER = 8;
const AT_FIRST = 12;
const AT_THREADS = 64;
const THREAD_BYTES = 64;
const CHUNK_SHIFT = 12;
const CHUNK_BYTES = 1 << CHUNK_SHIFT;
const CHUNK_WORDS = CHUNK_BYTES / 4;
const CHUNK_NEXT = 0;
const CHUNK_FILLED = 4;
const CHUNK_TAKEN = 8;
const CHUNK_QUEUE = 12;
const FIRST_WORD = 4;
/** Handles that a chunk holds. */
export const CHUNK_OBJECTS = CHUNK_WORDS - FIRST_WORD;
const FIRST_CHUNK = Math.ceil((AT_THREADS + MAX_THREADS * THREAD_BYTES) / CHUNK_BYTES);

/** Bytes to reserve for the queues of an arena: room for objects of 48 bytes on average, and for open and sparse chunks. */
export function queuesBytesFor(arenaBytes: number): number {
  return Math.min(2 ** 31 - CHUNK_BYTES, Math.ceil(arenaBytes / 48 / 1000) * CHUNK_BYTES + 1024 * CHUNK_BYTES);
}

export class HotQueues {
  private readonly view: DataView;
  private readonly words: Int32Array;
  private readonly mine: number;
  private readonly open: [number, number] = [0, 0];

  constructor(memory: SharedMemory, thread: number) {
    this.view = new DataView(memory.queues);
    this.words = new Int32Array(memory.queues);
    this.mine = AT_THREADS + thread * THREAD_BYTES;
  }

  /** Appends an object; answers its place, for the object's queue field. Needs the lock of the object's slot. */
  add(queue: number, handle: Handle): number {
    const mine = queue === QUEUE_SMALL ? 0 : 1;
    const chunk = this.open[mine] || this.openChunk(queue);
    const at = chunk * CHUNK_BYTES;
    const filled = this.view.getUint32(at + CHUNK_FILLED, true);
    this.view.setUint32(at + filled * 4, handle, true);
    // A full chunk is forgotten before it is published as full: the mover may drop it, and another thread open it again.
    this.open[mine] = filled + 1 === CHUNK_WORDS ? 0 : chunk;
    // Published after the handle: the mover reads `filled` first.
    Atomics.store(this.words, (at + CHUNK_FILLED) >> 2, filled + 1);
    this.bump(queue, 0);
    return ((chunk << 10) | filled) >>> 0;
  }

  /** Takes an object out of its place: it is being freed or queued elsewhere. Needs the lock of the object's slot. */
  remove(place: number): void {
    if (place === 0) return;
    const chunkAt = (place >>> 10) * CHUNK_BYTES;
    // Read first: once its last place is empty the mover may drop the chunk, and a thread open it for the other queue.
    const queue = this.view.getUint32(chunkAt + CHUNK_QUEUE, true);
    this.view.setUint32(chunkAt + (place & 1023) * 4, 0, true);
    this.bump(queue, 8);
  }

  /** The object moved to another block. Needs the lock of the object's slot. */
  replace(place: number, handle: Handle): void {
    if (place !== 0) this.view.setUint32((place >>> 10) * CHUNK_BYTES + (place & 1023) * 4, handle, true);
  }

  /** The handle at a place; to be checked again under the slot's lock before it is trusted. */
  at(place: number): Handle {
    return asHandle(this.view.getUint32((place >>> 10) * CHUNK_BYTES + (place & 1023) * 4, true));
  }

  queueOf(place: number): number {
    return this.view.getUint32((place >>> 10) * CHUNK_BYTES + CHUNK_QUEUE, true);
  }

  /** Objects in a queue, over all threads. */
  length(queue: number): number {
    let sum = 0;
    for (let thread = 0; thread < MAX_THREADS; thread++) {
      const at = AT_THREADS + thread * THREAD_BYTES + queue * 16;
      sum += this.view.getFloat64(at, true) - this.view.getFloat64(at + 8, true);
    }
    return sum;
  }

  /**
   * The next place at the front that holds an object, or 0 when the queue is empty. Only the mover calls it. The object stays in its
   * place until the mover, holding its slot's lock, removes it or leaves it to be found no more: every place taken must be
   * settled (removed) before the next call.
   */
  take(queue: number): number {
    const { view } = this;
    let previous = 0;
    let chunk = view.getUint32(AT_FIRST + queue * 8, true);
    while (chunk !== 0) {
      const at = chunk * CHUNK_BYTES;
      const filled = Atomics.load(this.words, (at + CHUNK_FILLED) >> 2);
      let taken = view.getUint32(at + CHUNK_TAKEN, true);
      while (taken < filled) {
        const word = taken++;
        if (view.getUint32(at + word * 4, true) !== NULL_HANDLE) {
          view.setUint32(at + CHUNK_TAKEN, taken, true);
          return ((chunk << 10) | word) >>> 0;
        }
      }
      view.setUint32(at + CHUNK_TAKEN, taken, true);
      const next = Atomics.load(this.words, (at + CHUNK_NEXT) >> 2);
      if (taken === CHUNK_WORDS) this.drop(queue, previous, chunk);
      else previous = chunk;
      chunk = next;
    }
    return 0;
  }

  /**
   * Drops the full chunks of which nothing lives any more, wherever they stand: where keys come and go without the memory ever being
   * short nobody takes from the front. Only the mover calls it. Answers the chunks left.
   */
  sweep(queue: number): number {
    const { view } = this;
    let left = 0;
    let previous = 0;
    for (let chunk = view.getUint32(AT_FIRST + queue * 8, true); chunk !== 0; ) {
      const at = chunk * CHUNK_BYTES;
      const next = Atomics.load(this.words, (at + CHUNK_NEXT) >> 2);
      let word = Atomics.load(this.words, (at + CHUNK_FILLED) >> 2) === CHUNK_WORDS ? FIRST_WORD : CHUNK_WORDS + 1;
      while (word < CHUNK_WORDS && view.getUint32(at + word * 4, true) === NULL_HANDLE) word++;
      if (word === CHUNK_WORDS) this.drop(queue, previous, chunk);
      else {
        previous = chunk;
        left++;
      }
      chunk = next;
    }
    return left;
  }

  /** The chunks in use, in no particular order: see `handlesOf`. */
  chunkList(): number[] {
    const list: number[] = [];
    for (let queue = 0; queue < 2; queue++) {
      for (let chunk = this.view.getUint32(AT_FIRST + queue * 8, true); chunk !== 0; ) {
        list.push(chunk);
        chunk = Atomics.load(this.words, (chunk * CHUNK_BYTES + CHUNK_NEXT) >> 2);
      }
    }
    return list;
  }

  /** Places and handles of a chunk, which may have been dropped and opened again since: to be checked under the slot's lock, as for `at`. */
  handlesOf(chunk: number, each: (place: number, handle: Handle) => void): void {
    const at = chunk * CHUNK_BYTES;
    const filled = Atomics.load(this.words, (at + CHUNK_FILLED) >> 2);
    for (let word = FIRST_WORD; word < filled; word++) {
      const handle = asHandle(this.view.getUint32(at + word * 4, true));
      if (handle !== NULL_HANDLE) each(((chunk << 10) | word) >>> 0, handle);
    }
  }

  /** Number of chunks in use, for the decision to compact. */
  chunks(): number {
    let count = 0;
    for (let queue = 0; queue < 2; queue++) {
      for (let chunk = this.view.getUint32(AT_FIRST + queue * 8, true); chunk !== 0; count++) {
        chunk = Atomics.load(this.words, (chunk * CHUNK_BYTES + CHUNK_NEXT) >> 2);
      }
    }
    return count;
  }

  /** Every object in a queue, first in first (verification); `passed` says that `take` will not come back to the place. */
  visit(queue: number, each: (place: number, handle: Handle, passed: boolean) => void): void {
    const { view } = this;
    for (let chunk = view.getUint32(AT_FIRST + queue * 8, true); chunk !== 0; ) {
      const at = chunk * CHUNK_BYTES;
      const filled = Atomics.load(this.words, (at + CHUNK_FILLED) >> 2);
      const taken = view.getUint32(at + CHUNK_TAKEN, true);
      for (let word = FIRST_WORD; word < filled; word++) {
        const handle = asHandle(view.getUint32(at + word * 4, true));
        if (handle !== NULL_HANDLE) each(((chunk << 10) | word) >>> 0, handle, word < taken);
      }
      chunk = Atomics.load(this.words, (at + CHUNK_NEXT) >> 2);
    }
  }

  private bump(queue: number, field: number): void {
    const at = this.mine + queue * 16 + field;
    this.view.setFloat64(at, this.view.getFloat64(at, true) + 1, true);
  }

  private openChunk(queue: number): number {
    const { view } = this;
    lockWord(this.words, AT_LOCK >> 2);
    try {
      let chunk = view.getUint32(AT_FREE, true);
      if (chunk !== 0) view.setUint32(AT_FREE, view.getUint32(chunk * CHUNK_BYTES + CHUNK_NEXT, true), true);
      else {
        chunk = view.getUint32(AT_FRONTIER, true) || FIRST_CHUNK;
        assert((chunk + 1) * CHUNK_BYTES <= view.byteLength, 'the hot queues have room for every object of the arena');
        view.setUint32(AT_FRONTIER, chunk + 1, true);
      }
      const at = chunk * CHUNK_BYTES;
      view.setUint32(at + CHUNK_NEXT, 0, true);
      view.setUint32(at + CHUNK_FILLED, FIRST_WORD, true);
      view.setUint32(at + CHUNK_TAKEN, FIRST_WORD, true);
      view.setUint32(at + CHUNK_QUEUE, queue, true);
      const firstAt = AT_FIRST + queue * 8;
      const last = view.getUint32(firstAt + 4, true);
      if (last === 0) view.setUint32(firstAt, chunk, true);
      else Atomics.store(this.words, (last * CHUNK_BYTES + CHUNK_NEXT) >> 2, chunk);
      view.setUint32(firstAt + 4, chunk, true);
      return chunk;
    } finally {
      unlockWord(this.words, AT_LOCK >> 2);
    }
  }

  /** Unlinks a chunk whose every place was taken. */
  private drop(queue: number, previous: number, chunk: number): void {
    const { view } = this;
    lockWord(this.words, AT_LOCK >> 2);
    try {
      const at = chunk * CHUNK_BYTES;
      const firstAt = AT_FIRST + queue * 8;
      const next = view.getUint32(at + CHUNK_NEXT, true);
      if (previous === 0) view.setUint32(firstAt, next, true);
      else Atomics.store(this.words, (previous * CHUNK_BYTES + CHUNK_NEXT) >> 2, next);
      if (next === 0) view.setUint32(firstAt + 4, previous, true);
      view.setUint32(at + CHUNK_NEXT, view.getUint32(AT_FREE, true), true);
      view.setUint32(AT_FREE, chunk, true);
    } finally {
      unlockWord(this.words, AT_LOCK >> 2);
    }
  }
}
