import { PAGE_BYTES } from '../base/limits.ts';
import { AT_COMMITTED_PAGES, AT_PRESSURE, AT_THREADS, THREAD_STRIDE, THREAD_TOTAL } from '../memory/layout.ts';
import type { SharedMemory } from '../memory/shared-memory.ts';

/** Writers go on; writers wait for the mover; the mover found nothing to free; it cannot write what it would free. */
export const PRESSURE_NONE = 0;
export const PRESSURE_SLOW = 1;
export const PRESSURE_STUCK = 2;
export const PRESSURE_FAILED = 3;

/** Where the mover begins to free memory, and where it stops, in used bytes. */
export interface MemoryMarks {
  /** Kept free for the mover to work in: 1/32 of maxmemory, 64 KiB to 64 MiB. */
  readonly bandBytes: number;
  readonly highWaterBytes: number;
  readonly lowWaterBytes: number;
}

/** The marks of a `maxmemory` of so many bytes. */
export function memoryMarks(maxBytes: number): MemoryMarks {
  const bandBytes = Math.min(64 * 2 ** 20, Math.max(64 * 1024, maxBytes / 32));
  const highWaterBytes = maxBytes - bandBytes;
  return { bandBytes, highWaterBytes, lowWaterBytes: highWaterBytes - bandBytes / 8 };
}

/**
 * How full the hot tier is: the sum of the threads' own counts of used bytes. Free blocks in slabs do not count, although the arena cannot
 * give them to blocks of other sizes: while they did, one burst that filled the arena made the mover evict until whole slabs were
 * empty, which was most of what was hot (measured: 236 000 of 275 000 objects). Who cannot get a block asks for it: `Mover.freeFor`.
 */
export class MemoryPressure {
  private readonly control: DataView;
  private readonly words: Int32Array;
  private readonly threads: number;
  private maxBytes = 0;
  private marks: MemoryMarks = memoryMarks(0);

  /** `threads`: how many thread numbers are in use. */
  constructor(memory: SharedMemory, threads: number) {
    this.control = new DataView(memory.control);
    this.words = new Int32Array(memory.control);
    this.threads = threads;
  }

  /** maxmemory in bytes, 0 for no bound. */
  setMax(bytes: number): void {
    this.maxBytes = bytes;
    this.marks = memoryMarks(bytes);
  }

  get max(): number {
    return this.maxBytes;
  }

  /** Above this the mover begins to free memory, down to a little below; at `max` writers wait. */
  get highWater(): number {
    return this.marks.highWaterBytes;
  }

  get lowWater(): number {
    return this.marks.lowWaterBytes;
  }

  /** Bytes below `max` in which writers become slower and slower: see threads/front-end/write-pace.ts. */
  get slowSpan(): number {
    return this.marks.bandBytes * 0.75;
  }

  usedBytes(): number {
    let bytes = 0;
    for (let thread = 0; thread < this.threads; thread++) {
      bytes += this.control.getFloat64(AT_THREADS + thread * THREAD_STRIDE + THREAD_TOTAL, true);
    }
    return bytes;
  }

  committedBytes(): number {
    return this.control.getUint32(AT_COMMITTED_PAGES, true) * PAGE_BYTES;
  }

  get state(): number {
    return Atomics.load(this.words, AT_PRESSURE >> 2);
  }

  setState(state: number): void {
    Atomics.store(this.words, AT_PRESSURE >> 2, state);
  }
}
