import { mailReadyKeys } from '../../engine/blocking/serving.ts';
import type { Config } from '../../engine/config/config.ts';
import type { LoopFigures, TierStatus } from '../../engine/server/link.ts';
import type { Mail } from '../../engine/server/mail.ts';
import { counters, type Statistics } from '../../engine/server/statistics.ts';
import type { ChangedNames } from '../../engine/tracking/state.ts';
import { TierInvalidations } from '../../engine/tracking/tier-thread.ts';
import { summarizeReadTimes } from '../../tiers/cold/read-times.ts';
import {
  COUNT_COLD,
  COUNT_DIRTY,
  COUNT_KEYS,
  COUNT_UNSEEN,
  TABLE_CLEARING,
  TABLE_USED,
} from '../../tiers/index/slot-tables.ts';
import type { StoreView } from '../../tiers/index/store-view.ts';
import type { SharedMemory } from '../../tiers/memory/shared-memory.ts';
import type { ColdExpiry } from '../../tiers/mover/cold-expiry.ts';
import { ExpirySweep } from '../../tiers/mover/expiry-sweep.ts';
import type { MoverFigures } from '../../tiers/mover/figures.ts';
import { Mover } from '../../tiers/mover/mover.ts';
import {
  type MemoryPressure,
  PRESSURE_FAILED,
  PRESSURE_NONE,
  PRESSURE_SLOW,
  PRESSURE_STUCK,
} from '../../tiers/mover/pressure.ts';
import type { TreeMover } from '../../tiers/mover/tree-mover.ts';
import type { BatchWriter } from '../../tiers/mover/writer.ts';
import type { AccessSamples } from '../../tiers/mrc/access-samples.ts';
import type { LivePolicy } from '../../tiers/policy/live-policy.ts';
import type { LogLevel } from '../messages.ts';
import { applyMaxMemory, hotTierBytes } from '../shared.ts';
import { StallWatch } from '../stall-watch.ts';
import { ActiveDefrag } from './active-defrag.ts';
import type { FrontEndPorts } from './front-end-ports.ts';
import type { ReadNames } from './hot-key-names.ts';
import { type InsightRequest, Insights } from './insights.ts';
import { readDeviceBytes } from './process-io.ts';
import { RecentHits } from './recent-hits.ts';

export interface HotTierParts {
  readonly config: Config;
  readonly log: (level: LogLevel, text: string) => void;
  readonly figures: MoverFigures;
  readonly pressure: MemoryPressure;
  readonly policy: LivePolicy;
  readonly memory: SharedMemory;
  readonly store: StoreView;
  readonly ports: FrontEndPorts;
  readonly statistics: Statistics;
  readonly mail: Mail;
  readonly changed: ChangedNames;
  /** Drained at each tick; who wants to see them adds a SampleConsumer. */
  readonly samples: AccessSamples;
  /** See SharedState. */
  readonly readTimes: SharedArrayBuffer;
}

/** What only a cold tier knows of itself. */
export type ColdStatus = Pick<
  TierStatus,
  'provider' | 'path' | 'engine' | 'coldBytes' | 'coldDeadBytes' | 'readQueue' | 'index' | 'engineFigures'
>;

const pressureNames: Readonly<Record<number, string>> = {
  [PRESSURE_NONE]: 'none',
  [PRESSURE_SLOW]: 'slow',
  [PRESSURE_STUCK]: 'stuck',
  [PRESSURE_FAILED]: 'failed',
};

/** Background work runs this often, each time for at most so long. */
const TICK_MS = 100;
const SWEEP_MS = 5;
/** Blocks of buried collections freed in one go: some 50 us. */
const GRAVE_BLOCKS_PER_BATCH = 512;
const TICKS_PER_SECOND = 10;

