import { performance } from 'node:perf_hooks';
import type { Request } from '../../protocol/resp/request.ts';
import type { ReplyWriter } from '../../protocol/resp/writer.ts';
import { assert } from '../../tiers/base/assert.ts';
import { BLOCKED } from '../blocking/waiting.ts';
import { CommandError, errors } from '../commands/errors.ts';
import { flagBit } from '../commands/flags.ts';
import type { DeferredReply } from '../commands/spec.ts';
import type { CommandEntry, CommandTable } from '../commands/table.ts';
import { KeysMissing } from '../keyspace/other-keys.ts';
import type { Monitors } from '../monitor/monitors.ts';
import type { Session } from '../server/session.ts';
import type { Statistics } from '../server/statistics.ts';
import { forgetWatched } from '../transactions/watches.ts';
import { Accounting } from './accounting.ts';
import { Admission } from './admission.ts';
import type { ThreadContext } from './context.ts';
import { Execution } from './execution.ts';
import type { BatchLock, KeyAccess, MemoryGate } from './hooks.ts';
import { KeyPlaces } from './key-places.ts';
import { type LargeReplies, OutputNeeded } from './large-replies.ts';
import { NestedRuns } from './nested.ts';
import type { ClientPause } from './pause.ts';
import { Restarts } from './restarts.ts';
import { NestedScriptCalls } from './script-calls.ts';
import {
  DISPATCH_BLOCKED,
  DISPATCH_DEFERRED,
  DISPATCH_DONE,
  DISPATCH_PARKED,
  type DispatchedSession,
  type DispatchOutcome,
  type Finish,
  failWith,
} from './session.ts';
import { StartOver } from './start-over.ts';

export interface DispatcherParts {
  readonly table: CommandTable;
  readonly context: ThreadContext;
  readonly statistics: Statistics;
  readonly gate: MemoryGate;
  readonly lock: BatchLock;
  readonly largeReplies: LargeReplies;
  /** `enable-debug-command`, asked when a protected command comes. */
  readonly allowsProtected: (session: Session) => boolean;
}

/** What is not queued between MULTI and EXEC (redis 7.0.15, processCommand). */
const runsAtOnce: ReadonlySet<string> = new Set(['exec', 'discard', 'multi', 'watch', 'quit', 'reset']);

/** What a client that monitors may not do (redis 7.0.15: it counts as a replica). */
const touchesKeys = flagBit.write | flagBit.readonly | flagBit.may_replicate;

/**
 * Runs requests, one thread's at a time:
 * `beginBatch`, `dispatch` for each request that is there, `endBatch`. Between the two no other thread is exclusive; no slot is
 * locked between two requests. Errors thrown as CommandError become replies; everything else is a bug and leaves through the top.
 */
export class Dispatcher {
  private readonly table: CommandTable;
  private readonly monitors: Monitors;
  /** Not 0 in its first word while anybody monitors. */
  private readonly monitored: Int32Array;
  private readonly context: ThreadContext;
  private readonly reply: ReplyWriter;
  private readonly keys: KeyAccess;
  private readonly lock: BatchLock;
  private readonly accounting: Accounting;
  private readonly admission: Admission;
  private readonly places: KeyPlaces;
  private readonly restarts = new Restarts();
  private readonly startOver: StartOver;
  private readonly execution: Execution;
  /** Wall clock minus `performance.now()`, so that a batch reads one clock. */
  private clockOffsetMs = 0;
  private inBatch = false;
  /** A command runs that only reads, by itself. */
  private reads = false;

