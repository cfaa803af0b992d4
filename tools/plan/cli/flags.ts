import { parseArgs } from 'node:util';
import { distance } from 'fastest-levenshtein';
import { PlanError } from '../plan-error.ts';

/** One option of a subcommand: what its `--help` says, and what kind of value it takes. */
export interface Flag {
  /** How the value is called in the help; without it the option takes none. */
  readonly value?: string;
  readonly help: string;
}

export type Flags = Readonly<Record<string, Flag>>;

export interface ParsedFlags {
  readonly positionals: readonly string[];
  /** The option's last value; undefined when it was not given. */
  text(name: string): string | undefined;
  has(name: string): boolean;
}

/**
 * Reads a subcommand's arguments. Unlike `parseArgs` alone, a wrong option is told in one line that knows what was meant.
 *
 * @throws PlanError
 */
export function parseFlags(args: readonly string[], flags: Flags, maxPositionals: number): ParsedFlags {
  const options = Object.fromEntries(
    Object.entries(flags).map(([name, flag]) => [
      name,
      { type: flag.value === undefined ? 'boolean' : 'string' } as const,
    ]),
  );
  const { tokens } = parseArgs({ args: [...args], options, strict: false, allowPositionals: true, tokens: true });
  const positionals: string[] = [];
  const values = new Map<string, string | undefined>();
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value);
    if (token.kind !== 'option') continue;
    const flag = Object.hasOwn(flags, token.name) ? flags[token.name] : undefined;
    if (flag === undefined) throw new PlanError(unknownFlag(token.rawName, Object.keys(flags)));
    if (flag.value !== undefined && (token.value === undefined || token.value === ''))
      throw new PlanError(`${token.rawName} needs a value: ${token.rawName} ${flag.value}`);
    // `--ram --nvme 0`: parseArgs would take the next option for the value.
    if (flag.value !== undefined && token.inlineValue === false && token.value?.startsWith('--'))
      throw new PlanError(`${token.rawName} needs a value: ${token.rawName} ${flag.value}`);
    if (flag.value === undefined && token.value !== undefined) throw new PlanError(`${token.rawName} takes no value`);
    values.set(token.name, token.value);
  }
  const extra = positionals[maxPositionals];
  if (extra !== undefined) throw new PlanError(`unexpected argument \`${extra}\`; see --help`);
  return { positionals, text: (name) => values.get(name), has: (name) => values.has(name) };
}

function unknownFlag(written: string, known: readonly string[]): string {
  const near = nearest(written.replace(/^-+/, ''), known);
  return `unknown option \`${written}\`${near === undefined ? '; see --help' : `; did you mean --${near}?`}`;
}

/** Which of `known` somebody who wrote `word` meant; undefined when none is near. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const least = Math.max(2, Math.floor(word.length / 3));
  let best: string | undefined;
  let bestDistance = least + 1;
  for (const candidate of known) {
    const far = distance(word, candidate);
    if (far < bestDistance) [best, bestDistance] = [candidate, far];
  }
  return best;
}
