import { assert } from '../../tiers/base/assert.ts';
import type { StoreView } from '../../tiers/index/store-view.ts';

/** So long a script waits for the slot of a key that it did not declare, when it has changed something already. */
const OUT_OF_ORDER_MS = 1000;

/**
 * The slots that the running command has locked. Locks are taken in ascending order of slot header offsets, that is of (table, slot): the one
 * order in the whole server, so commands never deadlock.
 */
export class SlotLocks {
  /** No other thread is active: slots need no locks. */
  alone = false;
  private readonly store: Pick<StoreView, 'tables' | 'outOfOrder'>;
  /** Offsets of the slot headers to lock, or locked, in ascending order. */
  private readonly order: number[] = [];
  /** Offset of the only slot header locked (-1: none, or several), or how many entries of `order` are locked. */
  private lockedOne = -1;
  private lockedMany = 0;

  constructor(store: Pick<StoreView, 'tables' | 'outOfOrder'>) {
    this.store = store;
  }

  get areFree(): boolean {
    return this.lockedOne < 0 && this.lockedMany === 0;
  }

  /** Locks a single slot. */
  lockOne(slotAt: number): void {
    this.store.tables.lock(slotAt);
    this.lockedOne = slotAt;
  }

  /** Begins a list of slots to lock: to be filled, and given to `lockAll`. */
  list(): number[] {
    assert(this.areFree, 'the last command released its keys');
    this.order.length = 0;
    return this.order;
  }

  /** Locks all slots of the list. */
  lockAll(): void {
    if (this.alone) return;
    this.order.sort(ascending);
    while (!this.lockInOrder()) {
      this.unlock();
      this.store.outOfOrder.wait();
    }
  }

  /** Locks all of `order`; false when a script that cannot keep the order should go first. */
  private lockInOrder(): boolean {
    const { outOfOrder, tables } = this.store;
    let last = -1;
    for (const slotAt of this.order) {
      if (slotAt !== last) {
        if (last === -1) tables.lock(slotAt);
        else if (!tables.tryLock(slotAt) && !tables.lockUnless(slotAt, () => outOfOrder.wanted)) return false;
      }
      last = slotAt;
      this.lockedMany++;
    }
    return true;
  }

  /**
   * Locks more slots, in whatever order they come: see OutOfOrder. False when somebody who cannot let go holds one for too long.
   */
  lockMore(slots: Iterable<number>): boolean {
    const { outOfOrder, tables } = this.store;
    const { order } = this;
    outOfOrder.begin();
    try {
      const until = performance.now() + OUT_OF_ORDER_MS;
      for (const slotAt of slots) {
        if (this.holds(slotAt)) continue;
        if (!tables.lockUnless(slotAt, () => performance.now() > until)) return false;
        order[this.lockedMany++] = slotAt;
        order.length = this.lockedMany;
      }
      return true;
    } finally {
      outOfOrder.end();
    }
  }

  /** Whether the running command, or what it belongs to, has locked the slot. */
  holds(slotAt: number): boolean {
    if (this.alone || this.lockedOne === slotAt) return true;
    const { order } = this;
    for (let n = 0; n < this.lockedMany; n++) if (order[n] === slotAt) return true;
    return false;
  }

  unlock(): void {
    const { tables } = this.store;
    if (this.lockedOne >= 0) {
      tables.unlock(this.lockedOne);
      this.lockedOne = -1;
    }
    if (this.lockedMany === 0) return;
    let last = -1;
    for (let i = 0; i < this.lockedMany; i++) {
      const slotAt = this.order[i] ?? -1;
      if (slotAt !== last) tables.unlock(slotAt);
      last = slotAt;
    }
    this.lockedMany = 0;
  }
}

function ascending(a: number, b: number): number {
  return a - b;
}