/** What the tier thread does with or without a cold tier: eviction, expiry of keys that nobody looks up, clearing of flushed tables. */
export class HotTier {
  readonly mover: Mover;
  private readonly parts: HotTierParts;
  private readonly sweep: ExpirySweep;
  private readonly invalidations: TierInvalidations;
  private readonly timer: NodeJS.Timeout;
  private ticks = 0;
  private coldExpiry: ColdExpiry | undefined;
  private coldHasRoom: boolean;
  /** maxmemory was set since the last tick. */
  private limitChanged = false;
  private readonly published = { evicted: 0, expired: 0 };
  private readonly recentHits: RecentHits;
  private readonly stalls: StallWatch;
  private readonly defrag: ActiveDefrag;
  private readonly insights: Insights;

  constructor(parts: HotTierParts, writer: BatchWriter | undefined, trees: TreeMover | undefined) {
    this.parts = parts;
    const { store, pressure, policy, figures, config, memory } = parts;
    this.mover = new Mover(store, pressure, policy, figures, writer, trees);
    this.sweep = new ExpirySweep(store, figures);
    this.invalidations = new TierInvalidations(parts.mail, store, parts.changed);
    config.watch('maxmemory', () => {
      pressure.setMax(hotTierBytes(config));
      this.limitChanged = true;
      applyMaxMemory(memory, config);
    });
    this.recentHits = new RecentHits(parts.statistics);
    this.stalls = new StallWatch(parts.statistics);
    this.stalls.start();
    this.defrag = new ActiveDefrag(store, memory, config, pressure, parts.statistics);
    this.mover.gather = () => this.defrag.relieve();
    this.insights = new Insights(parts);
    this.coldHasRoom = writer !== undefined;
    config.watch('tier-policy', (name) => policy.choose(name));
    config.watch('maxmemory-policy', (name) => this.mover.setPolicy(name, this.coldHasRoom));
    if (writer === undefined) {
      parts.ports.listen({
        onFetch: () => {
          throw new Error('keys are fetched though there is no cold tier');
        },
        onNames: () => Promise.reject(new Error('there is no cold tier')),
        onIndex: () => Promise.reject(new Error('there is no cold tier')),
        onRead: () => Promise.reject(new Error('there is no cold tier')),
        onCommit: () => {
          throw new Error('a commit is wanted though there is no cold tier');
        },
        onFree: (bytes) => this.mover.freeFor(bytes),
        onEvict: async () => {
          await this.mover.free();
        },
      });
    }
    this.timer = setInterval(() => this.tick(), TICK_MS);
  }

  /** Cold keys that are due are removed by their names, with their records. */
  sweepCold(coldExpiry: ColdExpiry): void {
    this.coldExpiry = coldExpiry;
    this.sweep.onCold = coldExpiry.note;
  }

  setActiveExpire(enabled: boolean): void {
    this.sweep.enabled = enabled;
  }

  resetStatistics(): void {
    this.publish();
    this.parts.statistics.reset();
    this.recentHits.reset();
    this.stalls.reset();
  }

  /** Brings this thread's row of the statistics up to date with what the mover and the sweep counted. */
  private publish(): void {
    const { figures, statistics, store } = this.parts;
    statistics.add(counters.lazyfreed_objects, store.graveyard.freed);
    store.graveyard.freed = 0;
    statistics.add(counters.evicted_keys, figures.evictedKeys - this.published.evicted);
    statistics.add(counters.expired_keys, figures.expiredKeys - this.published.expired);
    this.published.evicted = figures.evictedKeys;
    this.published.expired = figures.expiredKeys;
  }

  /** Whether the cold tier may take more; without room `maxmemory-policy` decides, as without a cold tier. */
  setColdRoom(room: boolean): void {
    if (room === this.coldHasRoom) return;
    this.coldHasRoom = room;
    this.mover.setPolicy(this.parts.config.values['maxmemory-policy'], room);
  }

