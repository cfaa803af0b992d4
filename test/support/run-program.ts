import { spawn } from 'node:child_process';
import { PATIENCE_MS } from './patience.ts';

export interface ProgramResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ProgramOptions {
  /** Written to its standard input, which is then closed. */
  readonly input?: string | Buffer;
  /** Ends it (SIGINT) once its output satisfies this: for programs that run until they are interrupted. */
  readonly until?: (stdout: string) => boolean;
  readonly timeoutMs?: number;
}

/** Runs a program to its end. Rejects when it does not end, or is not `until`, in time (PATIENCE_MS by default). */
export function runProgram(
  program: string,
  args: readonly string[],
  options: ProgramOptions = {},
): Promise<ProgramResult> {
  const { input, until, timeoutMs = PATIENCE_MS } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`${program} ${args.join(' ')} took more than ${timeoutMs} ms; it printed:\n${stdout}${stderr}`));
    }, timeoutMs);
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString('utf8');
      if (until?.(stdout)) child.kill('SIGINT');
    });
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString('utf8');
    });
    child.stdin.on('error', () => {});
    child.once('error', reject);
    child.once('close', (code) => {
      clearTimeout(timer);
      resolve({ code, stdout, stderr });
    });
    child.stdin.end(input);
  });
}

export interface Exchange {
  /** Typed as it is; a carriage return is the Enter key. */
  readonly say: string;
  /** Must match what is printed after that. */
  readonly hear: RegExp;
}

/** Holds a conversation with an interactive program, one exchange after the other, and lets it end. */
export function converse(
  program: string,
  args: readonly string[],
  exchanges: readonly Exchange[],
): Promise<ProgramResult> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, TERM: 'xterm', HOME: '/nonexistent' };
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], env });
    let stdout = '';
    let stderr = '';
    let heardUpTo = 0;
    let turn = 0;
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`did not hear ${exchanges[turn]?.hear} in ${JSON.stringify(stdout)}`));
    }, PATIENCE_MS);
    const proceed = (): void => {
      if (!exchanges[turn]?.hear.test(stdout.slice(heardUpTo))) return;
      heardUpTo = stdout.length;
      turn++;
      const next = exchanges[turn];
      if (next === undefined) child.stdin.end();
      else child.stdin.write(next.say);
    };
    child.stdin.on('error', () => {});
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString('utf8');
      proceed();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString('utf8');
    });
    child.once('error', reject);
    child.once('close', (code) => {
      clearTimeout(timer);
      if (turn < exchanges.length - 1) reject(new Error(`ended at exchange ${turn} after ${JSON.stringify(stdout)}`));
      else resolve({ code, stdout, stderr });
    });
  });
}
