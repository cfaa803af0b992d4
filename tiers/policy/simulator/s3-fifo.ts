import { SeededRandom } from '../random.ts';
import { MAX_FREQUENCY, MOVE_TO_MAIN_FREQUENCY, SMALL_SHARE } from '../s3-fifo.ts';
import { ObjectList } from './object-list.ts';
import type { Simulator } from './simulator.ts';

/** What {@link S3FifoSimulator} can be asked to do differently from the live policy, for measuring. */
export interface S3FifoOptions {
  /** Part of the capacity that SMALL may hold before it is evicted from first. */
  readonly smallShare?: number;
  /** Bytes of objects that the ghost queue remembers, as a part of the capacity. */
  readonly ghostShare?: number;
  /** Hits in SMALL that earn a place in MAIN. */
  readonly moveFrequency?: number;
  /** Part of the first reads that are let in once the cache is full. */
  readonly admissionShare?: number;
}

/**
 * S3-FIFO (Yang et al., SOSP 2023) on objects of any size; the twin of the live policy. Misses are exactly those of libCacheSim's
 * implementation: sizes are of objects only and stay as at insertion; objects larger than SMALL are never let in; the ghost
 * queue is bounded by the bytes of the objects it remembers; the frequency starts again at 0 in MAIN.
 */
export class S3FifoSimulator implements Simulator {
  readonly name = 'S3-FIFO';
  /** Objects brought in so far: what a tiered server pays promotions for. */
  promotions = 0;
  private readonly capacity: number;
  private readonly smallTarget: number;
  private readonly mainTarget: number;
  private readonly ghostTarget: number;
  private readonly moveFrequency: number;
  private readonly admissionShare: number;
  private readonly random = new SeededRandom(1);
  private readonly small: ObjectList;
  private readonly main: ObjectList;
  private readonly ghosts: ObjectList;
  private readonly frequency: Uint8Array;

  constructor(capacityBytes: number, objects: number, options: S3FifoOptions = {}) {
    const smallShare = options.smallShare ?? SMALL_SHARE;
    this.capacity = capacityBytes;
    this.smallTarget = Math.floor(capacityBytes * smallShare);
    this.mainTarget = capacityBytes - this.smallTarget;
    this.ghostTarget = Math.floor(capacityBytes * (options.ghostShare ?? 1 - SMALL_SHARE));
    this.moveFrequency = options.moveFrequency ?? MOVE_TO_MAIN_FREQUENCY;
    this.admissionShare = options.admissionShare ?? 1;
    this.small = new ObjectList(objects);
    this.main = new ObjectList(objects);
    this.ghosts = new ObjectList(objects);
    this.frequency = new Uint8Array(objects);
  }

  access(object: number, bytes: number): boolean {
    const { small, main, ghosts, frequency } = this;
    if (small.has(object) || main.has(object)) {
      frequency[object] = Math.min(MAX_FREQUENCY, (frequency[object] ?? 0) + 1);
      return true;
    }
    const remembered = ghosts.has(object);
    if (remembered) ghosts.remove(object);
    if (bytes > this.smallTarget) return false;
    const full = small.bytes + main.bytes + bytes > this.capacity;
    if (full && !remembered && this.random.fraction() >= this.admissionShare) {
      this.remember(object, bytes);
      return false;
    }
    this.promotions++;
    while (small.bytes + main.bytes + bytes > this.capacity) {
      if (main.bytes > this.mainTarget || small.bytes === 0) this.evictFromMain();
      else this.evictFromSmall();
    }
    (remembered ? main : small).push(object, bytes);
    frequency[object] = 0;
    return false;
  }

  /** Moves what was used often enough to MAIN, until one object has left. SMALL may be empty then, with nothing evicted. */
  private evictFromSmall(): void {
    const { small, main, frequency } = this;
    while (small.length > 0) {
      const object = small.oldest;
      const bytes = small.sizeOf(object);
      small.remove(object);
      if ((frequency[object] ?? 0) < this.moveFrequency) {
        this.remember(object, bytes);
        return;
      }
      frequency[object] = 0;
      main.push(object, bytes);
    }
  }

  private evictFromMain(): void {
    const { main, frequency } = this;
    while (main.length > 0) {
      const object = main.oldest;
      const bytes = main.sizeOf(object);
      const used = frequency[object] ?? 0;
      main.remove(object);
      if (used === 0) return;
      frequency[object] = used - 1;
      main.push(object, bytes);
    }
  }

  private remember(object: number, bytes: number): void {
    const { ghosts } = this;
    if (bytes > this.ghostTarget) return;
    while (ghosts.bytes + bytes > this.ghostTarget) ghosts.remove(ghosts.oldest);
    ghosts.push(object, bytes);
  }
}