  status(cold: ColdStatus): TierStatus {
    this.publish();
    const { store, figures, statistics, pressure, config, readTimes } = this.parts;
    const { tables } = store;
    let keys = 0;
    let coldKeys = 0;
    let dirtyKeys = 0;
    for (let table = 0; table < tables.tables; table++) {
      if (tables.tableState(table) !== TABLE_USED) continue;
      const unseen = tables.total(table, COUNT_UNSEEN);
      keys += tables.total(table, COUNT_KEYS) + unseen;
      coldKeys += tables.total(table, COUNT_COLD) + unseen;
      dirtyKeys += tables.total(table, COUNT_DIRTY);
    }
    return {
      ...cold,
      ...figures,
      promotions: figures.promotions + statistics.total('direct_promotions'),
      coldReads: figures.coldReads + statistics.total('direct_reads'),
      bytesRead: figures.bytesRead + statistics.total('direct_bytes_read'),
      hotKeys: keys - coldKeys,
      coldKeys,
      dirtyKeys,
      ramBytes: pressure.usedBytes(),
      ramMaxBytes: pressure.max,
      nvmeMaxBytes: config.values.maxstorage,
      hits: this.recentHits.total(),
      recentHits: this.recentHits.recent(),
      readTimes: summarizeReadTimes(readTimes),
      device: readDeviceBytes(),
      pressure: pressureNames[pressure.state] ?? 'none',
      longestStallsUsec: Array.from({ length: statistics.threads }, (_, n) => statistics.of(n, 'longest_stall_usec')),
      expiryBacklog: this.coldExpiry?.backlog ?? 0,
      tierThread: loopFigures(),
    };
  }

  /** TIER HOTKEYS, TIER MRC and TIER SLOTS. */
  answerInsight(request: InsightRequest, readNames?: ReadNames): Promise<unknown> {
    return this.insights.answer(request, readNames);
  }

  close(): void {
    clearInterval(this.timer);
    this.stalls.close();
    this.parts.ports.close();
  }

  /** Large collections that expired, were evicted or flushed here are not left to front-ends, which may be idle. */
  private freeLazily(): void {
    const { exclusive, graveyard } = this.parts.store;
    const until = performance.now() + SWEEP_MS;
    while (!graveyard.empty && performance.now() < until) {
      exclusive.enter();
      graveyard.clear(GRAVE_BLOCKS_PER_BATCH);
      exclusive.leave();
    }
  }

  /** Clients that wait for entries of a stream that expired, or was evicted, are told: by a front-end, which runs commands. */
  private tellWaiters(): void {
    const { interests } = this.parts.store;
    if (interests.ready.length === 0) return;
    mailReadyKeys(this.parts.mail, 0, interests.ready);
    interests.ready = [];
  }

  /** For the policy, which cares whether the cache is being filled. */
  private noteUsed(): void {
    const { policy, pressure } = this.parts;
    policy.noteUsed(pressure.usedBytes(), pressure.max === 0 ? 0 : pressure.highWater);
  }

  private tick(): void {
    const { store } = this.parts;
    const nowMs = Date.now();
    store.versions.setTime(nowMs);
    this.parts.samples.drain();
    this.noteUsed();
    this.sweep.run(nowMs, SWEEP_MS);
    void this.coldExpiry?.run(nowMs);
    this.invalidations.send();
    this.tellWaiters();
    this.freeLazily();
    this.defrag.tick(TICK_MS);
    this.publish();
    this.stalls.publish();
    if (++this.ticks % TICKS_PER_SECOND === 0) {
      this.recentHits.sample();
      // Looking costs a walk over all chunks.
      this.mover.compactQueues();
    }
    // Nobody asks again when the mover was stuck: the disk may have recovered, or the policy changed.
    // Nor does anybody ask when a lowered maxmemory is all that has happened.
    const { pressure } = this.parts;
    const above = this.limitChanged && !this.coldHasRoom && pressure.max > 0 && pressure.usedBytes() > pressure.max;
    this.limitChanged = false;
    if (above || pressure.state !== PRESSURE_NONE) void this.mover.free();
    for (let table = 0; table < store.tables.tables; table++) {
      if (store.tables.tableState(table) !== TABLE_CLEARING) continue;
      store.exclusive.enter();
      store.clearTable(table);
      store.exclusive.leave();
      store.allocator.flushCaches();
    }
  }
}

function loopFigures(): LoopFigures {
  const { active, idle } = performance.eventLoopUtilization();
  return { loopActiveMs: active, loopIdleMs: idle, heapUsedBytes: process.memoryUsage().heapUsed };
}
