import type { AnyDirective, Directive } from './directive.ts';
import { cluster } from './directives/cluster.ts';
import { keydb } from './directives/keydb.ts';
import { memoryDirectives } from './directives/memory.ts';
import { network } from './directives/network.ts';
import { persistence } from './directives/persistence.ts';
import { replication } from './directives/replication.ts';
import { system } from './directives/system.ts';
import { tiers } from './directives/tiers.ts';
import { tls } from './directives/tls.ts';
import { types } from './directives/types.ts';

/** Every directive by its name: all of redis 7.0.15, KeyDB's, and ours. CONFIG, files, documentation and tests derive from it. */
export const directives = {
  ...tiers,
  ...network,
  ...memoryDirectives,
  ...system,
  ...types,
  ...persistence,
  ...replication,
  ...cluster,
  ...tls,
  ...keydb,
} as const;

export type DirectiveName = keyof typeof directives;

type ValueOf<D> = D extends Directive<infer T> ? T : never;

/** The typed values, under the directives' own names: `values['storage-flush-period']` is a number. */
export type Values = { readonly [N in DirectiveName]: ValueOf<(typeof directives)[N]> };

/** The rooms of the table, for the documentation's headings. */
export const areas: readonly (readonly [title: string, table: Readonly<Record<string, AnyDirective>>])[] = [
  ['Threads and tiers', tiers],
  ['Network and security', network],
  ['Memory', memoryDirectives],
  ['Process, logs, measuring', system],
  ['Data types', types],
  ['Persistence', persistence],
  ['Replication', replication],
  ['Cluster', cluster],
  ['TLS', tls],
  ['KeyDB', keydb],
];

/** Names that Redis 7.0 still accepts in files and ignores. */
export const ignoredAtStart: readonly string[] = [
  'list-max-ziplist-entries',
  'list-max-ziplist-value',
  'lua-replicate-commands',
];

const names = Object.keys(directives) as DirectiveName[];

/** What a written name stands for: its directive, whose own name differs where an alias was written. */
export interface Found {
  readonly name: DirectiveName;
  readonly directive: AnyDirective;
  /** In lower case, as written. */
  readonly written: string;
}

const byWrittenName = new Map<string, Found>();
for (const name of names) {
  const directive: AnyDirective = directives[name];
  byWrittenName.set(name, { name, directive, written: name });
  if (directive.alias !== undefined) byWrittenName.set(directive.alias, { name, directive, written: directive.alias });
}

/** Looks a name or alias up, in any case. */
export function findDirective(name: string): Found | undefined {
  return byWrittenName.get(name.toLowerCase());
}

/** All names and aliases, in table order. */
export function allFound(): Iterable<Found> {
  return byWrittenName.values();
}

export function directiveNames(): readonly DirectiveName[] {
  return names;
}
