import type { StoreView } from '../../tiers/index/store-view.ts';

/** Blocks freed in one go: some 50 us. */
const BLOCKS_PER_TURN = 512;

/** Frees what waits in the graveyard between a thread's batches, a little at a time. */
export class LazyFree {
  private readonly store: StoreView;
  private scheduled = false;

  constructor(store: StoreView) {
    this.store = store;
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
    this.afterBatch();
  }
}
