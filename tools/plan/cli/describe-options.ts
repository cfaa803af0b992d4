import type { WorkloadDescription } from '../input/description.ts';
import { parseSizes as parseValueSizes } from '../input/sizes.ts';
import { PlanError } from '../plan-error.ts';
import { nearest } from './flags.ts';
import { parseBytes, parseCount, parseDurationUs, parseNumber, parseShare } from './units.ts';

const DEFAULT_RATE = 10_000;
const names = [
  'keys',
  'key-size',
  'size',
  'skew',
  'writes',
  'deletes',
  'ttl',
  'rate',
  'requests',
  'turnover',
  'shift',
  'seed',
];

/**
 * A workload from `keys=1m,size=512,skew=0.99,writes=10%`; names that are left out have the defaults of docs/PLANNER.md.
 *
 * @throws PlanError that names what is wrong
 */
export function parseDescription(text: string, what: string): WorkloadDescription {
  const given = new Map<string, string>();
  // A comma within sizes (`log-normal:300,1.2`) is followed by a figure.
  for (const pair of text.split(/,(?=\s*[a-z])/i)) {
    const [name = '', ...rest] = pair.trim().split('=');
    const value = rest.join('=');
    if (!names.includes(name)) {
      const near = nearest(name, names);
      throw new PlanError(
        `${what}: there is no \`${name}\`; ${near === undefined ? names.join(', ') : `did you mean ${near}?`}`,
      );
    }
    if (value === '') throw new PlanError(`${what}: ${name} has no value`);
    if (given.has(name)) throw new PlanError(`${what}: ${name} is given twice`);
    given.set(name, value);
  }
  const read = <Value>(name: string, fallback: Value, parse: (word: string, what: string) => Value): Value => {
    const word = given.get(name);
    return word === undefined ? fallback : parse(word, `${what} ${name}`);
  };
  if (!given.has('keys')) throw new PlanError(`${what}: say how many keys there are: keys=1m`);
  const requests = read<number | undefined>('requests', undefined, (word, at) => parseCount(word, at));
  const turnover = read<number | undefined>('turnover', undefined, (word, at) => parseNumber(word, at, true));
  const shift = read<number | undefined>('shift', undefined, (word, at) => parseNumber(word, at, true));
  if (turnover !== undefined && shift !== undefined) throw new PlanError(`${what}: turnover or shift, not both`);
  return {
    keys: read('keys', 0, (word, at) => parseCount(word, at)),
    keyBytes: read('key-size', 16, (word, at) => parseBytes(word, at)),
    sizes: read('size', { kind: 'fixed', bytes: 512 }, (word) => parseValueSizes(plainSizes(word))),
    skew: read('skew', 0.99, (word, at) => parseNumber(word, at, true)),
    writes: read('writes', 0, parseShare),
    deletes: read('deletes', 0, parseShare),
    ttlSeconds: read('ttl', 0, (word, at) => (word === '0' ? 0 : parseDurationUs(word, at) / 1e6)),
    requestsPerSecond: read('rate', DEFAULT_RATE, (word, at) => parseCount(word, at)),
    seed: read('seed', 1, (word, at) => parseCount(word, at, 0)),
    ...(requests === undefined ? {} : { requests }),
    ...(turnover === undefined ? {} : { turnover }),
    ...(shift === undefined ? {} : { turnover: shift, turnoverAtOnce: true }),
  };
}

/** A fixed size may have a unit. */
export function plainSizes(word: string): string {
  return /^\d[\d.]*[a-z]+$/i.test(word) ? String(parseBytes(word, 'size')) : word;
}
