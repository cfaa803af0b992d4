import { ENTRY_BYTES } from '../base/limits.ts';
import { ColdStoreError } from '../cold/store.ts';
import { ENTRY_DIRTY, ENTRY_ON_DISK, STATE_MASK, STATE_TOMBSTONE } from '../index/layout.ts';
import { COUNT_DIRTY, SlotTables, TABLE_USED } from '../index/slot-tables.ts';
import type { StoreView } from '../index/store-view.ts';
import type { UnsavedSlots } from '../index/unsaved.ts';
import { asHandle } from '../memory/handle.ts';
import { objectKeyAt, objectKeyLength } from '../memory/object.ts';
import { isTreeObject } from '../tree/walk.ts';
import type { CommitWords } from './commit-words.ts';
import { RecordBatch, THEN_BURY, THEN_MARK_CLEAN } from './record-batch.ts';
import type { TreeItem, TreeMover } from './tree-mover.ts';
import type { BatchWriter } from './writer.ts';

/** What a commit writes as one batch, that is whole or not at all. Copying so much keeps its slots locked for some ms. */
const MAX_RECORDS = 16_384;
const MAX_BYTES = 8 * 1024 * 1024;
/** So often locks are let go because somebody else had one of them. After that everybody is stopped for a moment. */
const MAX_TRIES = 64;
/** After a failed commit. */
const RETRY_MS = 200;

/**
 * Write-through: brings to the store what clients have changed, for all that wait at once. A commit copies every unsaved slot as it is at one moment:
 * it locks all of them, and those that were added meanwhile, before it copies the first. A command holds all its slots until it has
 * ended, so a commit has a command, transaction or script wholly or not at all; and so has the disk, as far as one batch holds it. See decision 0009.
 */
export class Commits {
  /** Called after each commit that is in the store's log. */
  onDone: () => void = () => {};
  private readonly store: StoreView;
  private readonly unsaved: UnsavedSlots;
  private readonly writer: BatchWriter;
  private readonly trees: TreeMover;
  private readonly words: CommitWords;
  private readonly batch = new RecordBatch(MAX_RECORDS, MAX_BYTES);
  /** Slots of the batch at hand. */
  private readonly slots: number[] = [];
  private readonly large: TreeItem[] = [];
  private last: Promise<void> = Promise.resolve();
  private next: Promise<void> | undefined;
  private serving = false;
  private retry: NodeJS.Timeout | undefined;
  private closed = false;

  constructor(store: StoreView, unsaved: UnsavedSlots, writer: BatchWriter, trees: TreeMover, words: CommitWords) {
    this.store = store;
    this.unsaved = unsaved;
    this.writer = writer;
    this.trees = trees;
    this.words = words;
  }

  /**
   * Resolves when everything that had changed before the call is in the store's log.
   * @throws ColdStoreError: it is tried again later
   */
  run(): Promise<void> {
    if (this.next !== undefined) return this.next;
    const next = this.last
      .catch(() => {})
      .then(() => {
        this.next = undefined;
        this.last = this.once();
        return this.last;
      });
    this.next = next;
    return next;
  }

