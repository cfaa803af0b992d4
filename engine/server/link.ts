import type { EngineFigures } from '../../tiers/cold/engine-figures.ts';
import type { ReadTimeSummary } from '../../tiers/cold/read-times.ts';
import type { SlotFigures } from '../../tiers/index/slot-figures.ts';
import type { Acl } from '../acl/acl.ts';
import type { CommandTable } from '../commands/table.ts';
import type { CollectionLimits } from '../config/collection-limits.ts';
import type { Config } from '../config/config.ts';
import type { Monitors } from '../monitor/monitors.ts';
import type { PubSub } from '../pubsub/pubsub.ts';
import type { ScriptEngine } from '../scripting/engine.ts';
import type { FunctionEngine } from '../scripting/functions/function-engine.ts';
import type { ClientTracking } from '../tracking/state.ts';
import type { AnswersTo } from './answers.ts';
import type { Mail } from './mail.ts';
import type { Session } from './session.ts';
import type { Statistics } from './statistics.ts';

/** What one thread asks of all front-end threads, each answering from its own state. All of them stand in this one union. */
export type ThreadRequest =
  | { readonly kind: 'client-list'; readonly ids?: readonly number[]; readonly type?: string }
  | { readonly kind: 'client-kill'; readonly filter: ClientKillFilter; readonly askedBy: number }
  /** `maxmemory-clients`: who takes most, and who has to go. */
  | { readonly kind: 'client-sizes' }
  | { readonly kind: 'client-evict'; readonly ids: readonly number[] }
  | { readonly kind: 'client-pause'; readonly untilMs: number; readonly mode: 'all' | 'write' }
  | { readonly kind: 'client-unpause' }
  | { readonly kind: 'client-unblock'; readonly id: number; readonly withError: boolean }
  | { readonly kind: 'config-set'; readonly pairs: readonly (readonly [name: string, value: string])[] }
  | { readonly kind: 'config-resetstat' }
  | { readonly kind: 'slowlog-get'; readonly count: number }
  | { readonly kind: 'slowlog-len' }
  | { readonly kind: 'slowlog-reset' }
  | { readonly kind: 'latency-latest' }
  | { readonly kind: 'latency-history'; readonly event: string }
  | { readonly kind: 'latency-reset'; readonly events: readonly string[] }
  | { readonly kind: 'latency-histogram'; readonly commands: readonly string[] }
  | { readonly kind: 'command-stats' }
  | { readonly kind: 'error-stats' }
  /** DEBUG SET-ACTIVE-EXPIRE: whether the expiry sweep runs. Keys that are looked up expire in any case. */
  | { readonly kind: 'active-expire'; readonly enabled: boolean }
  | { readonly kind: 'thread-info' }
  | AclRequest;

/**
 * Changes of users and questions about them. Every thread applies them to its own users, in one order for all, and so comes to the same
 * answer. Texts have one character per byte.
 */
export type AclRequest =
  | { readonly kind: 'acl-setuser'; readonly name: string; readonly rules: readonly string[] }
  | { readonly kind: 'acl-deluser'; readonly names: readonly string[]; readonly askedBy: number }
  | { readonly kind: 'acl-load'; readonly text: string; readonly askedBy: number }
  /** Only the first thread writes, so that the last file is that of the last change. */
  | { readonly kind: 'acl-save' }
  | { readonly kind: 'acl-log' }
  | { readonly kind: 'acl-log-reset' };

export interface ClientKillFilter {
  readonly id?: number;
  readonly address?: string;
  readonly localAddress?: string;
  readonly user?: string;
  readonly type?: string;
  readonly skipMe?: boolean;
  readonly maxAgeSeconds?: number;
}

/** What one thread asks of the thread that owns the tiers (mover and cold store). */
export type TierRequest =
  | { readonly kind: 'checkpoint' }
  | { readonly kind: 'demote'; readonly db: number; readonly key: Uint8Array }
  | { readonly kind: 'promote'; readonly db: number; readonly key: Uint8Array }
  | { readonly kind: 'status' }
  | { readonly kind: 'hot-keys'; readonly count: number }
  /** Sizes in bytes of RAM and in keys; the server's own choice when both are empty. */
  | { readonly kind: 'miss-ratios'; readonly bytes: readonly number[]; readonly keys: readonly number[] }
  | { readonly kind: 'reset-miss-ratios' }
  | { readonly kind: 'slots' }
  | { readonly kind: 'reload' };

