import {
  KEY_CHECK,
  KEY_HEADER_BYTES,
  KEY_POSITION,
  keyspaceRange,
  keysRange,
  pieceKey,
  piecesRange,
  RecordReader,
} from '../cold/record.ts';
import { ColdBatch, type ColdStore, ColdStoreError } from '../cold/store.ts';
import { ENTRY_EXPIRES, ENTRY_ON_DISK, ENTRY_TAG_MASK, STATE_COLD } from '../index/layout.ts';
import { COUNT_COLD, COUNT_EXPIRES, COUNT_KEYS, SlotTables } from '../index/slot-tables.ts';
import type { StoreView } from '../index/store-view.ts';
import { ENCODING_TREE, TREE_HEADER_BYTES, TREE_IDENTITY, TREE_NEXT_PIECE, TREE_RENAMES } from '../tree/layout.ts';
import { coldWord } from './transitions.ts';

/** What loading found. */
export interface Loaded {
  readonly keys: number;
  readonly expired: number;
  readonly damaged: number;
}

/** Told of each record that gets into the index; `value` from `payloadAt` on is the value. */
export type OnLoaded = (
  table: number,
  slot: number,
  type: number,
  key: Buffer,
  value: Buffer,
  payloadAt: number,
) => void;

/**
 * Fills the index with the records of one table, at start, before anybody serves. Pieces of collections that no record names any more are
 * deleted; of two records that name the same ones (a crash between the two halves of a RENAME) the later counts. Expired records are left out, and
 * `onExpired` is told of their slots. A damaged record is left out and counted.
 * @throws Error when the index does not fit into the memory
 */
export async function loadTable(
  store: StoreView,
  cold: ColdStore,
  table: number,
  nowMs: number,
  onLoaded?: OnLoaded,
  onExpired?: (table: number, slot: number) => void,
): Promise<Loaded> {
  const { tables, index, hasher } = store;
  const reader = new RecordReader();
  const iterator = cold.iterate(keysRange(tables.keyspaceId(table)));
  let keys = 0;
  let expired = 0;
  let damaged = 0;
  const collections = new Map<string, LoadedCollection>();
  const outdated: LoadedCollection[] = [];
  try {
    for (let chunk = await iterator.nextChunk(); chunk !== undefined; chunk = await iterator.nextChunk()) {
      for (let i = 0; i < chunk.keys.length; i++) {
        const key = chunk.keys[i];
        const value = chunk.values[i];
        if (key === undefined || value === undefined) continue;
        if (reader.read(key, value) !== undefined) {
          damaged++;
          continue;
        }
        if (reader.expiryMs >= 0 && reader.expiryMs <= nowMs) {
          expired++;
          onExpired?.(table, reader.slot);
          continue;
        }
        const view = new DataView(key.buffer, key.byteOffset, key.length);
        hasher.hash(view, KEY_HEADER_BYTES, key.length - KEY_HEADER_BYTES);
        if (hasher.slot !== reader.slot || hasher.position !== (reader.position | 0)) {
          damaged++;
          continue;
        }
        if ((reader.encoding & ENCODING_TREE) !== 0) {
          const found = asCollection(reader, key, value);
          const twin = found.identity === '' ? undefined : collections.get(found.identity);
          if (twin !== undefined && twin.renames > found.renames) {
            outdated.push(found);
            continue;
          }
          if (twin !== undefined) outdated.push(twin);
          if (found.identity !== '') collections.set(found.identity, found);
        }
        const expires = reader.expiryMs >= 0;
        const slotAt = SlotTables.at(table, reader.slot);
        const word1 = (hasher.position & ENTRY_TAG_MASK) | ENTRY_ON_DISK | (expires ? ENTRY_EXPIRES : 0) | STATE_COLD;
        if (
          !index.insert(
            slotAt,
            hasher.position,
            coldWord(hasher.check, reader.type | (reader.encoding & ENCODING_TREE)),
            word1,
            reader.expiryMs,
          )
        ) {
          throw new ColdStoreError(
            'io',
            `the index of the cold tier does not fit into maxmemory (${keys} keys loaded): raise maxmemory and start again`,
          );
        }
        tables.count(slotAt, COUNT_KEYS, 1);
        tables.count(slotAt, COUNT_COLD, 1);
        if (expires) {
          tables.count(slotAt, COUNT_EXPIRES, 1);
          tables.noteExpiry(slotAt, reader.expiryMs);
        }
        onLoaded?.(table, reader.slot, reader.type, key, value, reader.payloadAt);
        keys++;
      }
    }
  } finally {
    await iterator.close();
  }
  keys -= await dropTwins(store, cold, table, outdated, collections);
  await dropOrphans(cold, tables.keyspaceId(table), collections);
  return { keys, expired, damaged };
}

