import { performance } from 'node:perf_hooks';
import { ENTRY_BYTES, SLOT_HEADER_BYTES, SLOTS } from '../base/limits.ts';
import { KEY_HEADER_BYTES, KEY_POSITION, KEY_SLOT, RecordReader, slotRange, tagRange } from '../cold/record.ts';
import { type ColdStore, ColdStoreError, type KeyRange } from '../cold/store.ts';
import { ENTRY_EXPIRES, ENTRY_TAG_MASK, STATE_COLD, STATE_MASK } from '../index/layout.ts';
import { COUNT_COLD, COUNT_KEYS, SlotTables, TABLE_USED } from '../index/slot-tables.ts';
import type { StoreView } from '../index/store-view.ts';
import { ColdRemover, type FoundRecord } from './cold-remover.ts';
import { DutyCycle } from './duty-cycle.ts';
import type { MoverFigures } from './figures.ts';
import { dropCold } from './transitions.ts';
import type { BatchWriter } from './writer.ts';

/** Part of the time that the sweep may have a request to the disk under way. */
export const EXPIRY_SHARE = 0.25;
/** A step ends when it has found so many records or read so much. */
const STEP_RECORDS = 512;
const STEP_BYTES = 1024 * 1024;
/** Looking for one record by its hash costs about as much as reading so many in a row. */
const SEEK_RECORDS = 8;
/** A disk that cannot be read is left alone this long. */
const RETRY_MS = 1000;

/** The keys of a slot that are due, as the index knows them. */
interface Due {
  readonly slotAt: number;
  readonly keyspaceId: number;
  /** Upper bits of their hash positions. */
  readonly tags: ReadonlySet<number>;
  /** The slot's cold generation when they were gathered. */
  readonly generation: number;
  /** Cold keys of the slot, about as many as it has records. */
  readonly records: number;
  /** Whether to read the slot as a whole. */
  readonly crowded: boolean;
}

/**
 * Removes cold keys that are due, with their records: in the background, slot by slot, for a bounded share of the time. Of a cold key the
 * index knows the expiry but no name, so the keys of its slot's records are read (one by one where few are due), and the key is removed by its
 * name: events can be published, and pieces of collections found.
 *
 * Records that were dead already when the index was loaded are in no index; the loader tells their slots (`leftOut`), which are read through once.
 */
export class ColdExpiry {
  private readonly store: StoreView;
  private readonly cold: ColdStore;
  private readonly figures: MoverFigures;
  private readonly duty = new DutyCycle(EXPIRY_SHARE);
  private readonly remover: ColdRemover;
  private readonly reader = new RecordReader();
  /** Slots (by their headers) with keys that are due. */
  private readonly due = new Set<number>();
  /** Those that are being worked through, from the last. */
  private queue: number[] = [];
  /** One bit per slot with dead records that no entry leads to, by table; with the keyspace that they belong to. */
  private readonly dead = new Map<number, { readonly keyspaceId: number; readonly slots: Uint8Array; left: number }>();
  private running: Promise<void> | undefined;
  private nowMs = 0;
  /** On the clock of performance.now(). */
  private retryAtMs = 0;
  private closed = false;

  constructor(store: StoreView, cold: ColdStore, writer: BatchWriter, figures: MoverFigures) {
    this.store = store;
    this.cold = cold;
    this.figures = figures;
    this.remover = new ColdRemover(store, writer, this.duty);
  }

  /** The sweep of the index met a key that is due in this slot, whose lock it holds. True: it is removed here, later. */
  readonly note = (slotAt: number): boolean => {
    this.due.add(slotAt);
    return true;
  };

  /** A record of this slot was found expired, and left out of the index. */
  readonly leftOut = (table: number, slot: number): void => {
    const keyspaceId = this.store.tables.keyspaceId(table);
    let marks = this.dead.get(table);
    if (marks?.keyspaceId !== keyspaceId) {
      marks = { keyspaceId, slots: new Uint8Array(SLOTS / 8), left: 0 };
      this.dead.set(table, marks);
    }
    const bit = 1 << (slot & 7);
    const byte = marks.slots[slot >> 3] ?? 0;
    if ((byte & bit) !== 0) return;
    marks.slots[slot >> 3] = byte | bit;
    marks.left++;
  };

  /** Slots that wait to be looked at. */
  get backlog(): number {
    let slots = this.due.size + this.queue.length;
    for (const { left } of this.dead.values()) slots += left;
    return slots;
  }

  /** Works through what was noted, in the background; resolves when that is done, or has failed for now. The time counts until the next call. */
  run(nowMs: number): Promise<void> {
    this.nowMs = nowMs;
    if (this.running === undefined && !this.closed && this.backlog > 0 && performance.now() >= this.retryAtMs) {
      this.running = this.work().finally(() => {
        this.running = undefined;
      });
    }
    return this.running ?? Promise.resolve();
  }