/** Lookups of keys that count (as `keyspace_hits` and `keyspace_misses` do), by where they were answered. */
export interface TierHits {
  readonly ram: number;
  readonly nvme: number;
  /** No such key; the index knows that without a read. */
  readonly none: number;
}

/**
 * Figures of both tiers, for INFO `# Tiers`, INFO memory and TIER STATUS, which print them in `commands/server/info/tiers.ts`. Bytes are bytes, counts are
 * counts since the start, except where CONFIG RESETSTAT is named.
 */
export interface TierStatus {
  readonly provider: 'flash' | 'none';
  readonly path: string;
  readonly engine: string;
  readonly hotKeys: number;
  readonly coldKeys: number;
  readonly dirtyKeys: number;
  /** Of the statistics' keyspace_changes: those that the last checkpoint saved. */
  readonly savedChanges: number;
  readonly coldBytes: number;
  /** Of `coldBytes`: deleted or overwritten and not compacted yet, as far as can be told. */
  readonly coldDeadBytes: number;
  /** Cold keys that were deleted because of maxstorage; also in the statistics' evicted_keys. */
  readonly coldEvictions: number;
  readonly demotions: number;
  readonly cleanEvictions: number;
  readonly promotions: number;
  readonly deletions: number;
  readonly checkpoints: number;
  readonly lastCheckpointMs: number;
  readonly coldReads: number;
  readonly coldReadMisses: number;
  readonly coldReadErrors: number;
  readonly coldWriteErrors: number;
  readonly bytesRead: number;
  readonly bytesWritten: number;
  readonly readQueue: number;
  /** Of the sweep of cold keys that are due: slots that wait for it, bytes read for it, time with a request to the disk under way. */
  readonly expiryBacklog: number;
  readonly expirySweepBytes: number;
  readonly expirySweepMs: number;
  readonly index: IndexStatus;
  readonly lastError: string;
  /** What is in RAM, index and all; and `maxmemory`, 0 for no bound. */
  readonly ramBytes: number;
  readonly ramMaxBytes: number;
  /** `maxstorage`, 0 for no bound. */
  readonly nvmeMaxBytes: number;
  /** Reads of cold keys that left the value where it was, and values that left RAM without being written, as the policies decided. */
  readonly ramRefused: number;
  readonly nvmeRefused: number;
  /** Since CONFIG RESETSTAT, and within the last minute. */
  readonly hits: TierHits;
  readonly recentHits: TierHits;
  /** What commands waited for values on disk, since CONFIG RESETSTAT. */
  readonly readTimes: ReadTimeSummary;
  /** The process's own, by the kernel's count; undefined where it has none. */
  readonly device: { readonly read: number; readonly written: number } | undefined;
  readonly engineFigures: EngineFigures | undefined;
  /** Whether writers go on, wait for memory, or cannot have any: `none`, `slow`, `stuck`, `failed`. */
  readonly pressure: string;
  /** By thread, the front-ends' and then the tier thread's, since CONFIG RESETSTAT. */
  readonly longestStallsUsec: readonly number[];
  readonly tierThread: LoopFigures;
}

/** A thread's event loop since the thread began, and its heap. */
export interface LoopFigures {
  readonly loopActiveMs: number;
  readonly loopIdleMs: number;
  readonly heapUsedBytes: number;
}

/** A key that is used much. `uses` fade by half a minute; at most `error` of them are another key's. */
export interface NamedHotKey {
  readonly db: number;
  readonly key: Uint8Array;
  readonly uses: number;
  readonly error: number;
  readonly perSecond: number;
}

export type MissRatioRow = readonly [size: number, missRatio: number];

/** The live miss-ratio curve: which share of the accesses to existing keys RAM of some size would not have answered. */
export interface MissRatioReport {
  readonly sinceMs: number;
  /** Share of the keys that is sampled, and how many are; how many accesses were sampled, and how many found no room on their way. */
  readonly rate: number;
  readonly sampledKeys: number;
  readonly sampled: number;
  readonly lost: number;
  /** Estimates: accesses that the curve is about, keys, and bytes of their objects. */
  readonly accesses: number;
  readonly keys: number;
  readonly keyBytes: number;
  /** Of the sampled keys: those that were not used again since they were first seen. */
  readonly idleShare: number;
  /** What RAM is bounded by now, or holds when it has no bound. */
  readonly ramBytes: number;
  readonly byBytes: readonly MissRatioRow[];
  readonly byKeys: readonly MissRatioRow[];
}

