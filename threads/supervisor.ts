import type { Config } from '../engine/config/config.ts';
import { ScriptStore } from '../engine/scripting/script-store.ts';
import type { AnswersTo, ThreadAnswers } from '../engine/server/answers.ts';
import type { ThreadRequest, TierAnswers, TierRequest, TierStatus } from '../engine/server/link.ts';
import type { Dashboard } from './dashboard/start.ts';
import { Doorkeeper } from './doorkeeper.ts';
import { findInternals } from './front-end/stream-handle.ts';
import type { LogLevel, ShutdownOptions, ToMain } from './messages.ts';
import { Questions } from './questions.ts';
import { type WorkerEvents, Workers, type WorkersStart } from './workers.ts';

/** How long workers may take to close their sockets and the store. */
const closeTimeoutMs = 5000;
/** Longer timers end at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

export interface SupervisorParts {
  readonly config: Config;
  /** See ServerLog. */
  readonly log: { write(level: LogLevel, text: string): void };
  /** Removes pid file and socket, and ends the process. */
  readonly exit: (code: number) => void;
}

/** The main thread's part while the server runs: carries messages between the threads, and ends all when one dies. */
export class Supervisor implements WorkerEvents {
  private readonly parts: SupervisorParts;
  private readonly begun: WorkersStart;
  private readonly workers: Workers;
  private readonly questions: Questions = new Questions();
  private readonly scripts: ScriptStore;
  private readonly doorkeeper: Doorkeeper;
  private dashboard: Dashboard | undefined;
  private shuttingDown = false;
  private readonly sweeps: { enabled: boolean; pausedUntilMs: number; timer?: NodeJS.Timeout } = {
    enabled: true,
    pausedUntilMs: 0,
  };
  private aborted = false;
  private dead = false;

  constructor(parts: SupervisorParts, start: WorkersStart) {
    this.parts = parts;
    this.begun = start;
    this.workers = new Workers(start, this);
    this.scripts = new ScriptStore(start.shared.scripts);
    const internals = findInternals();
    this.doorkeeper = new Doorkeeper({
      internals: () => internals,
      isBusy: (thread) => this.scripts.isLong(thread),
      backlog: () => parts.config.values['tcp-backlog'],
      deliver: (thread, connection) => this.workers.postDoor(thread, connection),
      log: (text) => parts.log.write('warning', text),
    });
  }

  /** Resolves when all threads accept connections. */
  start(): Promise<void> {
    return this.workers.start();
  }

  onMessage(thread: number, message: ToMain): void {
    switch (message.kind) {
      case 'log':
        this.parts.log.write(message.level, message.text);
        break;
      case 'failed':
        this.fatal(message.text);
        break;
      case 'broadcast':
        this.broadcast(message.request).then((value) => this.reply(thread, message.id, value));
        break;
      case 'answer':
        this.questions.answer(message.id, message.value);
        break;
      case 'tiers':
        this.askTiers(message.request).then(
          (value) => this.reply(thread, message.id, value),
          (error: unknown) => this.reply(thread, message.id, undefined, textOf(error)),
        );
        break;
      case 'tiers-answer':
        this.questions.answer(message.id, message.value, message.error);
        break;
      case 'doors':
        this.doorkeeper.know(thread, message.doors, message.pipes);
        break;
      case 'busy':
        this.doorkeeper.attend(thread);
        break;
      case 'shutdown':
        this.parts.log.write('warning', 'User requested shutdown...');
        this.shutdown(message.options).then((failure) => this.reply(thread, message.id, failure));
        break;
      case 'abort-shutdown':
        this.reply(thread, message.id, this.abortShutdown());
        break;
      default:
        break;
    }
  }

  onDeath(what: string, error: Error | undefined): void {
    this.fatal(`The ${what} died: ${error?.stack ?? error ?? 'it ended without being asked to'}`);
  }

  /** Ends the process with one line in the log. The threads share memory that may be half changed: nothing is saved. */
  fatal(text: string): void {
    if (this.dead) return;
    this.dead = true;
    this.parts.log.write('warning', `Fatal: ${text}`);
    this.workers.removeHandOverDirectory();
    this.parts.exit(1);
  }

  /**
   * The orderly end. Writes are held back while the last checkpoint is made, so that nothing acknowledged is missing from it.
   *
   * @returns only when it failed or was aborted: the text of the error
   */
  async shutdown(options: ShutdownOptions): Promise<string> {
    const { log, config } = this.parts;
    if (this.shuttingDown) return 'ERR shutdown is already in progress';
    this.shuttingDown = true;
    this.aborted = false;
    if (this.scripts.longScripts().length > 0) {
      // A thread that is in a script hears nothing: it cannot be asked to pause, or to close.
      log.write('warning', 'A script is over its time: exiting without waiting for it.');
      if (options.save) await this.finalCheckpoint(closeTimeoutMs);
      this.workers.removeHandOverDirectory();
      this.parts.exit(0);
      return '';
    }
    const timeoutMs = Math.max(1, config.values['shutdown-timeout']) * 1000;
    const untilMs = Date.now() + timeoutMs + closeTimeoutMs;
    await this.broadcast({ kind: 'client-pause', untilMs, mode: 'write' });
    if (options.save) {
      log.write('notice', 'Saving the hot tier before exiting.');
      const failure = await this.finalCheckpoint(timeoutMs);
      if (this.aborted || (failure !== undefined && !options.force)) {
        if (failure !== undefined) log.write('warning', `Error trying to save before exiting, can't exit: ${failure}`);
        this.shuttingDown = false;
        await this.broadcast({ kind: 'client-unpause' });
        return 'ERR Errors trying to SHUTDOWN. Check logs.';
      }
      if (failure !== undefined) log.write('warning', `Exiting although the last save failed: ${failure}`);
    }
    await this.workers.close(Math.min(timeoutMs, closeTimeoutMs));
    log.write('warning', 'StrataKV is now ready to exit, bye bye...');
    this.parts.exit(0);
    return '';
  }

