import { excerpt, TraceError, traceErrorAt } from './trace-error.ts';

/** What a column means. */
export const COLUMN_OTHER = 0;
export const COLUMN_TIME = 1;
export const COLUMN_KEY = 2;
export const COLUMN_SIZE = 3;
export const COLUMN_OP = 4;
export const COLUMN_TTL = 5;
/** Bytes of the key's name, for traces whose keys are not the names themselves. */
export const COLUMN_KEY_SIZE = 6;

export type TimeUnit = 's' | 'ms' | 'us' | 'ns';
const msOf: Readonly<Record<TimeUnit, number>> = { s: 1000, ms: 1, us: 1e-3, ns: 1e-6 };

/** Where a CSV file has what. Plain data: it travels between threads. */
export interface CsvLayout {
  readonly kind: 'csv';
  readonly delimiter: number;
  readonly columns: readonly number[];
  /** Milliseconds of one unit of the time column. */
  readonly timeMs: number;
  /** Bytes of the header line, 0 without. */
  readonly headerBytes: number;
}

export interface CsvChoices {
  readonly columns?: readonly string[];
  readonly delimiter?: string;
  readonly timeUnit?: TimeUnit;
}

const names: readonly (readonly [number, string])[] = [
  [COLUMN_TIME, 'time timestamp ts clock_time'],
  [COLUMN_KEY, 'key id obj_id object object_id anonymized_key lbn key_id'],
  [COLUMN_SIZE, 'size value_size obj_size object_size bytes value_bytes'],
  [COLUMN_OP, 'op operation command cmd opcode'],
  [COLUMN_TTL, 'ttl expiry'],
  [COLUMN_KEY_SIZE, 'key_size key_bytes'],
];
const meanings = new Map(names.flatMap(([column, list]) => list.split(' ').map((name) => [name, column] as const)));

function meaningOf(name: string): number {
  const plain = name.trim().toLowerCase().replace(/^#\s*/, '').replace(/^"|"$/g, '').trim();
  return meanings.get(plain.replace(/[\s-]+/g, '_')) ?? COLUMN_OTHER;
}

/** `beginning`: the first bytes of the file, whole lines. Throws a TraceError. */
export function csvLayout(file: string, beginning: Buffer, choices: CsvChoices): CsvLayout {
  const [first, second] = firstLines(beginning);
  const delimiter = choices.delimiter ?? [',', '\t', ';', ' '].find((mark) => first.text.includes(mark)) ?? ',';
  if (Buffer.byteLength(delimiter) !== 1) throw new TraceError(`a delimiter is one byte, "${delimiter}" is not`);
  const fields = first.text.split(delimiter);
  // A time, a size: a header has no numbers. One column alone is known by its name.
  const isHeader = fields.some((field) => meaningOf(field) !== COLUMN_OTHER) && !fields.some(isNumber);
  const columns = choices.columns?.map((name) => chosenColumn(name)) ?? (isHeader ? fields.map(meaningOf) : undefined);
  if (columns === undefined || !columns.includes(COLUMN_KEY)) {
    const what = isHeader && choices.columns === undefined ? 'no column is named key' : 'no column is the key';
    throw traceErrorAt(
      file,
      { line: 1, byte: 0 },
      `${what} in ${excerpt(beginning, 0, first.text.length)}: name them, as in --columns time,key,size,op,ttl`,
    );
  }
  const twice = columns.find((column, i) => column !== COLUMN_OTHER && columns.indexOf(column) !== i);
  if (twice !== undefined)
    throw new TraceError(
      `${file}: two columns are the ${names.find(([column]) => column === twice)?.[1].split(' ')[0]}`,
    );
  if (columns.length > fields.length)
    throw traceErrorAt(
      file,
      { line: 1, byte: 0 },
      `it has ${fields.length} columns, but ${columns.length} are named (delimiter "${delimiter}")`,
    );
  while (columns.length < fields.length) columns.push(COLUMN_OTHER);
  const sample = (isHeader ? second : first)?.text.split(delimiter)[columns.indexOf(COLUMN_TIME)];
  return {
    kind: 'csv',
    delimiter: delimiter.charCodeAt(0),
    columns,
    timeMs: msOf[choices.timeUnit ?? unitOf(Number(sample ?? 0))],
    headerBytes: isHeader ? first.bytes : 0,
  };
}

function firstLines(
  beginning: Buffer,
): { readonly text: string; readonly bytes: number }[] & { 0: { text: string; bytes: number } } {
  const end = beginning.indexOf(10);
  const first = beginning.subarray(0, end < 0 ? beginning.length : end);
  const line = { text: first.toString('latin1').replace(/\r$/, ''), bytes: first.length + 1 };
  if (end < 0) return [line];
  const next = beginning.indexOf(10, end + 1);
  const rest = beginning.subarray(end + 1, next < 0 ? beginning.length : next);
  return [line, { text: rest.toString('latin1').replace(/\r$/, ''), bytes: rest.length + 1 }];
}

/** Names that people give; `-` and `_` are columns of no interest. */
function chosenColumn(name: string): number {
  const column = meaningOf(name);
  if (column === COLUMN_OTHER && !/^[-_]?$/.test(name.trim()))
    throw new TraceError(`there is no column "${name}": they are time, key, size, op, ttl, key_size, and - for others`);
  return column;
}

const isNumber = (field: string): boolean => /^\s*-?\d+(\.\d+)?\s*$/.test(field);

/** Seconds, unless the time since 1970 must be in something finer. */
function unitOf(time: number): TimeUnit {
  if (time >= 1e17) return 'ns';
  if (time >= 1e14) return 'us';
  return time >= 1e11 ? 'ms' : 's';
}
