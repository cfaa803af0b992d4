import { performance } from 'node:perf_hooks';
import { ColdStoreError } from '../cold/store.ts';
import type { StoreView } from '../index/store-view.ts';
import { maxmemoryPolicy, type Relief, reliefOf } from '../policy/maxmemory-policy.ts';
import type { HotPolicy } from '../policy/policy.ts';
import type { StorageAdmission } from './admission.ts';
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
/** Who waits for a block has a share of maxmemory freed, or its block's size if that is more. */
const FREED_SHARE = 512;
const MIN_FREED_BYTES = 64 * 1024;
const MAX_FREED_BYTES = 4 * 2 ** 20;
/** A store that failed is left alone this long. */
const RETRY_MS = 200;

/** Keeps the hot tier below its bound: takes victims by policy until memory is below the low-water mark. */
export class Mover {
  /** Moves objects together for somebody who cannot get a block though memory is free; whether slabs became pages. Asked before anything is evicted for it. */
  gather: (() => Promise<boolean>) | undefined;
  private readonly store: StoreView;
  private readonly pressure: MemoryPressure;
  private readonly evictor: Evictor;
  private readonly writer: BatchWriter | undefined;
  private readonly trees: TreeMover | undefined;
  private readonly batch = new RecordBatch();
  private running: Promise<boolean> | undefined;
  private committing: (() => Promise<void>) | undefined;
  /** Used bytes are to come below this besides, for somebody who could not get a block. */
  private ceiling = Number.POSITIVE_INFINITY;
  /** The last of those who wait for a block: they take turns. */
  private lastFreeing: Promise<unknown> = Promise.resolve();
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

  /** Write-through: dirty objects are written by commits only. */
  set commit(commit: () => Promise<void>) {
    this.evictor.keepsDirty = true;
    this.committing = commit;
  }

  /** Asks from now on what goes to the cold tier for the first time. */
  setAdmission(admission: StorageAdmission): void {
    this.evictor.admission = admission;
  }

  /** `maxmemory-policy` by name, and whether there is a cold tier that may take more. */
  setPolicy(name: string, coldHasRoom: boolean): void {
    const policy = maxmemoryPolicy(name);
    if (policy === undefined) throw new Error(`maxmemory-policy ${name}`);
    this.relief = reliefOf(policy, coldHasRoom);
  }

  /** Where eviction stops: a little below the mark that starts it. */
  private get lowWater(): number {
    return Math.min(this.pressure.lowWater, this.ceiling);
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
  freeFor(bytes: number): Promise<boolean> {
    const freeing = this.lastFreeing.then(() => this.freeBlock(bytes));
    // Who asked learns of a failure; those behind take their turn all the same.
    this.lastFreeing = freeing.catch(() => undefined);
    return freeing;
  }

  private async freeBlock(bytes: number): Promise<boolean> {
    const { pressure } = this;
    const { max } = pressure;
    const { allocator } = this.store;
    // What this thread has freed is of use to others only in the shared lists.
    allocator.flushCaches();
    const used = pressure.usedBytes();
    const may = max > 0 && this.relief.action !== 'refuse';
    if (!(may && used >= max) && allocator.fits(bytes)) return true;
    if (!may) return false;
    if (used < max && (await this.gather?.()) === true && allocator.fits(bytes)) return true;
    try {
      // Free memory in slabs of other sizes is of no use, so more than the bytes themselves may have to go. More than one
      // block's worth goes at once: others will want some next.
      const least = Math.min(MAX_FREED_BYTES, Math.max(MIN_FREED_BYTES, max / FREED_SHARE));
      for (let freed = Math.max(bytes, least); ; freed *= 2) {
        this.ceiling = Math.max(0, Math.min(used, max) - freed);
        const enough = await this.free();
        if (allocator.fits(bytes)) return true;
        if (!enough || freed > used) return false;
      }
    } finally {
      this.ceiling = Number.POSITIVE_INFINITY;
    }
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
      const { trees, evictor } = this;
      try {
        if (this.committing !== undefined && evictor.metDirty) {
          evictor.metDirty = false;
          await this.committing();
        }
        if (writer !== undefined && (!this.batch.empty || trees?.waiting === true)) {
          if (!this.batch.empty) await writer.writeFilled(this.batch);
          if (trees?.waiting === true) await trees.relieve(() => this.satisfied);
        } else if (!progress) return this.finish(this.satisfied);
        else await new Promise((resolve) => setImmediate(resolve));
      } catch (error) {
        if (!(error instanceof ColdStoreError)) throw error;
        // The writer has counted and kept the error; objects are hot again, and writers are told that memory is short.
        return this.finish(false);
      }
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
          this.evictor.metDirty ||
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
