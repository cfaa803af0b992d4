import { Request } from '../../protocol/resp/request.ts';
import type { CommandContext } from '../commands/context.ts';
import { CommandError } from '../commands/errors.ts';
import type { DeferredReply } from '../commands/spec.ts';
import type { ThreadContext } from '../dispatch/context.ts';
import type { KeyAccess } from '../dispatch/hooks.ts';
import type { NestedRuns } from '../dispatch/nested.ts';
import { ValuesMissing } from '../dispatch/restarts.ts';
import type { Session } from '../server/session.ts';
import type { QueuedCommand, Transaction } from './transaction.ts';
import type { WatchedKey, Watches } from './watches.ts';

/** The first frame is that of the watched keys. */
const FIRST_COMMAND = 1;

type Segment = Buffer | Awaited<DeferredReply> | CommandError;

/** The queue of one client as a single step: all slots locked at once, cold values fetched before. */
export class TransactionRun {
  private readonly context: ThreadContext;
  private readonly keys: KeyAccess;
  private readonly nested: NestedRuns;
  private readonly watches: Watches;
  /** Called before and after each command, for its time and whatever else is noted of it. */
  private readonly onCommand: (session: Session, command: QueuedCommand, done: boolean) => void;

  constructor(
    context: ThreadContext,
    nested: NestedRuns,
    onCommand: (session: Session, command: QueuedCommand, done: boolean) => void,
  ) {
    this.context = context;
    this.keys = context.keys;
    this.nested = nested;
    this.watches = context.watches;
    this.onCommand = onCommand;
  }

  /**
   * Runs the queue and writes the reply; the promise of it when a command has to wait for other threads. Throws, with nothing changed, what
   * means that it is to be tried again: ValuesMissing, PiecesMissing, AloneNeeded, errors.oom.
   */
  run(
    session: Session,
    transaction: Transaction,
    watched: readonly WatchedKey[],
    alone: boolean,
  ): DeferredReply | undefined {
    const { keys, context, watches } = this;
    if (!this.prepare(session, transaction, watched, alone)) {
      if (!keys.fetchNow() || !this.prepare(session, transaction, watched, alone)) throw new ValuesMissing();
    }
    if (watched.some((key) => watches.isChanged(key))) {
      context.reply.nilArray();
      return undefined;
    }
    return this.runQueue(session, transaction);
  }

  private prepare(session: Session, { queue }: Transaction, watched: readonly WatchedKey[], alone: boolean): boolean {
    const { keys, context, nested } = this;
    keys.beginFrames(context.nowMs, alone);
    keys.addFrame(Request.of(watched.map(({ name }) => name)), 'index');
    for (const [n, { db }] of watched.entries()) keys.add(n, db);
    const dbBefore = session.db;
    for (const { entry, request } of queue) {
      context.request = request;
      keys.addFrame(request, entry.hasKeys ? nested.places.needOf(entry) : 'index');
      if (entry.hasKeys) nested.places.add(entry, request, session.db);
      if (entry.spec.name === 'select') session.db = selected(request.latin1(1), context) ?? session.db;
    }
    session.db = dbBefore;
    return keys.prepareFrames();
  }

  private runQueue(session: Session, { queue }: Transaction): DeferredReply | undefined {
    const { keys, context } = this;
    const { reply } = context;
    const mark = reply.length;
    const segments: (Segment | Promise<Segment>)[] = [];
    reply.array(queue.length);
    for (const [n, command] of queue.entries()) {
      this.onCommand(session, command, false);
      const problem = keys.enterFrame(n + FIRST_COMMAND) ? undefined : this.nested.readHeld();
      if (problem !== undefined) this.nested.writeError(problem);
      const deferred = problem === undefined ? this.runCommand(session, command) : undefined;
      if (deferred !== undefined) {
        segments.push(takeFrom(context, mark), deferred.catch(asCommandError));
      }
      this.onCommand(session, command, true);
      reply.resp = session.resp;
    }
    if (segments.length === 0) return undefined;
    segments.push(takeFrom(context, mark));
    return Promise.all(segments).then((ready) => (later) => writeSegments(later, ready));
  }

  private runCommand(session: Session, { entry, request }: QueuedCommand): DeferredReply | undefined {
    const { context, nested } = this;
    if (session.acl.free[entry.id] !== 1) {
      // Its user may have changed since it was queued.
      const denial = context.server.acl.refuseInExec(session, entry, request);
      if (denial !== undefined) {
        nested.writeError(denial);
        return undefined;
      }
    }
    return nested.run(entry, session, request);
  }
}

/** What SELECT in a queue will select, if it will. */
function selected(text: string, context: CommandContext): number | undefined {
  const db = Number(text);
  return Number.isInteger(db) && db >= 0 && db < context.server.config.values.databases ? db : undefined;
}

/** A copy of what was written since the mark, which is taken back. */
function takeFrom({ reply }: CommandContext, mark: number): Buffer {
  const bytes = Buffer.from(reply.buffer.subarray(mark, reply.length));
  reply.length = mark;
  return bytes;
}

function asCommandError(error: unknown): CommandError {
  if (error instanceof CommandError) return error;
  throw error;
}

function writeSegments(context: CommandContext, segments: readonly Segment[]): void {
  for (const segment of segments) {
    if (segment instanceof CommandError) context.reply.error(segment.message);
    else if (typeof segment === 'function') segment(context);
    else context.reply.raw(segment);
  }
}
