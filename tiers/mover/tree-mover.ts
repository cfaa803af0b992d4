import { ENTRY_DIRTY, ENTRY_FREQUENCY_MASK, ENTRY_ON_DISK, STATE_HOT, STATE_MASK } from '../index/layout.ts';
import { SlotTables, TABLE_USED } from '../index/slot-tables.ts';
import type { StoreView } from '../index/store-view.ts';
import type { Handle } from '../memory/handle.ts';
import { objectType, objectValueAt } from '../memory/object.ts';
import { addGarbage, takeGarbage } from '../tree/garbage.ts';
import { TREE_IDENTITY, TREE_NEXT_PIECE } from '../tree/layout.ts';
import { forgetPieces, shed, writeDirtyNodes } from '../tree/pieces.ts';
import { isTreeObject, rootsOf } from '../tree/walk.ts';
import type { MoverFigures } from './figures.ts';
import { RecordBatch, THEN_MARK_CLEAN } from './record-batch.ts';
import { makeCold } from './transitions.ts';
import type { BatchWriter } from './writer.ts';

/** A TREE object, as whoever found it knows it. It may be gone by the time of its turn. */
export interface TreeItem {
  readonly slotAt: number;
  readonly position: number;
  readonly check: number;
  readonly handle: Handle;
  /** The policy gave it up: it is to leave RAM wholly. Otherwise only nodes that nobody uses do. */
  readonly evict: boolean;
}

/** Nodes looked at while a slot is locked: some 100 us. */
const NODES_PER_LOCK = 2048;
/** Objects that wait for their turn at a time. */
const MAX_PENDING = 256;
/** Passes over an object whose clients load nodes as fast as they are freed. */
const MAX_PASSES = 64;

/**
 * Moves collections that are made of many blocks: writes the nodes that differ from the disk in bounded steps, and frees those that do not. Runs
 * on the thread that owns the store.
 *
 * A step copies nodes under the slot's lock and gives them the numbers of pieces; what a command changes afterwards drops its number again. When a
 * step finds no node left without a number, it copies the key's record too, with the nodes of the roots, and the deletion of all pieces
 * that are out of date: one batch, written whole or not at all. So the disk goes from one moment of the collection to another.
 */
export class TreeMover {
  private readonly store: StoreView;
  private readonly writer: BatchWriter;
  private readonly figures: MoverFigures;
  private readonly batch = new RecordBatch();
  private readonly pending: Map<Handle, TreeItem> = new Map();
  /** Write-through: collections are written by commits, together with what changed at the same moment. */
  commit: (() => Promise<void>) | undefined;

  constructor(store: StoreView, writer: BatchWriter, figures: MoverFigures) {
    this.store = store;
    this.writer = writer;
    this.figures = figures;
  }

  get waiting(): boolean {
    return this.pending.size > 0;
  }

  /** Notes an object that the policy came across. */
  add(item: TreeItem): void {
    if (this.pending.size < MAX_PENDING) this.pending.set(item.handle, item);
  }

