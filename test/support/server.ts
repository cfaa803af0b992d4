import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PATIENCE_MS } from './patience.ts';
import { freePort } from './ports.ts';

/** A server process under test. */
export interface TestServer {
  readonly port: number;
  readonly pid: number;
  /** Working directory, removed by stop() and kill() unless it was given. */
  readonly dir: string;
  /** Everything that the server has printed so far. */
  log(): string;
  /** SIGTERM, then waits for the end; answers the exit code (-1 when a signal ended it). */
  stop(): Promise<number>;
  /** SIGKILL, then waits for the end. */
  kill(): Promise<void>;
  /** Resolves with the exit code when the process ends by itself. */
  readonly exited: Promise<number>;
}

export interface TestServerOptions {
  /** Directory to run in; a fresh temporary one by default. A given one is not removed. */
  readonly dir?: string;
  /** `none` (default) or e.g. `flash ./flash`, relative to the directory. */
  readonly storage?: string;
  readonly port?: number;
  /** A redis.conf; the command line goes before it. */
  readonly configFile?: string;
  /** How long the server may take to answer PING. */
  readonly readyTimeoutMs?: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** `threads/main.js` of the build that this file is part of: bundling puts it into the test itself or into `chunks/`. */
export function serverEntry(): string {
  for (let at = dirname(fileURLToPath(import.meta.url)); at !== dirname(at); at = dirname(at)) {
    const candidate = join(at, 'threads', 'main.js');
    if (existsSync(candidate)) return candidate;
  }
  throw new Error('no threads/main.js beside this build: run scripts/build.mjs');
}

/**
 * Starts a server with the given command line (`--directive value ...`) and waits until it answers PING.
 * Rejects with the server's own output when it ends, or does not answer in time.
 */
export async function startServer(args: readonly string[] = [], options: TestServerOptions = {}): Promise<TestServer> {
  const port = options.port ?? (await freePort());
  const dir = options.dir ?? mkdtempSync(join(tmpdir(), 'stratakv-test-'));
  const storage = (options.storage ?? 'none').split(' ');
  const base = ['--port', String(port), '--bind', '127.0.0.1', '--dir', dir, '--storage-provider', ...storage];
  const file = options.configFile === undefined ? [] : [options.configFile];
  const child = spawn(process.execPath, ['--enable-source-maps', serverEntry(), ...file, ...base, ...args], {
    cwd: dir,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...options.env },
  });
  const output: string[] = [];
  child.stdout.setEncoding('utf8').on('data', (text: string) => output.push(text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => output.push(text));
  const exited = new Promise<number>((resolve) => child.once('close', (code) => resolve(code ?? -1)));
  // A test that dies must not leave its server behind.
  const reap = () => child.kill('SIGKILL');
  process.once('exit', reap);
  const end = async (signal: NodeJS.Signals): Promise<number> => {
    child.kill(signal);
    const code = await exited;
    process.removeListener('exit', reap);
    if (options.dir === undefined) rmSync(dir, { recursive: true, force: true });
    return code;
  };
  try {
    await untilReady(child, port, options.readyTimeoutMs ?? PATIENCE_MS);
  } catch (error) {
    await end('SIGKILL');
    throw new Error(
      `${error instanceof Error ? error.message : String(error)}\n--- the server said ---\n${output.join('')}`,
    );
  }
  return {
    port,
    pid: child.pid ?? 0,
    dir,
    log: () => output.join(''),
    stop: () => end('SIGTERM'),
    kill: async () => void (await end('SIGKILL')),
    exited,
  };
}

async function untilReady(child: ChildProcess, port: number, timeoutMs: number): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new Error(`the server ended while starting (code ${child.exitCode}, signal ${child.signalCode})`);
    }
    if (Date.now() > deadline) throw new Error(`the server did not answer PING within ${timeoutMs} ms`);
    if (await answersPing(port)) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** One attempt. Any reply line counts: with `requirepass` PING is answered by NOAUTH. */
function answersPing(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const done = (answered: boolean) => {
      socket.destroy();
      resolve(answered);
    };
    socket.setTimeout(1000, () => done(false));
    socket.once('error', () => done(false));
    socket.once('close', () => done(false));
    socket.once('connect', () => socket.write('PING\r\n'));
    socket.once('data', (data) => done(data.length > 0));
  });
}
