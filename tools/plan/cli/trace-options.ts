import type { CsvChoices } from '../input/csv-layout.ts';
import { formats } from '../input/format.ts';
import type { ReadOptions, ReadProgress } from '../input/read-trace.ts';
import { PlanError } from '../plan-error.ts';
import { type Flags, nearest, type ParsedFlags } from './flags.ts';
import { parseBytes, parseCount } from './units.ts';

export const traceFlags: Flags = {
  format: { value: 'NAME', help: `${formats.join(', ')}; else by how the file begins` },
  columns: { value: 'NAMES', help: 'of a CSV file without header: time,key,size,op,ttl' },
  delimiter: { value: 'CHAR', help: 'between the columns of a CSV file; else by its first line' },
  'time-unit': { value: 'UNIT', help: 's, ms, us or ns: of the column time (s)' },
  'value-size': { value: 'BYTES', help: 'of values when the trace tells no sizes (512)' },
  'key-size': { value: 'BYTES', help: 'of names when keys are only numbered (16)' },
  'sampled-keys': { value: 'COUNT', help: 'keys to look at closely (16384); more take longer, err less' },
};

/** Twice as many as the error of 0.01 asks for; a plan of 35 configurations takes some ten seconds then. */
const SAMPLED_KEYS = 16_384;

const timeUnits = ['s', 'ms', 'us', 'ns'] as const;

/** `keys`: how many the sample has at most, unless the user says. @throws PlanError */
export function readTraceOptions(
  path: string,
  flags: ParsedFlags,
  signal: AbortSignal,
  keys = SAMPLED_KEYS,
): ReadOptions {
  const format = flags.text('format');
  const timeUnit = flags.text('time-unit');
  const columns = flags.text('columns');
  const delimiter = flags.text('delimiter');
  const valueBytes = optional(flags.text('value-size'), (word) => parseBytes(word, '--value-size'));
  const keyBytes = optional(flags.text('key-size'), (word) => parseCount(word, '--key-size', 1, 65_535));
  const choices: CsvChoices = {
    ...(columns === undefined ? {} : { columns: columns.split(',').map((name) => name.trim()) }),
    ...(delimiter === undefined ? {} : { delimiter: delimiter === '\\t' ? '\t' : delimiter }),
    ...(timeUnit === undefined ? {} : { timeUnit: oneOf(timeUnit, timeUnits, '--time-unit') }),
  };
  return {
    path,
    signal,
    ...choices,
    ...(format === undefined ? {} : { format: oneOf(format, formats, '--format') }),
    ...(valueBytes === undefined ? {} : { valueBytes }),
    ...(keyBytes === undefined ? {} : { keyBytes }),
    maxKeys: sampledKeys(flags, keys),
  };
}

/** Keys that the sample has at most. @throws PlanError */
export function sampledKeys(flags: ParsedFlags, keys = SAMPLED_KEYS): number {
  const word = flags.text('sampled-keys');
  return word === undefined ? keys : parseCount(word, '--sampled-keys', 64, 1 << 22);
}

/** A share of the file; of a pipe nobody knows how long it is, so that nothing is claimed. */
export function shareRead({ bytesRead, bytesTotal }: ReadProgress): number {
  return bytesTotal === undefined || bytesTotal === 0 ? 0 : bytesRead / bytesTotal;
}

export function optional<Value>(word: string | undefined, parse: (word: string) => Value): Value | undefined {
  return word === undefined ? undefined : parse(word);
}

/** @throws PlanError that names what there is */
export function oneOf<Name extends string>(word: string, names: readonly Name[], what: string): Name {
  const found = names.find((name) => name.toLowerCase() === word.toLowerCase());
  if (found !== undefined) return found;
  const near = nearest(word, names);
  throw new PlanError(
    `${what}: there is no \`${word}\`${near === undefined ? `; ${names.join(', ')}` : `; did you mean ${near}?`}`,
  );
}
