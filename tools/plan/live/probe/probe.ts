import { fork } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { dirname, join, resolve as resolvePath } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PlanError } from '../../plan-error.ts';
import type { FromProbe, ProbeResult, ProbeTask } from './messages.ts';

export type { ProbeResult } from './messages.ts';

export interface ProbeOptions {
  /** Of the file that is written and read: 1 GiB, or what the file system has room for. */
  readonly bytes?: number;
  /** For everything: 20. */
  readonly seconds?: number;
  readonly onProgress?: (share: number, doing: string) => void;
  readonly signal?: AbortSignal;
}

const DEFAULT_BYTES = 2 ** 30;
const DEFAULT_SECONDS = 20;
const DEPTHS = [1, 2, 4, 8, 16, 32, 64];
const ENTRY = 'tools/plan/live/probe/probe.entry.js';

/**
 * Measures the device below a folder: random reads of 4 KiB past the page cache at several depths, and writes in sequence. In a process of its own: it can
 * be ended at once though its threads wait for the device, and libuv's pool has a thread for each read. Rejects with a PlanError.
 */
export async function probeDevice(folder: string, options: ProbeOptions = {}): Promise<ProbeResult> {
  const task: ProbeTask = {
    folder: resolvePath(folder),
    bytes: options.bytes ?? DEFAULT_BYTES,
    seconds: options.seconds ?? DEFAULT_SECONDS,
    depths: DEPTHS,
  };
  if (statSync(task.folder, { throwIfNoEntry: false })?.isDirectory() !== true)
    throw new PlanError(`${folder} is no folder`);
  const child = fork(entryPath(), [JSON.stringify(task)], {
    env: { ...process.env, UV_THREADPOOL_SIZE: String(Math.max(...DEPTHS)) },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const end = () => child.kill('SIGKILL');
  options.signal?.addEventListener('abort', end, { once: true });
  process.once('exit', end);
  try {
    return await new Promise<ProbeResult>((resolve, reject) => {
      child.on('message', (message: FromProbe) => {
        if (message.kind === 'progress') options.onProgress?.(message.share, message.doing);
        else if (message.kind === 'done') resolve(message.result);
        else reject(new PlanError(`cannot probe ${folder}: ${message.message}`));
      });
      child.once('error', reject);
      child.once('exit', (code, signal) =>
        reject(new PlanError(options.signal?.aborted ? 'interrupted' : `the probe ended with ${signal ?? code}`)),
      );
    });
  } finally {
    process.removeListener('exit', end);
    options.signal?.removeEventListener('abort', end);
  }
}

/** The built script: bundling puts this file somewhere else in the build. */
function entryPath(): string {
  for (let at = dirname(fileURLToPath(import.meta.url)); at !== dirname(at); at = dirname(at)) {
    const candidate = join(at, ENTRY);
    if (existsSync(candidate)) return candidate;
  }
  throw new Error(`no ${ENTRY} beside this build: run scripts/build.mjs`);
}
