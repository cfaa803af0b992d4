import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PATIENCE_MS } from './patience.ts';
import { freePort } from './ports.ts';
import { findProgram } from './programs.ts';
import { RawClient } from './raw-client.ts';
import { startServer, type TestServer } from './server.ts';

export type ServerKind = 'stratakv' | 'redis';

/** Directives as redis.conf writes them; a directive of several words has them as an array. */
export type Directives = Readonly<Record<string, string | readonly string[]>>;

/** A server of either kind, so that a suite can run against both. */
export type LaunchedServer = Pick<TestServer, 'port' | 'dir' | 'log' | 'exited'> & { stop(): Promise<number> };

const words = (value: string | readonly string[]): readonly string[] => (typeof value === 'string' ? [value] : value);

/**
 * Starts a server of the given kind on a free port of 127.0.0.1, in a temporary folder of its own, and waits until it answers.
 * StrataKV runs without a cold tier unless `storage-provider` says otherwise; redis-server runs without persistence.
 */
export function launch(kind: ServerKind, directives: Directives = {}): Promise<LaunchedServer> {
  if (kind === 'redis') return startRedis(directives);
  const { 'storage-provider': storage, ...others } = directives;
  return startServer(toArguments(others), storage === undefined ? {} : { storage: words(storage).join(' ') });
}

function toArguments(directives: Directives): string[] {
  return Object.entries(directives).flatMap(([name, value]) => [`--${name}`, ...words(value)]);
}

/** Starts Debian's redis-server; rejects when it is not installed or does not answer in time. */
async function startRedis(directives: Directives): Promise<LaunchedServer> {
  const program = findProgram('redis-server');
  if (program === undefined) throw new Error('redis-server is not installed (Debian package redis-server)');
  const dir = mkdtempSync(join(tmpdir(), 'stratakv-redis-'));
  const port = await freePort();
  const base = { bind: '127.0.0.1', port: String(port), dir, save: '', appendonly: 'no' };
  const child = spawn(program, toArguments({ ...base, ...directives }), {
    cwd: dir,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const exited = new Promise<number>((resolve) => child.once('close', (code) => resolve(code ?? -1)));
  const reap = () => child.kill('SIGKILL');
  process.once('exit', reap);
  const stop = async (): Promise<number> => {
    child.kill('SIGTERM');
    const code = await exited;
    process.removeListener('exit', reap);
    rmSync(dir, { recursive: true, force: true });
    return code;
  };
  const deadline = Date.now() + PATIENCE_MS;
  while (!(await answersPing(port))) {
    if (child.exitCode !== null || Date.now() > deadline) {
      await stop();
      throw new Error(`redis-server did not start:\n${output}`);
    }
    await sleep(20);
  }
  return { port, dir, log: () => output, exited, stop };
}

async function answersPing(port: number): Promise<boolean> {
  try {
    const client = await RawClient.connect({ port }, 2_000);
    const reply = await client.call('PING').finally(() => client.close());
    return reply.toString() === '+PONG\r\n';
  } catch {
    return false;
  }
}
