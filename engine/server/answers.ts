import type { AclLogEntry } from '../acl/acl-log.ts';
import type { CommandStatisticsSnapshot } from './command-statistics.ts';
import type { LatencyLatest, LatencySample } from './latency.ts';
import type { ThreadRequest } from './link.ts';
import type { SlowlogEntry } from './slowlog.ts';

/** What one thread answers to each kind of ThreadRequest; `ServerLink.broadcast` gives one of these per thread. */
export interface ThreadAnswers {
  /** Lines of CLIENT LIST with the client's id, to be sorted by it. */
  'client-list': readonly { readonly id: number; readonly line: string }[];
  /** Number of clients that were closed. */
  'client-kill': number;
  /** The clients that take most memory, the largest first. */
  'client-sizes': readonly ClientSize[];
  /** Number of clients that were closed. */
  'client-evict': number;
  'client-pause': undefined;
  'client-unpause': undefined;
  /** 1 when the thread had that client and it was blocked. */
  'client-unblock': number;
  /** The message of the error that the thread met when it applied the pairs, or an empty string. */
  'config-set': string;
  'config-resetstat': undefined;
  'slowlog-get': readonly SlowlogEntry[];
  'slowlog-len': number;
  'slowlog-reset': undefined;
  'latency-latest': readonly LatencyLatest[];
  'latency-history': readonly LatencySample[];
  /** Names of the events that were reset. */
  'latency-reset': readonly string[];
  /** The commands asked for (all when the list was empty) that were called at least once. */
  'latency-histogram': readonly CommandStatisticsSnapshot[];
  'command-stats': readonly CommandStatisticsSnapshot[];
  /** Pairs of error code and count. */
  'error-stats': readonly (readonly [code: string, count: number])[];
  'active-expire': undefined;
  'thread-info': ThreadInfo;
  /** The text of the error, without its code, or an empty one: the same on every thread. */
  'acl-setuser': string;
  /** Users that are gone: the same on every thread. */
  'acl-deluser': number;
  /** What is wrong with the file, or an empty text: the same on every thread. */
  'acl-load': string;
  /** Why the file could not be written, or an empty text. */
  'acl-save': string;
  'acl-log': readonly AclLogEntry[];
  'acl-log-reset': undefined;
}

/** What one client takes. */
export interface ClientSize {
  readonly id: number;
  readonly bytes: number;
}

export interface ThreadInfo {
  readonly thread: number;
  readonly clients: number;
  readonly blockedClients: number;
  /** Microseconds of CPU of the whole process are known to every thread; these are the event loop's busy and idle ms. */
  readonly loopActiveMs: number;
  readonly loopIdleMs: number;
  readonly heapUsedBytes: number;
  /** Largest query and output buffer of any client. */
  readonly maxInputBuffer: number;
  readonly maxOutputBuffer: number;
}

/** The answers that `ServerLink.broadcast` gives for a request of this kind. */
export type AnswersTo<Request extends ThreadRequest> = readonly ThreadAnswers[Request['kind']][];
