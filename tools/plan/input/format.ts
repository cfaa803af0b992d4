import { CsvParser } from './csv.ts';
import { type CsvChoices, type CsvLayout, csvLayout } from './csv-layout.ts';
import { KeysParser } from './keys.ts';
import { OracleGeneralParser, plausibleNext, RECORD_BYTES, RECORD_NEXT } from './oracle-general.ts';
import type { TraceParser } from './parser.ts';
import type { Sampler } from './sampler.ts';
import { TraceError } from './trace-error.ts';

export const formats = ['oracleGeneral', 'csv', 'keys', 'monitor'] as const;
export type FormatName = (typeof formats)[number];
export const compressions = ['none', 'gzip', 'zstd', 'xz'] as const;
export type Compression = (typeof compressions)[number];

/** All that a parser needs to know. Plain data: it travels between threads. */
export type TraceFormat =
  | { readonly kind: 'oracleGeneral'; readonly nameBytes: number; readonly headerBytes: 0 }
  | CsvLayout
  | { readonly kind: 'keys'; readonly headerBytes: 0 }
  | { readonly kind: 'monitor'; readonly headerBytes: 0 };

export interface FormatChoices extends CsvChoices {
  readonly format?: FormatName;
  /** Of names of keys, where the format has none. */
  readonly keyBytes?: number;
}

/** What names are taken to have where a trace only numbers its keys. */
const ASSUMED_NAME_BYTES = 16;
/** What is looked at to tell what a file is. */
export const BEGINNING_BYTES = 1 << 16;

export const hasTimes = (format: TraceFormat): boolean =>
  format.kind === 'oracleGeneral' || format.kind === 'monitor' || (format.kind === 'csv' && format.columns.includes(1));

/** Bytes of each record, 0 for lines; and of the shortest one. */
export const recordBytesOf = (format: TraceFormat): number => (format.kind === 'oracleGeneral' ? RECORD_BYTES : 0);
export const shortestRecord = (format: TraceFormat): number => recordBytesOf(format) || 2;

/** By how a file begins. */
export function compressionOf(beginning: Uint8Array): Compression {
  const [a, b, c, d] = beginning;
  if (a === 0x1f && b === 0x8b) return 'gzip';
  if (a === 0x28 && b === 0xb5 && c === 0x2f && d === 0xfd) return 'zstd';
  // A skippable frame of zstd.
  if (a !== undefined && (a & 0xf0) === 0x50 && b === 0x2a && c === 0x4d && d === 0x18) return 'zstd';
  return a === 0xfd && b === 0x37 && c === 0x7a && d === 0x58 ? 'xz' : 'none';
}

/** What the (decompressed) beginning of a trace says that it is, unless that was chosen. Throws a TraceError. */
export function formatOf(file: string, beginning: Buffer, choices: FormatChoices): TraceFormat {
  switch (choices.format ?? guess(file, beginning, choices)) {
    case 'oracleGeneral':
      return { kind: 'oracleGeneral', nameBytes: choices.keyBytes ?? ASSUMED_NAME_BYTES, headerBytes: 0 };
    case 'csv':
      return csvLayout(file, beginning, choices);
    case 'keys':
      return { kind: 'keys', headerBytes: 0 };
    case 'monitor':
      return { kind: 'monitor', headerBytes: 0 };
  }
}

function guess(file: string, beginning: Buffer, choices: FormatChoices): FormatName {
  if (isBinary(beginning)) {
    if (/oraclegeneral/i.test(file) || isOracleGeneral(beginning)) return 'oracleGeneral';
    throw new TraceError(
      `${file}: unknown format: it is no text, nor records of oracleGeneral (say which with --format ${formats.join('|')})`,
    );
  }
  const end = beginning.indexOf(10);
  const first = beginning.toString('latin1', 0, end < 0 ? beginning.length : end);
  if (/^(OK\r?$|\+?\d+\.\d{6} \[\d+ [^\]]*\] ")/.test(first)) return 'monitor';
  return choices.columns !== undefined || /[,;\t]/.test(first) ? 'csv' : 'keys';
}

/** Text has no control characters but those that end lines and columns. */
function isBinary(beginning: Buffer): boolean {
  return beginning.some((byte) => byte < 0x20 && byte !== 9 && byte !== 10 && byte !== 13);
}

/** Where the first records are right and a later one is not, the parser can say which. */
const TELLING_RECORDS = 64;

function isOracleGeneral(beginning: Buffer): boolean {
  let lastSeconds = 0;
  const end = Math.min(beginning.length, TELLING_RECORDS * RECORD_BYTES);
  for (let at = 0; at + RECORD_BYTES <= end; at += RECORD_BYTES) {
    const seconds = beginning.readUInt32LE(at);
    if (seconds + 60 < lastSeconds || !plausibleNext(beginning.readInt32LE(at + RECORD_NEXT + 4))) return false;
    lastSeconds = seconds;
  }
  return beginning.length >= RECORD_BYTES;
}

/** A parser that begins where the format's header ends. */
export async function parserFor(format: TraceFormat, sampler: Sampler): Promise<TraceParser> {
  switch (format.kind) {
    case 'oracleGeneral':
      return new OracleGeneralParser(sampler, format.nameBytes);
    case 'csv':
      return new CsvParser(sampler, format);
    case 'keys':
      return new KeysParser(sampler);
    case 'monitor': {
      // The table of all commands takes a while to load.
      const { MonitorParser } = await import('./monitor.ts');
      return new MonitorParser(sampler);
    }
  }
}
