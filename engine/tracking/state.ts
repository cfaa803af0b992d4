import type { Request } from '../../protocol/resp/request.ts';
import type { CommandKeys } from '../commands/context.ts';
import type { Session } from '../server/session.ts';

/** What CLIENT TRACKING ON has agreed with one client. */
export interface TrackingState {
  /** Told of all changes of keys with one of `prefixes`, whatever it has read. */
  readonly broadcasts: boolean;
  /** Keys are remembered only, or not, for the command after CLIENT CACHING. */
  readonly optIn: boolean;
  readonly optOut: boolean;
  /** Not told of its own changes. */
  readonly noLoop: boolean;
  /** The client that gets the messages, 0 for itself, and its thread. */
  readonly redirect: number;
  readonly redirectThread: number;
  /** One character per byte. */
  readonly prefixes: readonly string[];
  /** CLIENT CACHING was called before the command that runs now. */
  caching: boolean;
  /** A message could not be delivered: `redirect` is gone. */
  broken: boolean;
}

/** Number of clients that are told by prefix, of all threads (word 0) and of thread n (word n + 1). */
export function createBroadcasts(threads: number): SharedArrayBuffer {
  return new SharedArrayBuffer((threads + 1) * Int32Array.BYTES_PER_ELEMENT);
}

/** Names of changed keys, gathered while somebody is told by prefix. One per thread; StoreView and ObjectWriter note what they change. */
export class ChangedNames {
  /** See createBroadcasts. */
  readonly listeners: Int32Array;
  /** One character per byte. */
  names: Set<string> = new Set();

  constructor(broadcasts: SharedArrayBuffer) {
    this.listeners = new Int32Array(broadcasts);
  }

  note(key: DataView, start: number, length: number): void {
    this.names.add(Buffer.from(key.buffer, key.byteOffset + start, length).latin1Slice());
  }

  take(): string[] {
    const names = [...this.names];
    this.names.clear();
    return names;
  }
}

/** What commands ask of tracking. */
export interface ClientTracking {
  enable(session: Session, state: TrackingState): void;
  /** Also of clients that leave. What they have read is forgotten when it changes. */
  disable(session: Session): void;
  /** A readonly command has run: its keys, whose slots are locked, may be in the client's cache from now on. */
  remember(session: Session, keys: CommandKeys, request: Request, isScript: boolean): void;
  /** The same for a command of a script or transaction. Of a script that reads anything, all declared keys are remembered too, as in redis 7.0. */
  rememberNested(session: Session, keys: CommandKeys, request: Request): void;
  /** A database was emptied: everybody is told to forget everything, after the command. */
  flushing: boolean;
}

/** For tests of commands. */
export class NoTracking implements ClientTracking {
  flushing = false;

  enable(session: Session, state: TrackingState): void {
    session.tracking = state;
  }

  disable(session: Session): void {
    session.tracking = undefined;
  }

  remember(): void {}

  rememberNested(): void {}
}
