import { performance } from 'node:perf_hooks';
import { ENTRY_BYTES, SLOTS } from '../base/limits.ts';
import { hashBytes, KEY_HEADER_BYTES, metaKey, writeKeyHeader } from '../cold/record.ts';
import { ColdBatch, type ColdStore } from '../cold/store.ts';
import { ENTRY_FREQUENCY_MASK, ENTRY_FREQUENCY_SHIFT, STATE_DEMOTING, STATE_HOT, STATE_MASK } from '../index/layout.ts';
import { COUNT_COLD, COUNT_KEYS, SlotTables, TABLE_USED } from '../index/slot-tables.ts';
import type { StoreView } from '../index/store-view.ts';
import { asHandle } from '../memory/handle.ts';
import { OBJECT_QUEUE, objectKeyAt, objectKeyLength } from '../memory/object.ts';
import { QUEUE_MAIN } from '../policy/hot-queues.ts';

/**
 * The keys that are hot, so that the next start can bring them back: in the meta keyspace, as records of some ten KiB each, by *rank*: MAIN with frequency
 * 3 is rank 7, MAIN with 0 rank 4, SMALL ranks 3 to 0. A list is written whole under one of two names and then pointed at; the list before it goes.
 *
 *   heat                      name of the list, u8 | pieces of each rank, u32 LE x 8 | keys, u32 LE
 *   heat:<name>:<rank>:<n>    checksum of the rest, u32 | keys: length u16 LE | record key
 *
 * A key whose record is gone is passed over when it is read, and a damaged piece: the list is a hint.
 */
export const RANKS = 8;
export const FIRST_RANK_OF_MAIN = 4;
const HEAD_KEYS = 1 + RANKS * 4;
const HEAD_BYTES = HEAD_KEYS + 4;
const PIECE_BYTES = 64 * 1024;
/** Longer names stay cold. */
const MAX_NAME_BYTES = 4096;
/** How long the walk goes on before the thread's other work gets its chance. */
const TURN_MS = 1;

const headKey = (): Buffer => metaKey('heat');
const pieceKey = (name: number, rank: number, n: number): Buffer => metaKey(`heat:${name}:${rank}:${n}`);

/** A rank's piece at hand. */
interface Piece {
  bytes: Buffer;
  used: number;
  written: number;
}

export class HeatListWriter {
  private readonly store: StoreView;
  private readonly cold: ColdStore;
  private pieces: Piece[] = [];
  private bytes = 0;
  private keys = 0;

  constructor(store: StoreView, cold: ColdStore) {
    this.store = store;
    this.cold = cold;
  }

  /**
   * Writes a list of what is hot now; answers its bytes. When `stop` says so it gives up, and the list before stays.
   * @throws ColdStoreError
   */
  async write(stop: () => boolean): Promise<number> {
    const before = await readHead(this.cold);
    const name = before === undefined ? 0 : (before.name + 1) % 2;
    this.pieces = Array.from({ length: RANKS }, () => ({ bytes: Buffer.alloc(PIECE_BYTES), used: 4, written: 0 }));
    this.bytes = 0;
    this.keys = 0;
    try {
      await this.cold.deleteRange(rangeOf(name));
      if (!(await this.walk(name, stop))) {
        await this.cold.deleteRange(rangeOf(name));
        return 0;
      }
      for (let rank = 0; rank < RANKS; rank++) await this.flush(name, rank);
      const head = Buffer.alloc(HEAD_BYTES);
      head.writeUInt8(name);
      for (const [rank, { written }] of this.pieces.entries()) head.writeUInt32LE(written, 1 + rank * 4);
      head.writeUInt32LE(this.keys, HEAD_KEYS);
      await this.put(headKey(), head);
      if (before !== undefined) await this.cold.deleteRange(rangeOf(before.name));
      return this.bytes;
    } finally {
      this.pieces = [];
    }
  }

  /** False when it was stopped. */
  private async walk(name: number, stop: () => boolean): Promise<boolean> {
    const { tables, exclusive } = this.store;
    let turnEnds = performance.now() + TURN_MS;
    for (let table = 0; table < tables.tables; table++) {
      if (tables.tableState(table) !== TABLE_USED) continue;
      if (tables.total(table, COUNT_KEYS) - tables.total(table, COUNT_COLD) <= 0) continue;
      for (let slot = 0; slot < SLOTS; slot++) {
        const slotAt = SlotTables.at(table, slot);
        if (tables.slotCount(slotAt, COUNT_KEYS) === tables.slotCount(slotAt, COUNT_COLD)) continue;
        exclusive.enter();
        this.addSlot(table, slot, slotAt);
        exclusive.leave();
        for (const [rank, { used }] of this.pieces.entries()) if (used > PIECE_BYTES / 2) await this.flush(name, rank);
        if (stop()) return false;
        if (performance.now() < turnEnds) continue;
        await new Promise((resolve) => setImmediate(resolve));
        turnEnds = performance.now() + TURN_MS;
      }
    }
    return true;
  }

