import type { Request } from '../../protocol/resp/request.ts';
import type { ReplyWriter } from '../../protocol/resp/writer.ts';
import { assert } from '../../tiers/base/assert.ts';
import { BLOCKED, type WaitingSession } from '../blocking/waiting.ts';
import type { CommandContext } from '../commands/context.ts';
import { CommandError, errors, wrongArity } from '../commands/errors.ts';
import { flagBit } from '../commands/flags.ts';
import { findKeys, KeyPositions } from '../commands/key-positions.ts';
import type { DeferredReply } from '../commands/spec.ts';
import type { CommandEntry, CommandTable } from '../commands/table.ts';
import { KeysMissing } from '../keyspace/other-keys.ts';
import { PiecesMissing } from '../keyspace/pieces-missing.ts';
import type { Monitors } from '../monitor/monitors.ts';
import { secretArguments } from '../server/secrets.ts';
import type { Session } from '../server/session.ts';
import { counters, type Statistics } from '../server/statistics.ts';
import { TransactionRun } from '../transactions/exec.ts';
import type { QueuedCommand } from '../transactions/transaction.ts';
import type { ThreadContext } from './context.ts';
import { type BatchLock, GATE_FAILS, GATE_OPEN, GATE_REFUSES, type KeyAccess, type MemoryGate } from './hooks.ts';
import { NestedRuns } from './nested.ts';
import { ClientPause } from './pause.ts';
import {
  execAborted,
  isWebRequest,
  protectedCommand,
  unknownCommand,
  unknownSubcommand,
  whileSubscribed,
} from './refusals.ts';
import { AloneNeeded, AnswerNeeded, Restarts, RoomNeeded, ValuesMissing } from './restarts.ts';
import { RunTimer } from './run-timer.ts';
import { NestedScriptCalls } from './script-calls.ts';

/** The reply was written (or suppressed). */
export const DISPATCH_DONE = 0;
/** Nothing happened yet: keep the request and dispatch it again when `client.wake` was called. */
export const DISPATCH_PARKED = 1;
/** The command began; `client.settle` is called with what finishes it. Later requests of the client wait. */
export const DISPATCH_DEFERRED = 2;
/** The same, and it may take long: the client waits for a key to be filled. */
export const DISPATCH_BLOCKED = 3;
export type DispatchOutcome =
  | typeof DISPATCH_DONE
  | typeof DISPATCH_PARKED
  | typeof DISPATCH_DEFERRED
  | typeof DISPATCH_BLOCKED;

/** Writes the reply of a deferred command. */
export type Finish = (context: CommandContext) => void;

/** A session whose requests can be put off. Both functions may be called from anywhere but inside a batch. */
export interface DispatchedSession extends Session, WaitingSession {
  /** Runs the parked request again, or answers it with the error. */
  readonly wake: (error?: CommandError) => void;
}

export interface DispatcherParts {
  readonly table: CommandTable;
  readonly context: ThreadContext;
  readonly statistics: Statistics;
  readonly gate: MemoryGate;
  readonly lock: BatchLock;
  /** `enable-debug-command`, asked when a protected command comes. */
  readonly allowsProtected: (session: Session) => boolean;
}

/** After so many fetches the cold keys of a command evidently do not fit into RAM together. */
const MAX_FETCHES = 64;
/** The same for a single value: whatever makes it go again at once does not end. Each time it may be bad luck. */
const MAX_FETCHES_OF_ONE = 256;
/** A command may walk over a large collection, thousands of nodes at a time. After so many turns its nodes evidently do not fit into RAM together. */
const MAX_PIECE_FETCHES = 2048;
/** So often memory is made for one large value, and others may take it. */
const MAX_ROOMS = 8;

/** What is not queued between MULTI and EXEC (redis 7.0.15, processCommand). */
const runsAtOnce: ReadonlySet<string> = new Set(['exec', 'discard', 'multi', 'watch', 'quit', 'reset']);

/** What a RESP2 client may run while it subscribes to anything: it could not tell other replies from messages. */
const runsWhileSubscribed: ReadonlySet<string> = new Set([
  'subscribe',
  'unsubscribe',
  'psubscribe',
  'punsubscribe',
  'ssubscribe',
  'sunsubscribe',
  'ping',
  'quit',
  'reset',
]);

/** What a client that monitors may not do (redis 7.0.15: it counts as a replica). */
const touchesKeys = flagBit.write | flagBit.readonly | flagBit.may_replicate;

