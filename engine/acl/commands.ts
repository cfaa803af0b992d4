import { aclCategories, flagBit } from '../commands/flags.ts';
import type { CommandEntry, CommandTable } from '../commands/table.ts';

/** What a key pattern allows, and what a command does with a key. */
export const ACCESS_READ = 1;
export const ACCESS_WRITE = 2;
export const ACCESS_BOTH = 3;

/** Where the channels stand among a command's arguments. */
export interface ChannelArguments {
  readonly first: number;
  /** Behind the last one; Infinity: up to the end. */
  readonly end: number;
  /** They are patterns, which a user must have literally. */
  readonly patterns: boolean;
}

const rest = { first: 1, end: Number.POSITIVE_INFINITY, patterns: false };

/** Leaving a channel is always allowed. */
const channelCommands: ReadonlyMap<string, ChannelArguments> = new Map([
  ['subscribe', rest],
  ['ssubscribe', rest],
  ['psubscribe', { ...rest, patterns: true }],
  ['publish', { ...rest, end: 2 }],
  ['spublish', { ...rest, end: 2 }],
]);

/** Whether a key is read or written, by its key specification's flags: RO, RW and OW say nothing of that (SETNX neither reads nor returns). */
export function accessOf(flags: readonly string[]): number {
  let access = 0;
  if (flags.includes('access')) access |= ACCESS_READ;
  if (flags.includes('insert') || flags.includes('delete') || flags.includes('update')) access |= ACCESS_WRITE;
  return access;
}

/** The command table as rules see it: under the commands' own names, whatever `rename-command` calls them. */
export class AclCommands {
  /** Commands and subcommands by id. */
  readonly entries: readonly CommandEntry[];
  /** By category, in the order of ids. */
  readonly categories: ReadonlyMap<string, readonly CommandEntry[]>;
  /** By id: those that everybody may run, even before logging in (AUTH, HELLO, QUIT, RESET). */
  readonly forEverybody: readonly boolean[];
  /** By id: the channels that a command names. */
  readonly channels: readonly (ChannelArguments | undefined)[];
  /** By id, then by key specification: ACCESS_*; -1 when it depends on the arguments. */
  readonly access: readonly (readonly number[])[];
  private readonly byName: ReadonlyMap<string, CommandEntry>;

  constructor(table: Pick<CommandTable, 'allWithSubcommands'>) {
    this.entries = table.allWithSubcommands();
    this.byName = new Map(this.entries.map((entry) => [entry.fullName, entry]));
    this.categories = new Map(
      aclCategories.map((category) => [category, this.entries.filter((entry) => entry.categories.includes(category))]),
    );
    this.forEverybody = this.entries.map(({ bits }) => (bits & flagBit.no_auth) !== 0);
    this.channels = this.entries.map(({ fullName }) => channelCommands.get(fullName));
    this.access = this.entries.map(({ spec }) =>
      spec.keySpecs.map(({ flags }) => (flags.includes('variable_flags') ? -1 : accessOf(flags))),
    );
  }

  /** `get` or `config|set`, in any case. */
  find(name: string): CommandEntry | undefined {
    return this.byName.get(name.toLowerCase());
  }

  inCategory(name: string): readonly CommandEntry[] | undefined {
    return this.categories.get(name.toLowerCase());
  }
}
