import type { Simulator } from './simulator.ts';

const NONE = -1;

/**
 * Least frequently used, exact, over the time that an object is in the cache; of those used equally often, the one that has been so for
 * longest.
 */
export class LfuSimulator implements Simulator {
  readonly name = 'LFU';
  private readonly capacity: number;
  private readonly sizes: Float64Array;
  /** 0: not in the cache. */
  private readonly uses: Uint32Array;
  private readonly older: Int32Array;
  private readonly newer: Int32Array;
  /** The ends of the list of objects with so many uses. */
  private oldest = new Int32Array(64).fill(NONE);
  private newest = new Int32Array(64).fill(NONE);
  private bytes = 0;
  /** No object has fewer. */
  private least = 1;

  constructor(capacityBytes: number, objects: number) {
    this.capacity = capacityBytes;
    this.sizes = new Float64Array(objects);
    this.uses = new Uint32Array(objects);
    this.older = new Int32Array(objects).fill(NONE);
    this.newer = new Int32Array(objects).fill(NONE);
  }

  access(object: number, bytes: number): boolean {
    const uses = this.uses[object] ?? 0;
    if (uses > 0) {
      this.unlink(object, uses);
      this.link(object, uses + 1);
      return true;
    }
    if (bytes > this.capacity) return false;
    while (this.bytes + bytes > this.capacity) this.evict();
    this.sizes[object] = bytes;
    this.bytes += bytes;
    this.link(object, 1);
    this.least = 1;
    return false;
  }

  private evict(): void {
    while (this.oldest[this.least] === NONE) this.least++;
    const object = this.oldest[this.least] ?? NONE;
    this.unlink(object, this.least);
    this.uses[object] = 0;
    this.bytes -= this.sizes[object] ?? 0;
  }

  private link(object: number, uses: number): void {
    if (uses >= this.oldest.length) this.grow();
    const last = this.newest[uses] ?? NONE;
    this.older[object] = last;
    this.newer[object] = NONE;
    if (last === NONE) this.oldest[uses] = object;
    else this.newer[last] = object;
    this.newest[uses] = object;
    this.uses[object] = uses;
  }

  private unlink(object: number, uses: number): void {
    const older = this.older[object] ?? NONE;
    const newer = this.newer[object] ?? NONE;
    if (older === NONE) this.oldest[uses] = newer;
    else this.newer[older] = newer;
    if (newer === NONE) this.newest[uses] = older;
    else this.older[newer] = older;
  }

  private grow(): void {
    const { newest, oldest } = this;
    this.oldest = new Int32Array(oldest.length * 2).fill(NONE);
    this.newest = new Int32Array(newest.length * 2).fill(NONE);
    this.oldest.set(oldest);
    this.newest.set(newest);
  }
}
