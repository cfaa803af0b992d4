import { setImmediate } from 'node:timers';
import type { Config } from '../../engine/config/config.ts';
import { counters, type Statistics } from '../../engine/server/statistics.ts';
import type { StoreView } from '../../tiers/index/store-view.ts';
import type { SharedMemory } from '../../tiers/memory/shared-memory.ts';
import { Defragmenter } from '../../tiers/mover/defragmenter.ts';
import type { MemoryPressure } from '../../tiers/mover/pressure.ts';
import { limitFor } from '../shared.ts';

/** One turn of the event loop is used for so long at most. */
const SLICE_MS = 2;
/** A pass that won less than this share of what is wasted is not soon followed by another. */
const WORTH_SHARE = 0.1;
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;
/** Who waits for a block waits for so much of a pass. */
const RELIEF_MS = 20;
/** Of the room that the arena has beyond maxmemory: with less left, the next block may not be had though memory is free. */
const TIGHT_SHARE = 0.5;

/**
 * `activedefrag yes`: while more than `active-defrag-threshold-lower` percent of what the arena has in use, and more than
 * `active-defrag-ignore-bytes`, is free blocks in slabs, objects are moved together, for `active-defrag-cycle-min` to `-max` percent of the time of
 * this thread, more the more is wasted. A part of the tick.
 *
 * Whether it is on or off: once free blocks in slabs have taken the room that the arena has for them, values would be evicted until whole slabs are empty, up
 * to a quarter of what is hot (where sizes change over time: docs/decisions/0015-live-predictions.md). Then objects are moved together first.
 */
export class ActiveDefrag {
  private readonly store: StoreView;
  private readonly config: Config;
  private readonly pressure: MemoryPressure;
  private readonly statistics: Statistics;
  private readonly work: Defragmenter;
  private notBeforeMs = 0;
  private pauseMs = FIRST_PAUSE_MS;
  /** What is left of this tick's time. */
  private leftMs = 0;
  private scheduled = false;
  /** The pass under way was begun because memory was short. */
  private urgent = false;

  constructor(
    store: StoreView,
    memory: SharedMemory,
    config: Config,
    pressure: MemoryPressure,
    statistics: Statistics,
  ) {
    this.store = store;
    this.config = config;
    this.pressure = pressure;
    this.statistics = statistics;
    this.work = new Defragmenter(store, memory);
  }

  /** `tickMs`: until the next. */
  tick(tickMs: number): void {
    const { values } = this.config;
    const tight = this.tight;
    const percent = tight ? values['active-defrag-cycle-max'] : this.cpuPercent();
    if (this.work.active && !values.activedefrag && !this.urgent) this.finish(this.within(() => this.work.end()));
    const now = performance.now();
    if (!this.work.active) {
      const wanted = (values.activedefrag || tight) && percent > 0 && now >= this.notBeforeMs;
      if (!wanted || !this.within(() => this.work.begin())) {
        this.statistics.set(counters.active_defrag_running, 0);
        return;
      }
      this.urgent = tight;
    }
    const { 'active-defrag-cycle-min': least } = values;
    this.statistics.set(counters.active_defrag_running, Math.max(percent, least));
    this.leftMs = (Math.max(percent, least) / 100) * tickMs;
    this.schedule();
  }

  /**
   * For somebody who could not get a block though memory is free: a pass now, for 20 ms at most; what is left of it follows in the ticks. Whether slabs
   * became pages.
   */
  async relieve(): Promise<boolean> {
    const startedAt = performance.now();
    if (!this.work.active) {
      if (startedAt < this.notBeforeMs) return false;
      if (!this.within(() => this.work.begin())) {
        this.finish(0);
        return false;
      }
    }
    this.urgent = true;
    while (this.work.active && performance.now() - startedAt < RELIEF_MS) {
      const won = this.advance(SLICE_MS);
      if (won !== undefined) return won > 0;
      await new Promise((resolve) => setImmediate(resolve));
    }
    return false;
  }

  /** Whether free blocks in slabs have taken most of the room that the arena has for them. */
  private get tight(): boolean {
    const { max } = this.pressure;
    return max > 0 && this.pressure.committedBytes() > max + (limitFor(max) - max) * TIGHT_SHARE;
  }

  /** Percent of this thread's time that the waste is worth, 0 for none. */
  private cpuPercent(): number {
    const { values } = this.config;
    const used = this.pressure.usedBytes();
    const wasted = this.pressure.committedBytes() - used;
    const lower = values['active-defrag-threshold-lower'];
    const upper = Math.max(lower + 1, values['active-defrag-threshold-upper']);
    const percent = (wasted / Math.max(1, used)) * 100;
    if (wasted < values['active-defrag-ignore-bytes'] || percent < lower) return 0;
    const { 'active-defrag-cycle-min': least, 'active-defrag-cycle-max': most } = values;
    const share = Math.min(1, (percent - lower) / (upper - lower));
    return Math.round(least + Math.max(0, most - least) * share);
  }

  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(this.slice);
  }

  private readonly slice = (): void => {
    this.scheduled = false;
    if (!this.work.active) return;
    const from = performance.now();
    const won = this.advance(Math.min(SLICE_MS, this.leftMs));
    this.leftMs -= performance.now() - from;
    if (won === undefined && this.leftMs > 0) this.schedule();
  };

  /** Goes on with the pass for so long; undefined while there is more of it, then the bytes that it has won. */
  private advance(ms: number): number | undefined {
    const { work } = this;
    const from = performance.now();
    const before = { moved: work.moved, left: work.left };
    const won = this.within(() => {
      const until = from + ms;
      let bytes: number | undefined;
      do bytes = work.step();
      while (bytes === undefined && performance.now() < until && !this.store.exclusive.wanted);
      return bytes;
    });
    this.statistics.add(counters.active_defrag_hits, work.moved - before.moved);
    this.statistics.add(counters.active_defrag_misses, work.left - before.left);
    this.statistics.add(counters.total_active_defrag_time, performance.now() - from);
    if (won !== undefined) this.finish(won);
    return won;
  }

  private finish(wonBytes: number): void {
    this.urgent = false;
    const wasted = this.pressure.committedBytes() - this.pressure.usedBytes();
    const worth = wonBytes > wasted * WORTH_SHARE;
    this.pauseMs = worth ? FIRST_PAUSE_MS : Math.min(LONGEST_PAUSE_MS, this.pauseMs * 2);
    this.notBeforeMs = performance.now() + (worth ? 0 : this.pauseMs);
  }

  private within<T>(body: () => T): T {
    const { exclusive } = this.store;
    exclusive.enter();
    try {
      return body();
    } finally {
      exclusive.leave();
    }
  }
}
