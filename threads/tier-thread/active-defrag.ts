import { setImmediate } from 'node:timers';
import type { Config } from '../../engine/config/config.ts';
import { counters, type Statistics } from '../../engine/server/statistics.ts';
import type { StoreView } from '../../tiers/index/store-view.ts';
import type { SharedMemory } from '../../tiers/memory/shared-memory.ts';
import { Defragmenter } from '../../tiers/mover/defragmenter.ts';
import type { MemoryPressure } from '../../tiers/mover/pressure.ts';

/** One turn of the event loop is used for so long at most. */
const SLICE_MS = 2;
/** A pass that won less than this share of what is wasted is not soon followed by another. */
const WORTH_SHARE = 0.1;
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;

/**
 * `activedefrag yes`: while more than `active-defrag-threshold-lower` percent of what the arena has in use, and more than
 * `active-defrag-ignore-bytes`, is free blocks in slabs, objects are moved together, for `active-defrag-cycle-min` to `-max` percent of the time of
 * this thread, more the more is wasted. A part of the tick.
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
    const percent = this.cpuPercent();
    if (this.work.active && !values.activedefrag) this.finish(this.within(() => this.work.end()));
    const now = performance.now();
    if (!this.work.active) {
      const wanted = values.activedefrag && percent > 0 && now >= this.notBeforeMs;
      if (!wanted || !this.within(() => this.work.begin())) {
        this.statistics.set(counters.active_defrag_running, 0);
        return;
      }
    }
    const { 'active-defrag-cycle-min': least } = values;
    this.statistics.set(counters.active_defrag_running, Math.max(percent, least));
    this.leftMs = (Math.max(percent, least) / 100) * tickMs;
    this.schedule();
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
    const { work } = this;
    const from = performance.now();
    const before = { moved: work.moved, left: work.left };
    const won = this.within(() => {
      const until = from + Math.min(SLICE_MS, this.leftMs);
      let bytes: number | undefined;
      do bytes = work.step();
      while (bytes === undefined && performance.now() < until && !this.store.exclusive.wanted);
      return bytes;
    });
    const tookMs = performance.now() - from;
    this.statistics.add(counters.active_defrag_hits, work.moved - before.moved);
    this.statistics.add(counters.active_defrag_misses, work.left - before.left);
    this.statistics.add(counters.total_active_defrag_time, tookMs);
    this.leftMs -= tookMs;
    if (won !== undefined) this.finish(won);
    else if (this.leftMs > 0) this.schedule();
  };

  private finish(wonBytes: number): void {
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
