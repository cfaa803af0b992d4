import type { Request } from '../../protocol/resp/request.ts';
import { assert } from '../../tiers/base/assert.ts';
import { CommandError, errors } from '../commands/errors.ts';
import { flagBit } from '../commands/flags.ts';
import type { DeferredReply } from '../commands/spec.ts';
import type { CommandEntry } from '../commands/table.ts';
import type { Session } from '../server/session.ts';
import { TransactionRun } from '../transactions/exec.ts';
import type { QueuedCommand } from '../transactions/transaction.ts';
import { endTransaction } from '../transactions/watches.ts';
import type { Accounting } from './accounting.ts';
import type { Admission } from './admission.ts';
import type { ThreadContext } from './context.ts';
import type { NestedRuns } from './nested.ts';
import { execAborted } from './refusals.ts';
import type { Restarts } from './restarts.ts';
import { DISPATCH_DONE, DISPATCH_PARKED, type DispatchedSession, type DispatchOutcome } from './session.ts';
import type { StartOver } from './start-over.ts';

export interface ExecutionParts {
  readonly context: ThreadContext;
  readonly nested: NestedRuns;
  readonly admission: Admission;
  readonly accounting: Accounting;
  readonly restarts: Restarts;
  readonly startOver: StartOver;
}

/** Requests of clients between MULTI and EXEC. */
export class Execution {
  private readonly parts: ExecutionParts;
  private readonly transactions: TransactionRun;
  /** Where the line of the queued command that runs will stand for those who monitor. */
  private queuedMark = 0;

  constructor(parts: ExecutionParts) {
    this.parts = parts;
    this.transactions = new TransactionRun(parts.context, parts.nested, (client, command, done) =>
      this.aroundQueued(client, command, done),
    );
  }

  /** A command between MULTI and EXEC. */
  queue(client: DispatchedSession, entry: CommandEntry, request: Request): DispatchOutcome {
    const { admission, accounting, context } = this.parts;
    if ((entry.bits & flagBit.no_multi) !== 0) {
      admission.refuse(client, entry, errors.notInTransaction);
      return DISPATCH_DONE;
    }
    client.transaction?.add(entry, request, admission.bitsOf(entry, request));
    const mark = context.reply.length;
    context.reply.simple('QUEUED');
    if (client.replyMode !== 'on') accounting.suppress(client, client.replyMode, mark);
    return DISPATCH_DONE;
  }

  /** EXEC. Answers a reply that comes later, or what became of it. */
  exec(client: DispatchedSession, entry: CommandEntry, request: Request): DispatchOutcome | DeferredReply {
    const { admission, accounting, context, restarts, startOver } = this.parts;
    const { transaction } = client;
    assert(transaction !== undefined, 'EXEC comes after MULTI');
    const refused = transaction.aborted || admission.refusesRoom(transaction.bits);
    if (!refused && admission.holdsBack(client, transaction.bits)) return DISPATCH_PARKED;
    if (transaction.reachesBeyond && !startOver.alone && !refused) return startOver.runAlone(client, request);
    const { reply, keys } = context;
    const { monitors } = context.server;
    const mark = reply.length;
    const modeBefore = client.replyMode;
    const startedAt = performance.now();
    context.request = request;
    context.session = client;
    context.mayBlock = false;
    keys.touching = !client.noTouch;
    accounting.skip();
    const shown = monitors.shared[0] !== 0;
    if (shown) monitors.hold();
    let deferred: DeferredReply | undefined;
    try {
      if (transaction.aborted) throw errors.execAborted;
      if (refused) throw execAborted(errors.oom);
      deferred = this.transactions.run(client, transaction, client.watched, startOver.alone);
      if (shown) monitors.ran(entry, client, request);
    } catch (error) {
      const outcome = startOver.after(error, client, request, mark, true);
      if (outcome !== undefined) {
        monitors.drop();
        return outcome;
      }
      if (!(error instanceof CommandError)) throw error;
      if (shown) monitors.ran(entry, client, request);
      accounting.of(entry).failed++;
      accounting.writeError(mark, error);
    } finally {
      context.mayBlock = true;
      context.request = request;
      keys.release();
    }
    restarts.end();
    endTransaction(client, context.watches);
    client.lastCommand = entry.fullName;
    if (deferred !== undefined) return deferred;
    accounting.ranFor(entry, (performance.now() - startedAt) * 1000);
    if (client.replyMode !== 'on') accounting.suppress(client, modeBefore, mark);
    return DISPATCH_DONE;
  }

  /** Before and after each command of a transaction. */
  private aroundQueued(client: Session, { entry, request }: QueuedCommand, done: boolean): void {
    const { accounting, context } = this.parts;
    const { monitors } = context.server;
    if (!done) {
      if (monitors.holding) this.queuedMark = monitors.place();
      accounting.open(accounting.of(entry));
      return;
    }
    if (monitors.holding) monitors.queued(this.queuedMark, entry, client, request);
    accounting.ranAlone(entry, client, request);
  }
}
