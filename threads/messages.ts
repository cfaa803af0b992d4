import type { MessagePort } from 'node:worker_threads';
import type { AclFileText } from '../engine/acl/start.ts';
import type { ConfigSnapshot } from '../engine/config/config.ts';
import type { ThreadRequest, TierRequest } from '../engine/server/link.ts';
import type { SharedState } from './shared.ts';

/** Levels of redis.conf's `loglevel`. */
export type LogLevel = 'debug' | 'verbose' | 'notice' | 'warning';

export interface ShutdownOptions {
  readonly save: boolean;
  readonly now: boolean;
  readonly force: boolean;
}

/** What every worker is started with. */
export interface WorkerStart {
  readonly shared: SharedState;
  readonly config: ConfigSnapshot;
  readonly runId: string;
  readonly startedAtMs: number;
  /** Whose row of the statistics, and whose block of the shared memory: 0 .. threads - 1 are the front-ends, then the tier thread. */
  readonly thread: number;
  /** Number of front-ends. */
  readonly threads: number;
  /** To every other worker, by its number: see Mailbox. */
  readonly mailPorts: readonly (MessagePort | undefined)[];
}

/** A listening socket of a front-end, or a connection that came to it: its descriptor, which is the whole process's. */
export interface Door {
  readonly fd: number;
  readonly kind: 'tcp' | 'unix' | 'tls';
}

export interface FrontEndStart extends WorkerStart {
  /** What `aclfile` says, which main has checked. */
  readonly aclFile: AclFileText;
  /** Private directory for the hand-over sockets; empty with one thread. */
  readonly handOverDirectory: string;
  /** To the tier thread, without a detour. */
  readonly tierPort: MessagePort;
  /** Connections (`Door`) that main has accepted in its place, while a script kept it from its event loop. */
  readonly doorPort: MessagePort;
}

export interface TierThreadStart extends WorkerStart {
  /** One to each front-end, by thread. */
  readonly frontEndPorts: readonly MessagePort[];
}

/** From a worker to the main thread. `id` pairs a question with its answer and is the sender's own. */
export type ToMain =
  | { readonly kind: 'log'; readonly level: LogLevel; readonly text: string }
  /** A step of the start is done, in order: `opened`, `connected`, `listening`. The tier thread has only the first. */
  | { readonly kind: 'reached'; readonly step: StartStep }
  /** The start failed for a reason that is the operator's to mend; no stack is printed. */
  | { readonly kind: 'failed'; readonly text: string }
  | { readonly kind: 'broadcast'; readonly id: number; readonly request: ThreadRequest }
  | { readonly kind: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'tiers'; readonly id: number; readonly request: TierRequest }
  | { readonly kind: 'tiers-answer'; readonly id: number; readonly value: unknown; readonly error?: string }
  | { readonly kind: 'shutdown'; readonly id: number; readonly options: ShutdownOptions }
  | { readonly kind: 'abort-shutdown'; readonly id: number }
  /** What a front-end listens on without encryption, and descriptors of the pipes over which others hand it connections. */
  | { readonly kind: 'doors'; readonly doors: readonly Door[]; readonly pipes: readonly number[] }
  /** A script that is over its time keeps it from its event loop: said again and again. */
  | { readonly kind: 'busy' }
  | { readonly kind: 'closed' };

export type StartStep = 'opened' | 'connected' | 'listening';

/** From the main thread to a worker. */
export type FromMain =
  /** Go on with the next step of the start: all threads have reached the one before. */
  | { readonly kind: 'connect' }
  | { readonly kind: 'listen' }
  /** Answer with `answer`; the ids are main's. */
  | { readonly kind: 'request'; readonly id: number; readonly request: ThreadRequest }
  /** To the tier thread; answered by `tiers-answer`. */
  | { readonly kind: 'tiers'; readonly id: number; readonly request: TierRequest }
  /** The answer to the worker's own question. */
  | { readonly kind: 'reply'; readonly id: number; readonly value: unknown; readonly error?: string }
  | { readonly kind: 'config-set'; readonly pairs: readonly (readonly [name: string, value: string])[] }
  /** To the tier thread: DEBUG SET-ACTIVE-EXPIRE and CONFIG RESETSTAT. */
  | { readonly kind: 'active-expire'; readonly enabled: boolean }
  | { readonly kind: 'reset-statistics' }
  /** Front-end: stop executing (shutdown) or go on (it was aborted). */
  | { readonly kind: 'freeze'; readonly frozen: boolean }
  /** Close everything and answer `closed`. */
  | { readonly kind: 'close' };
