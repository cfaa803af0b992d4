import type { StoreView } from '../../tiers/index/store-view.ts';

/** Blocks freed in one go: some 50 us. */
const BLOCKS_PER_TURN = 512;

/** Frees what waits in the graveyard between a thread's batches, a little at a time. */
export class LazyFree {
  private readonly store: StoreView;
  private readonly onFreed: (objects: number) => void;
  private scheduled = false;

  /** `onFreed` is told how many objects were freed. */
  constructor(store: StoreView, onFreed: (objects: number) => void) {
    this.store = store;
    this.onFreed = onFreed;
  }

  /** After a batch: costs one load when nothing waits. */
  afterBatch(): void {
    if (this.scheduled || this.store.graveyard.empty) return;
    this.scheduled = true;
    setImmediate(() => this.turn());
  }

  private turn(): void {
    const { graveyard, exclusive } = this.store;
    this.scheduled = false;
    exclusive.enter();
    try {
      graveyard.clear(BLOCKS_PER_TURN);
    } finally {
      exclusive.leave();
    }
    if (graveyard.freed > 0) this.onFreed(graveyard.freed);
    graveyard.freed = 0;
    this.afterBatch();
  }
}
