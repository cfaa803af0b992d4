import { ENTRY_BYTES, SLOTS } from '../base/limits.ts';
import { KEY_POSITION, KEY_SLOT, slotRange } from '../cold/record.ts';
import { type ColdStore, ColdStoreError } from '../cold/store.ts';
import {
  ENTRY_EXPIRES,
  ENTRY_FREQUENCY_MASK,
  ENTRY_FREQUENCY_ONE,
  ENTRY_TAG_MASK,
  STATE_COLD,
  STATE_MASK,
} from '../index/layout.ts';
import { COUNT_COLD, COUNT_EXPIRES, SlotTables, TABLE_USED } from '../index/slot-tables.ts';
import type { StoreView } from '../index/store-view.ts';
import type { EvictionScope } from '../policy/maxmemory-policy.ts';
import { ColdRemover, type FoundRecord } from './cold-remover.ts';
import { DutyCycle } from './duty-cycle.ts';
import type { MoverFigures } from './figures.ts';
import type { BatchWriter } from './writer.ts';

/** Part of the time that eviction may have a request to the disk under way. */
const EVICTION_SHARE = 0.5;
/** A step ends when it has found so many victims, or passed so many slots. */
const STEP_VICTIMS = 512;
const STEP_SLOTS = 2048;
/** The hand comes by so often before it gives up: heat is at most 3. */
const MAX_ROUNDS = 5;

/**
 * Deletes the coldest cold keys. A hand goes round the slots of all tables, which is the order of the records on disk: what is warm cools down
 * by one as it passes, what is not goes. So there is nothing in RAM but the two bits of each entry, and the names are read in long rows.
 */
export class ColdEvictor {
  private readonly store: StoreView;
  private readonly cold: ColdStore;
  private readonly figures: MoverFigures;
  private readonly duty = new DutyCycle(EVICTION_SHARE);
  private readonly remover: ColdRemover;
  private table = 0;
  private slot = 0;
  private closed = false;

  constructor(store: StoreView, cold: ColdStore, writer: BatchWriter, figures: MoverFigures) {
    this.store = store;
    this.cold = cold;
    this.figures = figures;
    this.remover = new ColdRemover(store, writer, this.duty);
  }

  /**
   * Deletes keys until `enough` says so of the number deleted by this call. False when there are none left that may go.
   * @throws ColdStoreError
   */
  async evict(scope: EvictionScope, enough: (deleted: number) => boolean): Promise<boolean> {
    let deleted = 0;
    let idleSlots = 0;
    const round = this.store.tables.tables * SLOTS;
    while (!enough(deleted)) {
      if (this.closed || idleSlots > round * MAX_ROUNDS) return false;
      const passed = { slots: 0 };
      const found = await this.duty.work(() => this.nextVictims(scope, passed));
      const removed = await this.remover.remove(
        found,
        'evicted',
        (word1) => inScope(scope, word1) && heat(word1) === 0,
      );
      this.figures.evictedKeys += removed;
      this.figures.coldEvictions += removed;
      deleted += removed;
      idleSlots = removed > 0 ? 0 : idleSlots + passed.slots;
      await this.duty.rest();
    }
    return true;
  }

  close(): void {
    this.closed = true;
    this.duty.close();
  }

  /** Moves the hand on over one table; the names of those that it found cold enough. @throws ColdStoreError */
  private async nextVictims(scope: EvictionScope, passed: { slots: number }): Promise<FoundRecord[]> {
    const { tables, exclusive } = this.store;
    const counter = scope === 'all' ? COUNT_COLD : COUNT_EXPIRES;
    const { table } = this;
    const victims = new Map<number, Set<number>>();
    const keyspaceId = tables.keyspaceId(table);
    let count = 0;
    if (tables.tableState(table) !== TABLE_USED || tables.total(table, counter) <= 0) {
      passed.slots += SLOTS - this.slot;
      this.nextTable();
      return [];
    }
    exclusive.enter();
    const until = Math.min(SLOTS, this.slot + STEP_SLOTS);
    for (; this.slot < until && count < STEP_VICTIMS; this.slot++, passed.slots++) {
      if (tables.slotCount(SlotTables.at(table, this.slot), counter) === 0) continue;
      const tags = this.pass(SlotTables.at(table, this.slot), scope);
      if (tags.size > 0) victims.set(this.slot, tags);
      count += tags.size;
    }
    if (this.slot === SLOTS) this.nextTable();
    exclusive.leave();
    return count === 0 ? [] : this.nameVictims(table, keyspaceId, victims);
  }

  private nextTable(): void {
    this.slot = 0;
    this.table = (this.table + 1) % this.store.tables.tables;
  }

  /** The hand passes a slot: tags of its cold keys that are to go. */
  private pass(slotAt: number, scope: EvictionScope): Set<number> {
    const { tables, index } = this.store;
    const tags = new Set<number>();
    tables.lock(slotAt);
    for (let p = 0; p < 2 ** 32 && index.walk(slotAt, p); p = index.nextPagePosition(p)) {
      const { view } = index;
      for (let at = index.firstEntry; at < index.endOfPage; at += ENTRY_BYTES) {
        const word1 = view.getInt32(at + 4, true);
        if ((word1 & STATE_MASK) !== STATE_COLD || !inScope(scope, word1)) continue;
        if (heat(word1) > 0) view.setInt32(at + 4, word1 - ENTRY_FREQUENCY_ONE, true);
        else tags.add(word1 & ENTRY_TAG_MASK);
      }
    }
    tables.unlock(slotAt);
    return tags;
  }

  private async nameVictims(
    table: number,
    keyspaceId: number,
    victims: ReadonlyMap<number, ReadonlySet<number>>,
  ): Promise<FoundRecord[]> {
    const found: FoundRecord[] = [];
    const slots = [...victims.keys()];
    const { gte } = slotRange(keyspaceId, slots[0] ?? 0);
    const { lt } = slotRange(keyspaceId, slots.at(-1) ?? 0);
    const iterator = this.cold.iterate({ gte, lt }, { values: false });
    try {
      for (let chunk = await iterator.nextChunk(); chunk !== undefined; chunk = await iterator.nextChunk()) {
        for (const recordKey of chunk.keys) {
          const tags = victims.get(recordKey.readUInt16BE(KEY_SLOT));
          if (tags?.has(recordKey.readInt32BE(KEY_POSITION) & ENTRY_TAG_MASK) === true) {
            found.push({ table, recordKey, dead: false });
          }
        }
      }
    } catch (error) {
      // What a damaged block hides stays; the hand goes on.
      if (!(error instanceof ColdStoreError) || error.kind !== 'corrupt') throw error;
    } finally {
      await iterator.close();
    }
    return found;
  }
}

function inScope(scope: EvictionScope, word1: number): boolean {
  return scope === 'all' || (word1 & ENTRY_EXPIRES) !== 0;
}

function heat(word1: number): number {
  return word1 & ENTRY_FREQUENCY_MASK;
}
