import { KEY_HEADER_BYTES, KEY_SLOT, RecordReader, VALUE_TYPE } from '../cold/record.ts';
import type { ColdChunk } from '../cold/store.ts';
import { ENTRY_EXPIRES, ENTRY_ON_DISK, ENTRY_TAG_MASK, STATE_COLD } from '../index/layout.ts';
import { COUNT_COLD, SlotTables, TABLE_USED } from '../index/slot-tables.ts';
import type { StoreView } from '../index/store-view.ts';
import { ENCODING_TREE } from '../tree/layout.ts';
import type { LoaderFigures, LoaderParts } from './index-loader.ts';
import { coldWord } from './transitions.ts';

/** Records that get their entries while a slot is locked: some 50 us. */
const RECORDS_PER_LOCK = 64;
/** Collections about which the disk is asked at a time. */
const SETTLED_TOGETHER = 32;

/** Gives the records of a stretch of slots their entries, chunk by chunk, in the order of their keys. */
export class RecordIndexer {
  private readonly store: StoreView;
  private readonly parts: LoaderParts;
  private readonly figures: LoaderFigures;
  private readonly reader = new RecordReader();
  private table = 0;
  private keyspaceId = 0;
  private to = 0;
  /** The slot at hand: those before it are done. */
  private slot = 0;
  private first = 0;
  private readonly generations: number[] = [];
  private disturbed: number[] = [];
  private isDisturbed = false;
  /** Records of the chunk at hand that do not count. */
  private readonly passed: Set<number> = new Set();

  constructor(parts: LoaderParts, figures: LoaderFigures) {
    this.parts = parts;
    this.store = parts.store;
    this.figures = figures;
  }

  /** Before the records of the slots [from, to) are read. */
  begin(table: number, keyspaceId: number, from: number, to: number): void {
    const { tables, exclusive } = this.store;
    this.table = table;
    this.keyspaceId = keyspaceId;
    this.first = from;
    this.to = to;
    this.generations.length = 0;
    exclusive.enter();
    for (let slot = from; slot < to; slot++) {
      const slotAt = SlotTables.at(table, slot);
      tables.lock(slotAt);
      this.generations.push(tables.coldGeneration(slotAt));
      tables.unlock(slotAt);
    }
    exclusive.leave();
    this.disturbed = [];
    this.enterSlot(from);
  }

  /**
   * False when there was no memory for an entry: the slot at hand, and those behind it, are to be read again.
   * @throws ColdStoreError
   */
  async addChunk(chunk: ColdChunk): Promise<boolean> {
    await this.settle(chunk);
    const { exclusive } = this.store;
    const nowMs = this.parts.now();
    exclusive.enter();
    try {
      for (let at = 0; at < chunk.keys.length; ) {
        const key = chunk.keys[at];
        if (key === undefined) break;
        const slot = key.readUInt16BE(KEY_SLOT);
        while (this.slot < slot && this.slot < this.to) this.completeSlot();
        const next = this.addRun(chunk, at, slot, nowMs);
        if (next < 0) return false;
        at = next;
      }
    } finally {
      exclusive.leave();
    }
    return true;
  }

  /** All records were added. */
  finish(): void {
    const { exclusive } = this.store;
    exclusive.enter();
    while (this.slot < this.to) this.completeSlot();
    exclusive.leave();
  }

  /** Slots whose records were written while they were read. */
  takeDisturbed(): readonly number[] {
    const { disturbed } = this;
    this.disturbed = [];
    return disturbed;
  }

  private enterSlot(slot: number): void {
    this.slot = slot;
    this.isDisturbed = false;
  }

  /** Whether a slot, which is locked, still is what its records were read for. */
  private isSame(slotAt: number): boolean {
    const { tables } = this.store;
    return (
      tables.keyspaceId(this.table) === this.keyspaceId &&
      tables.tableState(this.table) === TABLE_USED &&
      tables.coldGeneration(slotAt) === this.generations[this.slot - this.first]
    );
  }

