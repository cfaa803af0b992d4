import { SLOT_HEADER_BYTES } from '../base/limits.ts';
import { AT_UNSAVED } from '../memory/layout.ts';
import type { SharedMemory } from '../memory/shared-memory.ts';
import { SLOT_NEXT_UNSAVED } from './layout.ts';
import type { SlotTables } from './slot-tables.ts';

/** Behind the last slot of the list. Slot n (of all tables) is n + 2; 0 says that a slot is not in the list, or that the list is empty. */
const END = 1;
const FIRST = 2;
const HEAD = AT_UNSAVED >> 2;

/** Bound once, see mutex.ts. */
const { compareExchange, exchange, load } = Atomics;

/**
 * The slots with changes that no commit has copied yet, for write-through: a list through the slots' headers, whose head is in the control block. A
 * slot is put there, once, by whoever changes one of its keys, under its lock; only the tier thread takes slots out, all at once. So the list
 * costs no memory and a change one compare, or one exchange for the first since the last commit.
 *
 * A slot's link is protected by its lock while it is 0, and belongs to the list while it is not.
 */
export class UnsavedSlots {
  /** Changes that this thread has made, in slots that were in the list already too. Wraps. */
  changes = 0;
  private readonly words: Int32Array;
  private readonly view: DataView;

  constructor(memory: SharedMemory, tables: SlotTables) {
    this.words = new Int32Array(memory.control);
    this.view = tables.view;
  }

  /** Something in the slot has changed that the disk does not know. The slot is locked, and stays so until the change is complete. */
  add(slotAt: number): void {
    this.changes = (this.changes + 1) | 0;
    const { view, words } = this;
    const linkAt = slotAt + SLOT_NEXT_UNSAVED;
    if (view.getUint32(linkAt, true) !== 0) return;
    const mine = slotAt / SLOT_HEADER_BYTES + FIRST;
    for (;;) {
      const head = load(words, HEAD);
      view.setUint32(linkAt, head === 0 ? END : head, true);
      if (compareExchange(words, HEAD, head, mine) === head) return;
    }
  }

  /** A change that is in no slot: of the mapping of databases; or one that another thread has made for a client of this one. */
  touch(): void {
    this.changes = (this.changes + 1) | 0;
  }

  /** Appends all slots of the list, and leaves it empty; each still counts as listed until `forget`. */
  take(slots: number[]): void {
    if (load(this.words, HEAD) === 0) return;
    for (let link = exchange(this.words, HEAD, 0); link >= FIRST; ) {
      const slotAt = (link - FIRST) * SLOT_HEADER_BYTES;
      slots.push(slotAt);
      link = this.view.getUint32(slotAt + SLOT_NEXT_UNSAVED, true);
    }
  }

  /** A slot that was taken is about to be copied, and locked: it may be added again from now on. */
  forget(slotAt: number): void {
    this.view.setUint32(slotAt + SLOT_NEXT_UNSAVED, 0, true);
  }
}