const mayReplicate = flagBit.write | flagBit.may_replicate;

/**
 * Runs requests, one thread's at a time:
 * `beginBatch`, `dispatch` for each request that is there, `endBatch`. Between the two no other thread is exclusive; no slot is
 * locked between two requests. Errors thrown as CommandError become replies; everything else is a bug and leaves through the top.
 */
export class Dispatcher {
  readonly pause: ClientPause;
  private readonly table: CommandTable;
  private readonly monitors: Monitors;
  /** Not 0 in its first word while anybody monitors. */
  private readonly monitored: Int32Array;
  /** Where the line of the queued command that runs will stand. */
  private queuedMark = 0;
  private readonly context: ThreadContext;
  private readonly reply: ReplyWriter;
  private readonly keys: KeyAccess;
  private readonly statistics: Statistics;
  private readonly gate: MemoryGate;
  private readonly lock: BatchLock;
  private readonly allowsProtected: (session: Session) => boolean;
  private readonly timer: RunTimer = new RunTimer();
  private readonly positions: KeyPositions = new KeyPositions();
  /** By CommandEntry.id: whether calls may share a reading of the clock, see RunTimer. */
  private readonly cheap: readonly boolean[];
  /** Wall clock minus `performance.now()`, so that a batch reads one clock. */
  private clockOffsetMs = 0;
  private commandsInBatch = 0;
  private readonly restarts = new Restarts();
  private inBatch = false;
  /** The request that is dispatched runs while no other thread is active. */
  private alone = false;
  private readonly nested: NestedRuns;
  private readonly transactions: TransactionRun;

  constructor(parts: DispatcherParts) {
    this.table = parts.table;
    this.context = parts.context;
    this.monitors = parts.context.server.monitors;
    this.monitored = this.monitors.shared;
    this.reply = parts.context.reply;
    this.keys = parts.context.keys;
    this.pause = new ClientPause((active) => {
      this.keys.keepsExpired = active;
    });
    this.statistics = parts.statistics;
    this.gate = parts.gate;
    this.lock = parts.lock;
    this.allowsProtected = parts.allowsProtected;
    this.cheap = parts.table.allWithSubcommands().map((entry) => entry.spec.complexity.startsWith('O(1)'));
    parts.context.server.acl.follow(parts.context);
    this.nested = new NestedRuns(this.context, this.statistics, this.restarts);
    this.context.calls = new NestedScriptCalls(this.context, this.nested, this.restarts, this.gate, this.statistics);
    this.transactions = new TransactionRun(this.context, this.nested, (client, command, done) =>
      this.aroundQueued(client, command, done),
    );
    // From the turn of a millisecond, where the two clocks can be compared exactly.
    const started = Date.now();
    while (Date.now() === started);
    this.clockOffsetMs = Date.now() - performance.now();
  }

  /**
   * Call every 100 ms or so: follows changes of the system's clock. `Date.now()` is cut to whole milliseconds, so the true offset
   * is less than one more than what can be seen; an offset in that range is left alone, or the clock would run late by up to 1 ms.
   */
  adjustClock(): void {
    const least = Date.now() - performance.now();
    this.clockOffsetMs = Math.max(least, Math.min(least + 1, this.clockOffsetMs));
  }

  /** The one that runs, or ran last. */
  get request(): Request {
    return this.context.request;
  }

  /** When the current or last batch began. */
  get nowMs(): number {
    return this.context.nowMs;
  }

  /** Within a batch: the time since the last command is nobody's. */
  skipTime(): void {
    this.timer.skip();
  }

  /** Begins a batch; answers its wall clock time in ms. */
  beginBatch(): number {
    assert(!this.inBatch, 'batches do not nest');
    this.inBatch = true;
    this.commandsInBatch = 0;
    this.lock.enter();
    const now = performance.now();
    this.timer.begin(now);
    const nowMs = Math.floor(now + this.clockOffsetMs);
    this.context.nowMs = nowMs;
    return nowMs;
  }

  endBatch(): void {
    this.timer.close();
    this.statistics.add(counters.total_commands_processed, this.commandsInBatch);
    this.lock.leave();
    this.inBatch = false;
  }

