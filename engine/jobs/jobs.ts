import type { CommandError } from '../commands/errors.ts';
import type { ThreadContext } from '../dispatch/context.ts';
import type { Dispatcher } from '../dispatch/dispatcher.ts';
import { DISPATCH_DONE, type DispatchedSession } from '../dispatch/session.ts';
import type { Mail } from '../server/mail.ts';
import { counters } from '../server/statistics.ts';
import { onAppointment, sendAppointment } from './appointment-mail.ts';
import { bindRun, JobRun, RETRY_MS } from './job-run.ts';
import { type Appointment, Timetable } from './timetable.ts';

/** What a job's session asks of whoever runs it. */
export interface JobSessionControl {
  readonly wake: (error?: CommandError) => void;
}

export interface JobsParts {
  readonly context: ThreadContext;
  readonly dispatcher: Dispatcher;
  readonly mail: Mail;
  /** Front-ends: each job is run by one of them, as its key's slot says. */
  readonly threads: number;
  /** The database that uses a table, -1 when none does. */
  readonly databaseOf: (table: number) => number;
  /** A session that may do everything, in database 0. */
  readonly newSession: (control: JobSessionControl) => DispatchedSession;
  readonly beginBatch: () => void;
  /** Serves clients that wait for what a job changed, and ends the batch. */
  readonly endBatch: () => void;
  readonly log: (text: string) => void;
}

/** The system's clock may be set, which timers do not notice: it is looked at so often while there are jobs. */
const MAX_WAIT_MS = 1000;
/** For each appointment that is made so many others are looked at, whether there still is a job. */
const CHECKS_PER_APPOINTMENT = 2;
/** Looked at in one go. */
const MAX_CHECKS = 100;
const ERROR = 0x2d;

/**
 * Runs the jobs of KEYDB.CRON whose keys' slots are this thread's. Whoever makes a job, on any thread, makes an appointment with its thread by mail; that one looks
 * at the key when it is due, and sees under its lock whether there is something to run. After a start the tier thread makes those of all jobs on disk.
 */
export class Jobs {
  private readonly parts: JobsParts;
  private readonly timetable = new Timetable();
  /** By key: what is being looked at or run, and whether somebody made an appointment meanwhile. */
  private readonly active = new Map<string, { again: boolean }>();
  /** The last error of jobs whose last run failed: the same one is not logged again. */
  private readonly failures = new Map<string, string>();
  private letter: Buffer = Buffer.alloc(256);
  private timer: NodeJS.Timeout | undefined;
  private immediate: NodeJS.Immediate | undefined;
  private checksDue = 0;
  private started = false;

  constructor(parts: JobsParts) {
    this.parts = parts;
    const { context, mail, threads } = parts;
    context.keyspace.jobs.onScheduled = (table, slot, dueMs, bytes, start, length) => {
      const owner = slot % threads;
      if (owner === mail.thread) this.add(table, latin1(bytes, start, length), dueMs);
      else {
        this.letter = sendAppointment(mail, owner, this.letter, table, dueMs, bytes, start, length);
      }
    };
    onAppointment(mail, (table, name, dueMs) => this.add(table, name, dueMs));
  }

  /** Runs nothing before. */
  start(): void {
    this.started = true;
    this.schedule();
  }

  close(): void {
    this.started = false;
    clearTimeout(this.timer);
    clearImmediate(this.immediate);
  }

  /** Maybe under locks: nothing is run here. */
  private add(table: number, name: string, dueMs: number): void {
    const active = this.active.get(keyOf(table, name));
    if (active !== undefined) active.again = true;
    const before = this.timetable.nextMs;
    this.timetable.add(table, name, dueMs);
    this.checksDue += CHECKS_PER_APPOINTMENT;
    if (this.timetable.nextMs < before) this.schedule();
  }

  private schedule(): void {
    clearTimeout(this.timer);
    if (!this.started || this.timetable.size === 0 || this.immediate !== undefined) return;
    const waitMs = Math.min(MAX_WAIT_MS, this.timetable.nextMs - Date.now());
    if (waitMs > 0) this.timer = setTimeout(() => this.turn(), waitMs);
    else this.soon();
  }

  private soon(): void {
    this.immediate ??= setImmediate(() => {
      this.immediate = undefined;
      this.turn();
    });
  }

  /** One job per turn of the event loop: clients have theirs in between. */
  private turn(): void {
    const due = this.timetable.takeDue(Date.now());
    if (due !== undefined) this.begin(due);
    else if (this.checksDue > 0) this.checkSome();
    this.schedule();
  }