  constructor(parts: DispatcherParts) {
    const { table, context, statistics, gate, lock, largeReplies, allowsProtected } = parts;
    const { restarts } = this;
    this.table = table;
    this.context = context;
    this.monitors = context.server.monitors;
    this.monitored = this.monitors.shared;
    this.reply = context.reply;
    this.keys = context.keys;
    this.lock = lock;
    this.accounting = new Accounting(context, statistics, table);
    const { accounting } = this;
    this.admission = new Admission({ table, context, gate, accounting, allowsProtected });
    this.places = new KeyPlaces(context);
    const dispatch = (client: DispatchedSession, request: Request) => this.dispatch(client, request);
    this.startOver = new StartOver({ context, accounting, restarts, gate, lock, largeReplies, dispatch });
    const nested = new NestedRuns(context, statistics, this.places, restarts);
    context.calls = new NestedScriptCalls(context, nested, restarts, gate, statistics);
    const { admission, startOver } = this;
    this.execution = new Execution({ context, nested, admission, accounting, restarts, startOver });
    this.reply.beforeLarge = () => {
      // Who reads only can start over as long as nothing was changed by the way: an expired key was removed, say.
      if (this.reads && !this.keys.changed && !largeReplies.mayBegin()) throw new OutputNeeded();
    };
    context.server.acl.follow(context);
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

  get pause(): ClientPause {
    return this.admission.pause;
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
    this.accounting.skip();
  }

  /** Begins a batch; answers its wall clock time in ms. */
  beginBatch(): number {
    assert(!this.inBatch, 'batches do not nest');
    this.inBatch = true;
    this.lock.enter();
    const now = performance.now();
    this.accounting.beginBatch(now);
    const nowMs = Math.floor(now + this.clockOffsetMs);
    this.context.nowMs = nowMs;
    return nowMs;
  }

  endBatch(): void {
    this.accounting.endBatch();
    this.lock.leave();
    this.inBatch = false;
  }

  dispatch(client: DispatchedSession, request: Request): DispatchOutcome {
    const { admission } = this;
    const entry = admission.find(client, request);
    if (entry === undefined) return DISPATCH_DONE;
    const { pause } = admission;
    if (admission.holdsBack(client, pause.active ? admission.bitsOf(entry, request) : entry.bits))
      return DISPATCH_PARKED;
    const shown = this.monitored[0] !== 0;
    if (shown && client.monitors && (entry.bits & touchesKeys) !== 0) {
      admission.refuse(client, entry, errors.monitorsOnly);
      return DISPATCH_DONE;
    }
    this.restarts.begin(client);
    if (client.transaction !== undefined) {
      const { name } = entry.spec;
      if (!runsAtOnce.has(name)) return this.execution.queue(client, entry, request);
      if (name === 'exec') return this.exec(client, entry, request);
    }
    return this.run(client, entry, request, shown);
  }

  private run(client: DispatchedSession, entry: CommandEntry, request: Request, shown: boolean): DispatchOutcome {
    const { accounting, context, keys, reply } = this;
    const statistics = accounting.of(entry);
    context.request = request;
    context.session = client;
    accounting.open(statistics);
    const mark = reply.length;
    const modeBefore = client.replyMode;
    let deferred: ReturnType<CommandEntry['execute']>;
    // Who starts over has touched its keys before: the read that brings a value to RAM is no hit there.
    keys.touching = this.restarts.current === undefined && (client.noTouch ? entry.touchesAlways : entry.touches);
    try {
      if (entry.hasKeys && !this.prepareKeys(entry, client, request) && !this.readKeys(entry, client, request)) {
        return this.startOver.fetch(client, entry.singleKeyAtOne);
      }
      client.lastCommand = entry.fullName;
      if (shown) this.monitors.begin(entry);
      this.reads = (entry.bits & flagBit.readonly) !== 0 && !entry.isScripting;
      deferred = entry.execute(context);
      this.reads = false;
      if (entry.countsLookups) {
        keys.countLookups();
      }
      if (client.tracking !== undefined && (entry.countsLookups || entry.isScripting)) {
        context.server.tracking.remember(client, keys, request, entry.isScripting);
      }
      if (shown) this.monitors.ran(entry, client, request);
    } catch (error) {
      this.reads = false;
      if (error instanceof KeysMissing) {
        reply.length = mark;
        return this.startOver.runWithOthers(client, request);
      }
      const forRoom = entry.singleKeyAtOne || entry.isScripting;
      const outcome = this.startOver.after(error, client, request, mark, forRoom);
      if (outcome !== undefined) {
        this.monitors.drop();
        return outcome;
      }
      if (!(error instanceof CommandError)) throw error;
      deferred = undefined;
      if (shown) this.monitors.ran(entry, client, request);
      // Of the errors of readers only this one comes after the lookup.
      if (entry.countsLookups && error === errors.wrongType) keys.countLookups();
      statistics.failed++;
      accounting.writeError(mark, error);
    } finally {
      if (entry.hasKeys) keys.release();
    }
    this.restarts.end();
    if (deferred !== undefined) {
      accounting.skip();
      return this.defer(client, deferred);
    }
    accounting.ran(entry, client, request);
    if (client.replyMode !== 'on') accounting.suppress(client, modeBefore, mark);
    return DISPATCH_DONE;
  }

  private exec(client: DispatchedSession, entry: CommandEntry, request: Request): DispatchOutcome {
    const outcome = this.execution.exec(client, entry, request);
    return typeof outcome === 'number' ? outcome : this.defer(client, outcome);
  }

  private defer(client: DispatchedSession, deferred: DeferredReply): DispatchOutcome {
    if (deferred === BLOCKED) {
      this.context.waiting.keep(client);
      return DISPATCH_BLOCKED;
    }
    deferred.then(client.settle, (error: unknown) => client.settle(failWith(error)));
    return DISPATCH_DEFERRED;
  }

  /**
   * Within a batch: lets a deferred command write its reply. Only now does it count as a call: it must not find itself in the
   * statistics that it reports, and CONFIG RESETSTAT must not forget itself.
   */
  finish(client: DispatchedSession, request: Request, write: Finish): void {
    const { accounting, context } = this;
    context.request = request;
    context.session = client;
    accounting.skip();
    const entry = this.table.ofRequest(request);
    const statistics = entry && accounting.of(entry);
    const mark = this.reply.length;
    const modeBefore = client.replyMode;
    try {
      write(context);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      if (statistics !== undefined) statistics.failed++;
      accounting.writeError(mark, error);
    }
    if (entry !== undefined && statistics !== undefined) {
      accounting.open(statistics);
      accounting.ranAlone(entry, client, request);
    }
    if (client.replyMode !== 'on') accounting.suppress(client, modeBefore, mark);
  }

  /** Outside of a batch: the client is gone, or going, or has no transaction any more. */
  forgetWatches(client: Pick<Session, 'watched'>): void {
    this.beginBatch();
    forgetWatched(client, this.context.watches);
    this.endBatch();
  }

  /** Within a batch: answers a parked request that cannot be run. */
  fail(client: DispatchedSession, error: CommandError): void {
    this.accounting.fail(client, error);
  }

  private prepareKeys(entry: CommandEntry, client: DispatchedSession, request: Request): boolean {
    const { context, keys, places } = this;
    const need = places.needOf(entry);
    // Each try anew: what is released is not alone any more.
    if (this.startOver.alone) keys.setAlone(true);
    if (entry.singleKeyAtOne) return keys.prepareOne(request, 1, client.db, context.nowMs, need);
    keys.begin(request, context.nowMs);
    places.add(entry, request, client.db);
    return keys.prepare(need);
  }

  /** Keys were cold: whether they are hot and prepared now. */
  private readKeys(entry: CommandEntry, client: DispatchedSession, request: Request): boolean {
    if (!this.keys.fetchNow()) return false;
    this.keys.touching = false;
    return this.prepareKeys(entry, client, request);
  }
}
