import { closest, distance } from 'fastest-levenshtein';
import type { CommandTable } from './table.ts';

/** More edits than this are another word, not a slip. */
const maxDistance = 2;

/**
 * The command that someone who wrote `name` probably meant: for logs and `--help`-style outputs, never for replies. `name` may be
 * `container|sub`. Undefined when nothing is near.
 */
export function suggestCommand(table: CommandTable, name: string): string | undefined {
  const wanted = name.toLowerCase().slice(0, 64);
  const names = table.allWithSubcommands().map(({ fullName }) => fullName);
  const sameKind = names.filter((candidate) => candidate.includes('|') === wanted.includes('|'));
  const found = closest(wanted, sameKind);
  return found !== undefined && distance(wanted, found) <= maxDistance ? found : undefined;
}