  async close(): Promise<void> {
    this.closed = true;
    this.duty.close();
    await this.running;
  }

  private async work(): Promise<void> {
    try {
      while (this.backlog > 0 && !this.closed) {
        await this.step();
        this.figures.expirySweepMs = this.duty.busyMs;
        if (this.backlog > 0) await this.duty.rest();
      }
    } catch (error) {
      if (!(error instanceof ColdStoreError)) throw error;
      // What is due stays in the index, where nobody sees it, and the sweep will come by again.
      this.retryAtMs = performance.now() + RETRY_MS;
    }
  }

  /** @throws ColdStoreError */
  private async step(): Promise<void> {
    const { figures } = this;
    const found: FoundRecord[] = [];
    const until = figures.expirySweepBytes + STEP_BYTES;
    let due = 0;
    while (found.length < STEP_RECORDS && figures.expirySweepBytes < until) {
      const run = this.nextRun();
      if (run.length === 0) break;
      due += run.length;
      await this.duty.work(() => this.nameDue(run, found));
    }
    for (let more = due === 0; more && found.length < STEP_RECORDS && figures.expirySweepBytes < until; ) {
      more = await this.duty.work(() => this.nameDead(found));
    }
    try {
      figures.expiredKeys += await this.remover.remove(found, 'expired', this.goes);
    } catch (error) {
      for (const { table, recordKey, dead } of found) if (dead) this.leftOut(table, recordKey.readUInt16BE(KEY_SLOT));
      throw error;
    }
  }

  /** Slots whose records are read in one go: neighbours in which many keys are due, or one slot. Empty when nothing is due. */
  private nextRun(): Due[] {
    const run: Due[] = [];
    let records = 0;
    for (;;) {
      if (this.queue.length === 0) {
        if (run.length > 0 || this.due.size === 0) return run;
        this.queue = [...this.due].sort((a, b) => b - a);
        this.due.clear();
      }
      const slotAt = this.queue.at(-1);
      const last = run.at(-1);
      if (slotAt === undefined || (last !== undefined && !this.adjoins(last.slotAt, slotAt))) return run;
      const due = this.gather(slotAt);
      if (due !== undefined && last !== undefined && (!due.crowded || due.keyspaceId !== last.keyspaceId)) return run;
      this.queue.pop();
      if (due === undefined) continue;
      run.push(due);
      records += due.records;
      if (!due.crowded || records >= STEP_RECORDS) return run;
    }
  }

  /** Whether little that is not wanted lies between two slots on disk. */
  private adjoins(slotAt: number, later: number): boolean {
    const { tables } = this.store;
    let between = 0;
    for (let at = slotAt + SLOT_HEADER_BYTES; at < later && between <= SEEK_RECORDS; at += SLOT_HEADER_BYTES) {
      between += tables.slotCount(at, COUNT_KEYS);
    }
    return between <= SEEK_RECORDS;
  }

  /** Asked under the slot's lock, with the index at a cold entry. */
  private readonly goes = (word1: number): boolean => {
    const { index } = this.store;
    return (word1 & ENTRY_EXPIRES) !== 0 && index.expiryAfter(index.view, index.entry) <= this.nowMs;
  };

  private gather(slotAt: number): Due | undefined {
    const { tables, exclusive } = this.store;
    const table = SlotTables.tableAt(slotAt);
    const tags = new Set<number>();
    exclusive.enter();
    tables.lock(slotAt);
    const cold = tables.slotCount(slotAt, COUNT_COLD);
    const generation = tables.coldGeneration(slotAt);
    const keyspaceId = tables.keyspaceId(table);
    if (tables.tableState(table) === TABLE_USED) {
      this.eachDue(slotAt, (word1) => {
        tags.add(word1 & ENTRY_TAG_MASK);
        return false;
      });
    }
    tables.unlock(slotAt);
    exclusive.leave();
    if (tags.size === 0) return undefined;
    return { slotAt, keyspaceId, tags, generation, records: cold, crowded: tags.size * SEEK_RECORDS >= cold };
  }

  /** Visits cold keys of a locked slot that are due, the index at the entry, until `visit` says that it has removed one; whether it has. */
  private eachDue(slotAt: number, visit: (word1: number) => boolean): boolean {
    const { index } = this.store;
    for (let position = 0; position < 2 ** 32 && index.walk(slotAt, position); ) {
      for (let at = index.firstEntry; at < index.endOfPage; at += ENTRY_BYTES) {
        const word1 = index.view.getUint32(at + 4, true);
        if ((word1 & (STATE_MASK | ENTRY_EXPIRES)) !== (STATE_COLD | ENTRY_EXPIRES)) continue;
        if (index.expiryAfter(index.view, at) > this.nowMs) continue;
        index.entry = at;
        if (visit(word1)) return true;
      }
      position = index.nextPagePosition(position);
    }
    return false;
  }

