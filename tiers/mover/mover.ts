import { PAGE_BYTES } from '../base/limits.ts';
import type { StoreView } from '../index/store-view.ts';
import { NULL_HANDLE } from '../memory/handle.ts';
import { KIND_INDEX } from '../memory/layout.ts';
import { maxmemoryPolicy, type Relief, reliefOf } from '../policy/maxmemory-policy.ts';
import type { HotPolicy } from '../policy/policy.ts';
import { Evictor, STEP_COPIED, STEP_NOTHING } from './evictor.ts';
import type { MoverFigures } from './figures.ts';
import { type MemoryPressure, PRESSURE_FAILED, PRESSURE_NONE, PRESSURE_STUCK } from './pressure.ts';
import { RecordBatch } from './record-batch.ts';
import type { TreeMover } from './tree-mover.ts';
import type { BatchWriter } from './writer.ts';

/** Steps between looks at the total, and the longest turn before the event loop gets its chance, in ms. */
const STEPS_PER_LOOK = 64;
/** Blocks of buried collections freed between two looks at the clock: some 25 us. */
const GRAVE_BLOCKS_PER_LOOK = 256;
const TURN_MS = 4;
/** Objects that one round of compaction moves. */
const COMPACT_STEPS = 4096;
/** A store that failed is left alone this long. */
const RETRY_MS = 200;

/** Keeps the hot tier below its bound: takes victims by policy until memory is below the low-water mark. */
export class Mover {
  private readonly store: StoreView;
  private readonly pressure: MemoryPressure;
  private readonly evictor: Evictor;
  private readonly writer: BatchWriter | undefined;
  private readonly trees: TreeMover | undefined;
  private readonly batch = new RecordBatch();
  private running: Promise<boolean> | undefined;
  /** Bytes that somebody needs in one block. */
  private wanted = 0;
  private relief: Relief = reliefOf({ scope: 'all', order: 's3fifo', delete: false }, false);

  constructor(
    store: StoreView,
    pressure: MemoryPressure,
    policy: HotPolicy,
    figures: MoverFigures,
    writer: BatchWriter | undefined,
    trees: TreeMover | undefined,
  ) {
    this.store = store;
    this.pressure = pressure;
    this.writer = writer;
    this.evictor = new Evictor(store, policy, figures);
    this.trees = trees;
    if (trees !== undefined) this.evictor.onTree = (item) => trees.add(item);
  }

  /** `maxmemory-policy` by name, and whether there is a cold tier that may take more. */
  setPolicy(name: string, coldHasRoom: boolean): void {
    const policy = maxmemoryPolicy(name);
    if (policy === undefined) throw new Error(`maxmemory-policy ${name}`);
    this.relief = reliefOf(policy, coldHasRoom);
  }

  /** Where eviction stops: a little below the mark that starts it. */
  private get lowWater(): number {
    const { max, highWater } = this.pressure;
    return Math.min(highWater - (max - highWater) / 2, max - this.wanted);
  }

  private get satisfied(): boolean {
    return this.pressure.max === 0 || this.pressure.usedBytes() <= this.lowWater;
  }

  /** Frees memory until there is enough; false when nothing more can be freed. Calls meanwhile join the one that runs. */
  free(): Promise<boolean> {
    this.running ??= this.run().finally(() => {
      this.running = undefined;
    });
    return this.running;
  }

  /** Frees memory until a block of so many bytes can be had; false when it cannot. What was freed may be gone again by then. */
  async freeFor(bytes: number): Promise<boolean> {
    const { max } = this.pressure;
    if (max === 0 || this.relief.action === 'refuse') return this.fits(bytes);
    try {
      // Free memory in slabs of other sizes is of no use, so more than the bytes themselves may have to go.
      for (let room = bytes; room <= max; room += Math.ceil(max / 64)) {
        this.wanted = room;
        const enough = await this.free();
        if (this.fits(bytes)) return true;
        if (!enough) return false;
      }
      return false;
    } finally {
      this.wanted = 0;
    }
  }

