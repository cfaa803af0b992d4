import type { DeferredReply } from '../commands/spec.ts';
import type { ColdNameMemo } from '../keyspace/keyspace.ts';
import type { DispatchedSession, Finish } from './session.ts';

/**
 * Thrown by a command that is part of something larger: it looks at keys whose slots are not locked, and cannot wait for them without being in
 * somebody's way. The whole is to run again, while no other thread does. Nothing has changed by then.
 */
export class AloneNeeded extends Error {
  override name = 'AloneNeeded';
}

/** Thrown likewise: values of keys that the arguments of the whole do not name are on disk; `KeyAccess.fetch` brings them. */
export class ValuesMissing extends Error {
  override name = 'ValuesMissing';
}

/** Thrown likewise: the disk is behind, and memory has to be freed before something is written. */
export class RoomNeeded extends Error {
  override name = 'RoomNeeded';
}

/** Thrown likewise: the reply of a script's command comes later. */
export class AnswerNeeded extends Error {
  override name = 'AnswerNeeded';
  readonly reply: DeferredReply;
  /** Under which the next try will look for it; undefined: it runs again, and does not have to wait any more. */
  readonly key: string | undefined;

  constructor(reply: DeferredReply, key: string | undefined) {
    super();
    this.reply = reply;
    this.key = key;
  }
}

/** After so many, transactions and scripts read what else they need at once, with their slots locked. */
const HURRY_AFTER = 8;
/** Clients that left while they waited are forgotten together, when so many are noted. */
const MAX_NOTED = 10_000;

/** What the next try of a client's command is to know of those before. */
export class Restart {
  tries = 0;
  /** Of scripts: replies that came later, by the requests of their commands. */
  readonly answers = new Map<string, Finish>();
  readonly coldNames: ColdNameMemo = new Map();

  /** Started over so often for what is on disk that the rest is to be read at once. */
  get hurried(): boolean {
    return this.tries >= HURRY_AFTER;
  }
}

/** Commands of clients that are started over: for what is on disk, for memory, for answers of other threads. */
export class Restarts {
  private readonly noted = new Map<DispatchedSession, Restart>();
  private client: DispatchedSession | undefined;
  /** Of the command that runs, if it was tried before. */
  current: Restart | undefined;

  /** A command of this client begins, for the first time or again. */
  begin(client: DispatchedSession): void {
    this.client = client;
    this.current = this.noted.size === 0 ? undefined : this.noted.get(client);
  }

  /** For the command that runs. */
  open(): Restart {
    if (this.current !== undefined) return this.current;
    const restart = new Restart();
    this.current = restart;
    if (this.noted.size > MAX_NOTED) this.noted.clear();
    if (this.client !== undefined) this.noted.set(this.client, restart);
    return restart;
  }

  /** Counts one more attempt at the running command; true when they were so many that another will not help: then they are forgotten. */
  triedOften(limit: number): boolean {
    if (++this.open().tries <= limit) return false;
    this.end();
    return true;
  }

  /** The command that runs has come to its end. */
  end(): void {
    if (this.client === undefined || this.noted.size === 0) return;
    this.noted.delete(this.client);
    this.current = undefined;
  }
}
