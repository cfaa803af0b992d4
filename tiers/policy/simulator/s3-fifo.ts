import { QUEUE_MAIN, QUEUE_SMALL } from '../hot-queues.ts';
import { SeededRandom } from '../random.ts';
import { MOVE_TO_MAIN_FREQUENCY, SMALL_SHARE } from '../s3-fifo.ts';
import { SimulatedHotTier } from './hot-tier.ts';
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
 * S3-FIFO (Yang et al., SOSP 2023) on objects of any size; the twin of the live policy. The ghost queue is bounded by the bytes of the objects it
 * remembers; the frequency starts again at 0 in MAIN.
 */
export class S3FifoTier extends SimulatedHotTier {
  readonly policy = 's3-fifo';
  smallTarget = 0;
  private mainTarget = 0;
  private ghostTarget = 0;
  private readonly smallShare: number;
  private readonly ghostShare: number;
  private readonly moveFrequency: number;
  private readonly ghosts: ObjectList;

  constructor(capacityBytes: number, objects: number, options: S3FifoOptions = {}) {
    super(objects);
    this.smallShare = options.smallShare ?? SMALL_SHARE;
    this.ghostShare = options.ghostShare ?? 1 - SMALL_SHARE;
    this.moveFrequency = options.moveFrequency ?? MOVE_TO_MAIN_FREQUENCY;
    this.ghosts = new ObjectList(objects);
    this.setCapacity(capacityBytes);
  }

  setCapacity(bytes: number): void {
    this.smallTarget = Math.floor(bytes * this.smallShare);
    this.mainTarget = bytes - this.smallTarget;
    this.ghostTarget = Math.floor(bytes * this.ghostShare);
  }

  placement(object: number, _bytes: number, asksGhosts: boolean): number {
    const { ghosts } = this;
    if (!asksGhosts || !ghosts.has(object)) return QUEUE_SMALL;
    ghosts.remove(object);
    return QUEUE_MAIN;
  }

  evict(): number {
    const { small, main } = this;
    while (small.length + main.length > 0) {
      const object = main.bytes > this.mainTarget || small.length === 0 ? this.judgeMain() : this.judgeSmall();
      if (object >= 0) return object;
    }
    return -1;
  }

  /** Makes an object a ghost. */
  remember(object: number, bytes: number): void {
    const { ghosts, ghostTarget } = this;
    if (bytes > ghostTarget) return;
    if (ghosts.has(object)) ghosts.remove(object);
    while (ghosts.bytes + bytes > ghostTarget) ghosts.remove(ghosts.oldest);
    ghosts.push(object, bytes);
  }

  /** Moves what was used often enough to MAIN, until one object has left. SMALL may be empty then, with nothing evicted. */
  private judgeSmall(): number {
    const { small, frequency } = this;
    while (small.length > 0) {
      const object = small.oldest;
      const bytes = small.sizeOf(object);
      small.remove(object);
      if ((frequency[object] ?? 0) < this.moveFrequency) {
        this.remember(object, bytes);
        return this.left(object, QUEUE_SMALL);
      }
      this.keep(object, bytes, 0);
    }
    return -1;
  }

  private judgeMain(): number {
    const { main, frequency } = this;
    while (main.length > 0) {
      const object = main.oldest;
      const bytes = main.sizeOf(object);
      const used = frequency[object] ?? 0;
      main.remove(object);
      if (used === 0) return this.left(object, QUEUE_MAIN);
      this.keep(object, bytes, used - 1);
    }
    return -1;
  }
}

/**
 * S3-FIFO in a cache of RAM alone. Misses are exactly those of libCacheSim's implementation: sizes are of objects only and stay as at
 * insertion; objects larger than SMALL are never let in.
 */
export class S3FifoSimulator implements Simulator {
  readonly name = 'S3-FIFO';
  /** Objects brought in so far: what a tiered server pays promotions for. */
  promotions = 0;
  private readonly capacity: number;
  private readonly admissionShare: number;
  private readonly random = new SeededRandom(1);
  private readonly tier: S3FifoTier;

  constructor(capacityBytes: number, objects: number, options: S3FifoOptions = {}) {
    this.capacity = capacityBytes;
    this.admissionShare = options.admissionShare ?? 1;
    this.tier = new S3FifoTier(capacityBytes, objects, options);
  }

  access(object: number, bytes: number): boolean {
    const { tier } = this;
    if (tier.has(object)) {
      tier.hit(object);
      return true;
    }
    const queue = tier.placement(object, bytes, true);
    if (bytes > tier.smallTarget) return false;
    const full = tier.bytes + bytes > this.capacity;
    if (full && queue === QUEUE_SMALL && this.random.fraction() >= this.admissionShare) {
      tier.remember(object, bytes);
      return false;
    }
    this.promotions++;
    while (tier.bytes + bytes > this.capacity) tier.evict();
    tier.add(object, bytes, queue);
    return false;
  }
}
