import type { Request } from '../../protocol/resp/request.ts';
import type { ReplyWriter } from '../../protocol/resp/writer.ts';
import type { CommandContext } from '../commands/context.ts';
import type { DeferredReply } from '../commands/spec.ts';
import type { RespValue } from './resp-value.ts';

/** What a client waits for in a key. The numbers of values are those of their types (engine/keyspace/key-ref.ts). */
export const WAITS_LIST = 2;
export const WAITS_ZSET = 4;
/** Entries of a stream; and those that its group has not seen: then also the end of the stream or of the group. */
export const WAITS_STREAM = 6;
export const WAITS_GROUP = 7;
export type WaitSort = typeof WAITS_LIST | typeof WAITS_ZSET | typeof WAITS_STREAM | typeof WAITS_GROUP;

/** `execute` answers this when its client has to wait. It never resolves. */
export const BLOCKED: DeferredReply = new Promise(() => {});

/** Commands to run, each a list of arguments. */
export type Commands = readonly (readonly Buffer[])[];

/** How a command that blocks ends without being served; part of its spec. */
export interface BlockingSpec {
  /** Its time is over. */
  readonly onTimeout: (reply: ReplyWriter) => void;
  /** It was served, and its client is gone: commands that put back what it was given. Left out: nothing would be lost. */
  readonly giveBack?: (request: Request, reply: RespValue) => Commands;
}

export interface WaitOptions {
  readonly sort: WaitSort;
  /** 0: for ever. */
  readonly timeoutMs: number;
  /** The first so many declared keys are waited for. */
  readonly keys: number;
  /** Argument that names the group of XREADGROUP, 0 for none: of several waiters of one group only the first need be tried. */
  readonly groupIndex?: number;
  /** What an argument is to be when the command runs again (the id that `$` was); undefined: what it is. */
  readonly rewrite?: (argIndex: number) => Buffer | undefined;
}

/** The connection of a client that waits. */
export interface WaitingSession {
  readonly id: number;
  /** CLIENT LIST shows it. */
  blocked: boolean;
  /** Whether the connection still is there and waits for `settle`. */
  readonly isWaiting: () => boolean;
  readonly settle: (finish: (context: CommandContext) => void) => void;
}

/** What commands that wait for keys are given (`context.waiting`). */
export interface Waiting {
  /** The command runs for a client that has waited. */
  readonly serving: boolean;
  /** Whether the call is about the n-th declared key: a client that has waited is served from the key that was filled. */
  concerns(n: number): boolean;
  /** Whether it may take something from the n-th declared key, which exists: not when others have waited for it before. */
  mayTake(n: number, sort: WaitSort): boolean;
  /** Makes the client wait: to be returned from `execute`, which wrote nothing. Only if `context.mayBlock`. Throws errors.oom. */
  wait(options: WaitOptions): DeferredReply;
  /** The same without keys: until the time is over, 0 for never. */
  waitForTime(timeoutMs: number): DeferredReply;
  /** For the dispatcher: `execute` answered BLOCKED, and this is its client. */
  keep(session: WaitingSession): void;
}

/** Where nothing can wait. */
export const noWaiting: Waiting = {
  serving: false,
  concerns: () => true,
  mayTake: () => true,
  wait: nobodyWaits,
  waitForTime: nobodyWaits,
  keep: () => {},
};

function nobodyWaits(): never {
  throw new Error('no client can wait here');
}