  /** Whether a thread without this one's reserve could allocate so many bytes. */
  private fits(bytes: number): boolean {
    const { allocator } = this.store;
    const handle = allocator.allocate(bytes + allocator.reservePages * PAGE_BYTES, KIND_INDEX);
    if (handle === NULL_HANDLE) return false;
    allocator.free(handle, KIND_INDEX);
    return true;
  }

  /** Background care for the queues: see Evictor.compact. */
  compactQueues(): void {
    if (this.running !== undefined) return;
    const { exclusive } = this.store;
    exclusive.enter();
    try {
      this.evictor.compact(COMPACT_STEPS);
    } finally {
      exclusive.leave();
    }
  }

  /** Frees clean objects only, here and now; true when memory is below the mark. */
  freeClean(): boolean {
    if (this.relief.action === 'refuse') return false;
    if (this.running !== undefined) return false;
    for (let steps = 0; steps < STEPS_PER_LOOK * 8 && !this.batch.full; steps++) {
      if (this.evictor.step(this.relief, this.batch) === STEP_NOTHING) break;
      if (steps % 16 === 15 && this.pressure.usedBytes() < this.pressure.max) break;
    }
    // Dirty ones that came up are copied. They take their turn now: a copy that waits grows old.
    if (!this.batch.empty) void this.free();
    return this.pressure.usedBytes() < this.pressure.max;
  }

  private async run(): Promise<boolean> {
    const { writer } = this;
    for (;;) {
      let progress = false;
      // It begins with what `freeClean` has copied, and nothing else before the first await: the caller is within a batch.
      if (this.batch.empty) {
        if (this.satisfied) return this.finish(true);
        if (this.relief.action === 'refuse') return this.finish(false);
        if (writer !== undefined && writer.failedAtMs > 0 && Date.now() - writer.failedAtMs < RETRY_MS)
          return this.finish(false);
        progress = this.turn();
      }
      const { trees } = this;
      if (writer !== undefined && (!this.batch.empty || trees?.waiting === true)) {
        try {
          if (!this.batch.empty) await writer.writeFilled(this.batch);
          if (trees?.waiting === true) await trees.relieve(() => this.satisfied);
        } catch {
          // The writer has counted and kept the error; objects are hot again, and writers are told that memory is short.
          return this.finish(false);
        }
      } else if (!progress) return this.finish(this.satisfied);
      else await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Judges objects for some ms, or until enough is freed or copied; false when there was nothing to judge. */
  private turn(): boolean {
    const { exclusive } = this.store;
    const until = performance.now() + TURN_MS;
    let any = false;
    exclusive.enter();
    try {
      for (;;) {
        // Large collections that are gone already, but not free yet, come first: nothing more goes than has to.
        const { graveyard } = this.store;
        const buried = !graveyard.empty;
        if (buried) {
          graveyard.clear(GRAVE_BLOCKS_PER_LOOK);
          any = true;
        }
        for (let step = 0; step < STEPS_PER_LOOK && !this.batch.full && !buried; step++) {
          const did = this.evictor.step(this.relief, this.batch);
          if (did === STEP_NOTHING) return any;
          any = true;
          // What is copied is as good as freed.
          if (did === STEP_COPIED && this.pressure.usedBytes() - this.batch.batch.bytes <= this.lowWater) return true;
        }
        if (
          this.batch.full ||
          this.satisfied ||
          this.trees?.waiting === true ||
          performance.now() > until ||
          exclusive.wanted
        )
          return true;
      }
    } finally {
      exclusive.leave();
    }
  }

  private finish(enough: boolean): boolean {
    this.store.allocator.flushCaches();
    if (enough && this.pressure.state !== PRESSURE_NONE) this.pressure.setState(PRESSURE_NONE);
    else if (!enough && this.pressure.max > 0 && this.pressure.usedBytes() > this.pressure.highWater)
      this.pressure.setState((this.writer?.failedAtMs ?? 0) > 0 ? PRESSURE_FAILED : PRESSURE_STUCK);
    return enough;
  }
}
