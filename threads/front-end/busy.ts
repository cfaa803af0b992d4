import type { Acl } from '../../engine/acl/acl.ts';
import type { CommandContext } from '../../engine/commands/context.ts';
import { CommandError, errors, wrongArity } from '../../engine/commands/errors.ts';
import { flagBit } from '../../engine/commands/flags.ts';
import type { CommandEntry, CommandTable } from '../../engine/commands/table.ts';
import { execAborted } from '../../engine/dispatch/refusals.ts';
import { scriptErrors } from '../../engine/scripting/errors.ts';
import type { FunctionEngine } from '../../engine/scripting/functions/function-engine.ts';
import { SCRIPT_FUNCTION, type ScriptStore } from '../../engine/scripting/script-store.ts';
import { killScripts } from '../../engine/scripting/watch.ts';
import type { Session } from '../../engine/server/session.ts';
import { Transaction } from '../../engine/transactions/transaction.ts';
import { Request } from '../../protocol/resp/request.ts';
import { ReplyWriter } from '../../protocol/resp/writer.ts';
import type { ToMain } from '../messages.ts';
import type { Connection } from './connection.ts';
import { createReadBuffer, type ReadBuffer } from './transport.ts';

/** So many clients are looked at each time: a read that finds nothing costs microseconds. */
const CLIENTS_PER_TURN = 256;

export interface BusyParts {
  readonly table: CommandTable;
  readonly store: ScriptStore;
  readonly functions: () => FunctionEngine;
  readonly thread: number;
  readonly acl: Pick<Acl, 'refuse'>;
  readonly connections: () => Iterable<Connection>;
  readonly post: (message: ToMain) => void;
  /** The thread's; its request, session and reply are the script's. */
  readonly context: () => CommandContext;
  /** Adopts connections that main has accepted meanwhile. */
  readonly takeNew: () => void;
  /** Outside of any batch: ends the watches, of a client of this thread. */
  readonly forgetWatches: (client: Pick<Session, 'watched'>) => void;
}

/**
 * Answers clients of a thread whose script is over its time, and keeps it from its event loop: called by the script's own hook, it reads
 * what they have sent past the event loop. Nothing runs: SCRIPT KILL, FUNCTION KILL, FUNCTION STATS, SHUTDOWN NOSAVE, MULTI, DISCARD and EXEC (which
 * fails) are understood, all else is answered -BUSY.
 */
export class BusyAnswers {
  private readonly parts: BusyParts;
  private readonly request = new Request();
  private input: ReadBuffer | undefined;
  private skip = 0;

  constructor(parts: BusyParts) {
    this.parts = parts;
  }

  run(): void {
    // Main accepts connections in this thread's place from now on.
    this.parts.post({ kind: 'busy' });
    this.parts.takeNew();
    this.input ??= createReadBuffer();
    let n = 0;
    let looked = 0;
    for (const connection of this.parts.connections()) {
      if (n++ < this.skip) continue;
      if (looked++ === CLIENTS_PER_TURN) {
        this.skip = n - 1;
        return;
      }
      const { session } = connection;
      connection.answerBusy(this.input, this.request, (request) => this.answer(request, session));
    }
    this.skip = 0;
  }

  private answer(request: Request, session: Session): string {
    const entry = this.parts.table.ofRequest(request);
    try {
      if (entry === undefined) throw this.busyError();
      this.checkPermission(entry, request, session);
      return this.answerTo(entry, request, session);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      // What was to be part of a transaction is missing from it.
      if (session.transaction !== undefined) session.transaction.aborted = true;
      return `-${error.message}\r\n`;
    }
  }

  private answerTo(entry: CommandEntry, request: Request, session: Session): string {
    const { store, post, functions } = this.parts;
    switch (entry.fullName) {
      case 'script|kill':
      case 'function|kill':
        killScripts(store, entry.fullName === 'function|kill');
        return '+OK\r\n';
      case 'function|stats': {
        if (!this.isFunction()) throw this.busyError();
        const reply = new ReplyWriter();
        reply.resp = session.resp;
        functions().writeStats(reply);
        return reply.buffer.latin1Slice(0, reply.length);
      }
      case 'shutdown':
        if (request.count < 2 || !request.is(1, 'nosave')) throw this.busyError();
        post({ kind: 'shutdown', id: 0, options: { save: false, now: true, force: true } });
        return '';
      case 'multi':
        if (session.transaction !== undefined) throw this.busyError();
        session.transaction = new Transaction();
        return '+OK\r\n';
      case 'exec':
        if (session.transaction === undefined) throw this.busyError();
        this.endTransaction(session);
        throw execAborted(this.busyError());
      case 'discard':
        if (session.transaction === undefined) throw this.busyError();
        this.endTransaction(session);
        return '+OK\r\n';
      case 'auth':
      case 'hello':
        return this.logIn(entry, request, session);
      default:
        throw this.busyError();
    }
  }

  /** These look at the session only. */
  private logIn(entry: CommandEntry, request: Request, session: Session): string {
    if (request.count < -entry.arity) throw wrongArity(entry.fullName);
    const reply = new ReplyWriter();
    reply.resp = session.resp;
    entry.spec.execute({ ...this.parts.context(), request, reply, session });
    return reply.buffer.latin1Slice(0, reply.length);
  }

  /** What it watched is forgotten when the script has ended, which may hold the slots. */
  private endTransaction(session: Session): void {
    const { watched } = session;
    session.transaction = undefined;
    session.watched = [];
    if (watched.length > 0) setImmediate(() => this.parts.forgetWatches({ watched }));
  }

  private checkPermission(entry: CommandEntry, request: Request, session: Session): void {
    if (!session.authenticated && (entry.bits & flagBit.no_auth) === 0) throw errors.noAuth;
    if (session.acl.free[entry.id] === 1) return;
    const denial = this.parts.acl.refuse(session, entry, request, 'toplevel');
    if (denial !== undefined) throw denial;
  }

  private isFunction(): boolean {
    const { store, thread } = this.parts;
    const state = store.longScripts().find((script) => script.thread === thread)?.state ?? 0;
    return (state & SCRIPT_FUNCTION) !== 0;
  }

  private busyError(): CommandError {
    return this.isFunction() ? scriptErrors.busyFunction : scriptErrors.busyScript;
  }
}
