import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { MemoryCgroup } from './cgroup.ts';
import { RespClient } from './resp-client.ts';

const START_TIMEOUT_MS = 20_000;
const STOP_TIMEOUT_MS = 20_000;
const LOG_NAME = 'server.log';
const LOG_TAIL_BYTES = 2000;

/** How to start a server; `args` gets the port and an empty folder for data. */
export interface ServerPlan {
  /** Unique within a run, for tables. */
  name: string;
  command: string;
  args(port: number, folder: string): string[];
}

export interface ServerStart {
  plan: ServerPlan;
  cgroup?: MemoryCgroup;
}

/** A TCP port that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

/** A server that a benchmark started; stopping it removes its data. */
export class ServerProcess {
  readonly name: string;
  readonly port: number;
  readonly commandLine: string;
  readonly control: RespClient;
  private readonly child: ChildProcess;
  private readonly folder: string;

  private constructor(
    name: string,
    port: number,
    commandLine: string,
    control: RespClient,
    child: ChildProcess,
    folder: string,
  ) {
    this.name = name;
    this.port = port;
    this.commandLine = commandLine;
    this.control = control;
    this.child = child;
    this.folder = folder;
    process.once('exit', this.reap);
  }

  /** Whatever ends the benchmark ends its servers. */
  private readonly reap = (): void => {
    this.child.kill('SIGKILL');
  };

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** Starts a server and waits until it answers PING. Rejects with the end of its log when it does not. */
  static async start({ plan, cgroup }: ServerStart): Promise<ServerProcess> {
    const port = await freePort();
    const folder = mkdtempSync(join(tmpdir(), 'strata-bench-'));
    const logFile = join(folder, LOG_NAME);
    const args = plan.args(port, folder);
    const log = openSync(logFile, 'w');
    const stdio: ['ignore', number, number] = ['ignore', log, log];
    // The shell joins the group before it becomes the server, so no page of the server is charged elsewhere.
    const child =
      cgroup === undefined
        ? spawn(plan.command, args, { cwd: folder, stdio })
        : spawn('sh', ['-c', 'echo $$ > "$0" && exec "$@"', cgroup.procsFile, plan.command, ...args], {
            cwd: folder,
            stdio,
          });
    closeSync(log);
    const state = { failure: '' };
    child.once('error', (error) => {
      state.failure = error.message;
    });
    child.once('exit', (code, signal) => {
      state.failure ||= `exited with ${code ?? signal}`;
    });
    const deadline = Date.now() + START_TIMEOUT_MS;
    while (state.failure === '' && Date.now() < deadline) {
      const control = await RespClient.open(port).catch(() => undefined);
      const pong = await control?.send('PING').catch(() => '');
      if (control !== undefined && pong === 'PONG') {
        const commandLine = [plan.command, ...args]
          .join(' ')
          .replaceAll(folder, 'DIR')
          .replaceAll(String(port), 'PORT');
        return new ServerProcess(plan.name, port, commandLine, control, child, folder);
      }
      control?.close();
      await sleep(50);
    }
    child.kill('SIGKILL');
    const tail = readFileSync(logFile, 'utf8').slice(-LOG_TAIL_BYTES);
    rmSync(folder, { recursive: true, force: true });
    throw new Error(`${plan.name} did not start (${state.failure || 'no PONG in time'}):\n${tail}`);
  }

  /** Awaits `work` on this server; when it fails, the end of the server's log is added to the reason. */
  async watch<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      const tail = readFileSync(join(this.folder, LOG_NAME), 'utf8').slice(-LOG_TAIL_BYTES);
      throw new Error(
        `${this.name}: ${error instanceof Error ? error.message : String(error)}; its log ends:\n${tail}`,
      );
    }
  }

  async stop(): Promise<void> {
    this.control.close();
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const gone = new Promise((resolve) => this.child.once('exit', resolve));
      this.child.kill('SIGTERM');
      const killer = setTimeout(() => this.child.kill('SIGKILL'), STOP_TIMEOUT_MS);
      await gone;
      clearTimeout(killer);
    }
    process.removeListener('exit', this.reap);
    rmSync(this.folder, { recursive: true, force: true });
  }
}
