import type { User } from '../acl/user.ts';
import type { Subscriptions } from '../pubsub/subscriptions.ts';
import type { TrackingState } from '../tracking/state.ts';
import type { Transaction } from '../transactions/transaction.ts';
import type { WatchedKey } from '../transactions/watches.ts';

/** What CLIENT REPLY selects. */
export type ReplyMode = 'on' | 'off' | 'skip-next';

/**
 * A connection as commands see it. Owned by the front-end thread that accepted the connection; nobody else touches it: other
 * threads ask by message (`ServerLink.broadcast`).
 */
export interface Session {
  readonly id: number;
  /** Selected database. */
  db: number;
  /** RESP version of replies: 2 or 3. */
  resp: 2 | 3;
  authenticated: boolean;
  user: string;
  /** The user itself, or `Acl.guest` before the session has logged in. */
  acl: User;
  name: string;
  libName: string;
  libVersion: string;
  noEvict: boolean;
  noTouch: boolean;
  replyMode: ReplyMode;
  /** Channels and patterns; undefined when there are none. Changed by PubSub. */
  subscriptions: Subscriptions | undefined;
  /** Whether it gets what MONITOR shows. Changed by Monitors. */
  monitors: boolean;
  /** CLIENT TRACKING; undefined while it is off. Changed by ClientTracking. */
  tracking: TrackingState | undefined;
  /** Between MULTI and EXEC. */
  transaction: Transaction | undefined;
  /** What WATCH named since the last EXEC, DISCARD or UNWATCH. */
  watched: readonly WatchedKey[];
  readonly createdAtMs: number;
  lastInteractionMs: number;
  /** Peer and local address as CLIENT LIST prints them: `ip:port`, `[ip6]:port` or `/path:0`. */
  readonly address: string;
  readonly localAddress: string;
  readonly fd: number;
  readonly unixSocket: boolean;
  /** Name of the last command run, `container|sub` for subcommands. */
  lastCommand: string;
  /** Index of the thread that owns the connection. */
  readonly thread: number;
  /**
   * Sends what the client did not ask for: `bytes[start, start + length)`, which is RESP, copied. It goes before the reply of the command that the
   * client runs at this moment, and after that of the one before.
   *
   * @param patient it may wait for a millisecond, so that more goes with it, where it is one of many: not by default
   */
  deliver(bytes: Uint8Array, start: number, length: number, patient?: boolean): void;
  /** Closes the connection once the replies written so far are sent. */
  closeAfterReply(): void;
  /** Closes the connection at once (CLIENT KILL of another client). */
  kill(): void;
  /** One line of CLIENT LIST, without the newline. */
  describe(nowMs: number): string;
  /** Everything back to a new connection's state (RESET). */
  reset(): void;
}