  dispatch(client: DispatchedSession, request: Request): DispatchOutcome {
    const entry = this.find(client, request);
    if (entry === undefined) return DISPATCH_DONE;
    const { context, reply, timer } = this;
    const { spec } = entry;
    const statistics = this.statistics.commands.of(entry.id, entry.fullName);
    if (this.holdsBack(client, this.pause.active ? this.bitsOf(entry, request) : entry.bits)) return DISPATCH_PARKED;
    const shown = this.monitored[0] !== 0;
    if (shown && client.monitors && (entry.bits & touchesKeys) !== 0) {
      this.refuse(client, entry, errors.monitorsOnly);
      return DISPATCH_DONE;
    }
    this.restarts.begin(client);
    if (client.transaction !== undefined) {
      if (!runsAtOnce.has(spec.name)) return this.queue(client, entry, request);
      if (spec.name === 'exec') return this.exec(client, entry, request);
    }
    context.request = request;
    context.session = client;
    timer.open(statistics);
    const mark = reply.length;
    const modeBefore = client.replyMode;
    let deferred: ReturnType<typeof spec.execute>;
    this.keys.touching = client.noTouch ? entry.touchesAlways : entry.touches;
    try {
      if (entry.hasKeys && !this.prepareKeys(entry, client, request) && !this.readKeys(entry, client, request)) {
        if (this.restarts.triedOften(entry.singleKeyAtOne ? MAX_FETCHES_OF_ONE : MAX_FETCHES)) throw errors.oom;
        timer.skip();
        this.statistics.add(counters.commands_parked, 1);
        this.keys.fetch(client.wake);
        return DISPATCH_PARKED;
      }
      client.lastCommand = entry.fullName;
      if (shown) this.monitors.begin(entry);
      deferred = spec.execute(context);
      if (entry.countsLookups) {
        this.keys.countLookups();
      }
      if (client.tracking !== undefined && (entry.countsLookups || spec.group === 'scripting')) {
        context.server.tracking.remember(client, this.keys, request, spec.group === 'scripting');
      }
      if (shown) this.monitors.ran(entry, client, request);
    } catch (error) {
      if (error instanceof KeysMissing) {
        reply.length = mark;
        timer.skip();
        return this.dispatchAgain(client, request);
      }
      const outcome = this.startsOver(client, request, error, mark, entry.singleKeyAtOne || spec.group === 'scripting');
      if (outcome !== undefined) {
        this.monitors.drop();
        return outcome;
      }
      if (!(error instanceof CommandError)) throw error;
      deferred = undefined;
      if (shown) this.monitors.ran(entry, client, request);
      // Of the errors of readers only this one comes after the lookup.
      if (entry.countsLookups && error === errors.wrongType) this.keys.countLookups();
      statistics.failed++;
      this.writeError(mark, error);
    } finally {
      if (entry.hasKeys) this.keys.release();
    }
    this.restarts.end();
    if (deferred !== undefined) {
      timer.skip();
      if (deferred === BLOCKED) {
        context.waiting.keep(client);
        return DISPATCH_BLOCKED;
      }
      deferred.then(client.settle, (error: unknown) => client.settle(failWith(error)));
      return DISPATCH_DEFERRED;
    }
    this.commandsInBatch++;
    const alone = this.cheap[entry.id] !== true || this.statistics.slowlog.slowerThanUsec < 1000;
    if (timer.count(alone)) this.closeRun(entry, client, request);
    if (client.replyMode !== 'on') this.suppress(client, modeBefore, mark);
    return DISPATCH_DONE;
  }

  /**
   * Whether something that failed is to be tried again, by what it threw: its outcome then. Nothing has changed.
   *
   * @param forRoom whether it can wait for memory: it has changed nothing when there was none for it
   */
  private startsOver(
    client: DispatchedSession,
    request: Request,
    error: unknown,
    mark: number,
    forRoom: boolean,
  ): DispatchOutcome | undefined {
    const { keys, timer, reply } = this;
    if (error instanceof AloneNeeded) {
      reply.length = mark;
      timer.skip();
      return this.dispatchAlone(client, request);
    }
    if (error instanceof PiecesMissing || error instanceof ValuesMissing) {
      reply.length = mark;
      timer.skip();
      if (this.restarts.triedOften(error instanceof PiecesMissing ? MAX_PIECE_FETCHES : MAX_FETCHES)) {
        this.writeError(mark, errors.oom);
        return DISPATCH_DONE;
      }
      this.statistics.add(counters.commands_parked, 1);
      if (error instanceof PiecesMissing) keys.fetchPieces(error, client.wake);
      else keys.fetch(client.wake);
      return DISPATCH_PARKED;
    }
    if (error instanceof AnswerNeeded) {
      reply.length = mark;
      timer.skip();
      if (this.restarts.triedOften(MAX_FETCHES)) {
        this.writeError(mark, errors.oom);
        return DISPATCH_DONE;
      }
      this.wakeAnswered(client, error);
      return DISPATCH_PARKED;
    }
    if (error instanceof RoomNeeded) {
      reply.length = mark;
      timer.skip();
      this.gate.whenRoom(client.wake);
      return DISPATCH_PARKED;
    }
    if (error === errors.oom && forRoom && this.waitsForRoom(client)) {
      timer.skip();
      reply.length = mark;
      return DISPATCH_PARKED;
    }
    return undefined;
  }