  /**
   * Makes room with the objects noted, until there is enough.
   * @throws ColdStoreError
   */
  async relieve(enough: () => boolean): Promise<void> {
    const items = [...this.pending.values()];
    this.pending.clear();
    await this.write(items);
    for (const item of items) {
      for (let pass = 0; pass < MAX_PASSES && !enough(); pass++) {
        if (this.shedOnce(item)) break;
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
  }

  /**
   * Makes an object cold, used or not; false when clients changed it meanwhile, or use it again.
   * @throws ColdStoreError
   */
  async demote(item: TreeItem): Promise<boolean> {
    const { tables, index, exclusive } = this.store;
    await this.write([item]);
    for (let pass = 0; pass < MAX_PASSES; pass++) {
      exclusive.enter();
      tables.lock(item.slotAt);
      const word1 = index.findHandle(item.slotAt, item.position, item.handle);
      if (word1 !== 0) index.view.setUint32(index.entry + 4, (word1 & ~ENTRY_FREQUENCY_MASK) >>> 0, true);
      tables.unlock(item.slotAt);
      exclusive.leave();
      if (word1 === 0) return pass > 0;
      if (this.shedOnce(item)) return true;
      await new Promise((resolve) => setImmediate(resolve));
    }
    return false;
  }

  /**
   * Writes what of the objects differs from the disk. Afterwards each is on disk as it was at some moment since the call.
   * @throws ColdStoreError
   */
  async write(items: readonly TreeItem[]): Promise<void> {
    if (this.commit !== undefined) return this.commit();
    let left = items;
    while (left.length > 0) {
      const now = left;
      let rest: TreeItem[] = [];
      await this.writer.write(this.batch, (batch) => {
        rest = now.filter((item) => batch.full || !this.copy(batch, item));
      });
      left = rest;
    }
  }

  /** Copies what of an object differs from the disk; false when the batch is full before that is done. */
  private copy(batch: RecordBatch, item: TreeItem): boolean {
    const { tables } = this.store;
    tables.lock(item.slotAt);
    try {
      return this.copyLocked(batch, item);
    } finally {
      tables.unlock(item.slotAt);
    }
  }

  /** The same, of an object whose slot is locked. */
  copyLocked(batch: RecordBatch, item: TreeItem): boolean {
    const { tables, index, arena, allocator, versions } = this.store;
    const { slotAt, position, check, handle } = item;
    const table = SlotTables.tableAt(slotAt);
    const word1 = index.findHandle(slotAt, position, handle);
    if ((word1 & ENTRY_DIRTY) === 0 || (word1 & 1) === 0) return true;
    const view = arena.view(handle);
    const at = arena.offset(handle);
    if (tables.tableState(table) !== TABLE_USED || !isTreeObject(view, at)) return true;
    const valueAt = objectValueAt(view, at);
    const kind = objectType(view, at);
    const keyspaceId = tables.keyspaceId(table);
    if ((view.getUint32(valueAt + TREE_IDENTITY, true) | view.getUint32(valueAt + TREE_IDENTITY + 4, true)) === 0) {
      versions.setTime(Date.now());
      versions.next();
      view.setUint32(valueAt + TREE_IDENTITY, versions.low, true);
      view.setUint32(valueAt + TREE_IDENTITY + 4, versions.high, true);
    }
    const low = view.getUint32(valueAt + TREE_IDENTITY, true);
    const high = view.getUint32(valueAt + TREE_IDENTITY + 4, true);
    const first = view.getUint32(valueAt + TREE_NEXT_PIECE, true) + 1;
    const complete = writeDirtyNodes(allocator, view, valueAt, (node, height, piece) => {
      if (batch.full) return false;
      batch.addPiece(this.store, keyspaceId, kind, high, low, piece, node, height);
      return true;
    });
    const garbage = complete ? takeGarbage(allocator, view, valueAt, kind) : [];
    batch.undo.push(() => this.undo(item, high, low, first, garbage));
    if (!complete) return false;
    // From here on the disk may have it, so deleting the key meanwhile must leave a tombstone.
    index.view.setUint32(index.entry + 4, (word1 | ENTRY_ON_DISK) >>> 0, true);
    for (const piece of garbage) batch.deletePiece(keyspaceId, high, low, piece);
    batch.add(this.store, keyspaceId, slotAt, SlotTables.slotAt(slotAt), position, check, handle, THEN_MARK_CLEAN);
    batch.addOwner(keyspaceId, high, low, batch.lastKey);
    return true;
  }

  /** The batch was not written: its pieces are not there, and what it would have deleted is still to be deleted. */
  private undo(item: TreeItem, high: number, low: number, first: number, garbage: readonly number[]): void {
    const { tables, index, arena, allocator } = this.store;
    const { slotAt, position, handle } = item;
    tables.lock(slotAt);
    try {
      if (index.findHandle(slotAt, position, handle) === 0) return;
      const view = arena.view(handle);
      const at = arena.offset(handle);
      const valueAt = objectValueAt(view, at);
      const same =
        isTreeObject(view, at) &&
        view.getUint32(valueAt + TREE_IDENTITY, true) === low &&
        view.getUint32(valueAt + TREE_IDENTITY + 4, true) === high;
      if (!same) return;
      for (const rootAt of rootsOf(view, at)) forgetPieces(allocator, view, rootAt, first);
      for (const piece of garbage) addGarbage(allocator, view, valueAt, objectType(view, at), piece);
    } finally {
      tables.unlock(slotAt);
    }
  }

  /** Frees nodes of an object; true when nothing more can be done for now. */
  private shedOnce(item: TreeItem): boolean {
    const { tables, index, arena, allocator, exclusive } = this.store;
    const { slotAt, position, check, handle } = item;
    exclusive.enter();
    tables.lock(slotAt);
    try {
      const word1 = index.findHandle(slotAt, position, handle);
      const view = arena.view(handle);
      const at = arena.offset(handle);
      if (word1 === 0 || (word1 & STATE_MASK) !== STATE_HOT || !isTreeObject(view, at)) return true;
      const used = (word1 & ENTRY_FREQUENCY_MASK) !== 0;
      const evict = item.evict && !used;
      const kind = objectType(view, at);
      const done = shed(allocator, kind, view, objectValueAt(view, at), !evict, NODES_PER_LOCK);
      this.figures.cleanEvictions += done.freed;
      if (evict && done.left === 0 && (word1 & ENTRY_DIRTY) === 0) {
        index.findHandle(slotAt, position, handle);
        if (makeCold(this.store, slotAt, position, check)) this.figures.demotions++;
        return true;
      }
      // Nodes that differ from the disk stay until they are written; those used since the last look, until the next.
      return done.freed === 0 && done.seen < NODES_PER_LOCK;
    } finally {
      tables.unlock(slotAt);
      exclusive.leave();
    }
  }
}
