import type { Request } from '../../protocol/resp/request.ts';
import { ReplyWriter } from '../../protocol/resp/writer.ts';
import { CommandError } from '../commands/errors.ts';
import type { CommandEntry, CommandTable } from '../commands/table.ts';
import type { ThreadContext } from '../dispatch/context.ts';
import { KeyPlaces } from '../dispatch/key-places.ts';
import { PiecesMissing } from '../keyspace/pieces-missing.ts';
import type { Session } from '../server/session.ts';
import { BLOCKED } from './waiting.ts';

/** It ran; its reply, an error too, is in `Runner.reply`. */
export const RAN = 0;
/** It would have to wait. */
export const WOULD_WAIT = 1;
/** A value that it needs is on disk: `again` will be called. */
export const FETCHING = 2;
/** It is not wanted any more. */
export const NOT_WANTED = 3;
export type RunOutcome = typeof RAN | typeof WOULD_WAIT | typeof FETCHING | typeof NOT_WANTED;

/** What is done while all slots of the command's keys are locked. */
export interface RunHooks {
  /** Just before it runs: whether it is still to. */
  isWanted(): boolean;
  /** Just after it ran. */
  onRun(): void;
  /** Later, outside of any batch: it may be tried again. With an error when the cold tier failed. */
  again(error?: CommandError): void;
}

/**
 * Runs commands that no connection of this thread has sent just now: those of clients that waited, and those that put elements back. Whoever
 * may run them was asked before, and memory is not asked for: they empty more than they fill.
 */
export class Runner {
  /** The reply of the command that ran last. */
  readonly reply: ReplyWriter = new ReplyWriter();
  private readonly context: ThreadContext;
  private readonly table: CommandTable;
  private readonly places: KeyPlaces;
  private readonly byName: ReadonlyMap<string, CommandEntry>;

  constructor(context: ThreadContext, table: CommandTable) {
    this.context = context;
    this.table = table;
    this.places = new KeyPlaces(context);
    this.byName = new Map(table.all().map((entry) => [entry.spec.name, entry]));
  }

  entryOf(request: Request): CommandEntry | undefined {
    return this.table.ofRequest(request);
  }

  /** By the name that it has before any `rename-command`. */
  entryNamed(name: string): CommandEntry | undefined {
    return this.byName.get(name);
  }

  /** Within a batch, no slot locked. `session`: database, RESP version and no-touch of whom it runs for. */
  run(entry: CommandEntry, request: Request, session: Session, hooks: RunHooks): RunOutcome {
    const { context, reply } = this;
    const { keys } = context;
    const before = { request: context.request, session: context.session, reply: context.reply };
    context.request = request;
    context.session = session;
    context.reply = reply;
    reply.reset();
    reply.resp = session.resp;
    keys.touching = session.noTouch ? entry.touchesAlways : entry.touches;
    try {
      if (!this.prepare(entry, request, session.db) && !(keys.fetchNow() && this.prepare(entry, request, session.db))) {
        keys.fetch((error) => hooks.again(error));
        return FETCHING;
      }
      if (!hooks.isWanted()) return NOT_WANTED;
      if (entry.execute(context) === BLOCKED) return WOULD_WAIT;
      hooks.onRun();
      return RAN;
    } catch (error) {
      if (error instanceof PiecesMissing) {
        keys.fetchPieces(error, (failure) => hooks.again(failure));
        return FETCHING;
      }
      if (!(error instanceof CommandError)) throw error;
      reply.length = 0;
      reply.error(error.message);
      hooks.onRun();
      return RAN;
    } finally {
      keys.release();
      context.request = before.request;
      context.session = before.session;
      context.reply = before.reply;
    }
  }

  private prepare(entry: CommandEntry, request: Request, db: number): boolean {
    const { context, places } = this;
    const { keys } = context;
    keys.begin(request, context.nowMs);
    places.add(entry, request, db);
    return keys.prepare('value');
  }
}
