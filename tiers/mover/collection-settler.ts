import { versionMs } from '../base/versions.ts';
import {
  KEY_CHECK,
  KEY_HEADER_BYTES,
  KEY_KEYSPACE,
  KEY_POSITION,
  KEY_SLOT,
  keyspaceRange,
  OWNER_PIECE,
  pieceKey,
  piecesRange,
  RecordReader,
} from '../cold/record.ts';
import type { ColdStore } from '../cold/store.ts';
import { SlotTables, TABLE_USED } from '../index/slot-tables.ts';
import type { StoreView } from '../index/store-view.ts';
import { ENCODING_TREE, TREE_HEADER_BYTES, TREE_IDENTITY, TREE_NEXT_PIECE } from '../tree/layout.ts';
import { IdentitySet } from './identity-set.ts';
import { RecordBatch } from './record-batch.ts';
import type { BatchWriter } from './writer.ts';

export interface SettlerParts {
  readonly store: StoreView;
  readonly cold: ColdStore;
  readonly writer: BatchWriter;
}

/**
 * What crashes may have left of collections in pieces, settled before anybody sees the collection, one by one:
 * - Two records name one collection (a crash between the two halves of a RENAME). The *owner record*, written in one batch with every record of the key,
 *   says whose it is. The other record is deleted.
 * - Pieces above the greatest number that the record knows (a crash in the middle of writing it) are deleted.
 * - Pieces of collections that no record names are deleted when every record was seen.
 *
 * Runs on the thread that owns the store, and so sees every collection before it is in RAM: records of keys that the index does not know are shown to
 * `counts` by the loader of the index and by the promoter, and nobody else reads them.
 */
export class CollectionSettler {
  private readonly parts: SettlerParts;
  private readonly settled = new IdentitySet();
  /** The last decision about each identity that is being decided about. */
  private readonly turns: Map<string, Promise<boolean>> = new Map();
  private readonly batch = new RecordBatch();
  private dropping: Promise<unknown> = Promise.resolve();

  /** Identities that this run gives are not older than this. */
  private readonly startedAtMs: number;

  constructor(parts: SettlerParts) {
    this.parts = parts;
    // They are given by this thread's clock, which does not go back.
    this.startedAtMs = Date.now() + 1;
    parts.store.versions.setTime(this.startedAtMs);
  }

  /**
   * Whether the record of a key that the index does not know counts. Others are not collections with pieces, or do. False: it is gone, or belongs to a key
   * that the index knows by now.
   * @throws ColdStoreError
   */
  counts(recordKey: Buffer, value: Buffer): Promise<boolean> {
    const reader = new RecordReader();
    // A damaged one is somebody else's business.
    if (reader.read(recordKey, value) !== undefined) return Promise.resolve(true);
    const { payloadAt, encoding } = reader;
    if ((encoding & ENCODING_TREE) === 0 || value.length < payloadAt + TREE_HEADER_BYTES) return Promise.resolve(true);
    const low = value.readUInt32LE(payloadAt + TREE_IDENTITY);
    const high = value.readUInt32LE(payloadAt + TREE_IDENTITY + 4);
    if ((low | high) === 0) return Promise.resolve(true);
    const lastPiece = value.readUInt32LE(payloadAt + TREE_NEXT_PIECE);
    const id = `${high}:${low}`;
    const before = this.turns.get(id) ?? Promise.resolve(true);
    const turn = before.catch(() => true).then(() => this.decide(recordKey, high, low, lastPiece));
    this.turns.set(id, turn);
    const forget = (): void => {
      if (this.turns.get(id) === turn) this.turns.delete(id);
    };
    turn.then(forget, forget);
    return turn;
  }