  /** A front-end wants commits: makes them until nobody wants more. */
  async serve(): Promise<void> {
    if (this.serving || this.closed) return;
    this.serving = true;
    try {
      do {
        this.words.attend();
        await this.run();
      } while (!this.words.rest());
    } catch (error) {
      if (!(error instanceof ColdStoreError)) throw error;
      // The writer has counted and kept the error, and `retry` goes on.
    } finally {
      this.serving = false;
    }
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.retry);
  }

  private async once(): Promise<void> {
    const { words, writer, batch } = this;
    let number = 0;
    try {
      for (let all = false; !all; ) {
        await writer.write(batch, () => {
          // Before any change is looked at: who changed something before it read this number is in.
          if (number === 0) number = words.begin();
          all = this.fill();
        });
      }
    } catch (error) {
      if (!(error instanceof ColdStoreError)) throw error;
      this.keep();
      words.fail();
      if (!this.closed) {
        this.retry ??= setTimeout(() => {
          this.retry = undefined;
          void this.serve();
        }, RETRY_MS);
      }
      throw error;
    }
    words.end(number);
    this.onDone();
  }

  /** Copies what is unsaved; false when the batch was full before that was done. The exclusive lock is entered. */
  private fill(): boolean {
    const { slots, unsaved, store } = this;
    slots.length = 0;
    unsaved.take(slots);
    if (this.lockAll()) {
      const all = this.copyAll();
      this.unlock(slots.length);
      return all;
    }
    return store.exclusive.run(() => {
      unsaved.take(slots);
      return this.copyAll();
    });
  }

  /** Locks the slots at hand, and those that are added until all are locked. False, and nothing is locked, when others are always faster. */
  private lockAll(): boolean {
    const { slots, unsaved } = this;
    const { tables } = this.store;
    let locked = 0;
    for (let tries = 0; ; ) {
      while (locked < slots.length) {
        const slotAt = slots[locked] ?? 0;
        if (tables.tryLock(slotAt)) {
          locked++;
          continue;
        }
        // It never waits with locks in hand: commands take theirs in another order.
        this.unlock(locked);
        if (++tries > MAX_TRIES) return false;
        slots[locked] = slots[0] ?? 0;
        slots[0] = slotAt;
        tables.lock(slotAt);
        locked = 1;
      }
      // A command that has ended since the first look, and changed one of these slots, may have changed others.
      unsaved.take(slots);
      if (locked === slots.length) return true;
    }
  }

  private unlock(count: number): void {
    for (let n = 0; n < count; n++) this.store.tables.unlock(this.slots[n] ?? 0);
  }

  private copyAll(): boolean {
    const { unsaved } = this;
    let all = true;
    for (const slotAt of this.slots) {
      unsaved.forget(slotAt);
      if (this.copySlot(slotAt)) continue;
      unsaved.add(slotAt);
      all = false;
    }
    return all;
  }

  /** Copies a slot's dirty objects; false when there is no room for all. Nobody else touches the slot. */
  private copySlot(slotAt: number): boolean {
    const { tables, index, arena, hasher } = this.store;
    const { batch, large } = this;
    const table = SlotTables.tableAt(slotAt);
    // Flushed: its keys go with the table.
    if (tables.tableState(table) !== TABLE_USED) return true;
    const keyspaceId = tables.keyspaceId(table);
    const slot = SlotTables.slotAt(slotAt);
    large.length = 0;
    let left = tables.slotCount(slotAt, COUNT_DIRTY);
    for (let from = 0; left > 0 && from < 2 ** 32 && index.walk(slotAt, from); from = index.nextPagePosition(from)) {
      const { view } = index;
      for (let at = index.firstEntry; at < index.endOfPage; at += ENTRY_BYTES) {
        const word1 = view.getUint32(at + 4, true);
        const state = word1 & STATE_MASK;
        if ((state & 1) === 0 || (word1 & ENTRY_DIRTY) === 0) continue;
        if (batch.full) return false;
        left--;
        const handle = asHandle(view.getUint32(at, true));
        const object = arena.view(handle);
        const objectAt = arena.offset(handle);
        hasher.hash(object, objectKeyAt(object, objectAt), objectKeyLength(object, objectAt));
        const { position, check } = hasher;
        if (state !== STATE_TOMBSTONE && isTreeObject(object, objectAt)) {
          large.push({ slotAt, position, check, handle, evict: false });
          continue;
        }
        // From here on the disk may have it, so deleting the key meanwhile must leave a tombstone.
        view.setUint32(at + 4, (word1 | ENTRY_ON_DISK) >>> 0, true);
        const then = state === STATE_TOMBSTONE ? THEN_BURY : THEN_MARK_CLEAN;
        batch.add(this.store, keyspaceId, slotAt, slot, position, check, handle, then);
      }
    }
    for (const item of large) if (batch.full || !this.trees.copyLocked(batch, item)) return false;
    return true;
  }

  /** What was copied has not been written: it is unsaved again. */
  private keep(): void {
    const { slots, unsaved, store } = this;
    store.exclusive.enter();
    for (const slotAt of slots) {
      store.tables.lock(slotAt);
      unsaved.add(slotAt);
      store.tables.unlock(slotAt);
    }
    store.exclusive.leave();
  }
}
