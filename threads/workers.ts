import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import type { AclFileText } from '../engine/acl/start.ts';
import type { ConfigSnapshot } from '../engine/config/config.ts';
import { createMailPorts } from './mailbox.ts';
import type { Door, FromMain, FrontEndStart, StartStep, TierThreadStart, ToMain, WorkerStart } from './messages.ts';
import type { SharedState } from './shared.ts';

/** Where the built worker scripts are; computed in main's own file, because bundling moves this one. */
export interface WorkerScripts {
  readonly frontEnd: URL;
  readonly tierThread: URL;
}

export interface WorkerEvents {
  /** @param thread as in WorkerStart */
  onMessage(thread: number, message: ToMain): void;
  /** A worker threw, or ended without being told to. */
  onDeath(what: string, error: Error | undefined): void;
}

export interface WorkersStart {
  readonly scripts: WorkerScripts;
  readonly shared: SharedState;
  readonly config: ConfigSnapshot;
  readonly aclFile: AclFileText;
  readonly threads: number;
  readonly runId: string;
  readonly startedAtMs: number;
}

/**
 * Values live in shared memory; a thread's own heap holds short-lived things only. V8's default lets each thread's young generation grow
 * to 48 MiB before it collects, which with three threads is more RSS than everything else beside maxmemory.
 */
const maxYoungGenerationSizeMb = 12;

/** All worker threads: started in step, and watched. */
export class Workers {
  readonly threads: number;
  private readonly workers: Worker[] = [];
  private readonly doorPorts: MessagePort[] = [];
  private readonly events: WorkerEvents;
  private readonly handOverDirectory: string;
  private reached = 0;
  private waiting: { step: StartStep; count: number; resolve: () => void } | undefined;
  private closing = false;
  private closed = 0;
  private whenClosed: (() => void) | undefined;

  constructor(start: WorkersStart, events: WorkerEvents) {
    this.events = events;
    this.threads = start.threads;
    this.handOverDirectory = start.threads > 1 ? mkdtempSync(join(tmpdir(), 'stratakv-')) : '';
    const { shared, config, runId, startedAtMs, threads } = start;
    const channels = Array.from({ length: threads }, () => new MessageChannel());
    const mailPorts = createMailPorts(threads + 1);
    for (let thread = 0; thread < threads; thread++) {
      const port = channels[thread]?.port1;
      if (port === undefined) continue;
      const common = { shared, config, runId, startedAtMs, threads, thread, mailPorts: mailPorts[thread] ?? [] };
      const { handOverDirectory } = this;
      const doors = new MessageChannel();
      this.doorPorts.push(doors.port2);
      const ports = { tierPort: port, doorPort: doors.port1 };
      const data: FrontEndStart = { ...common, aclFile: start.aclFile, handOverDirectory, ...ports };
      this.spawn(start.scripts.frontEnd, data, [port, doors.port1], `front-end ${thread}`);
    }
    const frontEndPorts: MessagePort[] = channels.map(({ port2 }) => port2);
    const data: TierThreadStart = {
      shared,
      config,
      runId,
      startedAtMs,
      threads,
      thread: threads,
      mailPorts: mailPorts[threads] ?? [],
      frontEndPorts,
    };
    this.spawn(start.scripts.tierThread, data, frontEndPorts, 'tier thread');
  }

  /** Takes all threads through the steps of the start; resolves when every front-end accepts connections. */
  async start(): Promise<void> {
    await this.reach('opened', this.threads + 1);
    this.postFrontEnds({ kind: 'connect' });
    await this.reach('connected', this.threads);
    this.removeHandOverDirectory();
    this.postFrontEnds({ kind: 'listen' });
    await this.reach('listening', this.threads);
  }

  post(thread: number, message: FromMain): void {
    this.workers[thread]?.postMessage(message);
  }

  /** A connection that was accepted in a front-end's place. */
  postDoor(thread: number, connection: Door): void {
    this.doorPorts[thread]?.postMessage(connection);
  }

  postFrontEnds(message: FromMain): void {
    for (let thread = 0; thread < this.threads; thread++) this.post(thread, message);
  }

  postTierThread(message: FromMain): void {
    this.post(this.threads, message);
  }

  /** Asks everybody to close and waits for it, at most `timeoutMs`. Deaths no longer matter. */
  async close(timeoutMs: number): Promise<void> {
    this.closing = true;
    this.removeHandOverDirectory();
    const all = new Promise<void>((resolve) => {
      this.whenClosed = resolve;
    });
    const timer = new Promise<void>((resolve) => setTimeout(resolve, timeoutMs).unref());
    for (let thread = 0; thread <= this.threads; thread++) this.post(thread, { kind: 'close' });
    await Promise.race([all, timer]);
  }

  removeHandOverDirectory(): void {
    if (this.handOverDirectory !== '') rmSync(this.handOverDirectory, { recursive: true, force: true });
  }

  private spawn(script: URL, workerData: WorkerStart, ports: readonly MessagePort[], name: string): void {
    const mailPorts = workerData.mailPorts.filter((port) => port !== undefined);
    const transferList = [...ports, ...mailPorts];
    const worker = new Worker(script, { workerData, transferList, name, resourceLimits: { maxYoungGenerationSizeMb } });
    const { thread } = workerData;
    this.workers.push(worker);
    worker.on('message', (message: ToMain) => this.onMessage(thread, message));
    worker.on('error', (error: Error) => {
      if (!this.closing) this.events.onDeath(name, error);
    });
    worker.on('exit', () => {
      if (!this.closing) this.events.onDeath(name, undefined);
    });
  }

  private onMessage(thread: number, message: ToMain): void {
    if (message.kind === 'reached') {
      this.reached++;
      const { waiting } = this;
      if (waiting !== undefined && this.reached === waiting.count) {
        this.waiting = undefined;
        this.reached = 0;
        waiting.resolve();
      }
    } else if (message.kind === 'closed') {
      if (++this.closed === this.threads + 1) this.whenClosed?.();
    } else {
      this.events.onMessage(thread, message);
    }
  }

  /** Steps are taken one after the other by all, so counting is enough. */
  private reach(step: StartStep, count: number): Promise<void> {
    return new Promise((resolve) => {
      this.waiting = { step, count, resolve };
    });
  }
}
