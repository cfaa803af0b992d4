import type { ColdName, NameRange } from '../../engine/keyspace/key-scanner.ts';
import { ColdStoreError } from '../../tiers/cold/store.ts';
import { ENTRY_EXPIRES, ENTRY_TAG_MASK, STATE_COLD, STATE_MASK } from '../../tiers/index/layout.ts';
import { SlotTables } from '../../tiers/index/slot-tables.ts';
import type { StoreView } from '../../tiers/index/store-view.ts';
import type { MoverFigures } from '../../tiers/mover/figures.ts';

export interface ColdExpiryParts {
  readonly store: StoreView;
  readonly figures: MoverFigures;
  /** Whether somebody wants to know the names of keys that expire. */
  readonly wanted: () => boolean;
  /** Names of cold keys, read from disk. */
  readonly names: (ranges: readonly NameRange[]) => Promise<readonly (readonly ColdName[])[]>;
}

interface Due {
  readonly slotAt: number;
  /** Word 1 of its entry. */
  readonly word1: number;
}

/** So many are read in one go; the others' turn comes a second later. */
const MAX_DUE = 256;

/**
 * Of a cold key that is due the index knows no name, and the sweep simply drops it. While somebody listens for expired keys the names are read from
 * disk first.
 */
export class ColdExpiry {
  private readonly parts: ColdExpiryParts;
  private due: Due[] = [];
  private running = false;
  /** The disk cannot be read: keys are dropped without a word. */
  private failed = false;

  constructor(parts: ColdExpiryParts) {
    this.parts = parts;
  }

  /** The sweep met a key that is due, in this slot, which is locked. Whether it is removed here, later. */
  readonly note = (slotAt: number, word1: number): boolean => {
    if (this.failed || !this.parts.wanted()) return false;
    if (!this.running && this.due.length < MAX_DUE) this.due.push({ slotAt, word1 });
    return true;
  };

  /** After a sweep. */
  run(): void {
    if (this.running || this.due.length === 0) return;
    const { due } = this;
    this.due = [];
    this.running = true;
    void this.removeAll(due).finally(() => {
      this.running = false;
    });
  }

  private async removeAll(due: readonly Due[]): Promise<void> {
    const { names, store } = this.parts;
    const { tables } = store;
    const ranges = due.map(({ slotAt, word1 }): NameRange => {
      const from = (word1 & ENTRY_TAG_MASK) >>> 0;
      const keyspaceId = tables.keyspaceId(SlotTables.tableAt(slotAt));
      return { keyspaceId, slot: SlotTables.slotAt(slotAt), from, to: from + 0xff };
    });
    try {
      const lists = await names(ranges);
      for (const [n, { slotAt }] of due.entries()) {
        for (const { key } of lists[n] ?? []) this.removeOne(slotAt, key);
      }
      this.failed = false;
    } catch (error) {
      if (!(error instanceof ColdStoreError)) throw error;
      this.failed = true;
    }
  }

  private removeOne(slotAt: number, key: Buffer): void {
    const { store, figures } = this.parts;
    const { tables, index, hasher, exclusive } = store;
    const view = new DataView(key.buffer, key.byteOffset, key.length);
    exclusive.enter();
    hasher.hash(view, 0, key.length);
    const { position, check } = hasher;
    tables.lock(slotAt);
    const word1 = index.find(slotAt, position, check, view, 0, key.length);
    if ((word1 & STATE_MASK) === STATE_COLD && (word1 & ENTRY_EXPIRES) !== 0) {
      if (index.expiryAfter(index.view, index.entry) <= Date.now()) {
        store.onGone?.('expired', slotAt, view, 0, key.length);
        if (store.removeKey(slotAt, position, view, 0, key.length)) figures.expiredKeys++;
      }
    }
    tables.unlock(slotAt);
    exclusive.leave();
  }
}
