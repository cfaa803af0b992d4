import { STATE_HOT, STATE_MASK } from '../index/layout.ts';
import { SlotTables } from '../index/slot-tables.ts';
import type { StoreView } from '../index/store-view.ts';
import { Evacuation } from '../memory/evacuation.ts';
import { type Handle, NULL_HANDLE } from '../memory/handle.ts';
import { objectTableHint, objectType, TABLE_HINTS } from '../memory/object.ts';
import type { SharedMemory } from '../memory/shared-memory.ts';
import { isTreeObject } from '../tree/walk.ts';
import { hashUnlocked } from './hash-unlocked.ts';

/**
 * Moves hot objects out of sparse slabs, so that the slabs become pages again that blocks of any size can be made of. One pass closes slabs,
 * looks at every object in the queues, moves those that lie in closed slabs, and opens what did not become empty: slabs in which something else
 * lives, as nodes of collections and pages of the index. Only the mover's thread runs it, between enter and leave of the exclusive lock.
 *
 * What may be moved is a HOT object that is no tree, under the lock of its slot: its entry in the index and its place in the queues are all that
 * refers to it. One whose copy is being written is no more the object that was copied: it stays dirty and is written again. Trees stay, because
 * a checkpoint that has come across one writes it later, by its handle.
 */
export class Defragmenter {
  moved = 0;
  /** Objects in closed slabs that could not be moved. */
  left = 0;
  private readonly store: StoreView;
  private readonly evacuation: Evacuation;
  /** Chunks of the queues that the pass under way has not looked at. */
  private chunks: number[] = [];
  private running = false;

  constructor(store: StoreView, memory: SharedMemory) {
    this.store = store;
    this.evacuation = new Evacuation(memory, store.allocator);
  }

  get active(): boolean {
    return this.running;
  }

  /** Begins a pass; false when there is nothing to be won. */
  begin(): boolean {
    this.store.allocator.flushCaches();
    if (this.evacuation.close() === 0) return false;
    this.chunks = this.store.queues.chunkList();
    this.running = true;
    return true;
  }

  /** Looks at the objects of one chunk, up to 1020; undefined while there are more, then the bytes that the pass has won. */
  step(): number | undefined {
    const chunk = this.chunks.pop();
    if (chunk !== undefined) this.store.queues.handlesOf(chunk, this.consider);
    return this.chunks.length > 0 ? undefined : this.end();
  }

  /** Ends the pass here. */
  end(): number {
    this.chunks = [];
    this.running = false;
    this.store.allocator.flushCaches();
    return this.evacuation.open();
  }

  private readonly consider = (place: number, handle: Handle): void => {
    if (!this.evacuation.concerns(handle)) return;
    if (this.move(place, handle)) this.moved++;
    else this.left++;
  };

  private move(place: number, handle: Handle): boolean {
    const { store } = this;
    if (!hashUnlocked(store, handle)) return false;
    const { slot, position } = store.hasher;
    const { tables, index, queues, arena } = store;
    const hint = objectTableHint(arena.view(handle), arena.offset(handle));
    for (let table = hint; table < tables.tables; table += TABLE_HINTS) {
      const slotAt = SlotTables.at(table, slot);
      if (tables.entries(slotAt) === 0) continue;
      tables.lock(slotAt);
      try {
        // As in Evictor.judge: under the lock of the slot that its key hashes to, a handle still in its place is the live object that was hashed.
        const word1 = index.findHandle(slotAt, position, handle);
        if (word1 === 0) continue;
        const mayMove = (word1 & STATE_MASK) === STATE_HOT && queues.at(place) === handle;
        return mayMove && this.moveHeld(place, handle);
      } finally {
        tables.unlock(slotAt);
      }
    }
    return false;
  }

  /** Its slot is locked, and `index` stands at its entry. */
  private moveHeld(place: number, handle: Handle): boolean {
    const { allocator, arena, index, queues } = this.store;
    const from = arena.offset(handle);
    const view = arena.view(handle);
    if (isTreeObject(view, from)) return false;
    const kind = objectType(view, from);
    const bytes = allocator.capacity(handle);
    const target = allocator.allocate(bytes, kind);
    if (target === NULL_HANDLE) return false;
    if (this.evacuation.concerns(target)) {
      allocator.freeShared(target, kind);
      return false;
    }
    arena.bytes(target).set(arena.bytes(handle).subarray(from, from + bytes), arena.offset(target));
    index.view.setUint32(index.entry, target, true);
    index.epoch++;
    queues.replace(place, target);
    allocator.freeShared(handle, kind);
    return true;
  }
}