/** A record of a collection with pieces. */
interface LoadedCollection {
  /** Sixteen hexadecimal digits; empty when it has no pieces yet. */
  readonly identity: string;
  /** Greatest number of its pieces: those above are of a write that a crash kept from its end. */
  readonly lastPiece: number;
  readonly key: Buffer;
  readonly renames: number;
  readonly slot: number;
  readonly position: number;
  readonly check: number;
}

function asCollection(reader: RecordReader, key: Buffer, value: Buffer): LoadedCollection {
  const { payloadAt, slot, position, check } = reader;
  const whole = value.length >= payloadAt + TREE_HEADER_BYTES;
  const low = whole ? value.readUInt32LE(payloadAt + TREE_IDENTITY) : 0;
  const high = whole ? value.readUInt32LE(payloadAt + TREE_IDENTITY + 4) : 0;
  const identity = (low | high) === 0 ? '' : identityText(high, low);
  const renames = whole ? value.readUInt32LE(payloadAt + TREE_RENAMES) : 0;
  const lastPiece = whole ? value.readUInt32LE(payloadAt + TREE_NEXT_PIECE) : 0;
  return { identity, lastPiece, key: Buffer.from(key), renames, slot, position, check };
}

function identityText(high: number, low: number): string {
  return high.toString(16).padStart(8, '0') + low.toString(16).padStart(8, '0');
}

/** Takes out the records whose collection another key has by now; answers how many had got into the index. */
async function dropTwins(
  store: StoreView,
  cold: ColdStore,
  table: number,
  outdated: readonly LoadedCollection[],
  kept: ReadonlyMap<string, LoadedCollection>,
): Promise<number> {
  if (outdated.length === 0) return 0;
  const { tables, index } = store;
  const batch = new ColdBatch();
  let removed = 0;
  for (const { key, slot, position, check, identity } of outdated) {
    if (kept.get(identity)?.key.equals(key) === true) continue;
    batch.delete(key);
    const slotAt = SlotTables.at(table, slot);
    const view = new DataView(key.buffer, key.byteOffset, key.length);
    const found = index.find(slotAt, position | 0, check | 0, view, KEY_HEADER_BYTES, key.length - KEY_HEADER_BYTES);
    if (found === 0) continue;
    index.remove(slotAt, position | 0);
    tables.count(slotAt, COUNT_KEYS, -1);
    tables.count(slotAt, COUNT_COLD, -1);
    if ((found & ENTRY_EXPIRES) !== 0) tables.count(slotAt, COUNT_EXPIRES, -1);
    removed++;
  }
  await cold.write(batch);
  return removed;
}

/** Deletes pieces whose identity no record has: of collections that a crash kept from being written or deleted to the end. */
async function dropOrphans(
  cold: ColdStore,
  keyspaceId: number,
  kept: ReadonlyMap<string, LoadedCollection>,
): Promise<void> {
  let from = piecesRange(keyspaceId, 0, 0).gte;
  const { lt } = keyspaceRange(keyspaceId);
  for (;;) {
    const iterator = cold.iterate({ gte: from, lt }, { values: false, limit: 1 });
    let key: Buffer | undefined;
    try {
      key = (await iterator.nextChunk())?.keys[0];
    } finally {
      await iterator.close();
    }
    if (key === undefined) return;
    const high = key.readUInt32BE(KEY_POSITION);
    const low = key.readUInt32BE(KEY_CHECK);
    const pieces = piecesRange(keyspaceId, high, low);
    const owner = kept.get(identityText(high, low));
    await cold.deleteRange(
      owner === undefined ? pieces : { gte: pieceKey(keyspaceId, high, low, owner.lastPiece + 1), lt: pieces.lt },
    );
    from = pieces.lt;
  }
}
