import { pieceKey, RecordReader } from '../../tiers/cold/record.ts';
import { STATE_MASK } from '../../tiers/index/layout.ts';
import type { StoreView } from '../../tiers/index/store-view.ts';
import { asHandle } from '../../tiers/memory/handle.ts';
import { objectType, objectValueAt } from '../../tiers/memory/object.ts';
import { rootOffset, TREE_IDENTITY, TREE_ROOTS } from '../../tiers/tree/layout.ts';
import { adopt, isWanted } from '../../tiers/tree/pieces.ts';
import { isTreeObject } from '../../tiers/tree/walk.ts';
import { CommandError } from '../commands/errors.ts';
import type { PiecesMissing } from './pieces-missing.ts';

/** Reads records of the cold tier by their keys, undefined where there is none. Rejects with a CommandError `IOERR ...`. */
export type ReadRecords = (keys: readonly Buffer[]) => Promise<readonly (Buffer | undefined)[]>;

/** Brings nodes of a collection from disk into RAM. One per thread. */
export class PieceLoader {
  private readonly store: StoreView;
  private readonly read: ReadRecords;
  private readonly reader = new RecordReader();

  constructor(store: StoreView, read: ReadRecords) {
    this.store = store;
    this.read = read;
  }

  /**
   * Reads what is missing; `wake` is called when the command can run again, outside of any batch. Call it while the key's slot is locked.
   * `key`: the key's name, which the loader keeps.
   */
  load(signal: PiecesMissing, key: Buffer, wake: (error?: CommandError) => void): void {
    const { place, keys } = this.locate(signal);
    this.read(keys).then(
      (values) => wake(this.install(place, key, signal, keys, values)),
      (error: unknown) => {
        if (!(error instanceof CommandError)) throw error;
        wake(error);
      },
    );
  }

  /** The same at once, with the key's slot locked throughout. Throws a CommandError when it cannot be done. */
  loadHeld(
    signal: PiecesMissing,
    key: Buffer,
    read: (keys: readonly Buffer[]) => readonly (Buffer | undefined)[],
  ): void {
    const { place, keys } = this.locate(signal);
    const error = this.installLocked(place, key, signal, keys, read(keys));
    if (error !== undefined) throw error;
  }

  /** Where the missing pieces belong, and what their records are called. */
  private locate({ ref, root, missing }: PiecesMissing): { readonly place: Place; readonly keys: readonly Buffer[] } {
    const { arena, tables } = this.store;
    const handle = asHandle(ref.handle);
    const view = arena.view(handle);
    const identityAt = objectValueAt(view, arena.offset(handle)) + TREE_IDENTITY;
    const place = {
      root,
      slotAt: ref.slotAt,
      position: ref.position,
      check: ref.check,
      identityLow: view.getUint32(identityAt, true),
      identityHigh: view.getUint32(identityAt + 4, true),
    };
    const keyspaceId = tables.keyspaceId(ref.table);
    const keys = missing.map(({ piece }) => pieceKey(keyspaceId, place.identityHigh, place.identityLow, piece));
    return { place, keys };
  }

  /** Puts what was read where it belongs, if the collection still is what it was there. */
  private install(
    place: Place,
    key: Buffer,
    signal: PiecesMissing,
    keys: readonly Buffer[],
    values: readonly (Buffer | undefined)[],
  ): CommandError | undefined {
    const { tables, exclusive } = this.store;
    exclusive.enter();
    tables.lock(place.slotAt);
    try {
      return this.installLocked(place, key, signal, keys, values);
    } finally {
      tables.unlock(place.slotAt);
      exclusive.leave();
    }
  }

  private installLocked(
    place: Place,
    key: Buffer,
    { missing }: PiecesMissing,
    keys: readonly Buffer[],
    values: readonly (Buffer | undefined)[],
  ): CommandError | undefined {
    const { index, arena, allocator } = this.store;
    const keyView = new DataView(key.buffer, key.byteOffset, key.length);
    const word1 = index.find(place.slotAt, place.position, place.check, keyView, 0, key.length);
    if (word1 === 0 || (word1 & STATE_MASK & 1) === 0) return undefined;
    const handle = asHandle(index.view.getUint32(index.entry, true));
    const view = arena.view(handle);
    const at = arena.offset(handle);
    if (!isTreeObject(view, at)) return undefined;
    const valueAt = objectValueAt(view, at);
    const same =
      view.getUint32(valueAt + TREE_IDENTITY, true) === place.identityLow &&
      view.getUint32(valueAt + TREE_IDENTITY + 4, true) === place.identityHigh &&
      place.root < view.getUint8(valueAt + TREE_ROOTS);
    if (!same) return undefined;
    const rootAt = valueAt + rootOffset(place.root);
    for (const [n, { path, piece }] of missing.entries()) {
      const value = values[n];
      const recordKey = keys[n];
      if (value === undefined || recordKey === undefined) {
        // Gone because the node changed while it was read, or because its parent moved: then its place has another number by now.
        if (isWanted(allocator, view, rootAt, path, piece))
          return new CommandError('IOERR A piece of this key is not on disk');
        continue;
      }
      const problem = this.reader.read(recordKey, value);
      if (problem !== undefined) return new CommandError(`IOERR A piece of this key on disk is damaged (${problem})`);
      const from = new DataView(value.buffer, value.byteOffset, value.length);
      const { payloadAt } = this.reader;
      const length = value.length - payloadAt;
      adopt(allocator, objectType(view, at), view, rootAt, path, piece, from, value, payloadAt, length);
    }
    return undefined;
  }
}

interface Place {
  readonly root: number;
  readonly slotAt: number;
  readonly position: number;
  readonly check: number;
  readonly identityLow: number;
  readonly identityHigh: number;
}
