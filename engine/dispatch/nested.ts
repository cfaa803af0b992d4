import type { Request } from '../../protocol/resp/request.ts';
import { CommandError, errors } from '../commands/errors.ts';
import type { DeferredReply } from '../commands/spec.ts';
import type { CommandEntry } from '../commands/table.ts';
import { KeysMissing } from '../keyspace/other-keys.ts';
import { PiecesMissing } from '../keyspace/pieces-missing.ts';
import type { Session } from '../server/session.ts';
import { counters, type Statistics } from '../server/statistics.ts';
import type { ThreadContext } from './context.ts';
import type { KeyAccess } from './hooks.ts';
import type { KeyPlaces } from './key-places.ts';
import { AloneNeeded, type Restarts, ValuesMissing } from './restarts.ts';

/** Runs commands whose slots are locked already: those of a transaction, and those that a script calls. */
export class NestedRuns {
  private readonly context: ThreadContext;
  private readonly keys: KeyAccess;
  private readonly statistics: Statistics;
  readonly places: KeyPlaces;
  private readonly restarts: Restarts;

  constructor(context: ThreadContext, statistics: Statistics, places: KeyPlaces, restarts: Restarts) {
    this.context = context;
    this.keys = context.keys;
    this.statistics = statistics;
    this.places = places;
    this.restarts = restarts;
  }

  /**
   * Runs a command on the frame that is open and writes its reply, an error too. What it needs of the disk is read at once if something has changed
   * already; else this throws, and the whole can start over. KeysMissing comes out when it cannot any more. Answers the promise of a reply that has
   * to wait.
   */
  run(entry: CommandEntry, session: Session, request: Request): DeferredReply | undefined {
    const { context, keys } = this;
    const { reply } = context;
    const statistics = this.statistics.commands.of(entry.id, entry.fullName);
    const mark = reply.length;
    context.request = request;
    for (;;) {
      try {
        const deferred = entry.execute(context);
        if (entry.countsLookups) {
          keys.countLookups();
          if (session.tracking !== undefined) context.server.tracking.rememberNested(session, keys, request);
        }
        session.lastCommand = entry.fullName;
        return deferred ?? undefined;
      } catch (error) {
        reply.length = mark;
        if (error instanceof CommandError) {
          // Nothing has changed: the whole can wait until there is room.
          if (error === errors.oom && !keys.changed) throw error;
          statistics.failed++;
          this.writeError(error);
          return undefined;
        }
        const pieces = error instanceof PiecesMissing ? error : undefined;
        if (pieces !== undefined && !keys.changed && this.restarts.current?.hurried !== true) throw error;
        if (pieces === undefined) {
          if (!(error instanceof KeysMissing)) throw error;
          if (!keys.alone) throw keys.changed ? error : new AloneNeeded();
        }
        const problem = this.readHeld(pieces);
        if (problem === undefined) continue;
        if (!keys.changed) throw pieces ?? new ValuesMissing();
        statistics.failed++;
        this.writeError(problem);
        return undefined;
      }
    }
  }

  /** Reads the nodes, or the values that were found cold, with slots locked. What went wrong, or undefined. */
  readHeld(pieces?: PiecesMissing): CommandError | undefined {
    this.statistics.add(counters.held_reads, 1);
    try {
      if (pieces === undefined) this.keys.readHeld();
      else this.keys.readPiecesHeld(pieces);
      return undefined;
    } catch (error) {
      if (error instanceof CommandError) return error;
      throw error;
    }
  }

  writeError(error: CommandError): void {
    this.context.reply.error(error.message);
    if (!error.counted) this.statistics.countError(error.message);
  }
}
