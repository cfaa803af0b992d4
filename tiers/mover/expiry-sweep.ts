import { assert } from '../base/assert.ts';
import { ENTRY_BYTES, SLOTS } from '../base/limits.ts';
import { ENTRY_EXPIRES, STATE_COLD, STATE_MASK } from '../index/layout.ts';
import { isKeyEntry } from '../index/slot-index.ts';
import { COUNT_EXPIRES, SlotTables, TABLE_USED } from '../index/slot-tables.ts';
import type { StoreView } from '../index/store-view.ts';
import { asHandle } from '../memory/handle.ts';
import { objectExpiry, objectKeyAt, objectKeyLength } from '../memory/object.ts';
import type { MoverFigures } from './figures.ts';
import { dropCold } from './transitions.ts';

/** A cold key whose name is being read is looked at again after this. */
const LOOK_AGAIN_MS = 1000;

/**
 * Removes expired keys that nobody looks up. Each slot remembers the earliest moment at which something in it can expire, so a round
 * touches only slots with work to do. Cold keys are left to `onCold`, which reads their names and deletes their records (cold-expiry.ts); where
 * nobody does, they are dropped from the index without a look at the disk.
 */
export class ExpirySweep {
  enabled = true;
  private readonly store: StoreView;
  private readonly figures: MoverFigures;
  /** Told of a slot with a cold key that is due, under its lock: whether somebody removes that key, with its record, when its name is known. */
  onCold: ((slotAt: number) => boolean) | undefined;
  private table = 0;
  private slot = 0;

  constructor(store: StoreView, figures: MoverFigures) {
    this.store = store;
    this.figures = figures;
  }

  /** Works for at most `budgetMs`, going on where the last call stopped; at most one round over all slots. */
  run(nowMs: number, budgetMs: number): void {
    const { tables, exclusive } = this.store;
    if (!this.enabled) return;
    const until = performance.now() + budgetMs;
    const nowSeconds = Math.floor(nowMs / 1000);
    exclusive.enter();
    try {
      for (let visited = 0; visited < tables.tables; ) {
        if (
          this.slot === 0 &&
          (tables.tableState(this.table) !== TABLE_USED || tables.total(this.table, COUNT_EXPIRES) <= 0)
        ) {
          this.nextTable();
          visited++;
          continue;
        }
        const slotAt = SlotTables.at(this.table, this.slot);
        if (tables.slotCount(slotAt, COUNT_EXPIRES) > 0 && tables.earliestExpiry(slotAt) <= nowSeconds) {
          this.sweepSlot(slotAt, nowMs);
        }
        if (++this.slot === SLOTS) {
          this.nextTable();
          visited++;
        }
        if ((this.slot & 63) === 0 && (performance.now() > until || exclusive.wanted)) return;
      }
    } finally {
      exclusive.leave();
    }
  }

  private nextTable(): void {
    this.slot = 0;
    this.table = (this.table + 1) % this.store.tables.tables;
  }

  private sweepSlot(slotAt: number, nowMs: number): void {
    const { tables, index } = this.store;
    tables.lock(slotAt);
    let earliest = Number.POSITIVE_INFINITY;
    let position = 0;
    while (position < 2 ** 32 && index.walk(slotAt, position)) {
      const expiry = this.sweepPage(slotAt, position, nowMs);
      // Something was removed: entries have moved, the page is looked at again.
      if (expiry < 0) continue;
      earliest = Math.min(earliest, expiry);
      position = index.nextPagePosition(position);
    }
    tables.setEarliestExpiry(
      slotAt,
      earliest === Number.POSITIVE_INFINITY ? 0 : Math.max(1, Math.floor(earliest / 1000)),
    );
    tables.unlock(slotAt);
  }

  /** Removes the first expired key of a page and answers -1, or the earliest expiry of those that stay. */
  private sweepPage(slotAt: number, position: number, nowMs: number): number {
    const { index, arena, hasher } = this.store;
    const { view } = index;
    let earliest = Number.POSITIVE_INFINITY;
    for (let at = index.firstEntry; at < index.endOfPage; at += ENTRY_BYTES) {
      const word1 = view.getUint32(at + 4, true);
      if (!isKeyEntry(word1) || (word1 & ENTRY_EXPIRES) === 0) continue;
      const cold = (word1 & STATE_MASK) === STATE_COLD;
      const handle = asHandle(view.getUint32(at, true));
      const expiry = cold ? index.expiryAfter(view, at) : objectExpiry(arena.view(handle), arena.offset(handle));
      if (expiry > nowMs) {
        earliest = Math.min(earliest, expiry);
        continue;
      }
      if (cold && this.onCold?.(slotAt) === true) {
        earliest = Math.min(earliest, nowMs + LOOK_AGAIN_MS);
        continue;
      }
      index.goTo(slotAt, position, at);
      if (cold) dropCold(this.store, slotAt, position);
      else {
        const object = arena.view(handle);
        const objectAt = arena.offset(handle);
        const keyAt = objectKeyAt(object, objectAt);
        hasher.hash(object, keyAt, objectKeyLength(object, objectAt));
        this.store.onGone?.('expired', slotAt, object, keyAt, objectKeyLength(object, objectAt));
        const removed = this.store.removeKey(slotAt, hasher.position, object, keyAt, objectKeyLength(object, objectAt));
        assert(removed, 'the mover has memory in reserve for a tombstone');
      }
      this.figures.expiredKeys++;
      return -1;
    }
    return earliest;
  }
}
