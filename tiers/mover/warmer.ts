import { KEY_CHECK, KEY_HEADER_BYTES, KEY_KEYSPACE, KEY_POSITION, KEY_SLOT } from '../cold/record.ts';
import { type ColdStore, ColdStoreError } from '../cold/store.ts';
import { STATE_COLD, STATE_MASK } from '../index/layout.ts';
import { SlotTables, TABLE_USED } from '../index/slot-tables.ts';
import type { StoreView } from '../index/store-view.ts';
import { QUEUE_MAIN, QUEUE_SMALL } from '../policy/hot-queues.ts';
import { FIRST_RANK_OF_MAIN, type HeatHead, RANKS, readHead, readPiece } from './heat-list.ts';
import type { MemoryPressure } from './pressure.ts';
import type { Promoter } from './promoter.ts';

/** Keys that are read at a time. */
const BATCH = 128;
/** Warming ends when so much of the way to the mark is used: the rest is for what clients ask for. */
const SHARE_OF_MEMORY = 0.9;
/** Clients' reads come first: how long to wait before looking again, in ms. */
const YIELD_MS = 1;

export interface WarmerFigures {
  warming: boolean;
  /** Keys of the list that were looked at, of how many; and those that came back to RAM by it. */
  warmDone: number;
  warmTotal: number;
  warmPromoted: number;
}

/** After a start, brings back to RAM what was hot before, the hottest first, behind the reads of clients, until memory is nearly full. */
export class Warmer {
  readonly figures: WarmerFigures = { warming: false, warmDone: 0, warmTotal: 0, warmPromoted: 0 };
  private readonly store: StoreView;
  private readonly cold: ColdStore;
  private readonly promoter: Promoter;
  private readonly pressure: MemoryPressure;
  private running: Promise<void> | undefined;
  private closed = false;

  constructor(store: StoreView, cold: ColdStore, promoter: Promoter, pressure: MemoryPressure) {
    this.store = store;
    this.cold = cold;
    this.promoter = promoter;
    this.pressure = pressure;
  }

  /** Resolves when all is done, or the store fails: what is not warm comes when it is asked for. */
  run(): Promise<void> {
    this.figures.warming = true;
    this.running = this.warm()
      .catch((error: unknown) => {
        if (!(error instanceof ColdStoreError)) throw error;
      })
      .finally(() => {
        this.figures.warming = false;
      });
    return this.running;
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.running;
  }

  private async warm(): Promise<void> {
    const head = await readHead(this.cold);
    if (head === undefined) return;
    this.figures.warmTotal = head.keys;
    for (let rank = RANKS - 1; rank >= 0; rank--) if (!(await this.warmRank(head, rank))) return;
  }

  private async warmRank(head: HeatHead, rank: number): Promise<boolean> {
    const queue = rank >= FIRST_RANK_OF_MAIN ? QUEUE_MAIN : QUEUE_SMALL;
    for (let n = 0; n < (head.pieces[rank] ?? 0); n++) {
      const keys = await readPiece(this.cold, head, rank, n);
      for (let at = 0; at < keys.length; at += BATCH) {
        while (this.promoter.queued > 0 && !this.closed) await new Promise((resolve) => setTimeout(resolve, YIELD_MS));
        if (this.closed || !this.hasRoom()) return false;
        await this.warmSome(keys.slice(at, at + BATCH), queue);
      }
    }
    return true;
  }

  private hasRoom(): boolean {
    const { pressure } = this;
    return pressure.max === 0 || pressure.usedBytes() < pressure.highWater * SHARE_OF_MEMORY;
  }

  private async warmSome(recordKeys: readonly Buffer[], queue: number): Promise<void> {
    const { figures, store, promoter } = this;
    const waits: Promise<void>[] = [];
    store.exclusive.enter();
    for (const recordKey of recordKeys) {
      figures.warmDone++;
      const table = this.tableOf(recordKey);
      if (table < 0 || !this.isOnDisk(table, recordKey)) continue;
      const place = {
        table,
        slot: recordKey.readUInt16BE(KEY_SLOT),
        position: recordKey.readInt32BE(KEY_POSITION),
        check: recordKey.readInt32BE(KEY_CHECK),
      };
      const key = recordKey.subarray(KEY_HEADER_BYTES);
      waits.push(
        new Promise((resolve) => {
          promoter.request({
            ...place,
            key,
            queue,
            // A damaged record, or one that is gone, is no matter here.
            done: (error, absent) => {
              if (error === undefined && absent === undefined) figures.warmPromoted++;
              resolve();
            },
          });
        }),
      );
    }
    store.exclusive.leave();
    promoter.pump();
    await Promise.all(waits);
  }

  private tableOf(recordKey: Buffer): number {
    const { tables } = this.store;
    const keyspaceId = recordKey.readUInt32BE(KEY_KEYSPACE);
    for (let db = 0; db < tables.databases; db++) {
      const table = tables.tableOf(db);
      if (tables.keyspaceId(table) === keyspaceId && tables.tableState(table) === TABLE_USED) return table;
    }
    return -1;
  }

  private isOnDisk(table: number, recordKey: Buffer): boolean {
    const { tables, index } = this.store;
    const slotAt = SlotTables.at(table, recordKey.readUInt16BE(KEY_SLOT));
    const view = new DataView(recordKey.buffer, recordKey.byteOffset, recordKey.length);
    const length = recordKey.length - KEY_HEADER_BYTES;
    const position = recordKey.readInt32BE(KEY_POSITION);
    tables.lock(slotAt);
    const word1 = index.find(slotAt, position, recordKey.readInt32BE(KEY_CHECK), view, KEY_HEADER_BYTES, length);
    const may = word1 === 0 ? !tables.isIndexed(slotAt) : (word1 & STATE_MASK) === STATE_COLD;
    tables.unlock(slotAt);
    return may;
  }
}