  private async decide(recordKey: Buffer, high: number, low: number, lastPiece: number): Promise<boolean> {
    const { cold, store } = this.parts;
    const keyspaceId = recordKey.readUInt32BE(KEY_KEYSPACE);
    const owner = await this.owner(keyspaceId, high, low);
    if (owner !== undefined && !owner.equals(recordKey.subarray(KEY_SLOT))) {
      await this.drop(recordKey);
      return false;
    }
    // What the index knows is settled, and may have been written to since.
    store.exclusive.enter();
    const unknown = this.isUnknown(recordKey);
    store.exclusive.leave();
    if (!unknown) return false;
    if (this.settled.has(high, low)) return true;
    const { lt } = piecesRange(keyspaceId, high, low);
    const left = { gte: pieceKey(keyspaceId, high, low, lastPiece + 1), lt };
    if (await this.holds(left.gte, lt)) await cold.deleteRange(left);
    this.settled.add(high, low);
    return true;
  }

  /** Whether the index has nothing of the key of a record and cannot say whether it counts. */
  private isUnknown(recordKey: Buffer): boolean {
    const { store } = this.parts;
    const { tables } = store;
    const keyspaceId = recordKey.readUInt32BE(KEY_KEYSPACE);
    const slot = recordKey.readUInt16BE(KEY_SLOT);
    for (let table = 0; table < tables.tables; table++) {
      if (tables.keyspaceId(table) !== keyspaceId || tables.tableState(table) !== TABLE_USED) continue;
      const slotAt = SlotTables.at(table, slot);
      const view = new DataView(recordKey.buffer, recordKey.byteOffset, recordKey.length);
      const position = recordKey.readInt32BE(KEY_POSITION);
      const check = recordKey.readInt32BE(KEY_CHECK);
      const length = recordKey.length - KEY_HEADER_BYTES;
      tables.lock(slotAt);
      const unknown = store.isUnknown(slotAt, position, check, view, KEY_HEADER_BYTES, length);
      tables.unlock(slotAt);
      return unknown;
    }
    return false;
  }

  /** The record key, behind its keyspace id, of the key that a collection belongs to; undefined when nothing says so. */
  private async owner(keyspaceId: number, high: number, low: number): Promise<Buffer | undefined> {
    const key = pieceKey(keyspaceId, high, low, OWNER_PIECE);
    const [value] = await this.parts.cold.getMany([key]);
    const reader = new RecordReader();
    if (value === undefined || reader.read(key, value) !== undefined) return undefined;
    return value.subarray(reader.payloadAt);
  }

  private async holds(gte: Buffer, lt: Buffer): Promise<boolean> {
    return (await this.firstKey(gte, lt)) !== undefined;
  }

  private async firstKey(gte: Buffer, lt: Buffer): Promise<Buffer | undefined> {
    const iterator = this.parts.cold.iterate({ gte, lt }, { values: false, limit: 1 });
    try {
      return (await iterator.nextChunk())?.keys[0];
    } finally {
      await iterator.close();
    }
  }

  /**
   * Deletes a record whose collection another key has, unless its key has been written since: then the index knows it. Until this is done nobody has been
   * told that the key is not there.
   */
  private async drop(recordKey: Buffer): Promise<void> {
    const { writer } = this.parts;
    const dropping = this.dropping.then(() =>
      writer.write(this.batch, (batch) => {
        if (this.isUnknown(recordKey)) batch.deleteRecord(recordKey);
      }),
    );
    // Its caller learns of a failure.
    this.dropping = dropping.catch(() => {});
    await dropping;
  }

  /**
   * When every record of a table was seen: deletes the pieces of earlier runs' collections that none of them names.
   * @throws ColdStoreError
   */
  async dropOrphans(tables: SlotTables, table: number, keyspaceId: number, stop: () => boolean): Promise<void> {
    let from = piecesRange(keyspaceId, 0, 0).gte;
    const { lt } = keyspaceRange(keyspaceId);
    while (tables.keyspaceId(table) === keyspaceId && !stop()) {
      const key = await this.firstKey(from, lt);
      if (key === undefined || key.length < KEY_HEADER_BYTES) return;
      const high = key.readUInt32BE(KEY_POSITION);
      const low = key.readUInt32BE(KEY_CHECK);
      const pieces = piecesRange(keyspaceId, high, low);
      if (!this.settled.has(high, low) && versionMs(low, high) < this.startedAtMs) {
        await this.parts.cold.deleteRange(pieces);
      }
      from = pieces.lt;
    }
  }
}
