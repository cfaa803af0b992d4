#!/usr/bin/env node
import type { Surroundings } from './cli/command.ts';
import { commands } from './cli/commands.ts';
import { Progress, progressView } from './cli/progress.ts';
import { runCommandLine } from './cli/run.ts';
import { PlanError } from './plan-error.ts';

const DEFAULT_WIDTH = 100;
/** For who removes what an interruption has left half made; a second signal ends the process at once. */
const CLEAN_UP_MS = 1000;
/** As shells tell that a signal ended a process. */
const signalStatus = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

const { stdout, stderr, env } = process;
const args = process.argv.slice(2);
const interruption = new AbortController();
let running: Progress | undefined;

const surroundings: Surroundings = {
  env,
  print: (text) => void stdout.write(text),
  tell: (line) => void stderr.write(`${line}\n`),
  width: stdout.columns ?? DEFAULT_WIDTH,
  colour: stdout.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb',
  signal: interruption.signal,
  progress(stages) {
    running = new Progress(stages, progressView(stderr, args.includes('--quiet')));
    return running;
  },
};

let status: number | undefined;
// Who works on something looks at `interruption` and cleans up; who only waits is not waited for. Workers are threads and go with the process.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => {
    running?.end();
    if (status !== undefined) process.exit(status);
    status = signalStatus[signal];
    interruption.abort();
    setTimeout(() => process.exit(status), CLEAN_UP_MS);
  });
// `stratakv-plan ... | head`: who reads has seen enough.
stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

try {
  await runCommandLine(commands, args, surroundings);
  running?.end();
} catch (error) {
  running?.end();
  process.exitCode = 1;
  if (status !== undefined) process.exit(status);
  if (error instanceof PlanError) stderr.write(`stratakv-plan: ${error.message}\n`);
  else stderr.write(`stratakv-plan: a mistake of the planner's: ${error instanceof Error ? error.stack : error}\n`);
}
if (status !== undefined) process.exit(status);
