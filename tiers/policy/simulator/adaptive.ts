import { GHOST_SHARE_OF_HOT, LEAST_SMALL, MOST_SMALL, MOVING_SHARE, STEP_OBJECTS, YOUNG_SHARE } from '../adaptive.ts';
import { FILL_SHARE } from '../placer.ts';
import { MAX_FREQUENCY } from '../s3-fifo.ts';
import { ObjectList } from './object-list.ts';
import type { Simulator } from './simulator.ts';

/** What {@link AdaptiveSimulator} can be asked to do differently from the live policy, for measuring. */
export interface AdaptiveOptions {
  /** Part of the capacity that is filled by way of MAIN. */
  readonly fillShare?: number;
  /** 0: SMALL stays as it is. */
  readonly step?: number;
  /** Part of SMALL from which on MAIN counts one hit only. */
  readonly movingShare?: number;
  /** What the shares of SMALL and of the ghosts are parts of: of all hot objects, as in the live policy, or of their bytes. */
  readonly counts?: 'objects' | 'bytes';
}

/** The default policy (adaptive.ts) on objects of any size, with exact queues for its ghosts; the twin of the live one. */
export class AdaptiveSimulator implements Simulator {
  readonly name = 'adaptive';
  /** Part of what is hot that SMALL may hold now. */
  smallShare = LEAST_SMALL;
  private readonly capacity: number;
  private readonly fillTarget: number;
  private readonly step: number;
  private readonly moving: number;
  private readonly byBytes: boolean;
  private readonly small: ObjectList;
  private readonly main: ObjectList;
  private readonly smallGhosts: ObjectList;
  private readonly mainGhosts: ObjectList;
  private readonly frequency: Uint8Array;
  /** What was evicted from SMALL until the object was. */
  private readonly evictedAt: Float64Array;
  private evicted = 0;
  private filling = true;

  constructor(capacityBytes: number, objects: number, options: AdaptiveOptions = {}) {
    this.capacity = capacityBytes;
    this.fillTarget = capacityBytes * (options.fillShare ?? FILL_SHARE);
    this.step = options.step ?? STEP_OBJECTS;
    this.moving = options.movingShare ?? MOVING_SHARE;
    this.byBytes = options.counts === 'bytes';
    this.small = new ObjectList(objects);
    this.main = new ObjectList(objects);
    this.smallGhosts = new ObjectList(objects);
    this.mainGhosts = new ObjectList(objects);
    this.frequency = new Uint8Array(objects);
    this.evictedAt = new Float64Array(objects);
  }

  access(object: number, bytes: number): boolean {
    const { small, main, frequency, capacity } = this;
    if (small.has(object) || main.has(object)) {
      frequency[object] = Math.min(MAX_FREQUENCY, (frequency[object] ?? 0) + 1);
      return true;
    }
    if (bytes > capacity) return false;
    if (small.bytes + main.bytes > this.fillTarget) this.filling = false;
    const queue = this.filling || this.returns(object, bytes) ? main : small;
    while (small.bytes + main.bytes + bytes > capacity) {
      this.filling = false;
      const allowed = this.weightOfHot * (1 - this.smallShare);
      if (small.length === 0 || (main.length > 0 && this.weightOf(main) > allowed)) this.judgeMain();
      else this.judgeSmall();
    }
    queue.push(object, bytes);
    frequency[object] = 0;
    return false;
  }

  private weightOf(list: ObjectList): number {
    return this.byBytes ? list.bytes : list.length;
  }

  private get weightOfHot(): number {
    return this.byBytes ? this.capacity : this.small.length + this.main.length;
  }

  /** Whether an object that comes back goes to MAIN; what it says about the size of SMALL is heeded. */
  private returns(object: number, bytes: number): boolean {
    const { smallGhosts, mainGhosts } = this;
    const weight = this.byBytes ? bytes : 1;
    if (smallGhosts.has(object)) {
      smallGhosts.remove(object);
      const age = this.evicted - (this.evictedAt[object] ?? 0);
      if (age <= this.weightOfHot * YOUNG_SHARE) this.resize(weight);
      return true;
    }
    if (!mainGhosts.has(object)) return false;
    mainGhosts.remove(object);
    const moving = this.smallShare > this.moving;
    this.resize(-weight);
    return moving;
  }

  private resize(weight: number): void {
    const share = this.smallShare + (weight * this.step) / this.weightOfHot;
    this.smallShare = Math.min(MOST_SMALL, Math.max(LEAST_SMALL, share));
  }

  private judgeSmall(): void {
    const { small, main, frequency } = this;
    const object = small.oldest;
    const bytes = small.sizeOf(object);
    small.remove(object);
    if (frequency[object] === 0) {
      this.evicted += this.byBytes ? bytes : 1;
      this.evictedAt[object] = this.evicted;
      this.remember(this.smallGhosts, object, bytes, GHOST_SHARE_OF_HOT);
      return;
    }
    frequency[object] = 0;
    main.push(object, bytes);
  }

  private judgeMain(): void {
    const { main, frequency } = this;
    const object = main.oldest;
    const bytes = main.sizeOf(object);
    const used = frequency[object] ?? 0;
    main.remove(object);
    if (used === 0) {
      this.remember(this.mainGhosts, object, bytes, YOUNG_SHARE);
      return;
    }
    frequency[object] = this.smallShare > this.moving ? 0 : used - 1;
    main.push(object, bytes);
  }

  private remember(ghosts: ObjectList, object: number, bytes: number, share: number): void {
    ghosts.push(object, bytes);
    while (ghosts.length > 0 && this.weightOf(ghosts) > this.weightOfHot * share) ghosts.remove(ghosts.oldest);
  }
}
