import type { Request } from '../../protocol/resp/request.ts';
import { assert } from '../../tiers/base/assert.ts';
import { CommandError, errors } from '../commands/errors.ts';
import { PiecesMissing } from '../keyspace/pieces-missing.ts';
import type { Accounting } from './accounting.ts';
import type { ThreadContext } from './context.ts';
import type { BatchLock, MemoryGate } from './hooks.ts';
import { type LargeReplies, OutputNeeded } from './large-replies.ts';
import { AloneNeeded, AnswerNeeded, type Restarts, RoomNeeded, ValuesMissing } from './restarts.ts';
import { DISPATCH_DONE, DISPATCH_PARKED, type DispatchedSession, type DispatchOutcome, failWith } from './session.ts';

/** After so many fetches the cold keys of a command evidently do not fit into RAM together. */
const MAX_FETCHES = 64;
/** The same for a single value: whatever makes it go again at once does not end. Each time it may be bad luck. */
const MAX_FETCHES_OF_ONE = 256;
/** A command may walk over a large collection, thousands of nodes at a time. After so many turns its nodes evidently do not fit into RAM together. */
const MAX_PIECE_FETCHES = 2048;
/** So often memory is made for one large value, and others may take it. */
const MAX_ROOMS = 8;

export interface StartOverParts {
  readonly context: ThreadContext;
  readonly accounting: Accounting;
  readonly restarts: Restarts;
  readonly gate: MemoryGate;
  readonly lock: BatchLock;
  readonly largeReplies: LargeReplies;
  /** The same request from its beginning. */
  readonly dispatch: (client: DispatchedSession, request: Request) => DispatchOutcome;
}

/** Commands that could not go on, and have changed nothing: how they are tried again. */
export class StartOver {
  private readonly parts: StartOverParts;
  /** The request that is dispatched runs while no other thread is active. */
  alone = false;

  constructor(parts: StartOverParts) {
    this.parts = parts;
  }

  /** Values of the command's keys are on disk; nothing is locked. Throws errors.oom when that was so too often. */
  fetch(client: DispatchedSession, ofOne: boolean): DispatchOutcome {
    const { accounting, context, restarts } = this.parts;
    if (restarts.triedOften(ofOne ? MAX_FETCHES_OF_ONE : MAX_FETCHES)) throw errors.oom;
    accounting.skip();
    accounting.parked();
    context.keys.fetch(client.wake);
    return DISPATCH_PARKED;
  }

  /**
   * Whether something that failed is to be tried again, by what it threw: its outcome then.
   *
   * @param mark where its reply began
   * @param forRoom whether it can wait for memory: it has changed nothing when there was none for it
   */
  after(
    error: unknown,
    client: DispatchedSession,
    request: Request,
    mark: number,
    forRoom: boolean,
  ): DispatchOutcome | undefined {
    const { context, accounting, gate } = this.parts;
    const isRoom = error === errors.oom && forRoom;
    if (error instanceof CommandError && !isRoom) return undefined;
    if (isRoom && !this.waitsForRoom(client)) return undefined;
    accounting.skip();
    context.reply.length = mark;
    if (isRoom) return DISPATCH_PARKED;
    if (error instanceof AloneNeeded) return this.runAlone(client, request);
    if (error instanceof RoomNeeded) {
      gate.whenRoom(client.wake);
      return DISPATCH_PARKED;
    }
    if (error instanceof OutputNeeded) {
      this.parts.largeReplies.whenRoom(client.wake);
      return DISPATCH_PARKED;
    }
    return this.afterMissing(error, client, mark);
  }

  private afterMissing(error: unknown, client: DispatchedSession, mark: number): DispatchOutcome | undefined {
    const { context, accounting, restarts } = this.parts;
    const pieces = error instanceof PiecesMissing;
    const values = error instanceof ValuesMissing;
    const answer = error instanceof AnswerNeeded;
    if (!pieces && !values && !answer) return undefined;
    if (restarts.triedOften(pieces ? MAX_PIECE_FETCHES : MAX_FETCHES)) {
      accounting.writeError(mark, errors.oom);
      return DISPATCH_DONE;
    }
    if (answer) this.wakeAnswered(client, error);
    else {
      accounting.parked();
      if (pieces) context.keys.fetchPieces(error, client.wake);
      else context.keys.fetch(client.wake);
    }
    return DISPATCH_PARKED;
  }

  /** Wakes the client when the answer is there, for the next try to find. */
  private wakeAnswered(client: DispatchedSession, { reply, key }: AnswerNeeded): void {
    const { answers } = this.parts.restarts.open();
    reply.then(
      (finish) => {
        if (key !== undefined) answers.set(key, finish);
        client.wake();
      },
      (reason: unknown) => {
        if (!(reason instanceof CommandError)) throw reason;
        if (key !== undefined) answers.set(key, failWith(reason));
        client.wake(key === undefined ? reason : undefined);
      },
    );
  }

  private waitsForRoom(client: DispatchedSession): boolean {
    const { gate, restarts } = this.parts;
    return !restarts.triedOften(MAX_ROOMS) && gate.whenFits(client.wake);
  }

  /** The request once more, while no other thread is active. */
  runAlone(client: DispatchedSession, request: Request): DispatchOutcome {
    const { context, lock, dispatch } = this.parts;
    assert(!this.alone, 'alone is enough');
    context.keys.release();
    this.alone = true;
    try {
      return lock.run(() => dispatch(client, request));
    } finally {
      this.alone = false;
    }
  }

  /** A command asked for keys that no argument names: once more, with their slots locked, when their values are in RAM. */
  runWithOthers(client: DispatchedSession, request: Request): DispatchOutcome {
    const { accounting, context, restarts, dispatch } = this.parts;
    const { keys } = context;
    accounting.skip();
    keys.release();
    if (restarts.triedOften(MAX_FETCHES)) {
      accounting.fail(client, errors.oom);
      return DISPATCH_DONE;
    }
    if (!keys.fetchNow()) {
      accounting.parked();
      keys.fetch(client.wake);
      return DISPATCH_PARKED;
    }
    keys.others.again = true;
    try {
      return dispatch(client, request);
    } finally {
      keys.others.again = false;
    }
  }
}
