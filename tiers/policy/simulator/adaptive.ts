import { GHOST_SHARE_OF_HOT, LEAST_SMALL, MOST_SMALL, MOVING_SHARE, STEP_OBJECTS, YOUNG_SHARE } from '../adaptive.ts';
import { QUEUE_MAIN, QUEUE_SMALL } from '../hot-queues.ts';
import { FILL_SHARE } from '../placer.ts';
import { SimulatedHotTier } from './hot-tier.ts';
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
export class AdaptiveTier extends SimulatedHotTier {
  readonly policy = 'adaptive';
  /** Part of what is hot that SMALL may hold now. */
  smallShare = LEAST_SMALL;
  private capacity: number;
  private readonly fillShare: number;
  private readonly step: number;
  private readonly moving: number;
  private readonly byBytes: boolean;
  private readonly smallGhosts: ObjectList;
  private readonly mainGhosts: ObjectList;
  /** What was evicted from SMALL until the object was. */
  private readonly evictedAt: Float64Array;
  private evicted = 0;
  private filling = true;

  constructor(capacityBytes: number, objects: number, options: AdaptiveOptions = {}) {
    super(objects);
    this.capacity = capacityBytes;
    this.fillShare = options.fillShare ?? FILL_SHARE;
    this.step = options.step ?? STEP_OBJECTS;
    this.moving = options.movingShare ?? MOVING_SHARE;
    this.byBytes = options.counts === 'bytes';
    this.smallGhosts = new ObjectList(objects);
    this.mainGhosts = new ObjectList(objects);
    this.evictedAt = new Float64Array(objects);
  }

  setCapacity(bytes: number): void {
    this.capacity = bytes;
  }

  placement(object: number, bytes: number, asksGhosts: boolean): number {
    if (this.bytes > this.capacity * this.fillShare) this.filling = false;
    return this.filling || (asksGhosts && this.returns(object, bytes)) ? QUEUE_MAIN : QUEUE_SMALL;
  }

  evict(): number {
    const { small, main } = this;
    this.filling = false;
    while (small.length + main.length > 0) {
      const allowed = this.weightOfHot * (1 - this.smallShare);
      const object =
        small.length === 0 || (main.length > 0 && this.weightOf(main) > allowed) ? this.judgeMain() : this.judgeSmall();
      if (object >= 0) return object;
    }
    return -1;
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
      if (age <= this.weightOfHot * YOUNG_SHARE) this.adjust(weight);
      return true;
    }
    if (!mainGhosts.has(object)) return false;
    mainGhosts.remove(object);
    const moving = this.smallShare > this.moving;
    this.adjust(-weight);
    return moving;
  }

  private adjust(weight: number): void {
    const share = this.smallShare + (weight * this.step) / Math.max(1, this.weightOfHot);
    this.smallShare = Math.min(MOST_SMALL, Math.max(LEAST_SMALL, share));
  }

  private judgeSmall(): number {
    const { small, frequency } = this;
    const object = small.oldest;
    const bytes = small.sizeOf(object);
    small.remove(object);
    if (frequency[object] === 0) {
      this.evicted += this.byBytes ? bytes : 1;
      this.evictedAt[object] = this.evicted;
      this.remember(this.smallGhosts, object, bytes, GHOST_SHARE_OF_HOT);
      return this.left(object, QUEUE_SMALL);
    }
    this.keep(object, bytes, 0);
    return -1;
  }

  private judgeMain(): number {
    const { main, frequency } = this;
    const object = main.oldest;
    const bytes = main.sizeOf(object);
    const used = frequency[object] ?? 0;
    main.remove(object);
    if (used === 0) {
      this.remember(this.mainGhosts, object, bytes, YOUNG_SHARE);
      return this.left(object, QUEUE_MAIN);
    }
    this.keep(object, bytes, this.smallShare > this.moving ? 0 : used - 1);
    return -1;
  }

  private remember(ghosts: ObjectList, object: number, bytes: number, share: number): void {
    if (ghosts.has(object)) ghosts.remove(object);
    ghosts.push(object, bytes);
    while (ghosts.length > 0 && this.weightOf(ghosts) > this.weightOfHot * share) ghosts.remove(ghosts.oldest);
  }
}

/** The default policy in a cache of RAM alone. */
export class AdaptiveSimulator implements Simulator {
  readonly name = 'adaptive';
  private readonly capacity: number;
  private readonly tier: AdaptiveTier;

  constructor(capacityBytes: number, objects: number, options: AdaptiveOptions = {}) {
    this.capacity = capacityBytes;
    this.tier = new AdaptiveTier(capacityBytes, objects, options);
  }

  access(object: number, bytes: number): boolean {
    const { tier, capacity } = this;
    if (tier.has(object)) {
      tier.hit(object);
      return true;
    }
    if (bytes > capacity) return false;
    const queue = tier.placement(object, bytes, true);
    while (tier.bytes + bytes > capacity) tier.evict();
    tier.add(object, bytes, queue);
    return false;
  }
}
