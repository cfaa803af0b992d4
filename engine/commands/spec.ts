import type { Request } from '../../protocol/resp/request.ts';
import type { BlockingSpec } from '../blocking/waiting.ts';
import type { CommandContext } from './context.ts';

/** Redis's command flags, as COMMAND INFO prints them. */
export type CommandFlag =
  | 'write'
  | 'readonly'
  | 'denyoom'
  | 'admin'
  | 'pubsub'
  | 'noscript'
  | 'blocking'
  | 'loading'
  | 'stale'
  | 'skip_monitor'
  | 'skip_slowlog'
  | 'asking'
  | 'fast'
  | 'no_auth'
  | 'may_replicate'
  | 'sentinel'
  | 'only_sentinel'
  | 'no_mandatory_keys'
  | 'protected'
  | 'no_async_loading'
  | 'no_multi'
  | 'allow_busy'
  | 'module'
  | 'movablekeys';

export type CommandGroup =
  | 'generic'
  | 'string'
  | 'bitmap'
  | 'connection'
  | 'server'
  | 'list'
  | 'set'
  | 'sorted-set'
  | 'hash'
  | 'hyperloglog'
  | 'geo'
  | 'stream'
  | 'scripting'
  | 'transactions'
  | 'pubsub'
  | 'cluster';

export type KeySpecFlag =
  | 'RO'
  | 'RW'
  | 'OW'
  | 'RM'
  | 'access'
  | 'update'
  | 'insert'
  | 'delete'
  | 'not_key'
  | 'incomplete'
  | 'variable_flags';

/** Where a command's keys stand (Redis 7 key specifications: https://redis.io/docs/reference/key-specs/). */
export interface KeySpec {
  readonly flags: readonly KeySpecFlag[];
  readonly begin:
    | { readonly index: number }
    | { readonly keyword: string; readonly startFrom: number }
    /** No description can tell. `locate` finds which argument names the key, 0 for none; left out: none does. */
    | { readonly unknown: true; readonly locate?: (request: Request) => number };
  readonly find:
    | { readonly lastKey: number; readonly step: number; readonly limit: number }
    | { readonly keyNumIndex: number; readonly firstKey: number; readonly step: number }
    | { readonly unknown: true };
  readonly notes?: string;
}

/** One argument of a command's documented syntax (COMMAND DOCS, `arguments`). */
export interface ArgumentSpec {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'double' | 'key' | 'pattern' | 'unix-time' | 'pure-token' | 'oneof' | 'block';
  readonly token?: string;
  readonly deprecatedSince?: string;
  readonly since?: string;
  readonly keySpecIndex?: number;
  readonly optional?: boolean;
  readonly multiple?: boolean;
  readonly multipleToken?: boolean;
  readonly arguments?: readonly ArgumentSpec[];
}

/**
 * What a command needs of its keys before it may run:
 * `none`: it has no keys, or looks at the keyspace by itself; `index`: their entries in the shared index, so a cold key is
 * not read; `value`: their values in RAM: the dispatcher fetches cold ones first and runs the command when they are there.
 */
export type TierNeed = 'none' | 'index' | 'value';

/** A reply that needs other threads or I/O: the client waits, its thread does not. The function writes the reply. */
export type DeferredReply = Promise<(context: CommandContext) => void>;

/** Everything the server knows of a command; dispatch, COMMAND, docs and tests derive from it. */
export interface CommandSpec {
  /** Lower case; a subcommand's name is without its container's. */
  readonly name: string;
  readonly summary: string;
  readonly since: string;
  readonly group: CommandGroup;
  readonly complexity: string;
  /** A call of up to so many arguments takes constant or logarithmic time, although `complexity` says more of longer ones. */
  readonly cheapArguments?: number;
  /** Number of arguments, name included (and the container's name for a subcommand); negative: at least that many. */
  readonly arity: number;
  readonly flags: readonly CommandFlag[];
  /** ACL categories beyond those that the flags imply, without `@`. */
  readonly categories: readonly string[];
  readonly keySpecs: readonly KeySpec[];
  readonly tips?: readonly string[];
  readonly history?: readonly (readonly [version: string, change: string])[];
  readonly arguments?: readonly ArgumentSpec[];
  readonly deprecatedSince?: string;
  readonly replacedBy?: string;
  /** Not for applications: COMMAND DOCS flags it `syscmd`. */
  readonly systemCommand?: true;
  readonly subcommands?: readonly CommandSpec[];
  /**
   * What it looks at beyond its arguments: all keys, or others that it finds out by itself (SORT ... BY). In a transaction it runs while no other
   * thread does; within a script too, `other-keys` if there are any.
   */
  readonly reach?: 'keyspace' | 'other-keys';
  /**
   * It does something, and its reply comes later, from other threads or the disk. Within a script it runs before the first change only: the script then
   * starts over with the answer. (Those that merely ask need no mark: that they are in vain shows when they have to wait.)
   */
  readonly waits?: true;
  /** For commands that may make their client wait. */
  readonly blocking?: BlockingSpec;
  /** Fixed, or decided per call from the arguments (SET with GET needs the value, plain SET does not). */
  readonly tiers: TierNeed | ((context: CommandContext) => TierNeed);
  /**
   * How looking the keys up is booked. Left out: it is a use of the key (access clock, policy, LFU counter) unless the client
   * asked for NO-TOUCH, and a readonly command counts hits and misses. `peek`: counts, but is no use (TTL, EXISTS). `silent`:
   * neither (MEMORY USAGE). `use`: a use whatever the client asked for (TOUCH). Source: lookupKey's flags in redis 7.0.15.
   */
  readonly lookups?: 'peek' | 'silent' | 'use';
  /**
   * Where the keys of this call stand, when that is not simply "in the selected database, where keySpecs says": COPY ... DB n
   * and MOVE name a key of another database. Calls `context.keys.add(argIndex, db)` for each, in the command's order. Also for
   * keys that are only replaced, so that a cold value is not read for it.
   */
  readonly declareKeys?: (context: CommandContext) => void;
  /** Runs with the slots of all declared keys locked. Throws CommandError for an error reply; nothing may have changed by then. */
  // biome-ignore lint/suspicious/noConfusingVoidType: with `undefined` every helper that ends a command would have to be declared so
  readonly execute: (context: CommandContext) => void | DeferredReply;
}
