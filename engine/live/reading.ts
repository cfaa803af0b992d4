import type { SlotFigures } from '../../tiers/index/slot-figures.ts';

/**
 * What a server tells of itself at one moment, as it came: counts since the server's start or CONFIG RESETSTAT. `snapshotOf` makes figures
 * for people of two of them. The terminal reads it by commands, the web page from the threads themselves.
 */
export interface Reading {
  /** Of a clock that never goes back. */
  readonly atMs: number;
  /** Fields of INFO by name, of the sections server, clients, memory, stats, cpu, keyspace and tiers. */
  readonly info: ReadonlyMap<string, string>;
  readonly commands: ReadonlyMap<string, CommandCounts>;
  /** Rows of LATENCY HISTOGRAM by command. What cannot be had is undefined, here and below; `missing` says why. */
  readonly latencies: ReadonlyMap<string, LatencyRows> | undefined;
  readonly threads: readonly ThreadReading[] | undefined;
  readonly hotKeys: readonly HotKeyReading[] | undefined;
  readonly slots: SlotFigures | undefined;
  readonly curve: CurveReading | undefined;
  readonly missing: readonly MissingPart[];
}

export interface CommandCounts {
  readonly calls: number;
  readonly usec: number;
  readonly rejected: number;
  readonly failed: number;
}

/** Calls that took at most so many µs, ascending; a row is there only where the number grows. */
export type LatencyRows = readonly (readonly [upToUsec: number, calls: number])[];

export interface ThreadReading {
  /** Number of a front-end, or `tier`. */
  readonly thread: string;
  readonly clients: number;
  readonly blockedClients: number;
  readonly busyUsec: number;
  readonly idleUsec: number;
  readonly heapBytes: number;
  readonly longestStallUsec: number;
  /** How long it has not answered; 0 for one that has. */
  readonly silentMs: number;
}

export interface HotKeyReading {
  readonly db: number;
  readonly key: Uint8Array;
  readonly uses: number;
  readonly error: number;
  readonly perSecond: number;
}

export interface CurveReading {
  readonly seconds: number;
  readonly sampledKeys: number;
  readonly ramBytes: number;
  /** Share of the accesses that RAM of this size would not answer, by ascending size. */
  readonly rows: readonly (readonly [bytes: number, missRatio: number])[];
}

export type Part = 'latencies' | 'threads' | 'hotKeys' | 'slots' | 'curve' | 'tiers';

export interface MissingPart {
  readonly part: Part;
  /** For people: `needs permission for TIER HOTKEYS`. */
  readonly why: string;
}
