import { Request } from '../../protocol/resp/request.ts';
import type { CommandContext } from '../commands/context.ts';
import { CommandError, errors } from '../commands/errors.ts';
import { eventClass } from '../events/events.ts';
import { type KeyRef, VALUE_CRON } from '../keyspace/key-ref.ts';
import type { Keyspace } from '../keyspace/keyspace.ts';
import type { Session } from '../server/session.ts';
import type { Job } from '../types/job/job.ts';
import { nextRun } from './timetable.ts';

/** The command that runs a job; its last argument names the job, what is before reads as EVAL's. */
const COMMAND = Buffer.from('keydb.cronrun');
const KEY_ARGUMENT = 3;
const NO_KEYS = Buffer.from('0');
const EVENT = 'CRON Executed';
/** What failed for want of memory or of the disk is tried again after this. */
export const RETRY_MS = 1000;

/** What is to become of the appointment: */
export type JobOutcome =
  /** Nothing yet. */
  | { readonly kind: 'open' }
  /** The job was read: dispatch the request that there is now. */
  | { readonly kind: 'ready' }
  /** There is no job any more, or it is another one: look again at this moment, Infinity for never. */
  | { readonly kind: 'later'; readonly dueMs: number }
  /** It ran. */
  | { readonly kind: 'ran'; readonly dueMs: number };

const GONE: JobOutcome = { kind: 'later', dueMs: Number.POSITIVE_INFINITY };

/**
 * A look at a job that is due, in two steps. `look` reads the job. The command `keydb.cronrun` then locks the slots of the job and of its script's keys
 * together, sees that it still is the same job and due, runs it, and says when it runs next, or deletes it: all under these locks. So of several that wanted
 * to run it one does, and who deletes it is sure that it does not run any more.
 */
export class JobRun {
  /** Where the job is, and the database that used this table at the beginning. */
  readonly table: number;
  readonly db: number;
  readonly name: Buffer;
  outcome: JobOutcome = { kind: 'open' };
  /** What to dispatch; its last argument is the key of the job. */
  request: Request;
  private job: Job | undefined;

  constructor(table: number, db: number, name: Buffer) {
    this.table = table;
    this.db = db;
    this.name = name;
    this.request = Request.of([COMMAND, Buffer.alloc(0), NO_KEYS, name]);
  }

  get keyArgument(): number {
    return this.request.count - 1;
  }

  static isJob(key: KeyRef): boolean {
    return key.exists && key.type === VALUE_CRON;
  }

  /** The slot is locked, and the value in RAM. Throws errors.oom. */
  look(keyspace: Keyspace, key: KeyRef, nowMs: number): void {
    if (!JobRun.isJob(key)) {
      this.outcome = GONE;
      return;
    }
    const dueMs = keyspace.jobs.dueMs(key);
    if (dueMs > nowMs) {
      this.outcome = { kind: 'later', dueMs };
      return;
    }
    const job = keyspace.jobs.read(key);
    if (job.spent) {
      keyspace.delete(key);
      this.outcome = GONE;
      return;
    }
    this.job = job;
    const keyCount = Buffer.from(String(job.keys.length));
    this.request = Request.of([COMMAND, job.script, keyCount, ...job.keys, ...job.args, this.name]);
    this.outcome = { kind: 'ready' };
  }

  /** Keys of the script, then the job. */
  declareKeys({ keys }: CommandContext): void {
    const count = this.job?.keys.length ?? 0;
    for (let n = 0; n < count; n++) keys.add(KEY_ARGUMENT + n, this.db);
    keys.add(this.keyArgument, this.db);
  }

  execute(context: CommandContext): void {
    const { keyspace, keys } = context;
    const { job } = this;
    const key = keys.at(keys.count - 1);
    if (!JobRun.isJob(key)) this.outcome = GONE;
    else if (job === undefined || !keyspace.jobs.isSame(key, job)) {
      this.outcome = { kind: 'later', dueMs: keyspace.jobs.dueMs(key) };
    } else this.run(context, job);
  }

  /** Throws what EVAL throws. If the script has to start over, nothing has changed; else the job is done with, whatever became of the script. */
  private run(context: CommandContext, job: Job): void {
    const request = new Request();
    request.copyFrom(context.request);
    request.count--;
    let failure: CommandError | undefined;
    try {
      context.server.scripts.eval({ ...context, request }, false);
    } catch (error) {
      if (!(error instanceof CommandError) || (error === errors.oom && !context.calls.changed)) throw error;
      failure = error;
    }
    this.settle(context, job);
    if (failure !== undefined) throw failure;
  }

  private settle({ keys, keyspace }: CommandContext, job: Job): void {
    const { jobs, events } = keyspace;
    const next = nextRun(job.dueMs, job.startMs, job.intervalMs, Date.now());
    let dueMs = Number.POSITIVE_INFINITY;
    // The script may have deleted its own job, or made another one of that name.
    const key = keys.at(keys.count - 1);
    if (JobRun.isJob(key) && jobs.isSame(key, job)) {
      if (!job.single) {
        jobs.reschedule(key, next.dueMs, next.startMs);
        ({ dueMs } = next);
      } else if (!this.remove(keyspace, key)) {
        dueMs = Date.now() + RETRY_MS;
      }
    }
    events.notifyName(eventClass.keyevent, EVENT, this.db, this.name, 0, this.name.length);
    this.outcome = { kind: 'ran', dueMs };
  }

  /** False: there is no memory for the note that a key is deleted which the disk still has. */
  private remove(keyspace: Keyspace, key: KeyRef): boolean {
    try {
      return keyspace.delete(key);
    } catch (error) {
      if (error !== errors.oom) throw error;
      keyspace.jobs.spend(key);
      return false;
    }
  }
}

const runs = new WeakMap<Session, JobRun>();

/** The sessions that run jobs, which no client has. */
export function bindRun(session: Session, run: JobRun): void {
  runs.set(session, run);
}

/** What the session of a running command is to look at; undefined for every client, and for what a job's script calls. */
export function runOf({ session, inScript }: CommandContext): JobRun | undefined {
  return inScript ? undefined : runs.get(session);
}