  private begin({ table, name }: Appointment): void {
    const db = this.parts.databaseOf(table);
    // Its database was flushed.
    if (db < 0) return;
    const key = keyOf(table, name);
    if (this.active.has(key)) return;
    const state = { again: false };
    this.active.set(key, state);
    const run = new JobRun(table, db, Buffer.from(name, 'latin1'));
    const session = this.parts.newSession({ wake: (error) => this.goOn(run, session, done, error) });
    session.db = db;
    bindRun(session, run);
    const done = (nextMs: number) => {
      this.active.delete(key);
      const againMs = state.again ? Math.min(nextMs, Date.now()) : nextMs;
      if (againMs !== Number.POSITIVE_INFINITY) this.timetable.add(table, name, againMs);
      else this.failures.delete(failureKey(run));
      this.schedule();
    };
    this.goOn(run, session, done, undefined);
  }

  /** The next step of a run, outside of any batch. */
  private goOn(
    run: JobRun,
    session: DispatchedSession,
    done: (nextMs: number) => void,
    error: CommandError | undefined,
  ): void {
    if (error !== undefined) {
      this.failed(run, error.message);
      done(Date.now() + RETRY_MS);
      return;
    }
    const { beginBatch, endBatch, databaseOf } = this.parts;
    beginBatch();
    // Databases were exchanged, or flushed, while it waited.
    if (databaseOf(run.table) !== run.db) {
      endBatch();
      done(Date.now());
      return;
    }
    let waits = false;
    let text: string | undefined;
    try {
      if (run.outcome.kind !== 'ready') waits = !this.look(run, session);
      if (!waits && run.outcome.kind === 'ready') ({ waits, text } = this.dispatch(run, session));
    } finally {
      endBatch();
    }
    if (waits) return;
    const { outcome } = run;
    if (text !== undefined) this.failed(run, text);
    if (outcome.kind === 'ran') {
      this.parts.context.server.statistics.add(counters.cron_jobs_run, 1);
      if (text === undefined) this.failures.delete(failureKey(run));
    }
    // Neither read nor run: there was no memory for it.
    done(outcome.kind === 'later' || outcome.kind === 'ran' ? outcome.dueMs : Date.now() + RETRY_MS);
  }

  /** False: the job is on disk, and the session will be woken. */
  private look(run: JobRun, session: DispatchedSession): boolean {
    const { context } = this.parts;
    const { keys } = context;
    const prepare = () => {
      keys.touching = false;
      keys.begin(run.request, context.nowMs);
      keys.add(run.keyArgument, run.db);
      return keys.prepare('value');
    };
    try {
      if (!prepare() && !(keys.fetchNow() && prepare())) {
        keys.fetch(session.wake);
        return false;
      }
      run.look(context.keyspace, keys.at(0), Date.now());
      return true;
    } finally {
      keys.release();
    }
  }

  private dispatch(run: JobRun, session: DispatchedSession): { waits: boolean; text: string | undefined } {
    const { dispatcher, context } = this.parts;
    const { reply } = context;
    const mark = reply.length;
    reply.resp = 2;
    const outcome = dispatcher.dispatch(session, run.request);
    const failed = reply.length > mark && reply.buffer[mark] === ERROR;
    const text = failed ? reply.buffer.utf8Slice(mark + 1, reply.length).trimEnd() : undefined;
    reply.length = mark;
    return { waits: outcome !== DISPATCH_DONE, text };
  }

  private failed(run: JobRun, text: string): void {
    this.parts.context.server.statistics.add(counters.cron_jobs_failed, 1);
    const key = failureKey(run);
    if (this.failures.get(key) === text) return;
    this.failures.set(key, text);
    const name = JSON.stringify(run.name.toString());
    this.parts.log(`Job ${name} of database ${run.db} failed: ${text} (the same failure is not logged again)`);
  }

  /** Appointments for jobs that are gone are forgotten now and then: many may be made for next year, and deleted. */
  private checkSome(): void {
    const { context, beginBatch, endBatch, databaseOf } = this.parts;
    const { keys } = context;
    beginBatch();
    for (let n = Math.min(this.checksDue, MAX_CHECKS); n > 0; n--) {
      const one = this.timetable.nextInRound();
      if (one === undefined) break;
      const db = databaseOf(one.table);
      if (db < 0) {
        this.timetable.remove(one);
        continue;
      }
      const { request, keyArgument } = new JobRun(one.table, db, Buffer.from(one.name, 'latin1'));
      keys.touching = false;
      keys.begin(request, context.nowMs);
      keys.add(keyArgument, db);
      keys.prepare('index');
      if (!JobRun.isJob(keys.at(0))) this.timetable.remove(one);
      keys.release();
    }
    this.checksDue = Math.max(0, this.checksDue - MAX_CHECKS);
    endBatch();
  }
}

function keyOf(table: number, name: string): string {
  return `${table}:${name}`;
}

function failureKey({ db, name }: JobRun): string {
  return `${db}:${name.latin1Slice()}`;
}

function latin1(bytes: Uint8Array, start: number, length: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, length).latin1Slice();
}