/** How far the start has come: filling the index from disk, then bringing back what was hot. Nobody waits for either. */
export interface IndexStatus {
  readonly loading: boolean;
  /** Records that got into the index since the start, and damaged ones that were left out. */
  readonly keys: number;
  readonly damaged: number;
  readonly slotsDone: number;
  readonly slotsTotal: number;
  readonly warming: boolean;
  /** Keys of the list of hot ones that were looked at, of how many; and how many came back to RAM. */
  readonly warmDone: number;
  readonly warmTotal: number;
  readonly warmPromoted: number;
}

/** Without a cold tier. */
export const noIndex: IndexStatus = {
  loading: false,
  keys: 0,
  damaged: 0,
  slotsDone: 0,
  slotsTotal: 0,
  warming: false,
  warmDone: 0,
  warmTotal: 0,
  warmPromoted: 0,
};

/** What the tier thread answers to each kind of TierRequest. */
export interface TierAnswers {
  /** When every value that was dirty at the time of asking is on the cold tier. */
  readonly checkpoint: undefined;
  /** Whether the key moved: false when it is missing, or where it should be already. */
  readonly demote: boolean;
  readonly promote: boolean;
  readonly status: TierStatus;
  readonly 'hot-keys': readonly NamedHotKey[];
  readonly 'miss-ratios': MissRatioReport;
  readonly 'reset-miss-ratios': undefined;
  readonly slots: SlotFigures;
  /** DEBUG RELOAD: everything written, dropped from RAM, and readable again. */
  readonly reload: undefined;
}

/** The arena's own exact counts, over all threads, in bytes. */
export interface MemoryFigures {
  /** In use: objects, index, queues. What INFO calls used_memory, and `maxmemory` bounds. */
  readonly usedBytes: number;
  /** The largest `usedBytes` that was seen. */
  readonly peakBytes: number;
  /** Of `usedBytes`: the index and everything else that is not a key or value. */
  readonly overheadBytes: number;
  /** Held by slabs and large blocks, free blocks within slabs included. */
  readonly committedBytes: number;
  /** What the arena can ever hold. */
  readonly reservedBytes: number;
  /** Large collections that are gone for commands and wait to be freed. */
  readonly lazyFreePending: number;
}

/** The rest of the server, as a command on a front-end thread reaches it. Implemented in `threads/`. */
export interface ServerLink {
  readonly config: Config;
  /** Where values change their encoding, as plain numbers: for commands, which should not reach into `config.values`. */
  readonly collectionLimits: CollectionLimits;
  readonly table: CommandTable;
  /** Users and their permissions, as this thread has them. */
  readonly acl: Acl;
  /** EVAL's scripts, and this thread's Lua. */
  readonly scripts: ScriptEngine;
  /** FCALL's functions, and their Lua. */
  readonly functions: FunctionEngine;
  readonly statistics: Statistics;
  readonly threadIndex: number;
  readonly threadCount: number;
  readonly runId: string;
  readonly startedAtMs: number;
  /** To clients of other threads. */
  readonly mail: Mail;
  readonly pubsub: PubSub;
  readonly tracking: ClientTracking;
  readonly monitors: Monitors;
  /** Sends a request to every front-end thread, this one included; answers are in thread order, of the kind's own shape (ThreadAnswers). */
  broadcast<Asked extends ThreadRequest>(request: Asked): Promise<AnswersTo<Asked>>;
  /** Asks the tier thread; the answer is TierAnswers[kind]. Rejects with a CommandError (`IOERR ...`) when the store fails. */
  tiers(request: TierRequest): Promise<unknown>;
  /** The hot tier's memory; cheap enough for every INFO. */
  memory(): MemoryFigures;
  /** Writes `did you mean` to the log, now and then, when an unknown command (`container|sub`) or directive looks like a known one. */
  suggest(kind: 'command' | 'directive', name: string): void;
  /** Sessions of this thread. */
  sessions(): Iterable<Session>;
  /** Runs `body` while no other thread executes anything: FLUSHALL, SWAPDB. Keep it short. */
  exclusively<T>(body: () => T): T;
  /** Starts the orderly end: saves unless told not to. Resolves only if the shutdown failed. */
  shutdown(options: { readonly save: boolean; readonly now: boolean; readonly force: boolean }): Promise<string>;
  /** Cancels a shutdown in progress; false when there is none. */
  abortShutdown(): Promise<boolean>;
}
