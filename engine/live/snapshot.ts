import type { SlotFigures } from '../../tiers/index/slot-figures.ts';
import type { Percentiles } from './percentiles.ts';
import type { CurveReading, MissingPart } from './reading.ts';

/**
 * Figures for people, made by `snapshotOf` of two readings. Plain data: the web page gets it as JSON. `null` is what is not known (yet): rates
 * need two readings, and some servers do not have some figures. Shares are 0 to 1.
 */
export interface Snapshot {
  /** What the rates are over. */
  readonly seconds: number | null;
  readonly server: ServerView;
  readonly operations: OperationsView;
  readonly clients: { readonly connected: number; readonly blocked: number; readonly max: number | null };
  readonly memory: { readonly usedBytes: number; readonly maxBytes: number; readonly rssBytes: number };
  readonly keys: number;
  readonly tiers: TiersView | null;
  readonly threads: readonly ThreadView[] | null;
  readonly hotKeys: readonly HotKeyView[] | null;
  readonly slots: SlotFigures | null;
  readonly curve: CurveReading | null;
  readonly missing: readonly MissingPart[];
}

export interface ServerView {
  readonly name: 'StrataKV' | 'Redis';
  readonly version: string;
  readonly uptimeSeconds: number;
  /** Cores that the process kept busy. */
  readonly cpuCores: number | null;
}

export interface OperationsView {
  readonly perSecond: number | null;
  /** Of commands that were called, the most frequent first. */
  readonly commands: readonly CommandView[];
  /** Over all commands. */
  readonly latencyUsec: Percentiles | null;
  /** Of the lookups since the reading before, those that found the key. */
  readonly hitShare: number | null;
  readonly errorsPerSecond: number | null;
  readonly inBytesPerSecond: number | null;
  readonly outBytesPerSecond: number | null;
  readonly expiredPerSecond: number | null;
  readonly evictedPerSecond: number | null;
}

export interface CommandView {
  readonly name: string;
  readonly calls: number;
  readonly perSecond: number | null;
  /** Of the calls between the readings, or of all when there were none. */
  readonly meanUsec: number;
  readonly failedPerSecond: number | null;
  readonly latencyUsec: Percentiles | null;
}

/** Of all lookups that came to a tier: between the readings, over the last minute, and since CONFIG RESETSTAT. */
export interface HitShares {
  readonly now: number | null;
  readonly recent: number;
  readonly total: number;
}

export interface TierView {
  readonly keys: number;
  readonly bytes: number;
  /** 0 for no bound. */
  readonly maxBytes: number;
  readonly hits: HitShares;
}

export interface TiersView {
  readonly provider: string;
  readonly engine: string;
  readonly ram: TierView;
  readonly nvme: TierView;
  /** Of both tiers. */
  readonly hits: HitShares;
  readonly dirtyKeys: number;
  readonly promotionsPerSecond: number | null;
  readonly demotionsPerSecond: number | null;
  readonly cleanEvictionsPerSecond: number | null;
  readonly deletionsPerSecond: number | null;
  readonly refusedPerSecond: number | null;
  readonly readsPerSecond: number | null;
  /** What commands waited for values on disk, since CONFIG RESETSTAT. */
  readonly readUsec: Percentiles & { readonly max: number };
  readonly readQueue: number;
  readonly errors: number;
  readonly readBytesPerSecond: number | null;
  readonly writtenBytesPerSecond: number | null;
  readonly deviceReadBytesPerSecond: number | null;
  readonly deviceWrittenBytesPerSecond: number | null;
  readonly writeAmplification: number;
  readonly pressure: string;
  readonly lastError: string;
  /** Of the start that goes on in the background; null when it is over. */
  readonly indexed: number | null;
  readonly warmed: number | null;
}

export interface ThreadView {
  readonly thread: string;
  /** Of the event loop's time; since its start when there is only one reading. */
  readonly busyShare: number;
  readonly clients: number;
  readonly blockedClients: number;
  readonly heapBytes: number;
  readonly longestStallUsec: number;
  readonly silentMs: number;
}

export interface HotKeyView {
  readonly db: number;
  /** Safe to print; null when the user may not read the key. */
  readonly key: string | null;
  readonly perSecond: number;
  readonly uses: number;
  readonly error: number;
}
