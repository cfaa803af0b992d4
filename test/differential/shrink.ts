import type { Argument } from '../support/raw-client.ts';
import type { Step } from './operation.ts';

/** Whether a list of steps still shows the difference. */
export type Fails = (steps: readonly Step[]) => Promise<boolean>;

/**
 * The shortest list that it finds by leaving out ever smaller pieces (delta debugging: Zeller and Hildebrandt, 2002), and with
 * shorter arguments. `budget` bounds the number of replays.
 */
export async function shrink(steps: readonly Step[], fails: Fails, budget = 400): Promise<readonly Step[]> {
  let left = budget;
  const limited: Fails = async (candidate) => left-- > 0 && (await fails(candidate));
  return shortenArguments(await leaveOut(steps, limited), limited);
}

async function leaveOut(steps: readonly Step[], fails: Fails): Promise<readonly Step[]> {
  let current = steps;
  let size = Math.ceil(current.length / 2);
  while (size >= 1) {
    let removed = false;
    for (let at = 0; at < current.length; ) {
      const candidate = [...current.slice(0, at), ...current.slice(at + size)];
      if (candidate.length < current.length && (await fails(candidate))) {
        current = candidate;
        removed = true;
      } else {
        at += size;
      }
    }
    if (size === 1 && !removed) break;
    size = size === 1 ? 1 : Math.ceil(size / 2);
  }
  return current;
}

async function shortenArguments(steps: readonly Step[], fails: Fails): Promise<readonly Step[]> {
  let current = steps;
  for (const [n, step] of steps.entries()) {
    if (step.operation.kind !== 'command') continue;
    for (let at = 1; at < step.operation.args.length; at++) {
      for (;;) {
        const candidate = withShorterArgument(current, n, at);
        if (candidate === undefined || !(await fails(candidate))) break;
        current = candidate;
      }
    }
  }
  return current;
}

/** The list with one argument of one command halved; undefined when it is short enough to read. */
function withShorterArgument(steps: readonly Step[], n: number, at: number): readonly Step[] | undefined {
  const step = steps[n];
  if (step?.operation.kind !== 'command') return undefined;
  const arg = step.operation.args[at];
  const bytes = Buffer.isBuffer(arg) ? arg : Buffer.from(String(arg));
  if (bytes.length <= 8) return undefined;
  const args: Argument[] = [...step.operation.args];
  args[at] = bytes.subarray(0, bytes.length >> 1);
  return steps.map((each, index) => (index === n ? { ...step, operation: { kind: 'command', args } } : each));
}