  private completeSlot(): void {
    const { tables } = this.store;
    const slotAt = SlotTables.at(this.table, this.slot);
    tables.lock(slotAt);
    if (!this.isDisturbed && this.isSame(slotAt)) tables.setIndexed(slotAt);
    else this.disturbed.push(this.slot);
    tables.unlock(slotAt);
    this.enterSlot(this.slot + 1);
  }

  /** Records of one slot; answers where the next begins, -1 without memory. */
  private addRun(chunk: ColdChunk, from: number, slot: number, nowMs: number): number {
    const { tables } = this.store;
    const slotAt = SlotTables.at(this.table, slot);
    let at = from;
    tables.lock(slotAt);
    try {
      if (!this.isSame(slotAt)) this.isDisturbed = true;
      for (const end = Math.min(chunk.keys.length, from + RECORDS_PER_LOCK); at < end; at++) {
        const key = chunk.keys[at];
        const value = chunk.values[at];
        if (key === undefined || value === undefined || key.readUInt16BE(KEY_SLOT) !== slot) break;
        if (this.isDisturbed || this.passed.has(at)) continue;
        if (!this.addRecord(slotAt, key, value, nowMs)) return -1;
      }
    } finally {
      tables.unlock(slotAt);
    }
    return at;
  }

  /** False without memory. */
  private addRecord(slotAt: number, key: Buffer, value: Buffer, nowMs: number): boolean {
    const { reader, figures, store } = this;
    const { tables, index, hasher } = store;
    if (reader.read(key, value) !== undefined) {
      figures.damaged++;
      return true;
    }
    const { expiryMs } = reader;
    if (expiryMs >= 0 && expiryMs <= nowMs) {
      figures.expired++;
      this.parts.onExpired?.(this.table, reader.slot);
      return true;
    }
    const view = new DataView(key.buffer, key.byteOffset, key.length);
    const length = key.length - KEY_HEADER_BYTES;
    hasher.hash(view, KEY_HEADER_BYTES, length);
    const { position, check } = hasher;
    if (hasher.slot !== reader.slot || position !== (reader.position | 0)) {
      figures.damaged++;
      return true;
    }
    this.parts.onLoaded?.(this.table, reader.slot, reader.type, key, value, reader.payloadAt);
    if (index.find(slotAt, position, check, view, KEY_HEADER_BYTES, length) !== 0) return true;
    const expires = expiryMs >= 0;
    const word0 = coldWord(check, reader.type | (reader.encoding & ENCODING_TREE));
    const word1 = (position & ENTRY_TAG_MASK) | ENTRY_ON_DISK | (expires ? ENTRY_EXPIRES : 0) | STATE_COLD;
    if (!index.insert(slotAt, position, word0, word1, expiryMs)) return false;
    tables.countSeen(slotAt, expires);
    tables.count(slotAt, COUNT_COLD, 1);
    if (expires) tables.noteExpiry(slotAt, expiryMs);
    figures.keys++;
    return true;
  }

  /** Finds the records of the chunk whose collections other keys have by now. */
  private async settle(chunk: ColdChunk): Promise<void> {
    const { passed } = this;
    passed.clear();
    const asked: Promise<void>[] = [];
    for (let at = 0; at < chunk.keys.length; at++) {
      const key = chunk.keys[at];
      const value = chunk.values[at];
      if (key === undefined || value === undefined || value.length <= VALUE_TYPE) continue;
      if (((value[VALUE_TYPE] ?? 0) & ENCODING_TREE) === 0) continue;
      asked.push(
        this.parts.settler.counts(key, value).then((counts) => {
          if (!counts) passed.add(at);
        }),
      );
      if (asked.length === SETTLED_TOGETHER) await Promise.all(asked.splice(0));
    }
    if (asked.length > 0) await Promise.all(asked);
  }
}