  private addSlot(table: number, slot: number, slotAt: number): void {
    const { tables, index } = this.store;
    tables.lock(slotAt);
    const keyspaceId = tables.keyspaceId(table);
    for (let at = 0; at < 2 ** 32 && index.walk(slotAt, at); at = index.nextPagePosition(at)) {
      const { view } = index;
      for (let entry = index.firstEntry; entry < index.endOfPage; entry += ENTRY_BYTES) {
        const word1 = view.getUint32(entry + 4, true);
        const state = word1 & STATE_MASK;
        if (state === STATE_HOT || state === STATE_DEMOTING)
          this.addObject(keyspaceId, slot, view.getUint32(entry, true), word1);
      }
    }
    tables.unlock(slotAt);
  }

  private addObject(keyspaceId: number, slot: number, handle: number, word1: number): void {
    const { arena, queues, hasher } = this.store;
    const object = arena.view(asHandle(handle));
    const at = arena.offset(asHandle(handle));
    const length = objectKeyLength(object, at);
    const place = object.getUint32(at + OBJECT_QUEUE, true);
    const frequency = (word1 & ENTRY_FREQUENCY_MASK) >> ENTRY_FREQUENCY_SHIFT;
    const isMain = place !== 0 && queues.queueOf(place) === QUEUE_MAIN;
    const piece = this.pieces[(isMain ? FIRST_RANK_OF_MAIN : 0) + frequency];
    const bytes = 2 + KEY_HEADER_BYTES + length;
    if (piece === undefined || length > MAX_NAME_BYTES) return;
    if (piece.used + bytes > piece.bytes.length) {
      // A slot with very many hot keys; nothing is written while it is locked.
      piece.bytes = Buffer.concat(
        [piece.bytes.subarray(0, piece.used), Buffer.alloc(piece.bytes.length)],
        piece.bytes.length * 2,
      );
    }
    const keyAt = objectKeyAt(object, at);
    hasher.hash(object, keyAt, length);
    const target = piece.bytes;
    const view = new DataView(target.buffer, target.byteOffset, target.length);
    view.setUint16(piece.used, KEY_HEADER_BYTES + length, true);
    writeKeyHeader(view, piece.used + 2, keyspaceId, slot, hasher.position >>> 0, hasher.check >>> 0);
    target.set(arena.bytes(asHandle(handle)).subarray(keyAt, keyAt + length), piece.used + 2 + KEY_HEADER_BYTES);
    piece.used += bytes;
    this.keys++;
  }

  private async flush(name: number, rank: number): Promise<void> {
    const piece = this.pieces[rank];
    if (piece === undefined || piece.used === 4) return;
    const { bytes, used } = piece;
    bytes.writeUInt32LE(checksum(bytes, used));
    await this.put(pieceKey(name, rank, piece.written), bytes.subarray(0, used));
    this.bytes += used;
    piece.written++;
    piece.used = 4;
  }

  private async put(key: Buffer, value: Buffer): Promise<void> {
    const batch = new ColdBatch();
    batch.put(key, value);
    await this.cold.write(batch);
  }
}

/** Where the list of an earlier run begins; undefined without one. */
export interface HeatHead {
  readonly name: number;
  /** Pieces of each rank. */
  readonly pieces: readonly number[];
  readonly keys: number;
}

/** @throws ColdStoreError */
export async function readHead(cold: ColdStore): Promise<HeatHead | undefined> {
  const [head] = await cold.getMany([headKey()]);
  if (head?.length !== HEAD_BYTES) return undefined;
  const pieces = Array.from({ length: RANKS }, (_, rank) => head.readUInt32LE(1 + rank * 4));
  return { name: head.readUInt8() % 2, pieces, keys: head.readUInt32LE(HEAD_KEYS) };
}

/**
 * The record keys of one piece of a list; none when it is gone or damaged.
 * @throws ColdStoreError
 */
export async function readPiece(cold: ColdStore, { name }: HeatHead, rank: number, n: number): Promise<Buffer[]> {
  const [piece] = await cold.getMany([pieceKey(name, rank, n)]);
  if (piece === undefined || piece.length < 4 || checksum(piece, piece.length) !== piece.readUInt32LE()) return [];
  const keys: Buffer[] = [];
  for (let at = 4; at + 2 <= piece.length; ) {
    const length = piece.readUInt16LE(at);
    if (length < KEY_HEADER_BYTES || at + 2 + length > piece.length) break;
    keys.push(piece.subarray(at + 2, at + 2 + length));
    at += 2 + length;
  }
  return keys;
}

function checksum(bytes: Buffer, length: number): number {
  return hashBytes(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 4, length, 0);
}

/** All pieces of the list with this name. */
function rangeOf(name: number): { readonly gte: Buffer; readonly lt: Buffer } {
  // The character after the colon.
  return { gte: metaKey(`heat:${name}:`), lt: metaKey(`heat:${name};`) };
}
