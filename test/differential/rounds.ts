import { execute, type Mismatch, type Target } from './execute.ts';
import { describe } from './operation.ts';
import { shrink } from './shrink.ts';
import { makeTrial, type Trial } from './trial.ts';

/** The two servers, alive; asked before every trial. */
export type Targets = () => Promise<readonly [Target, Target]>;

export interface Finding {
  readonly trial: Trial;
  /** The trial's steps cut down to what still shows a difference. */
  readonly minimal: Trial;
  readonly mismatch: Mismatch;
  /** False when replaying the same steps did not show it again; `minimal` is then the whole trial. */
  readonly reproducible: boolean;
}

const REPLAYS = 3;

/** Runs trials with seeds `seed`, `seed + 1`, ... and stops at the first difference, which it cuts down. */
export async function runRounds(
  targets: Targets,
  options: {
    readonly rounds: number;
    readonly seed: number;
    readonly tiered: boolean;
    readonly steps?: number;
    readonly types?: readonly string[];
  },
): Promise<Finding | undefined> {
  for (let round = 0; round < options.rounds; round++) {
    const trial = makeTrial(options.seed + round, options.tiered, options.steps, options.types);
    const mismatch = await execute(trial, await targets());
    if (mismatch) return investigate(trial, mismatch, targets);
  }
  return undefined;
}

async function investigate(trial: Trial, first: Mismatch, targets: Targets): Promise<Finding> {
  let latest: Mismatch | undefined;
  for (let replay = 0; replay < REPLAYS && !latest; replay++) latest = await execute(trial, await targets());
  if (!latest) return { trial, minimal: trial, mismatch: first, reproducible: false };
  let mismatch = latest;
  const steps = await shrink(trial.steps, async (candidate) => {
    const seen = await execute({ ...trial, steps: candidate }, await targets());
    if (seen) mismatch = seen;
    return seen !== undefined;
  });
  return { trial, minimal: { ...trial, steps }, mismatch, reproducible: true };
}

/** What to print: seed, the shortest commands, and what each server said. */
export function explain(finding: Finding, names: readonly [string, string]): string {
  const { trial, minimal, mismatch, reproducible } = finding;
  const clients = minimal.clients.map((setup, n) => `client ${n}: RESP${setup.protocol}, pipeline ${setup.pipeline}`);
  return [
    `The servers differ; seed ${trial.seed} (--seed ${trial.seed} --rounds 1)${reproducible ? '' : ', not every time'}`,
    ...clients.map((line) => `  ${line}`),
    'Shortest commands, from empty:',
    ...minimal.steps.map((step) => `  ${describe(step)}`),
    `At: ${mismatch.step}`,
    `  ${names[0]}: ${mismatch.replies[0]}`,
    `  ${names[1]}: ${mismatch.replies[1]}`,
  ].join('\n');
}
