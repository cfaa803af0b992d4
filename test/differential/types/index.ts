import type { Allowance } from '../operation.ts';
import type { TypeFamily } from '../template.ts';
import { geo } from './geo.ts';
import { hash } from './hash.ts';
import { list } from './list.ts';
import { set } from './set.ts';
import { stream } from './stream.ts';
import { zset } from './zset.ts';

/** The data types' families by name, as `--type` takes them. A new type is a file beside this one and a line here. */
const families: Readonly<Record<string, TypeFamily>> = { geo, hash, list, set, zset, stream };

export const typeNames: readonly string[] = Object.keys(families);

export function familiesOf(types: readonly string[]): readonly TypeFamily[] {
  const names = types.includes('all') ? typeNames : types;
  return names.map((name) => {
    const family = families[name];
    if (family === undefined) throw new Error(`--type is one of all, ${typeNames.join(', ')}; not ${name}`);
    return family;
  });
}

export function allowanceOfTypes(command: string): Allowance | undefined {
  for (const family of Object.values(families)) {
    const allowance = family.allowances[command];
    if (allowance !== undefined) return allowance;
  }
  return undefined;
}