  /** Opens `prometheus-port`, if it is set. Rejects with a line for the operator. */
  async openMetrics(): Promise<void> {
    const { config, log } = this.parts;
    if (config.values['prometheus-port'] === 0) return;
    const { startMetrics } = await import('./metrics/start.ts');
    const { shared, startedAtMs } = this.begun;
    await startMetrics({
      config,
      shared,
      startedAtMs,
      // Each thread's answerRequest is typed by the same table.
      broadcast: async <Asked extends ThreadRequest>(request: Asked) =>
        (await this.broadcast(request)) as AnswersTo<Asked>,
      tierStatus: async () => (await this.askTiers({ kind: 'status' })) as TierStatus,
      log: (text) => log.write('warning', text),
    });
  }

  /** Opens `dashboard-port`, if it is set. Rejects with a line for the operator. Before any thread can ask for a change of users. */
  async openDashboard(): Promise<void> {
    const { config, log } = this.parts;
    if (config.values['dashboard-port'] === 0) return;
    const { startDashboard } = await import('./dashboard/start.ts');
    const { shared, startedAtMs, runId, aclFile } = this.begun;
    this.dashboard = await startDashboard({
      config,
      shared,
      startedAtMs,
      runId,
      aclFile,
      // Each thread's answerRequest, and the tier thread's answer, are typed by the same tables.
      askThread: async <Asked extends ThreadRequest>(thread: number, request: Asked) =>
        (await this.askThread(thread, request)) as ThreadAnswers[Asked['kind']],
      askTiers: async <Asked extends TierRequest>(request: Asked) =>
        (await this.askTiers(request)) as TierAnswers[Asked['kind']],
      log: (text) => log.write('warning', text),
    });
  }

  get isShuttingDown(): boolean {
    return this.shuttingDown;
  }

  private abortShutdown(): boolean {
    if (!this.shuttingDown || this.aborted) return false;
    this.parts.log.write('notice', 'Shutdown manually aborted');
    this.aborted = true;
    return true;
  }

  /** The reason why it failed, or undefined. */
  private async finalCheckpoint(timeoutMs: number): Promise<string | undefined> {
    const timeout = new Promise<string>((resolve) => {
      setTimeout(() => resolve(`not done within ${timeoutMs / 1000} seconds`), timeoutMs).unref();
    });
    const saved = this.askTiers({ kind: 'checkpoint' }).then(() => undefined, textOf);
    return Promise.race([saved, timeout]);
  }

  private broadcast(request: ThreadRequest): Promise<unknown[]> {
    this.dashboard?.users.follow(request);
    if (request.kind === 'config-set') {
      this.parts.config.apply(request.pairs);
      this.workers.postTierThread({ kind: 'config-set', pairs: request.pairs });
    } else if (request.kind === 'active-expire') {
      this.sweeps.enabled = request.enabled;
      this.tellSweeps();
    } else if (request.kind === 'client-pause' || request.kind === 'client-unpause') {
      this.sweeps.pausedUntilMs = request.kind === 'client-pause' ? request.untilMs : 0;
      this.tellSweeps();
    } else if (request.kind === 'config-resetstat') {
      this.workers.postTierThread({ kind: 'reset-statistics' });
    }
    const answers: Promise<unknown>[] = [];
    for (let thread = 0; thread < this.workers.threads; thread++) {
      answers.push(this.askThread(thread, request));
    }
    // Wrong passwords that were typed into the dashboard.
    if (request.kind === 'acl-log' && this.dashboard !== undefined) {
      answers.push(Promise.resolve(this.dashboard.users.log));
    }
    return Promise.all(answers);
  }

  /** Whether the tier thread removes expired keys: not while clients are paused. */
  private tellSweeps(): void {
    const { sweeps } = this;
    clearTimeout(sweeps.timer);
    const leftMs = sweeps.pausedUntilMs - Date.now();
    this.workers.postTierThread({ kind: 'active-expire', enabled: sweeps.enabled && leftMs <= 0 });
    if (leftMs > 0) sweeps.timer = setTimeout(() => this.tellSweeps(), Math.min(leftMs, MAX_TIMER_MS)).unref();
  }

  private askThread(thread: number, request: ThreadRequest): Promise<unknown> {
    return this.questions.ask((id) => this.workers.post(thread, { kind: 'request', id, request }));
  }

  private askTiers(request: TierRequest): Promise<unknown> {
    return this.questions.ask((id) => this.workers.postTierThread({ kind: 'tiers', id, request }));
  }

  private reply(thread: number, id: number, value: unknown, error?: string): void {
    this.workers.post(thread, { kind: 'reply', id, value, ...(error === undefined ? {} : { error }) });
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
