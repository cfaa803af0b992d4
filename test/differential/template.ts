import type { Random } from '../support/random.ts';
import type { Argument } from '../support/raw-client.ts';
import type { Allowance } from './operation.ts';
import type { Values } from './values.ts';

/** `solo`: looks at, or changes, what is not the client's own keys, so it only runs when one client is alone. */
export type Scope = 'own' | 'solo';
export type Make = (values: Values, random: Random) => readonly Argument[];
export interface Template {
  readonly weight: number;
  readonly scope: Scope;
  readonly make: Make;
}

/** What the fuzzer knows of a data type. */
export interface TypeFamily {
  /** One entry per command: its arguments, made at random. Values are written often, so that reads find something. */
  readonly templates: Readonly<Record<string, Template>>;
  /** How replies of these commands may differ, by command name; others are exact. */
  readonly allowances: Readonly<Record<string, Allowance>>;
  /** Commands that show the whole value of a key: run on every key at the end of a trial. They answer errors on keys of other types. */
  readonly looks: (key: string) => readonly (readonly Argument[])[];
  /** The command that iterates over a value of the type (HSCAN), if there is one, and how many items make an element. */
  readonly scan?: { readonly command: string; readonly items: number };
}

export const own = (weight: number, make: Make): Template => ({ weight, scope: 'own', make });
export const solo = (weight: number, make: Make): Template => ({ weight, scope: 'solo', make });

export const maybe = (random: Random, probability: number, make: () => readonly Argument[]): readonly Argument[] =>
  random.chance(probability) ? make() : [];
