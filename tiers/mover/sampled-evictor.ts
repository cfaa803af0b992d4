import { assert } from '../base/assert.ts';
import { ENTRY_BYTES, SLOTS } from '../base/limits.ts';
import { ENTRY_EXPIRES, ENTRY_TAG_SHIFT, STATE_HOT, STATE_MASK } from '../index/layout.ts';
import { COUNT_COLD, COUNT_EXPIRES, COUNT_KEYS, SlotTables, TABLE_USED } from '../index/slot-tables.ts';
import type { StoreView } from '../index/store-view.ts';
import { asHandle } from '../memory/handle.ts';
import { OBJECT_ACCESS, objectExpiry, objectKeyAt, objectKeyLength } from '../memory/object.ts';
import type { Relief } from '../policy/maxmemory-policy.ts';
import { SampledVictims } from '../policy/sampled-victims.ts';
import type { MoverFigures } from './figures.ts';

/** Keys that one victim is chosen from. Redis's default is 5, by a pool that outlives the draw. */
const SAMPLES = 10;

/**
 * Deletes hot keys in the orders that no queue keeps: random, nearest expiry, and least recently used among keys with an expiry
 * only. Runs on the mover's thread, between enter and leave of the exclusive lock.
 */
export class SampledEvictor {
  private readonly store: StoreView;
  private readonly figures: MoverFigures;
  private readonly victims = new SampledVictims(0x5eed);

  constructor(store: StoreView, figures: MoverFigures) {
    this.store = store;
    this.figures = figures;
  }

  /** Deletes one key; false when no key may be deleted. */
  step(relief: Relief): boolean {
    const table = this.drawTable(relief);
    if (table < 0) return false;
    const { victims } = this;
    victims.begin();
    const counter = relief.scope === 'volatile' ? COUNT_EXPIRES : COUNT_KEYS;
    const wanted = relief.order === 'random' ? 1 : SAMPLES;
    const { tables } = this.store;
    const start = victims.nextSlot();
    for (let walked = 0; walked < SLOTS && victims.offered < wanted; walked++) {
      const slot = (start + walked) % SLOTS;
      const slotAt = SlotTables.at(table, slot);
      if (tables.slotCount(slotAt, counter) > 0) this.offerSlot(relief, slot, slotAt);
    }
    return victims.offered > 0 && this.deleteKept(relief, table);
  }

  /** A database, each with probability proportional to the keys that may go; -1 when there is none. */
  private drawTable(relief: Relief): number {
    const { tables } = this.store;
    const candidates = (table: number): number => {
      if (tables.tableState(table) !== TABLE_USED) return 0;
      if (relief.scope === 'volatile') return tables.total(table, COUNT_EXPIRES);
      return tables.total(table, COUNT_KEYS) - tables.total(table, COUNT_COLD);
    };
    let sum = 0;
    for (let table = 0; table < tables.tables; table++) sum += candidates(table);
    let left = (this.victims.nextPosition() / 2 ** 32) * sum;
    for (let table = 0; table < tables.tables; table++) {
      const count = candidates(table);
      left -= count;
      if (count > 0 && left < 0) return table;
    }
    return -1;
  }

  private offerSlot(relief: Relief, slot: number, slotAt: number): void {
    const { tables, index, arena } = this.store;
    const { victims } = this;
    tables.lock(slotAt);
    for (let from = 0; from < 2 ** 32 && index.walk(slotAt, from); from = index.nextPagePosition(from)) {
      for (let at = index.firstEntry; at < index.endOfPage; at += ENTRY_BYTES) {
        const word1 = index.view.getUint32(at + 4, true);
        if (!mayGo(relief, word1)) continue;
        const position = (word1 >>> ENTRY_TAG_SHIFT) * 256;
        const handle = asHandle(index.view.getUint32(at, true));
        const object = arena.view(handle);
        const objectAt = arena.offset(handle);
        if (relief.order === 'random') victims.offer(slot, position);
        else if (relief.order === 'ttl') victims.offerExpiring(slot, position, objectExpiry(object, objectAt));
        else victims.offerExpiring(slot, position, object.getUint32(objectAt + OBJECT_ACCESS, true) & 0xffffff);
      }
    }
    tables.unlock(slotAt);
  }

  /** Deletes what was kept, or what has its place by now. */
  private deleteKept(relief: Relief, table: number): boolean {
    const { store, victims } = this;
    const { tables, index, arena, hasher } = store;
    const slotAt = SlotTables.at(table, victims.slot);
    const tag = victims.position >>> ENTRY_TAG_SHIFT;
    tables.lock(slotAt);
    try {
      if (!index.walk(slotAt, victims.position)) return true;
      for (let at = index.firstEntry; at < index.endOfPage; at += ENTRY_BYTES) {
        const word1 = index.view.getUint32(at + 4, true);
        if (word1 >>> ENTRY_TAG_SHIFT !== tag || !mayGo(relief, word1)) continue;
        const handle = asHandle(index.view.getUint32(at, true));
        const object = arena.view(handle);
        const keyAt = objectKeyAt(object, arena.offset(handle));
        const keyLength = objectKeyLength(object, arena.offset(handle));
        hasher.hash(object, keyAt, keyLength);
        index.goTo(slotAt, hasher.position, at);
        store.onGone?.('evicted', slotAt, object, keyAt, keyLength);
        const removed = store.removeKey(slotAt, hasher.position, object, keyAt, keyLength);
        assert(removed, 'the mover has memory in reserve for a tombstone');
        this.figures.evictedKeys++;
        return true;
      }
      return true;
    } finally {
      tables.unlock(slotAt);
    }
  }
}

function mayGo(relief: Relief, word1: number): boolean {
  return (word1 & STATE_MASK) === STATE_HOT && (relief.scope === 'all' || (word1 & ENTRY_EXPIRES) !== 0);
}
