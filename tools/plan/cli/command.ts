import type { Flag, Flags, ParsedFlags } from './flags.ts';
import type { Progress, Stage } from './progress.ts';

/** What a command works with besides its arguments. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** To standard output. */
  print(text: string): void;
  /** A line to standard error, for people. */
  tell(line: string): void;
  readonly width: number;
  readonly colour: boolean;
  /** Aborted when the user interrupts; the process ends soon after. */
  readonly signal: AbortSignal;
  /** A bar where standard error is a terminal. One at a time; it is gone when the command ends, however it ends. */
  progress(stages: readonly Stage[]): Progress;
}

export interface FlagGroup {
  readonly title: string;
  readonly flags: Flags;
}

/** A subcommand: what its `--help` prints, and what it does. */
export interface Command {
  readonly name: string;
  /** What follows `stratakv-plan`; one line for each way. */
  readonly usage: readonly string[];
  /** One sentence. */
  readonly summary: string;
  readonly groups: readonly FlagGroup[];
  readonly examples: readonly string[];
  readonly maxPositionals: number;
  /** @throws PlanError what the user can mend */
  run(flags: ParsedFlags, surroundings: Surroundings): Promise<void>;
}

const help: Flag = { help: 'this page' };

export function flagsOf(command: Command): Flags {
  return Object.assign({ help }, ...command.groups.map(({ flags }) => flags));
}

/** A command's page of help; it fits a screen. */
export function helpOf(command: Command): string {
  const lines = command.usage.map((usage, index) => `${index === 0 ? 'usage:' : '      '} stratakv-plan ${usage}`);
  lines.push('', command.summary, '');
  const written = ([name, { value }]: [string, Flag]) => `  --${name}${value === undefined ? '' : ` ${value}`}`;
  const all = command.groups.flatMap(({ flags }) => Object.entries(flags));
  const width = Math.max(...all.map((entry) => written(entry).length));
  for (const { title, flags } of command.groups) {
    lines.push(`${title}:`);
    for (const entry of Object.entries(flags)) lines.push(`${written(entry).padEnd(width)}  ${entry[1].help}`);
  }
  lines.push('Examples:', ...command.examples.map((example) => `  stratakv-plan ${example}`));
  return `${lines.join('\n')}\n`;
}