  /** Finds the records of keys that are due. @throws ColdStoreError */
  private async nameDue(run: readonly Due[], found: FoundRecord[]): Promise<void> {
    const first = run[0];
    const last = run.at(-1);
    if (first === undefined || last === undefined) return;
    const { keyspaceId } = first;
    const table = SlotTables.tableAt(first.slotAt);
    const bySlot = new Map(run.map((due) => [SlotTables.slotAt(due.slotAt), { due, missing: new Set(due.tags) }]));
    const take = (recordKey: Buffer) => {
      const wanted = bySlot.get(recordKey.readUInt16BE(KEY_SLOT));
      const tag = recordKey.readInt32BE(KEY_POSITION) & ENTRY_TAG_MASK;
      if (wanted?.due.tags.has(tag) !== true) return;
      wanted.missing.delete(tag);
      found.push({ table, recordKey, dead: false });
    };
    const from = SlotTables.slotAt(first.slotAt);
    if (first.crowded) {
      const { lt } = slotRange(keyspaceId, SlotTables.slotAt(last.slotAt));
      await this.readKeys({ gte: slotRange(keyspaceId, from).gte, lt }, take);
    } else for (const tag of first.tags) await this.readKeys(tagRange(keyspaceId, from, tag), take);
    for (const { due, missing } of bySlot.values()) if (missing.size > 0) this.dropNameless(due, missing);
  }

  /** @throws ColdStoreError; but what a damaged block hides counts as missing */
  private async readKeys(range: KeyRange, take: (recordKey: Buffer) => void): Promise<void> {
    const iterator = this.cold.iterate(range, { values: false });
    try {
      for (let chunk = await iterator.nextChunk(); chunk !== undefined; chunk = await iterator.nextChunk()) {
        for (const key of chunk.keys) {
          this.figures.expirySweepBytes += key.length;
          take(key);
        }
      }
    } catch (error) {
      if (!(error instanceof ColdStoreError) || error.kind !== 'corrupt') throw error;
    } finally {
      await iterator.close();
    }
  }

  /** Finds the dead records of one slot that the loader told of; false when there is none left. @throws ColdStoreError */
  private async nameDead(found: FoundRecord[]): Promise<boolean> {
    const next = this.takeDead();
    if (next === undefined) return false;
    const { reader } = this;
    const iterator = this.cold.iterate(slotRange(next.keyspaceId, next.slot));
    try {
      for (let chunk = await iterator.nextChunk(); chunk !== undefined; chunk = await iterator.nextChunk()) {
        for (const [n, recordKey] of chunk.keys.entries()) {
          const value = chunk.values[n];
          if (value === undefined || recordKey.length < KEY_HEADER_BYTES) continue;
          this.figures.expirySweepBytes += recordKey.length + value.length;
          if (reader.read(recordKey, value) !== undefined) continue;
          if (reader.expiryMs < 0 || reader.expiryMs > this.nowMs) continue;
          found.push({ table: next.table, recordKey, dead: true });
        }
      }
    } catch (error) {
      if (!(error instanceof ColdStoreError)) throw error;
      // A slot that is damaged is left as it is: its dead records stay where nobody sees them.
      if (error.kind !== 'corrupt') {
        this.leftOut(next.table, next.slot);
        throw error;
      }
    } finally {
      await iterator.close();
    }
    return true;
  }

  private takeDead(): { readonly table: number; readonly keyspaceId: number; readonly slot: number } | undefined {
    const { tables } = this.store;
    for (const [table, marks] of this.dead) {
      const at = marks.slots.findIndex((byte) => byte !== 0);
      // Flushed meanwhile, or done.
      if (at < 0 || tables.keyspaceId(table) !== marks.keyspaceId || tables.tableState(table) !== TABLE_USED) {
        this.dead.delete(table);
        continue;
      }
      const byte = marks.slots[at] ?? 0;
      const bit = 31 - Math.clz32(byte);
      marks.slots[at] = byte & ~(1 << bit);
      marks.left--;
      return { table, keyspaceId: marks.keyspaceId, slot: at * 8 + bit };
    }
    return undefined;
  }

  /** No record was found for these, which are due: lost, or damaged. They are gone all the same. */
  private dropNameless({ slotAt, keyspaceId, generation }: Due, tags: ReadonlySet<number>): void {
    const { tables, exclusive } = this.store;
    exclusive.enter();
    tables.lock(slotAt);
    // When anything of the slot became cold meanwhile, an entry may be of a record that nobody looked for.
    const same =
      tables.keyspaceId(SlotTables.tableAt(slotAt)) === keyspaceId && tables.coldGeneration(slotAt) === generation;
    const dropOne = (word1: number): boolean => {
      if (!tags.has(word1 & ENTRY_TAG_MASK)) return false;
      dropCold(this.store, slotAt, word1 & ENTRY_TAG_MASK);
      this.figures.expiredKeys++;
      return true;
    };
    while (same && this.eachDue(slotAt, dropOne));
    tables.unlock(slotAt);
    exclusive.leave();
  }
}