  /** Wakes the client when the answer is there, for the next try to find. */
  private wakeAnswered(client: DispatchedSession, { reply, key }: AnswerNeeded): void {
    const { answers } = this.restarts.open();
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

  /** The request once more, while no other thread is active. */
  private dispatchAlone(client: DispatchedSession, request: Request): DispatchOutcome {
    assert(!this.alone, 'alone is enough');
    this.keys.release();
    this.alone = true;
    try {
      return this.lock.run(() => this.dispatch(client, request));
    } finally {
      this.alone = false;
    }
  }

  /** A command between MULTI and EXEC. */
  private queue(client: DispatchedSession, entry: CommandEntry, request: Request): DispatchOutcome {
    if ((entry.bits & flagBit.no_multi) !== 0) {
      this.refuse(client, entry, errors.notInTransaction);
      return DISPATCH_DONE;
    }
    client.transaction?.add(entry, request, this.bitsOf(entry, request));
    const mark = this.reply.length;
    this.reply.simple('QUEUED');
    if (client.replyMode !== 'on') this.suppress(client, client.replyMode, mark);
    return DISPATCH_DONE;
  }

  private exec(client: DispatchedSession, entry: CommandEntry, request: Request): DispatchOutcome {
    const { transaction } = client;
    assert(transaction !== undefined, 'EXEC comes after MULTI');
    const refused = transaction.aborted || this.refusesRoom(transaction.bits);
    if (!refused && this.holdsBack(client, transaction.bits)) return DISPATCH_PARKED;
    if (transaction.reachesBeyond && !this.alone && !refused) return this.dispatchAlone(client, request);
    const { context, reply, timer, keys, statistics } = this;
    const mark = reply.length;
    const modeBefore = client.replyMode;
    const startedAt = performance.now();
    context.request = request;
    context.session = client;
    context.mayBlock = false;
    keys.touching = !client.noTouch;
    timer.skip();
    const shown = this.monitored[0] !== 0;
    if (shown) this.monitors.hold();
    let deferred: DeferredReply | undefined;
    try {
      if (transaction.aborted) throw errors.execAborted;
      if (refused) throw execAborted(errors.oom);
      deferred = this.transactions.run(client, transaction, client.watched, this.alone);
      if (shown) this.monitors.ran(entry, client, request);
    } catch (error) {
      const outcome = this.startsOver(client, request, error, mark, true);
      if (outcome !== undefined) {
        this.monitors.drop();
        return outcome;
      }
      if (!(error instanceof CommandError)) throw error;
      if (shown) this.monitors.ran(entry, client, request);
      statistics.commands.of(entry.id, entry.fullName).failed++;
      this.writeError(mark, error);
    } finally {
      context.mayBlock = true;
      context.request = request;
      keys.release();
    }
    this.restarts.end();
    client.transaction = undefined;
    context.watches.remove(client.watched);
    client.watched = [];
    client.lastCommand = entry.fullName;
    if (deferred !== undefined) {
      deferred.then(client.settle, (error: unknown) => client.settle(failWith(error)));
      return DISPATCH_DEFERRED;
    }
    this.commandsInBatch++;
    statistics.commands.of(entry.id, entry.fullName).record(1, (performance.now() - startedAt) * 1000);
    timer.skip();
    if (client.replyMode !== 'on') this.suppress(client, modeBefore, mark);
    return DISPATCH_DONE;
  }

  /** Before and after each command of a transaction. */
  private aroundQueued(client: Session, { entry, request }: QueuedCommand, done: boolean): void {
    if (!done) {
      if (this.monitors.holding) this.queuedMark = this.monitors.place();
      this.timer.open(this.statistics.commands.of(entry.id, entry.fullName));
      return;
    }
    this.commandsInBatch++;
    if (this.monitors.holding) this.monitors.queued(this.queuedMark, entry, client, request);
    this.timer.count(true);
    this.closeRun(entry, client, request);
  }

  private refusesRoom(bits: number): boolean {
    return (bits & flagBit.denyoom) !== 0 && this.gate.admit() === GATE_REFUSES;
  }

  /** A command asked for keys that no argument names: once more, with their slots locked, when their values are in RAM. */
  private dispatchAgain(client: DispatchedSession, request: Request): DispatchOutcome {
    const { keys } = this;
    keys.release();
    if (this.restarts.triedOften(MAX_FETCHES)) {
      this.fail(client, errors.oom);
      return DISPATCH_DONE;
    }
    if (!keys.fetchNow()) {
      this.statistics.add(counters.commands_parked, 1);
      keys.fetch(client.wake);
      return DISPATCH_PARKED;
    }
    keys.others.again = true;
    try {
      return this.dispatch(client, request);
    } finally {
      keys.others.again = false;
    }
  }

  /**
   * Within a batch: lets a deferred command write its reply. Only now does it count as a call: it must not find itself in the
   * statistics that it reports, and CONFIG RESETSTAT must not forget itself.
   */
  finish(client: DispatchedSession, request: Request, write: Finish): void {
    this.context.request = request;
    this.context.session = client;
    this.timer.skip();
    const entry = this.entryOf(request);
    const statistics = entry && this.statistics.commands.of(entry.id, entry.fullName);
    const mark = this.reply.length;
    const modeBefore = client.replyMode;
    try {
      write(this.context);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      if (statistics !== undefined) statistics.failed++;
      this.writeError(mark, error);
    }
    if (entry !== undefined && statistics !== undefined) {
      this.commandsInBatch++;
      this.timer.open(statistics);
      this.timer.count(true);
      this.closeRun(entry, client, request);
    }
    if (client.replyMode !== 'on') this.suppress(client, modeBefore, mark);
  }

  /** Outside of a batch: the client is gone, or going. */
  forgetWatches(client: Pick<Session, 'watched'>): void {
    this.beginBatch();
    this.context.watches.remove(client.watched);
    client.watched = [];
    this.endBatch();
  }

  /** Within a batch: answers a parked request that cannot be run. */
  fail(client: DispatchedSession, error: CommandError): void {
    const mark = this.reply.length;
    this.writeError(mark, error);
    if (client.replyMode !== 'on') this.suppress(client, client.replyMode, mark);
  }

  /** The command that the client may run, or undefined when it was refused. */
  private find(client: DispatchedSession, request: Request): CommandEntry | undefined {
    let entry = this.table.lookup(request.bytes, request.start(0), request.length(0));
    if (entry === undefined) {
      if (isWebRequest(request)) {
        client.closeAfterReply();
        return undefined;
      }
      this.context.server.suggest('command', request.latin1(0));
      return this.refuse(client, undefined, unknownCommand(request));
    }
    if (entry.subcommands.length > 0 && request.count > 1) {
      const sub = this.table.subcommand(entry, request.bytes, request.start(1), request.length(1));
      if (sub === undefined) {
        this.context.server.suggest('command', `${entry.fullName}|${request.latin1(1)}`);
        return this.refuse(client, undefined, unknownSubcommand(request));
      }
      entry = sub;
    }
    const { arity, bits } = entry;
    if (arity > 0 ? request.count !== arity : request.count < -arity) {
      return this.refuse(client, entry, wrongArity(entry.fullName));
    }
    if ((bits & flagBit.protected) !== 0 && !this.allowsProtected(client)) {
      const name = entry.fullName.split('|', 1)[0] ?? '';
      return this.refuse(client, entry, protectedCommand(name.toUpperCase(), `enable-${name}-command`));
    }
    if (client.acl.free[entry.id] !== 1) {
      const { acl } = this.context.server;
      const denial = acl.refuse(client, entry, request, client.transaction === undefined ? 'toplevel' : 'multi');
      if (denial !== undefined) return this.refuse(client, entry, denial);
    }
    if ((bits & flagBit.denyoom) !== 0) {
      const answer = this.gate.admit();
      if (answer === GATE_REFUSES) return this.refuse(client, entry, errors.oom);
      if (answer === GATE_FAILS) return this.refuse(client, entry, errors.notWritable);
    }
    if (client.subscriptions !== undefined && client.resp === 2 && !runsWhileSubscribed.has(entry.spec.name)) {
      return this.refuse(client, entry, whileSubscribed(entry.fullName));
    }
    return entry;
  }

  /** The command of a request that was found before. */
  private entryOf(request: Request): CommandEntry | undefined {
    const entry = this.table.lookup(request.bytes, request.start(0), request.length(0));
    if (entry === undefined || entry.subcommands.length === 0 || request.count < 2) return entry;
    return this.table.subcommand(entry, request.bytes, request.start(1), request.length(1));
  }

  private refuse(client: DispatchedSession, entry: CommandEntry | undefined, error: CommandError): undefined {
    if (entry !== undefined) this.statistics.commands.of(entry.id, entry.fullName).rejected++;
    if (client.transaction !== undefined) client.transaction.aborted = true;
    this.fail(client, error);
    return undefined;
  }

  /** CLIENT PAUSE, and writers that are faster than the disk. */
  private holdsBack(client: DispatchedSession, bits: number): boolean {
    if (this.pause.active && this.pause.holds((bits & mayReplicate) !== 0)) {
      this.pause.whenOver(client.wake);
      return true;
    }
    if ((bits & flagBit.denyoom) !== 0 && this.gate.admit() !== GATE_OPEN) {
      this.gate.whenRoom(client.wake);
      return true;
    }
    return false;
  }

  /** A command's flags; those of a script that says that it does not write are a reader's (redis 7.0.15, evalGetCommandFlags). */
  private bitsOf({ bits, spec }: CommandEntry, request: Request): number {
    if (spec.group !== 'scripting' || (bits & flagBit.may_replicate) === 0) return bits;
    const { scripts, functions } = this.context.server;
    const onlyReads =
      spec.name === 'fcall' ? functions.onlyReads(request) : scripts.onlyReads(request, spec.name === 'evalsha');
    return onlyReads ? bits & ~flagBit.may_replicate : bits;
  }

  private waitsForRoom(client: DispatchedSession): boolean {
    return !this.restarts.triedOften(MAX_ROOMS) && this.gate.whenFits(client.wake);
  }

  private prepareKeys(entry: CommandEntry, client: DispatchedSession, request: Request): boolean {
    const { context, keys } = this;
    const { tiers, declareKeys } = entry.spec;
    const asked = typeof tiers === 'string' ? tiers : tiers(context);
    const need = asked === 'value' ? 'value' : 'index';
    // Each try anew: what is released is not alone any more.
    if (this.alone) keys.setAlone(true);
    if (entry.singleKeyAtOne) return keys.prepareOne(request, 1, client.db, context.nowMs, need);
    keys.begin(request, context.nowMs);
    if (declareKeys !== undefined) declareKeys(context);
    else {
      // Arguments that contradict the key specifications give no keys; the command then answers its own error.
      findKeys(entry, request, this.positions);
      const { argIndex, count } = this.positions;
      for (let i = 0; i < count; i++) keys.add(argIndex[i] ?? 0, client.db);
    }
    return keys.prepare(need);
  }

  /** Keys were cold: whether they are hot and prepared now. */
  private readKeys(entry: CommandEntry, client: DispatchedSession, request: Request): boolean {
    return this.keys.fetchNow() && this.prepareKeys(entry, client, request);
  }

  private closeRun(entry: CommandEntry, client: Session, request: Request): void {
    const usec = this.timer.close();
    const { slowlog, latency } = this.statistics;
    if (slowlog.slowerThanUsec >= 0 && usec >= slowlog.slowerThanUsec && (entry.bits & flagBit.skip_slowlog) === 0) {
      const secrets = secretArguments(entry, request);
      slowlog.record(request, usec, this.context.nowMs, client.address, client.name, secrets);
    }
    if (latency.thresholdMs > 0 && usec >= latency.thresholdMs * 1000) {
      const event = (entry.bits & flagBit.fast) !== 0 ? 'fast-command' : 'command';
      latency.record(event, usec / 1000, this.context.nowMs);
    }
  }

  private writeError(mark: number, error: CommandError): void {
    this.reply.length = mark;
    this.reply.error(error.message);
    if (!error.counted) this.statistics.countError(error.message);
  }

  /** CLIENT REPLY OFF and SKIP. `before` is the mode that the command found, the session has the one that it left. */
  private suppress(client: DispatchedSession, before: Session['replyMode'], mark: number): void {
    this.reply.length = mark;
    if (before === 'skip-next' && client.replyMode === 'skip-next') client.replyMode = 'on';
  }
}

function failWith(error: unknown): Finish {
  return () => {
    throw error;
  };
}
